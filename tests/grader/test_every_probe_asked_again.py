"""Which probe is asked every question of the engine depends on how long the reference took: the reference of
each exercise passes whichever it is, or an accident of the clock would cost a right answer its points."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from grader.exercise.folder import load
from grader.grading import questions
from grader.grading.author import authors
from grader.grading.expected import FolderStore, compute
from grader.grading.outcome import Asked
from grader.proving.short import shortened
from grader.sandbox import libraries
from grader.sandbox.pool import Pool
from tests.grader.conftest import HOME, ROOT
from tests.grader.grading import verdict_of

FOLDERS = sorted(about.parent for about in (ROOT / "exercises").glob("*/*/exercise.toml"))
SLOWER = 3
"""A clock on another machine, or a busy one."""


def everything(chosen: Sequence[Asked], permits: Mapping[str, str]) -> list[tuple[Asked, bytes]]:
    names = [name for name in questions.QUESTIONS if name not in permits]
    return [(asked, questions._question(asked, names, questions.MOST_CASES)) for asked in chosen]


@pytest.mark.parametrize("folder", [pytest.param(each, id=each.name) for each in FOLDERS])
def test_whichever_probe_is_asked_everything_the_reference_passes(
    folder: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    exercise, store = shortened(load(folder)), FolderStore(ROOT / "var" / "expected")
    for profile in (exercise.profile, authors(exercise)):
        libraries.ensure(profile, HOME)
    compute(exercise, pool, store)
    monkeypatch.setattr(questions, "SLOWEST_SECONDS", SLOWER * questions.SLOWEST_SECONDS)
    monkeypatch.setattr(questions, "chosen", lambda done: [one for one in done if questions._fits(one)])
    asked: list[tuple[Asked, bytes]] = []
    monkeypatch.setattr(questions, "questions", lambda *args: asked.extend(everything(*args)) or asked)
    verdict = verdict_of(exercise, exercise.reference, pool, store, patience=4.0)
    assert [(probe.name, probe.message) for probe in verdict.probes if probe.word.value != "passed"] == []
    assert asked
