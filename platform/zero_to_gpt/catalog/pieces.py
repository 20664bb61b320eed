"""Which revisions of other exercises a revision is built on, and where learners pass those.

A revision pins them for good, like all else in it: `Revision.uses` names each by its key, with what those use
in turn. In a course that was copied, an exercise is called what its original is called in `uses`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from grader.exercise import folder as grading
from zero_to_gpt.catalog.models import Course, Exercise, Revision


def find_in(revision: Revision) -> grading.Find:
    """Brings the files of what a revision is built on, as it was when the revision was made."""
    pins: dict[str, int] = {pin["name"]: pin["revision"] for pin in revision.uses}

    def find(name: str) -> Mapping[str, str] | None:
        return Revision.objects.filter(pk=pins.get(name, 0)).values_list("files", flat=True).first()

    return find


def pinned(
    built_on: Iterable[tuple[str, str, bool]], revisions: Mapping[str, Revision]
) -> list[dict[str, Any]]:
    """What `Revision.uses` keeps of what an exercise is built on (`Exercise.built_on`)."""
    return [
        {"name": name, "module": module, "direct": direct, "revision": revisions[name].pk}
        for name, module, direct in built_on
    ]


def imported(course: Course, loaded: grading.Exercise) -> dict[str, Revision]:
    """The revisions that an exercise from a folder is built on, as far as the course has them."""
    found: dict[str, Revision] = {}
    for piece in loaded.pieces:
        here = Revision.objects.filter(exercise__name=piece.id, exercise__module__course=course)
        revision = here.filter(digest=piece.digest).first()
        if revision is not None:
            found[piece.id] = revision
    return found


def mentioned(course: Course, text: str) -> dict[str, Revision]:
    """The exercises of a course that a text names (an exercise.toml that nobody has parsed yet), as they are
    now, and what those are built on."""
    found: dict[str, Revision] = {}
    if "uses" not in text:
        return found
    exercises = Exercise.objects.filter(module__course=course, current__isnull=False)
    for exercise in exercises.select_related("current", "copied_from"):
        names = [exercise.name, exercise.copied_from.name if exercise.copied_from else ""]
        for name in names:
            if name and name in text and exercise.current is not None:
                found[name] = exercise.current
    for revision in list(found.values()):
        pins = {pin["revision"]: pin["name"] for pin in revision.uses}
        for below in Revision.objects.filter(pk__in=pins):
            found.setdefault(pins[below.pk], below)
    return found


def exercise_called(course: int, name: str) -> Exercise | None:
    """Where learners of a course (its key) pass the exercise that `uses` calls by this name."""
    exercises = Exercise.objects.select_related("module", "current").defer(
        "current__files", "current__solution"
    )
    here = exercises.filter(Q(name=name) | Q(copied_from__name=name), module__course=course)
    return here.order_by("pk").first() or exercises.filter(name=name).first()
