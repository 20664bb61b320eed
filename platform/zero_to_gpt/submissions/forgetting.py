"""The end of an account, and of all that is its person's."""

from __future__ import annotations

import logging

from django.db import transaction

from zero_to_gpt.accounts.models import User
from zero_to_gpt.cohorts.models import Invitation
from zero_to_gpt.submissions.models import Submission
from zero_to_gpt.submissions.refusals import Refused
from zero_to_gpt.submissions.submitting import cancel

log = logging.getLogger(__name__)


def forget(*, user: User) -> None:
    """Delete a person and all that is theirs: drafts, submissions and their events, memberships, tokens.

    Raises Refused for the last person who runs the site.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        others = User.objects.filter(is_staff=True, is_active=True).exclude(pk=user.pk)
        if user.is_staff and not others.exists():
            raise Refused("You are the only one who runs this site. Give somebody else that right first.")
        for submission in Submission.objects.active().filter(user=user):
            cancel(submission=submission)  # so that no worker writes about it from here on
        Invitation.objects.filter(email=user.email.lower()).delete()
        user.delete()
    log.info("a person deleted their account")
