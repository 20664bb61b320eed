"""How much faster than the plain way: measured outside, interleaved, before anyone is told "too slow".

Both sides answer the same inputs, one call per cell, turn by turn in two fresh boxes, so that a busy
machine slows both, and only charged time counts (sandbox/clock.py), so that it slows neither much. What a
call costs by itself is taken off both. Each input comes once, so that nothing can be remembered. The
slowest call of the learner's counts, and the median of the plain way; the caller checks that the timed
answers are right ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from grader.exercise.folder import Exercise
from grader.exercise.probes import Probe
from grader.grading.author import NOTHING_ASKED, OUTPUT_KB, author_profile, author_source
from grader.grading.outcome import Call, read
from grader.sandbox.box import BoxError
from grader.sandbox.cells import CellEnd
from grader.sandbox.drive import Drive
from grader.sandbox.limits import AUTHOR
from grader.sandbox.pool import Pool

SHORTEST = 1e-6
"""Seconds; nothing is said to be faster than that."""


async def settle(
    pool: Pool, exercise: Exercise, probe: Probe, calls: Sequence[Call], answer: Drive
) -> tuple[float, float]:
    """(slowest call of the learner's code, median of the plain way), in charged seconds.

    The learner's answers are read into `calls`.
    """
    box = await pool.lease(author_profile(pool, exercise), AUTHOR)
    try:
        plain = Drive(box, output_kb=OUTPUT_KB)
        await plain.limits(memory_mb=AUTHOR.memory_mb, seed=0)
        if exercise.given:
            await plain.cell(exercise.given, filename="given.py", deadline=30)
        took: list[float] = []
        slow: list[float] = []
        empty: list[float] = []
        deadline = probe.seconds or exercise.limits.probe_seconds
        for call in calls:
            inputs = call.case.inputs
            for source, blob, times in (
                (author_source(probe, "baseline"), call.case.author_inputs, slow),
                (NOTHING_ASKED, inputs, empty),
            ):
                run = await plain.probe(source, [blob], pure=probe.pure, deadline=60, timed=True)
                if run.end is not CellEnd.FINISHED or not run.values:
                    raise BoxError(f"{exercise.id}: the baseline of {probe.name} could not be timed")
                times.append(run.charged)
            run = await answer.probe(
                probe.ask_source, [inputs], pure=probe.pure, deadline=deadline, timed=True
            )
            read(run, [call])
            if run.end is not CellEnd.FINISHED or not run.values:
                took.append(float("inf"))
                break
            took.append(run.charged)
        itself = median(empty)  # what a call costs, as seen where no learner can make it seem more
        return max(max(took) - itself, SHORTEST), max(median(slow) - itself, 0.0)
    finally:
        await box.kill()
