"""Who may see the solution of an exercise, and when. Opening it before passing is recorded.

The one place that decides: whoever teaches or runs the site, whoever has passed the exercise, and whoever
opened it after honest tries. Nobody else is sent a byte of it.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace

from django.db import transaction

from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.cohorts.models import Role
from zero_to_gpt.cohorts.roles import cohorts_of, courses_taught_by
from zero_to_gpt.fleet import clock
from zero_to_gpt.submissions.models import OpenedSolution, Submission
from zero_to_gpt.submissions.refusals import SolutionClosed

log = logging.getLogger(__name__)

HONEST_TRIES = 3
MOST_LOOKED_AT = 30
_NO_CODE = re.compile(r"#[^\n]*|\s+")


@dataclass(frozen=True)
class Access:
    """How one person stands to one exercise's solution. `opened`: before passing it, and when."""

    teaches: bool
    passed: bool
    opened: OpenedSolution | None
    tries: int

    @property
    def shown(self) -> bool:
        return self.teaches or self.passed or self.opened is not None

    @property
    def offered(self) -> bool:
        """Whether this person may open it now, which is recorded."""
        return not self.shown and self.tries >= HONEST_TRIES

    @property
    def missing(self) -> int:
        """How many honest tries are left until it is offered."""
        return max(0, HONEST_TRIES - self.tries)


def teaches(user: User, exercise: Exercise) -> bool:
    """Whether this person may read the answers of an exercise's course: who runs the site, who teaches some
    cohort if the course was shipped, or one that follows it, and who writes it."""
    if user.is_staff:
        return True
    some = cohorts_of(user, at_least=Role.INSTRUCTOR).exists()
    may = courses_taught_by(user).filter(modules=exercise.module_id).values_list("shipped", flat=True)
    return any(some or not shipped for shipped in may)


def access(user: User, exercise: Exercise) -> Access:
    mine = Submission.objects.filter(user=user, exercise=exercise)
    shown = teaches(user, exercise)
    passed = mine.passed().exists()
    opened = OpenedSolution.objects.filter(user=user, exercise=exercise).first()
    settled = shown or passed or opened is not None
    return Access(shown, passed, opened, tries=0 if settled else honest_tries(user, exercise))


def honest_tries(user: User, exercise: Exercise) -> int:
    """Submits that spent a try, each with another text than the others: comments and spaces make no other."""
    mine = Submission.objects.filter(user=user, exercise=exercise).tries().order_by("-pk")
    texts = mine.values_list("source", flat=True)[:MOST_LOOKED_AT]
    return len({_NO_CODE.sub("", text) for text in texts})


def own_answer(user: User, exercise: Exercise) -> Submission | None:
    """What this person's own code is compared with: their last that passed, else their last Submit."""
    mine = Submission.objects.filter(user=user, exercise=exercise).defer("verdict").order_by("-pk")
    return mine.passed().first() or mine.tries().first()


def open_solution(*, user: User, exercise: Exercise) -> Access:
    """Show the solution to somebody who may see it now; before they passed it, that is recorded.

    Raises SolutionClosed.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        found = access(user, exercise)
        if found.shown:
            return found
        if not found.offered or exercise.current is None:
            raise SolutionClosed(
                f"The solution opens when you have passed this exercise, or after {HONEST_TRIES} "
                f"honest tries. You have made {found.tries}."
            )
        opened = OpenedSolution.objects.create(
            user=user, exercise=exercise, revision=exercise.current, tries=found.tries, opened=clock.now()
        )
    log.info("person %s opened the solution of %s after %s tries", user.pk, exercise.name, found.tries)
    return replace(found, opened=opened)
