"""The command line: `python -m grader run | verify | new | export | import | sandbox`. A face on the package.

Exit codes: 0 when the command did its work (a failed submission is a verdict like any other), 1 when
`verify` found an exercise that must not be published or `sandbox` none that is usable here, 2 with one
line on standard error when the command itself could not do its work, 130 when Ctrl+C ended it.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from grader.commands import new, notebooks, run, sandbox, verify
from grader.commands.common import UsageError, say
from grader.exercise.folder import ExerciseError
from grader.grading.session import GraderFault
from grader.sandbox.box import BoxError
from grader.sandbox.choose import NAMES
from grader.templates import TEMPLATES, TemplateError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except (UsageError, TemplateError, ExerciseError, BoxError, GraderFault, OSError) as error:
        say(" ".join(str(error).split()) or type(error).__name__)
        return 2
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    except Exception as error:  # noqa: BLE001  whatever it was, it was no verdict
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        say(f"the grader failed: {type(error).__name__}: {' '.join(str(error).split())[:500]} ({where})")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grader", description="Grade and prove exercises.")
    commands = parser.add_subparsers(required=True, metavar="run | verify | new | export | import | sandbox")

    one = commands.add_parser("run", help="grade one solution")
    one.add_argument("exercise", type=Path, metavar="EXERCISE_DIR")
    one.add_argument("solution", type=Path, metavar="SOLUTION", help="a .py or .ipynb file")
    one.add_argument("--visible", action="store_true", help="only the visible probes, as Run does")
    one.add_argument(
        "--using",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="take this file as the piece mylib.NAME, instead of the official answer",
    )
    one.add_argument("--replay", type=Path, metavar="VERDICT.json", help="with the seeds of this verdict")
    one.set_defaults(command=run.run)

    prove = commands.add_parser("verify", help="prove that exercises may be published")
    prove.add_argument("exercises", type=Path, nargs="*", metavar="EXERCISE_DIR")
    prove.add_argument("--full", action="store_true", help="prove everything, whatever the record says")
    prove.add_argument("--record", action="store_true", help="write proof.json beside what is proven")
    prove.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    prove.set_defaults(command=verify.verify)

    begin = commands.add_parser("new", help="begin an exercise from a template")
    begin.add_argument("folder", type=Path, metavar="EXERCISE_DIR", help="exercises/NN-module/NN-name")
    begin.add_argument("--like", required=True, metavar="|".join(TEMPLATES), help="which template")
    begin.set_defaults(command=new.new)

    write = commands.add_parser("export", help="an exercise or a lesson as a notebook")
    write.add_argument("what", type=Path, metavar="EXERCISE_DIR|LESSON.md")
    write.add_argument(
        "--like", metavar="|".join(notebooks.FOREIGN), help="as a source notebook of another system"
    )
    write.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.ipynb")
    write.set_defaults(command=notebooks.export)

    bring = commands.add_parser(
        "import", help="a notebook, nbgrader's and Otter's too, as an exercise or a lesson"
    )
    bring.add_argument("notebook", type=Path, metavar="FILE.ipynb")
    bring.add_argument("into", type=Path, metavar="EXERCISE_DIR|LESSON.md")
    bring.set_defaults(command=notebooks.bring)

    boxes = commands.add_parser("sandbox", help="which sandbox works here")
    boxes.add_argument("--selftest", action="store_true", help="try every wall")
    boxes.add_argument(
        "--prepare",
        nargs="*",
        default=[],
        metavar="PROFILE",
        help='fetch libraries, build images; "curriculum" for what the shipped exercises need',
    )
    boxes.add_argument("--try-gpu", action="store_true", help="try a GPU of this host, and record it")
    boxes.add_argument("--readmit", metavar="SLICE", help="take a mended slice out of quarantine")
    boxes.set_defaults(command=sandbox.sandbox)

    for command in (one, prove, boxes):
        command.add_argument("--json", action="store_true", help="JSON on standard output")
    for command in (one, prove, boxes, write):
        command.add_argument("--sandbox", metavar="|".join(NAMES), help="instead of choosing one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
