"""The end of an account, and of all that is its person's."""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal

from zero_to_gpt.accounts.models import User

log = logging.getLogger(__name__)

person_leaves = Signal()
"""Sent with `user` before their rows are deleted, in the same transaction: the apps above end what would
write about somebody who is gone, and delete what is about them without being tied to them."""


class LastAdministrator(Exception):
    """Nobody would be left to run the site. The text is for the person."""

    def __init__(self) -> None:
        super().__init__("You are the only one who runs this site. Give somebody else that right first.")


def forget(*, user: User) -> None:
    """Delete a person and all that is theirs: drafts, submissions and their events, memberships, tokens.

    Raises LastAdministrator.
    """
    with transaction.atomic():
        # All at once and in one order: of two administrators who leave at the same moment one stays.
        locked = User.objects.select_for_update(no_key=True).order_by("pk").only("pk")
        if not user.is_staff:
            locked.get(pk=user.pk)
        elif len(locked.filter(Q(pk=user.pk) | Q(is_staff=True, is_active=True))) < 2:
            raise LastAdministrator
        person_leaves.send(sender=User, user=user)
        user.delete()
    log.info("an account was deleted")
