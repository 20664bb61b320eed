"""The bench's command line: `python -m grader.bench [--json] [--only SECTION ...] [EXERCISE_DIR]`.

`./run bench` calls it. The exercises stand beside this file and do not grow with the course; another numpy
one may be named. The torch cases are left out with a note where torch's libraries are not there.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from grader.bench import load, peers, through
from grader.bench.alone import Bench, bench
from grader.bench.measure import ROOT, Case, Unmeasurable, case, machine, percentile, ratio
from grader.bench.neighbours import neighbours
from grader.sandbox import libraries
from grader.sandbox.box import Profile

OWN = Path(__file__).parent / "exercises"
EXERCISE = OWN / "01-slope-at"
"""Six probes in the numpy profile: 1.1 as it was when the bars were set, so that figures can be compared."""
TORCH = OWN / "01-torch-step"  # five probes in the torch profile
HOME = ROOT / "var" / "sandbox"
SCRATCH = ROOT / "var" / "bench"
SECTIONS = ("grading", "peers", "everything", "load", "boxes", "neighbours", "torch")
ROUND = 10
"""Gradings before the floor has its turn, and once more."""
FLOORS = {Profile.NUMPY: "p50 <= 16", Profile.TORCH: "p50 <= 4"}
PEERS = {"nbgrader": "p50 >= 100", "otter-grader": "p50 >= 250"}


class Report:
    """Cases and notes as they come, printed for a person on standard error."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.notes: list[str] = []

    def say(self, text: str) -> None:
        sys.stderr.write(f"· {text}\n")
        sys.stderr.flush()

    def add(self, *cases: Case) -> None:
        for row in cases:
            self.cases.append(row)
            met = {True: "met", False: "NOT MET", None: ""}[row.met]
            figures = f"p50 {row.p50:9.2f}  p95 {row.p95:9.2f}  ({row.low:.2f} to {row.high:.2f}, n {row.n})"
            sys.stderr.write(f"{row.name:58} {figures} {row.unit:6} {row.bar or ''} {met}\n")
            sys.stderr.flush()

    def note(self, text: str) -> None:
        self.notes.append(text)
        self.say(f"not measured: {text}")


