"""Joining a cohort and leaving it, roles, and invitations. Nobody else writes these rows.

People are invited, never put into a cohort from its pages: who teaches it reads what its members
submit, so each of them agrees first. `enrol` is for setting up a site.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from zero_to_gpt.accounts.models import DeedKind, User
from zero_to_gpt.accounts.record import note
from zero_to_gpt.catalog.models import Course
from zero_to_gpt.cohorts.models import Cohort, Invitation, Membership, Role
from zero_to_gpt.cohorts.roles import role_in


class NotAllowed(Exception):
    """This person's role does not reach that far. The text is for them."""


@dataclass(frozen=True)
class Invited:
    """How many addresses were invited, were invited before, and are members already."""

    new: int
    before: int
    members: int


def enrol(*, user: User, cohort: Cohort, role: Role = Role.STUDENT) -> Membership:
    """Make somebody a member, or give a member another role."""
    return Membership.objects.update_or_create(cohort=cohort, user=user, defaults={"role": role.value})[0]


def invite(*, cohort: Cohort, emails: Sequence[str], by: User) -> Invited:
    """Invite people as students. Which addresses have accounts is not told."""
    wanted = {email.lower() for email in emails}
    members = {
        email.lower()
        for email in Membership.objects.filter(cohort=cohort).values_list("user__email", flat=True)
    }
    before = set(Invitation.objects.filter(cohort=cohort, email__in=wanted).values_list("email", flat=True))
    new = wanted - members - before
    Invitation.objects.bulk_create(
        (Invitation(cohort=cohort, email=email, by=by) for email in sorted(new)), ignore_conflicts=True
    )
    return Invited(len(new), len(before - members), len(wanted & members))


def answer(*, invitation: Invitation, user: User, join: bool) -> None:
    """Join the cohort as a student, or decline. Raises NotAllowed: it is somebody else's or was withdrawn."""
    if invitation.email != user.email.lower():
        raise NotAllowed("This invitation is for another address.")
    with transaction.atomic():
        there, _ = Invitation.objects.filter(pk=invitation.pk).delete()
        if join and there:
            Membership.objects.get_or_create(cohort=invitation.cohort, user=user)
        elif join and role_in(user, invitation.cohort) is None:
            raise NotAllowed("This invitation was withdrawn.")


def withdraw_invitations(*, user: User, **_: object) -> None:
    """Nobody invites somebody who left: at none of the addresses that were theirs."""
    addresses = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    Invitation.objects.filter(email__in={address.lower() for address in addresses}).delete()


def change_role(*, membership: Membership, role: Role, by: User) -> None:
    """Give a member another role. For the cohort's admins, and not for themselves. Raises NotAllowed."""
    with transaction.atomic():
        current = _as_it_is(membership)
        if role_in(by, current.cohort) is not Role.ADMIN:
            raise NotAllowed("Roles are given by the admins of a cohort.")
        if current.user_id == by.pk:
            raise NotAllowed("Nobody changes their own role. Another admin can.")
        before, current.role = current.get_role_display(), role.value
        current.save(update_fields=["role"])
        detail = f"{before.lower()} before, {role.label.lower()} now"
        note(DeedKind.ROLE, who=by, whom=current.user, about=current.cohort.name, detail=detail)


def remove(*, membership: Membership, by: User) -> None:
    """Take somebody out; their work stays theirs. Instructors remove students, admins anybody else too.

    Students leave by themselves; whoever teaches is removed by another admin. Raises NotAllowed.
    """
    with transaction.atomic():
        current = _as_it_is(membership)
        mine = role_in(by, current.cohort)
        own, student = current.user_id == by.pk, current.role == Role.STUDENT
        if own and not student:
            raise NotAllowed("Who teaches a cohort is removed by another admin of it.")
        if not own and mine is not Role.ADMIN and not (mine is Role.INSTRUCTOR and student):
            raise NotAllowed("Instructors and admins of a cohort are removed by its admins.")
        current.delete()
        if not own:
            note(DeedKind.REMOVED, who=by, whom=current.user, about=current.cohort.name)


def _as_it_is(membership: Membership) -> Membership:
    """The membership as it is now. Nobody else changes its cohort's roles until this transaction ends: of two
    admins who demote each other at the same moment one stays. Raises NotAllowed."""
    Cohort.objects.select_for_update(no_key=True).get(pk=membership.cohort_id)
    current = Membership.objects.select_related("cohort").filter(pk=membership.pk).first()
    if current is None:
        raise NotAllowed("This person is no longer a member.")
    return current


def make_cohort(*, course: Course, name: str) -> Cohort:
    """A new cohort; its address is made from its name."""
    stem = slugify(name)[:70] or "cohort"
    for number in range(1, 1000):
        try:
            with transaction.atomic():
                slug = stem if number == 1 else f"{stem}-{number}"
                return Cohort.objects.create(course=course, name=name, slug=slug)
        except IntegrityError:
            continue
    raise NotAllowed("There are too many cohorts of this name.")
