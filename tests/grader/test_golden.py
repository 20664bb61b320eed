"""Golden folders: one submission in, one verdict out; every verdict word and every bad input.

`told.json` is what a verdict says: its words, its sentences, and what each probe came to. Two folders keep
the whole verdict beside it. `python -m tests.grader.test_golden` writes both anew, for a person to read and
commit.
"""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from grader.exercise.folder import load
from grader.grading.expected import FolderStore, compute
from grader.notebooks import notebook
from grader.sandbox.pool import Pool
from grader.verdict import Kind
from tests.grader.conftest import EXERCISES
from tests.grader.grading import steady, verdict_of

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/told.json"))
WHOLE = ("passed", "wrong_shape")


def graded(case: str, pool: Pool, store: FolderStore) -> dict[str, Any]:
    folder = GOLDEN / case
    settings = folder / "case.toml"
    about = tomllib.loads(settings.read_text()) if settings.exists() else {}
    exercise = load(EXERCISES / about.get("exercise", "vectors"))
    compute(exercise, pool, store)
    source: str | bytes = about.get("bytes", "").encode("latin-1")
    for path in folder.glob("submission.*"):
        source = path.read_bytes() * about.get("times", 1)
        if path.suffix == ".ipynb":
            source = notebook.to_source(source)
    kind = Kind(about.get("kind", "submit"))
    return steady(verdict_of(exercise, source, pool, store, kind=kind))


def told(verdict: dict[str, Any]) -> dict[str, Any]:
    """What a verdict says, without the values that it shows."""
    error = verdict["error"] or {}
    return {
        **{name: verdict[name] for name in ("kind", "word", "message", "diagnosis", "output")},
        "error": [error[name] for name in ("type", "message", "line")] if error else None,
        "points": {str(task["id"]): task["points"] for task in verdict["tasks"]},
        "probes": {p["name"]: [p["word"], p["kind"], p["message"]] for p in verdict["probes"]},
    }


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_of_a_golden_submission(case: str, pool: Pool, store: FolderStore) -> None:
    verdict = graded(case, pool, store)
    assert told(verdict) == json.loads((GOLDEN / case / "told.json").read_text())
    if case in WHOLE:
        assert verdict == json.loads((GOLDEN / case / "verdict.json").read_text())


def test_every_verdict_word_has_a_golden_submission() -> None:
    from grader.verdict import ProbeWord, Word

    verdicts = [json.loads((GOLDEN / case / "told.json").read_text()) for case in CASES]
    assert {verdict["word"] for verdict in verdicts} == {word.value for word in Word}
    words = {word for verdict in verdicts for word, _, _ in verdict["probes"].values()}
    assert words == {word.value for word in ProbeWord}


def write(cases: list[str]) -> None:
    import tempfile

    from grader.sandbox.choose import choose_backend
    from tests.grader.conftest import HOME

    with (
        tempfile.TemporaryDirectory() as folder,
        Pool(choose_backend("bubblewrap", home=HOME), warm={}) as pool,
    ):
        store = FolderStore(Path(folder))
        for case in cases:
            verdict = graded(case, pool, store)
            files = {"told.json": told(verdict)} | ({"verdict.json": verdict} if case in WHOLE else {})
            for name, data in files.items():
                (GOLDEN / case / name).write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
            sys.stderr.write(f"{case:28} {verdict['word']:16} {verdict['message']}\n")


if __name__ == "__main__":
    write(sys.argv[1:] or sorted(p.name for p in GOLDEN.iterdir() if p.is_dir() and p.name[0] != "."))
