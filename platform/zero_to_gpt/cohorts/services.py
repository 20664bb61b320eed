"""Joining a cohort, and what a member may do in it."""

from __future__ import annotations

from zero_to_gpt.accounts.models import User
from zero_to_gpt.cohorts.models import Cohort, Membership, Role


def enrol(*, user: User, cohort: Cohort, role: Role = Role.STUDENT) -> Membership:
    """Make somebody a member, or give a member another role."""
    return Membership.objects.update_or_create(cohort=cohort, user=user, defaults={"role": role.value})[0]
