"""What those who teach a cohort tell its members. Nobody else writes these rows.

No mail is sent: an announcement stands on its members' first page until each of them dismisses it.
"""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from zero_to_gpt.accounts.models import User
from zero_to_gpt.cohorts.models import Announcement, Cohort, Dismissal, Membership

MOST_A_DAY = 20
"""Of one cohort: what comes more often is read by nobody."""


class TooMany(ValueError):
    """The cohort has heard enough today. The text is for who asked."""


def announce(*, cohort: Cohort, title: str, text: str, by: User) -> Announcement:
    """Tell the members something. Raises TooMany."""
    with transaction.atomic():
        Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
        today = Announcement.objects.filter(
            cohort=cohort, created__gt=timezone.now() - datetime.timedelta(days=1)
        )
        if today.count() >= MOST_A_DAY:
            raise TooMany(
                f"There were {MOST_A_DAY} announcements within a day, and more are not taken. "
                "Add to an earlier one instead."
            )
        return Announcement.objects.create(cohort=cohort, title=title, text=text, by=by)


def change(*, announcement: Announcement, title: str, text: str) -> None:
    """Correct what was told. Whoever has dismissed it is not told again."""
    Announcement.objects.filter(pk=announcement.pk).update(title=title, text=text, changed=timezone.now())


def dismiss(*, announcement: Announcement, user: User) -> None:
    """Let it stand no longer on this person's first page."""
    Dismissal.objects.bulk_create([Dismissal(announcement=announcement, user=user)], ignore_conflicts=True)


def told_to(user: User) -> QuerySet[Announcement]:
    """All announcements of the cohorts that somebody is a member of, newest first."""
    mine = Membership.objects.filter(user=user, cohort=OuterRef("cohort"))
    return Announcement.objects.filter(Exists(mine)).select_related("cohort", "by")


def news_for(user: User) -> QuerySet[Announcement]:
    """Those that this person has not dismissed, and did not write."""
    seen = Dismissal.objects.filter(announcement=OuterRef("pk"), user=user)
    return told_to(user).filter(~Exists(seen)).exclude(by=user)
