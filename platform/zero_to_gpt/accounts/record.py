"""Who did what to whom, for those who run the site, written with what it tells or not at all."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from zero_to_gpt.accounts.models import Deed, DeedKind, User

KEPT = datetime.timedelta(days=730)


def note(
    what: DeedKind, *, who: User | None, whom: User | None = None, about: str = "", detail: str = ""
) -> None:
    """Add a line. `about` and `detail` name no people."""
    Deed.objects.create(what=what, who=who, whom=whom, about=about[:200], detail=detail[:500])


def note_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    """Of those who run the site alone: when learners come is nobody's business."""
    if user.is_staff:
        note(DeedKind.SIGNED_IN, who=user)


def deeds(*, what: str = "", person: str = "") -> QuerySet[Deed]:
    """The record, newest first; of one kind, and by or about the people of whom these words are part."""
    found = Deed.objects.select_related("who", "whom")
    if what:
        found = found.filter(what=what)
    if person:
        named = User.objects.filter(Q(email__icontains=person) | Q(display_name__icontains=person)).order_by()
        found = found.filter(Q(who__in=named) | Q(whom__in=named))
    return found


def forget_old() -> None:
    """What happened longer ago than is kept."""
    Deed.objects.filter(at__lt=timezone.now() - KEPT).delete()
