"""What right answers measure at the probes with a bar, seed by seed: `python -m grader.bench.bars FOLDER`.

Each solution runs in a learner's box as shipped (its libraries, threads and memory cap), on seeds that no
submission is asked. The figures stand in the exercise's `bars.md`, and its bands are chosen by them. A probe
`after` an open one is asked of what each of its runs made, in the same box; `--using` puts another piece in.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from grader.commands.common import open_pool
from grader.commands.run import used_files
from grader.exercise.folder import Exercise, load
from grader.exercise.probes import Probe
from grader.grading.author import AuthorBox, judge_question
from grader.grading.expected import public_inputs
from grader.grading.pieces import Own, pieces_of
from grader.sandbox.cells import CellRun
from grader.sandbox.drive import Drive
from grader.sandbox.pool import Pool
from sandbox_images.inside import wire

FIRST_SEED = 900_000
Using = Mapping[str, Own]
"""Answers to used exercises in the place of the official ones, by the names of the exercises."""


def measured(
    exercise: Exercise, probes: Sequence[Probe], source: str, pool: Pool, seeds: int, using: Using
) -> list[list[tuple[float, float]]]:
    """(what the bar measures, seconds) for so many seeds of each probe; all in one box, in order."""
    found: list[list[tuple[float, float]]] = [[] for _ in probes]
    with AuthorBox(pool, exercise, solution=exercise.reference) as box:
        keys = [wire.encode(str(FIRST_SEED + number)) for number in range(seeds)]
        made = [[one.blob for one in box.call(probe, "make", keys)] for probe in probes]
        for blobs in zip(*made, strict=True):
            values = _asked(exercise, probes, source, pool, [public_inputs(blob) for blob in blobs], using)
            for place, (probe, blob, (value, seconds)) in enumerate(zip(probes, blobs, values, strict=True)):
                found[place].append((_measure(box, probe, blob, value), seconds))
    return found


def _measure(box: AuthorBox, probe: Probe, blob: bytes, value: bytes) -> float:
    if not probe.has_judge:
        truth = box.value(probe, "truth", box.call(probe, "truth", [blob])[0])
        return float(np.mean(wire.decode(value) == truth))
    if probe.open or probe.after:
        expected = box.call(probe, "truth", [blob])[0].blob
    else:
        expected = box.call(probe, "ask", [public_inputs(blob)])[0].blob
    answered = box.judge(probe, [judge_question(blob, value, expected)])[0]
    return float(box.value(probe, "judge", answered))


def _asked(
    exercise: Exercise,
    probes: Sequence[Probe],
    source: str,
    pool: Pool,
    inputs: Sequence[bytes],
    using: Using,
) -> list[tuple[bytes, float]]:
    """What a learner's box answers to each, encoded, and the charged seconds that it took."""
    box = pool.run(pool.lease(exercise.profile))
    try:
        drive = Drive(box, output_kb=exercise.limits.output_kb, on_output=None)
        pool.run(drive.limits(memory_mb=exercise.limits.memory_mb, seed=1))
        if exercise.given:
            _ran(exercise, pool.run(drive.cell(exercise.given, deadline=60)))
        for piece in pieces_of(exercise, using):
            given = piece.exercise.given
            run = pool.run(drive.piece(piece.source, module=piece.module, given=given, deadline=60))
            _ran(exercise, run)
        _ran(exercise, pool.run(drive.cell(source, deadline=60)))
        found = []
        for probe, blob in zip(probes, inputs, strict=True):
            run = pool.run(drive.probe(probe.ask_source, [blob], pure=probe.pure, deadline=600))
            _ran(exercise, run)
            found.append((run.values[0].result, run.charged))
        return found
    finally:
        pool.run(box.kill())


def _ran(exercise: Exercise, run: CellRun) -> None:
    if not run.ok:
        raise SystemExit(f"{exercise.id}: a cell ended with {run.error or run.end}")


def _together(exercise: Exercise) -> list[list[Probe]]:
    """The probes with a bar: each by itself, an open one with those after it."""
    barred = [probe for probe in exercise.probes if probe.bound is not None]
    return [
        [probe, *(later for later in barred if later.after == probe.name)]
        for probe in barred
        if not probe.after
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m grader.bench.bars")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sources", type=Path, nargs="*", default=[], help="answers beside the exercise's")
    parser.add_argument("--alone", action="store_true", help="the reference alone, without its alternatives")
    parser.add_argument(
        "--using", action="append", default=[], metavar="NAME=FILE", help="this file as the piece mylib.NAME"
    )
    options = parser.parse_args()
    exercise = load(options.folder)
    using = used_files(options.using, exercise)
    named = {"reference": exercise.reference}
    if not options.alone:
        named |= {one.name: one.source for one in exercise.alternatives}
    named |= {path.stem: path.read_text() for path in options.sources}
    with open_pool(os.environ.get("SANDBOX"), [exercise]) as pool:
        for probes in _together(exercise):
            for name, source in named.items():
                measures = measured(exercise, probes, source, pool, options.seeds, using)
                for probe, pairs in zip(probes, measures, strict=True):
                    sys.stdout.write(f"{probe.name}, {name}: {_told(probe, pairs)}\n")
                sys.stdout.flush()
    return 0


def _told(probe: Probe, pairs: Sequence[tuple[float, float]]) -> str:
    values = np.array([value for value, _ in pairs])
    spread = f", sd {values.std(ddof=1):.4f}" if len(values) > 1 else ""
    bound = f"; the band is {probe.bound.low:g} to {probe.bound.high:g}" if probe.bound else ""
    return (
        f"{' '.join(f'{value:.4f}' for value in values)}; mean {values.mean():.4f}{spread}, "
        f"{values.min():.4f} to {values.max():.4f}; {np.median([s for _, s in pairs]):.1f} s{bound}"
    )


if __name__ == "__main__":
    sys.exit(main())
