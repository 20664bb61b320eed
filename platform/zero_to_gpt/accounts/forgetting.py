"""The end of an account, and of all that is its person's."""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal

from zero_to_gpt.accounts.models import DeedKind, User
from zero_to_gpt.accounts.record import note

log = logging.getLogger(__name__)

person_leaves = Signal()
"""Sent with `user` before their rows are deleted, in the same transaction: the apps above end what would
write about somebody who is gone, and delete what is about them without being tied to them."""


class LastAdministrator(Exception):
    """Nobody would be left to run the site. The text is for the person."""

    def __init__(self) -> None:
        super().__init__("You are the only one who runs this site. Give somebody else that right first.")


def others_run_the_site(user: User) -> bool:
    """Whether somebody else runs this site. In a transaction: until its end, nobody else answers this.

    All rows are locked at once and in one order: of two who give up that right at once one keeps it. Their
    keys, too: a draft that another tab of somebody who leaves saves meanwhile waits, and comes to nobody.
    """
    locked = User.objects.select_for_update().order_by("pk").only("pk")
    running = locked.filter(Q(pk=user.pk) | Q(is_staff=True, is_active=True))
    return any(each.pk != user.pk for each in running)


def forget(*, user: User, by: User | None = None) -> None:
    """Delete a person and all that is theirs: drafts, submissions and their events, memberships, tokens.

    `by`: somebody else who does it. Raises LastAdministrator.
    """
    with transaction.atomic():
        if not user.is_staff:
            User.objects.select_for_update().only("pk").get(pk=user.pk)
        elif not others_run_the_site(user):
            raise LastAdministrator
        person_leaves.send(sender=User, user=user)
        user.delete()
        if by is not None and by.pk != user.pk:
            note(DeedKind.DELETED, who=by)
    log.info("an account was deleted")
