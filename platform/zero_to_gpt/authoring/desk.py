"""An author's desk: who comes to which, and how what is sent from it is answered."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from zero_to_gpt.accounts.models import User
from zero_to_gpt.addresses import key_of
from zero_to_gpt.authoring import bounded, queries
from zero_to_gpt.authoring.models import Proof
from zero_to_gpt.authoring.refusals import Refused
from zero_to_gpt.catalog.models import Course, Exercise, Lesson
from zero_to_gpt.cohorts.roles import may_write, written_by

BUSY = "What you sent before is still being read."


def author_of(request: HttpRequest) -> User:
    """The signed-in person, if they may write at all; for views behind login_required."""
    if not isinstance(request.user, User) or not may_write(request.user):
        raise PermissionDenied("Courses are written by those who teach a cohort here.")
    return request.user


def course_of(request: HttpRequest, slug: str) -> tuple[User, Course]:
    """The author and their course; 404 for everybody else."""
    user = author_of(request)
    return user, get_object_or_404(written_by(user), slug=slug)


def exercise_of(request: HttpRequest, module: str, slug: str) -> tuple[User, Exercise]:
    """The author and their exercise; 404 for everybody else."""
    user = author_of(request)
    mine = Exercise.objects.filter(module__course__in=written_by(user))
    found = mine.select_related("module__course", "lesson", "current")
    return user, get_object_or_404(found, module__slug=module, slug=slug)


def lesson_of(request: HttpRequest, module: str, lesson: str) -> tuple[User, Lesson]:
    """The author and their lesson; 404 for everybody else."""
    user = author_of(request)
    mine = Lesson.objects.filter(module__course__in=written_by(user)).select_related("module__course")
    return user, get_object_or_404(mine, module__slug=module, slug=lesson)


def chosen_entry(
    entries: list[queries.Published[queries.Entry]], text: str
) -> queries.Published[queries.Entry] | None:
    """The entry of a history that an address or a form names; 404 for one that is not in it."""
    number = key_of(text)
    if number is None:
        return None
    for each in entries:
        if each.publication.pk == number:
            return each
    raise Http404("There is no such publication.")


def answered(act: Callable[[], JsonResponse]) -> HttpResponse:
    """What it answers; a refusal as a sentence that the page shows."""
    try:
        return act()
    except Refused as refusal:
        return JsonResponse({"error": refusal.text, "reason": refusal.code}, status=refusal.status)
    except bounded.BusyError:
        return JsonResponse({"error": BUSY, "reason": "busy", "retry_after": 2}, status=429)


def queued(proof: Proof) -> JsonResponse:
    return JsonResponse(proof_urls(proof), status=HTTPStatus.CREATED)


def proof_urls(proof: Proof) -> dict[str, str]:
    return {
        "events": reverse("authoring_proof_events", args=[proof.pk]),
        "shown": reverse("authoring_proof", args=[proof.pk]),
        "stop": reverse("authoring_proof_stop", args=[proof.pk]),
    }
