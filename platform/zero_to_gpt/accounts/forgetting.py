"""The end of an account, and of all that is its person's."""

from __future__ import annotations

import logging

from django.db import transaction
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
        staff = User.objects.filter(is_staff=True, is_active=True).order_by("pk")
        others = [one for one in staff.select_for_update(no_key=True).only("pk") if one.pk != user.pk]
        if user.is_staff and not others:
            raise LastAdministrator
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        person_leaves.send(sender=User, user=user)
        user.delete()
    log.info("an account was deleted")
