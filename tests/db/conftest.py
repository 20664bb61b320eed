"""A course that bob writes, with an exercise in it that nobody has published."""

from pathlib import Path

import pytest

from zero_to_gpt.authoring import structure
from zero_to_gpt.catalog.models import Course, Exercise, Lesson

EXAMPLE = Path(__file__).parents[1] / "unit" / "exercises" / "01-sums"
FOLDER = EXAMPLE / "01-double-it"


def files() -> dict[str, str]:
    found = (path for path in FOLDER.rglob("*") if path.is_file() and path.name != "proof.json")
    return {path.relative_to(FOLDER).as_posix(): path.read_text() for path in found}


@pytest.fixture
def written(bob) -> Course:
    """A course of bob's with a lesson."""
    course = structure.begin_course(by=bob, title="Numpy in autumn")
    structure.add_lesson(module=structure.add_module(course=course, title="Sums"), title="Sums", by=bob)
    return course


@pytest.fixture
def place(written, bob) -> Exercise:
    """An exercise of bob's that nobody has published."""
    lesson = Lesson.objects.get(module__course=written)
    return structure.add_exercise(lesson=lesson, title="double it", files=files(), by=bob)
