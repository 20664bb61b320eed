"""The recorded proof of an exercise: `proof.json` beside it, committed, so that a fresh clone need not
prove everything again.

A proof holds for exactly what it was made with: the code and data that decide (solutions, mutants,
probes, limits), the grader's own code, and the code and libraries in the box. Prose is in none of them.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from grader.exercise import reader
from grader.exercise.folder import PROOF, Exercise
from grader.exercise.mutants import EDITS
from grader.verdict import Json

VERSION = 1
GRADER = Path(__file__).resolve().parents[1]
ROOMS = ("exercise", "values", "reading", "grading", "proving")
_NO_PART = frozenset({"values/hints.py", "values/plaintext.py", "values/preview.py"})
"""What is in these rooms and decides nothing: wording. Of `sandbox` the box digest speaks."""


def deciding() -> list[Path]:
    """The files of the grader that decide what a proof says: all but wording, and what does not grade."""
    found = [path for path in GRADER.glob("*.py") if path.name != "__main__.py"]
    for room in ROOMS:
        found += [path for path in (GRADER / room).rglob("*") if path.suffix in (".py", ".txt")]
    return sorted(path for path in found if path.relative_to(GRADER).as_posix() not in _NO_PART)


@cache
def grader_digest() -> str:
    """Of the code that grades and proves; comments, docstrings and layout change nothing."""
    digest = hashlib.sha256()
    for path in deciding():
        text = path.read_text(encoding="utf-8")
        code = _shape(text) if path.suffix == ".py" else text
        digest.update(f"{path.relative_to(GRADER)}\0{code}\0".encode())
    return digest.hexdigest()[:16]


def proven_digest(exercise: Exercise) -> str:
    """Of everything in an exercise that a proof speaks about."""
    parts = {
        path: _shape(text) if path.endswith(".py") else text
        for path, text in exercise.files.items()
        if path not in ("task.md", "exercise.toml", EDITS) and not path.startswith("mutants/")
    }
    mutants = {
        mutant.name: [_shape(mutant.source), mutant.tasks, *(["full"] if mutant.full else [])]
        for mutant in exercise.mutants
    }
    whole = json.dumps([exercise.grading_digest, parts, mutants], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def _shape(text: str) -> str:
    return str(reader.ask("shape", seconds=reader.FOR_AN_AUTHOR, text=text))


def is_proven(folder: Path, exercise: Exercise, box_digest: str) -> bool:
    """Whether the record beside an exercise speaks of exactly this exercise, grader and box."""
    known = read(folder)
    return (
        known.get("version") == VERSION
        and known.get("exercise_digest") == proven_digest(exercise)
        and known.get("grader_digest") == grader_digest()
        and known.get("box_digest") == box_digest
    )


def read(folder: Path) -> dict[str, Json]:
    """The record beside an exercise, or an empty one."""
    try:
        data = json.loads((folder / PROOF).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def write(folder: Path, exercise: Exercise, box_digest: str, report: dict[str, Json]) -> None:
    """Record a full proof."""
    data = {
        "version": VERSION,
        "exercise_digest": proven_digest(exercise),
        "grader_digest": grader_digest(),
        "box_digest": box_digest,
        "report": {name: value for name, value in report.items() if name != "seconds"},
    }
    fresh = folder / f".new-{PROOF}"
    fresh.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    fresh.replace(folder / PROOF)
