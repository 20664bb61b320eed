"""One pool of real boxes for all tests of grading; expected values are kept for the session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.exercise.folder import Exercise, load
from grader.grading.expected import FolderStore, compute
from grader.sandbox import libraries
from grader.sandbox.box import Profile
from grader.sandbox.choose import choose_backend
from grader.sandbox.pool import Pool

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "var" / "sandbox"
EXERCISES = Path(__file__).parent / "exercises" / "basics"


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    libraries.ensure(Profile.NUMPY, HOME)
    with Pool(choose_backend("bubblewrap", home=HOME), warm={Profile.NUMPY: 2}) as pool:
        yield pool


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> FolderStore:
    return FolderStore(tmp_path_factory.mktemp("expected"))


@pytest.fixture(scope="session")
def vectors(pool: Pool, store: FolderStore) -> Exercise:
    """Three tasks: plain values, an edge case with purity, a judged answer."""
    exercise = load(EXERCISES / "vectors")
    compute(exercise, pool, store)
    return exercise


@pytest.fixture(scope="session")
def costs(pool: Pool, store: FolderStore) -> Exercise:
    """Two tasks: one that must be fast, one that must be small."""
    exercise = load(EXERCISES / "costs")
    compute(exercise, pool, store)
    return exercise
