"""The course for programs: what there is to learn, and an exercise with its starter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from ninja import Router, Schema

from zero_to_gpt.catalog.models import Course, Exercise

router = Router(tags=["course"])

courses_of: Callable[[Any], QuerySet[Course]] = lambda user: Course.objects.filter(shipped=True)  # noqa: E731
main_course: Callable[[Any], Course | None] = lambda user: courses_of(user).order_by("pk").first()  # noqa: E731
"""Which courses a person may open, and which is theirs. The project's API sets it: cohorts decide."""


class ExerciseOut(Schema):
    name: str
    title: str
    summary: str
    minutes: int
    ready: bool
    revision: str


class LessonOut(Schema):
    name: str
    title: str
    exercises: list[ExerciseOut]


class ModuleOut(Schema):
    name: str
    title: str
    summary: str
    lessons: list[LessonOut]


class CourseOut(Schema):
    name: str
    title: str
    summary: str
    modules: list[ModuleOut]


class TaskOut(Schema):
    id: int
    title: str
    points: float
    hints: list[str]


class ExerciseDetail(ExerciseOut):
    profile: str
    device: str
    requires: list[str]
    starter: str
    given: str
    task_html: str
    tasks: list[TaskOut]


@router.get("/course", response=CourseOut, summary="The whole course")
def course(request: HttpRequest) -> dict[str, Any]:
    """Modules, lessons and exercises in order. An exercise that is not `ready` is being prepared."""
    found = main_course(request.user)
    if found is None:
        raise Http404("No course is published yet.")
    modules: dict[int, dict[str, Any]] = {}
    lessons: dict[int, dict[str, Any]] = {}
    for module in found.modules.filter(published=True).prefetch_related("lessons"):
        modules[module.pk] = {
            "name": module.slug,
            "title": module.title,
            "summary": module.summary,
            "lessons": [],
        }
        for lesson in module.lessons.all():
            if lesson.published:
                lessons[lesson.pk] = {
                    "name": f"{module.slug}/{lesson.slug}",
                    "title": lesson.title,
                    "exercises": [],
                }
                modules[module.pk]["lessons"].append(lessons[lesson.pk])
    for exercise in Exercise.objects.published().with_readiness():
        if exercise.lesson_id in lessons:
            lessons[exercise.lesson_id]["exercises"].append(_summary(exercise))
    return {
        "name": found.slug,
        "title": found.title,
        "summary": found.summary,
        "modules": list(modules.values()),
    }


@router.get("/exercises", response=list[ExerciseOut], summary="All exercises")
def exercises(request: HttpRequest) -> list[dict[str, Any]]:
    return [_summary(exercise) for exercise in _open_to(request)]


@router.get("/exercises/{module}/{exercise}", response=ExerciseDetail, summary="One exercise")
def exercise(request: HttpRequest, module: str, exercise: str) -> dict[str, Any]:
    """The task, the starter and the hints."""
    found = _open_to(request).filter(name=f"{module}/{exercise}").first()
    if found is None or found.current is None:
        raise Http404(f"There is no exercise {module}/{exercise}.")
    revision = found.current
    return _summary(found) | {
        "profile": revision.profile,
        "device": revision.device,
        "requires": revision.requires,
        "starter": revision.starter,
        "given": revision.given,
        "task_html": revision.task_html,
        "tasks": revision.tasks,
    }


def _open_to(request: HttpRequest) -> Any:
    return Exercise.objects.published().with_readiness().filter(module__course__in=courses_of(request.user))


def _summary(exercise: Any) -> dict[str, Any]:
    return {
        "name": exercise.name,
        "title": exercise.current.title,
        "summary": exercise.current.summary,
        "minutes": exercise.current.minutes,
        "ready": exercise.ready,
        "revision": exercise.current.digest,
    }
