"""What right answers measure at the probes with a bar, seed by seed: `python -m grader.bench.bars FOLDER`.

Each solution runs in a learner's box as shipped (its libraries, threads and memory cap), on seeds that no
submission is asked. The figures stand in the exercise's `bars.md`, and its bands are chosen by them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np

from grader.__main__ import open_pool
from grader.exercise.folder import Exercise, load
from grader.exercise.probes import Probe
from grader.grading.author import AuthorBox, judged
from grader.grading.expected import public_inputs
from grader.sandbox.client import Drive
from grader.sandbox.pool import Pool
from sandbox_images.inside import wire

FIRST_SEED = 900_000


def measured(
    exercise: Exercise, probe: Probe, source: str, pool: Pool, seeds: int
) -> list[tuple[float, float]]:
    """(what the bar measures, seconds) for so many seeds."""
    found = []
    with AuthorBox(pool, exercise, solution=exercise.reference) as box:
        made = [wire.encode(str(FIRST_SEED + number)) for number in range(seeds)]
        for one in box.call(probe, "make", made):
            value, seconds = _asked(exercise, probe, source, pool, public_inputs(one.blob))
            if probe.has_judge:
                expected = box.call(probe, "ask", [public_inputs(one.blob)])[0].blob
                answered = box.judge(probe, [judged(one.blob, value, expected)])[0]
                found.append((float(box.value(probe, "judge", answered)), seconds))
            else:
                truth = box.value(probe, "truth", box.call(probe, "truth", [one.blob])[0])
                found.append((float(np.mean(wire.decode(value) == truth)), seconds))
    return found


def _asked(exercise: Exercise, probe: Probe, source: str, pool: Pool, inputs: bytes) -> tuple[bytes, float]:
    """What a learner's box answers, encoded, and the seconds that it took."""
    box = pool.run(pool.lease(exercise.profile))
    try:
        drive = Drive(box, output_kb=256, on_output=None)
        pool.run(drive.limits(memory_mb=exercise.limits.memory_mb, seed=1))
        for cell in filter(None, (exercise.given, source)):
            run = pool.run(drive.cell(cell, deadline=60))
            if not run.ok:
                raise SystemExit(f"{exercise.id}: a cell ended with {run.error or run.end}")
        began = time.monotonic()
        run = pool.run(drive.probe(probe.ask_source, [inputs], pure=probe.pure, deadline=300))
        return run.values[0].result, time.monotonic() - began
    finally:
        pool.run(box.kill())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m grader.bench.bars")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sources", type=Path, nargs="*", default=[], help="answers beside the exercise's")
    parser.add_argument("--alone", action="store_true", help="the reference alone, without its alternatives")
    options = parser.parse_args()
    exercise = load(options.folder)
    named = {"reference": exercise.reference}
    if not options.alone:
        named |= {one.name: one.source for one in exercise.alternatives}
    named |= {path.stem: path.read_text() for path in options.sources}
    with open_pool(os.environ.get("SANDBOX"), [exercise]) as pool:
        for probe in exercise.probes:
            if probe.bound is None:
                continue
            low, high = probe.bound.low, probe.bound.high
            sys.stdout.write(f"{probe.name}: the band is {low:g} to {high:g}\n")
            for name, source in named.items():
                pairs = measured(exercise, probe, source, pool, options.seeds)
                values = np.array([value for value, _ in pairs])
                told = " ".join(f"{value:.4f}" for value in values)
                sys.stdout.write(
                    f"  {name}: {told}; mean {values.mean():.4f}, sd {values.std(ddof=1):.4f}, "
                    f"{values.min():.4f} to {values.max():.4f}; {np.median([s for _, s in pairs]):.1f} s\n"
                )
                sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
