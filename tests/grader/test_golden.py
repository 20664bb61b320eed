"""Golden folders: one submission in, one verdict out; every verdict word and every bad input.

`python -m tests.grader.test_golden` writes the verdicts anew, for a person to read and commit.
"""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from grader import notebook
from grader.exercise import load
from grader.expected import FolderStore, compute
from grader.sandbox.pool import Pool
from grader.verdict import Kind
from tests.grader.conftest import EXERCISES
from tests.grader.grading import steady, verdict_of

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/verdict.json"))


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


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_of_a_golden_submission(case: str, pool: Pool, store: FolderStore) -> None:
    expected = json.loads((GOLDEN / case / "verdict.json").read_text())
    assert graded(case, pool, store) == expected


def test_every_verdict_word_has_a_golden_submission() -> None:
    from grader.verdict import ProbeWord, Word

    verdicts = [json.loads((GOLDEN / case / "verdict.json").read_text()) for case in CASES]
    assert {verdict["word"] for verdict in verdicts} == {word.value for word in Word}
    words = {probe["word"] for verdict in verdicts for probe in verdict["probes"]}
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
            text = json.dumps(verdict, indent=1, ensure_ascii=False) + "\n"
            (GOLDEN / case / "verdict.json").write_text(text)
            sys.stderr.write(f"{case:28} {verdict['word']:16} {verdict['message']}\n")


if __name__ == "__main__":
    write(sys.argv[1:] or sorted(p.name for p in GOLDEN.iterdir() if p.is_dir() and p.name[0] != "."))
