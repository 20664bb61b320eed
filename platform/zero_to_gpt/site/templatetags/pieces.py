"""Earlier answers on the pages of an exercise and of a submission."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser

from grader.exercise.pieces import number_of
from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.submissions import pieces
from zero_to_gpt.submissions.models import Submission

register = template.Library()


@register.simple_tag
def pieces_of(user: User | AnonymousUser, exercise: Exercise) -> dict[str, Any] | None:
    """What an exercise uses and which answers this person has to choose from; None if it stands alone."""
    if exercise.current is None or not exercise.current.uses:
        return None
    found = pieces.choices(user if isinstance(user, User) else None, exercise, exercise.current)
    return {"all": found, "lacking": pieces.lacking(found)}


@register.filter
def taken(submission: Submission) -> list[dict[str, Any]]:
    """The earlier answers that a submission is run with: module, number of its exercise, whose it is."""
    return [pin | {"number": number_of(pin["exercise"])} for pin in submission.pieces]
