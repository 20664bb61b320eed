"""The two beginnings of an exercise that need PyTorch, proven when their blanks are written."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import templates
from grader.exercise.folder import from_files
from grader.grading.author import authors
from grader.grading.expected import FolderStore
from grader.proving.gate import verify
from grader.sandbox.box import Profile
from grader.sandbox.choose import choose_backend, prepare
from grader.sandbox.pool import Pool
from tests.boxes.conftest import HOME
from tests.grader.fillings import FILLINGS, filled


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    prepare(Profile.TORCH, HOME, name="bubblewrap")
    with Pool(choose_backend("bubblewrap", home=HOME), warm={Profile.TORCH: 1}) as pool:
        yield pool


@pytest.mark.bubblewrap
@pytest.mark.parametrize("like", ["module", "training"])
def test_a_template_is_publishable_when_its_blanks_are_written(like: str, pool: Pool, tmp_path: Path) -> None:
    exercise = from_files("basics/running-mean", filled(templates.new(like, "running mean"), FILLINGS[like]))
    prepare(authors(exercise), HOME, name="bubblewrap")
    report = verify(exercise, pool, FolderStore(tmp_path), full=True)
    assert report.problems == []
    assert report.alternatives == {"passed": 2, "total": 2}
    assert report.mutants["killed"] == 6
