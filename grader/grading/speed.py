"""How much faster than the plain way: measured outside, interleaved, before anyone is told "too slow".

Both sides answer the same inputs, one call per cell, turn by turn in two fresh boxes, so that a busy
machine slows both, and only charged time counts (sandbox/clock.py), so that it slows neither much. What a
call costs by itself is taken off both. Each input comes once, so that nothing can be remembered. The
slowest call of the learner's counts, and the median of the plain way; the caller checks that the timed
answers are right ones.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from statistics import median

from grader.exercise.folder import Exercise
from grader.exercise.probes import Probe
from grader.feedback import sentences
from grader.grading.author import NOTHING_ASKED, OUTPUT_KB, author_profile, author_source
from grader.grading.deciding import Deciding
from grader.grading.job import Event
from grader.grading.outcome import Asked, Call, read
from grader.sandbox.box import BoxError
from grader.sandbox.cells import CellEnd
from grader.sandbox.drive import Drive
from grader.sandbox.limits import AUTHOR
from grader.sandbox.pool import Pool
from grader.verdict import Failing

SHORTEST = 1e-6
"""Seconds; nothing is said to be faster than that."""
LEAST_MEASURED, MOST_MEASURED = 2, 3
"""How often an answer is measured before it is called too slow: a host that was busy for a moment is no
reason."""
CLEARLY = 8.0
"""So many times too slow each time is no accident, and is not measured a third time."""


def settled_speed(asking: Deciding, text: str, asked: Asked) -> Generator[Event, None, None]:
    """Right, but fast enough? By the cached time of the slow way; measured afresh before saying no, and once
    more at least. The slowest call counts.
    """
    probe = asked.probe
    slow = [c.case.baseline_seconds for c in asked.calls if c.case.baseline_seconds is not None]
    if not slow or probe.times_faster is None or max(asked.times) * probe.times_faster <= min(slow):
        return
    best, told = 0.0, (0.0, 0.0)
    for number in range(1, MOST_MEASURED + 1):
        live = yield from asking.open(text, asking.exercise.limits.memory_mb)
        if live.word is not None:
            asked.word, asked.error = live.word, live.error
            return
        again = [Call(call.seed, call.case) for call in asked.calls]
        took, plain = yield from asking.wait(
            _measured(asking.pool, asking.exercise, probe, again, live.drive)
        )
        yield from asking.drop(live)
        timed = Asked(probe, again)
        asking.decide(timed)
        if not timed.passed:  # what was fast here was not the right answer
            took = float("inf")
        if took * probe.times_faster <= plain:
            return
        if number == 1 or plain / took > best:
            best, told = plain / took, (took, plain)
        clear = best * CLEARLY < probe.times_faster
        if number >= LEAST_MEASURED and (clear or not asking.time_left() or asking.again_too_long()):
            break
    took, plain = told
    call = asked.calls[0]
    call.kind = Failing.SPEED
    call.note = sentences.of_speed(probe.functions, took, plain, probe.times_faster)


async def _measured(
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