def grading(b: Bench, report: Report, n: int) -> None:
    """Grading alone: warm, cold, and the floor of the same calls without a box; each in turns with warm."""
    report.say(f"grading alone: {b.exercise.id}, {len(b.exercise.probes)} probes, {b.backend.name}")
    for _ in range(5):
        b.warm()
    b.phases.clear()
    warm: list[float] = []
    floor: list[float] = []
    while len(warm) < n:
        floor += b.floor(ROUND)
        warm += [b.warm() for _ in range(ROUND)]
    report.add(case(f"grading alone, warm ({b.about})", warm))
    for phase in sorted({name for phases in b.phases for name in phases}):
        spent = [phases.get(phase, 0.0) * 1000 for phases in b.phases]
        report.add(case(f"grading alone, warm ({b.about}): {phase}", spent))
    report.add(case(f"the floor: the same calls in a loaded interpreter ({b.about})", floor))
    bar = FLOORS[b.exercise.profile]
    report.add(ratio(f"grading alone, warm: times the floor ({b.about})", warm, floor, bar=bar))
    cold, beside = [], []
    for _ in range(max(7, n // 5)):
        cold.append(b.cold())
        beside.append(b.warm())
    report.add(case(f"cold: nothing pooled ({b.about})", cold))
    report.add(ratio(f"cold: times warm ({b.about})", cold, beside, bar="p50 <= 2.5"))


def in_turns(b: Bench, other: Callable[[], float], name: str, bar: str, report: Report, pairs: int) -> None:
    """A B A B: ours, theirs, ours, theirs; the ratio of each pair."""
    b.warm()
    other()
    ours, theirs = [], []
    for _ in range(pairs):
        ours.append(b.warm())
        theirs.append(other())
    report.add(case(name, theirs), ratio(f"{name}: times slower than ours, warm", theirs, ours, bar=bar))


def others(b: Bench, report: Report, pairs: int) -> None:
    try:
        in_turns(b, peers.docker_run(b), "docker run per submission", "p50 >= 40", report, pairs)
    except (Unmeasurable, OSError) as problem:
        report.note(f"docker run per submission: {problem}")
    for name in peers.PEERS:
        try:
            with peers.peer(name, b, SCRATCH, report.say) as opened:
                in_turns(b, opened.grade, name, PEERS[name], report, pairs)
        except (Unmeasurable, OSError) as problem:
            report.note(f"{name}: {problem}")


def everything(b: Bench, folder: Path, report: Report, n: int) -> None:
    """Through web, queue, worker, box, database and stream, one submission at a time."""
    report.say(f"through everything: starting web and worker for {b.exercise.id}")
    try:
        with through.stack(folder, b.backend.name, HOME) as running:
            accepted, seen, phases, alone = [], [], [], []
            for number in range(n + 5):
                first, last, submission = running.client.submit(running.exercise, b.exercise.reference)
                if submission["verdict"] != "passed":
                    raise Unmeasurable(f"the reference did not pass: {submission['message']}")
                if number >= 5:
                    alone.append(b.warm())
                    accepted.append(first)
                    seen.append(last)
                    # A learner's are rounded.
                    exact = running.staff.call("GET", f"/api/v1/submissions/{submission['id']}")
                    phases.append(exact["phases"])
                time.sleep(0.2)  # idle otherwise: the worker's boxes are warm again
    except (Unmeasurable, OSError) as problem:
        report.note(f"through everything: {problem}")
        return
    name = f"through everything, warm ({b.about})"
    report.add(case(name, seen))
    report.add(ratio(f"{name}: times grading alone", seen, alone, bar="p50 <= 2.5"))
    spread = [percentile(seen, 0.95) / percentile(seen, 0.5)]
    report.add(case(f"{name}: p95 in times of p50", spread, unit="times", bar="p50 <= 2"))
    report.add(case(f"{name}: accepted (the POST's answer)", accepted))
    for phase in sorted({name for one in phases for name in one}):
        report.add(case(f"{name}: {phase}", [one.get(phase, 0.0) * 1000 for one in phases]))


def under_load(b: Bench, report: Report) -> None:
    report.say(f"load: {b.exercise.id}")
    report.add(*load.sustained(b), *load.burst(b))


def boxes(b: Bench, report: Report) -> None:
    try:
        report.add(*load.warm_boxes(b))
    except Unmeasurable as problem:
        report.note(f"warm boxes: {problem}")


def torch(options: argparse.Namespace, report: Report) -> None:
    """The cases of the torch profile, where its libraries were fetched already: they are large."""
    if not libraries.has(Profile.TORCH, HOME):
        report.note("torch: its libraries are not here (python -m grader sandbox --prepare torch)")
        return
    with bench(TORCH, HOME, options.sandbox, report.say) as b:
        grading(b, report, options.n)
        under_load(b, report)
        boxes(b, report)
        everything(b, TORCH, report, options.n)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("exercise", nargs="?", type=Path, default=EXERCISE, metavar="EXERCISE_DIR")
    parser.add_argument("--json", action="store_true", help="the figures as JSON on standard output")
    parser.add_argument("--sandbox", metavar="docker|bubblewrap|...", help="instead of choosing one")
    parser.add_argument("--n", type=int, default=100, help="submissions for each of our own cases")
    parser.add_argument("--pairs", type=int, default=9, help="pairs for each comparison, at least 7")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="these sections alone")
    options = parser.parse_args(arguments)
    report = Report()
    with bench(options.exercise, HOME, options.sandbox, report.say) as b:
        about = machine(
            sandbox=b.backend.name, box=b.backend.box_digest(b.exercise.profile), exercise=b.exercise.id
        )
        about["box_libraries"] = dict(b.backend.libraries(b.exercise.profile))
        sections: dict[str, Callable[[], None]] = {
            "grading": lambda: grading(b, report, options.n),
            "peers": lambda: others(b, report, max(7, options.pairs)),
            "everything": lambda: everything(b, options.exercise, report, options.n),
            "load": lambda: under_load(b, report),
            "boxes": lambda: boxes(b, report),
            "neighbours": lambda: report.add(*neighbours(b)),
        }
        for name, measure in sections.items():
            if name in options.only:
                measure()
    if "torch" in options.only:
        torch(options, report)
    if options.json:
        document = {"machine": about, "cases": [row.to_json() for row in report.cases], "notes": report.notes}
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
    missed = [row.name for row in report.cases if row.met is False]
    report.say(f"{len(report.cases)} figures; bars not met: {', '.join(missed) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
