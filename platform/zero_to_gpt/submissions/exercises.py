"""Which exercise a page is about, and what stands before and after it."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.cohorts.roles import exercise_to_hand_in, exercises_of


def exercise_of(request: HttpRequest, module: str, slug: str) -> Exercise:
    """The one at an address, if this person may see it. Raises Http404."""
    found = exercises_of(request.user).with_readiness().filter(module__slug=module, slug=slug).first()
    if found is None:
        raise Http404("There is no such exercise.")
    return found


def exercise_to_post_to(request: HttpRequest, module: str, slug: str) -> Exercise:
    """The same with only what handing in reads. Raises Http404."""
    if not isinstance(request.user, User):
        return exercise_of(request, module, slug)
    found = exercise_to_hand_in(request.user, module__slug=module, slug=slug)
    if found is None:
        raise Http404("There is no such exercise.")
    return found


def neighbours(exercise: Exercise) -> tuple[Exercise | None, Exercise | None]:
    """The exercises before and after this one in the course."""
    names = ("slug", "name", "module__slug", "lesson__slug", "current__title")
    course = list(Exercise.objects.published().filter(module__course=exercise.module.course_id).only(*names))
    at = next((index for index, each in enumerate(course) if each.pk == exercise.pk), None)
    if at is None:
        return None, None
    return (course[at - 1] if at else None), (course[at + 1] if at + 1 < len(course) else None)
