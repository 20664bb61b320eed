"""Runs in the environment of nbgrader and Otter: `foreign_driver.py nbgrader|otter SOURCE.ipynb ANSWER.py`.

Generates the assignment, writes each answer into the student's copy, grades it with the real tool, and prints
the score of each as a line of JSON; the last line is what the student's copy shows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def student(path: Path, answer: str) -> str:
    """The released notebook with an answer in its only cell for one. Returns what stood there."""
    found = json.loads(path.read_text())
    shown = ""
    for cell in found["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        mine = marks.get("solution") or "otter_answer_cell" in cell["metadata"].get("tags", [])
        if cell["cell_type"] == "code" and mine:
            shown, cell["source"] = "".join(cell["source"]), answer
    path.write_text(json.dumps(found))
    return shown


def nbgrader(source: Path, answers: list[str]) -> None:
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    Path("source/one").mkdir(parents=True)
    Path("source/one/one.ipynb").write_bytes(source.read_bytes())
    config = Config()
    config.CourseDirectory.root = str(Path.cwd())
    config.CourseDirectory.course_id = "course"
    api = NbGraderAPI(config=config)
    made = api.generate_assignment("one")
    if not made["success"]:
        raise RuntimeError(made.get("error") or made.get("log"))
    released = Path("release/one/one.ipynb").read_bytes()
    shown = ""
    for number, answer in enumerate(answers):
        who = f"s{number}"
        copy = Path(f"submitted/{who}/one/one.ipynb")
        copy.parent.mkdir(parents=True)
        copy.write_bytes(released)
        shown = student(copy, answer)
        result = api.autograde("one", who, force=True, create=True)
        if not result["success"]:
            raise RuntimeError(result.get("error") or result.get("log"))
        with Gradebook("sqlite:///gradebook.db") as gradebook:
            found = gradebook.find_submission("one", who)
            say(json.dumps([found.score, found.max_score]))
    say(json.dumps({"shown": shown, "released": released.decode()}))


def otter(source: Path, answers: list[str]) -> None:
    from otter.api import grade_submission

    Path("one.ipynb").write_bytes(source.read_bytes())
    tool = str(Path(sys.executable).parent / "otter")
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        [tool, "assign", "one.ipynb", "dist"], check=False, capture_output=True, text=True, env=environment
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    released = Path("dist/student/one.ipynb").read_bytes()
    (autograder,) = Path("dist/autograder").glob("*.zip")
    shown = ""
    for number, answer in enumerate(answers):
        copy = Path(f"s{number}.ipynb")
        copy.write_bytes(released)
        shown = student(copy, answer)
        result = grade_submission(str(copy), str(autograder), quiet=True)
        say(json.dumps([result.total, result.possible]))
    say(json.dumps({"shown": shown, "released": released.decode()}))


if __name__ == "__main__":
    {"nbgrader": nbgrader, "otter": otter}[sys.argv[1]](
        Path(sys.argv[2]), [Path(name).read_text() for name in sys.argv[3:]]
    )
