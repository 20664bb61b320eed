"""Who may see what: one concept, a role in a cohort. Staff of the site count as admins everywhere.

Invisible things answer 404 (a stranger does not learn that they exist), visible ones that need a
higher role answer 403.
"""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from zero_to_gpt.accounts.models import User
from zero_to_gpt.cohorts.models import Cohort, Invitation, Membership, Role


def cohorts_of(user: User | AnonymousUser, at_least: Role = Role.STUDENT) -> QuerySet[Cohort]:
    """The cohorts in which this person has at least that role; all of them for staff."""
    if not isinstance(user, User):
        return Cohort.objects.none()
    if user.is_staff:
        return Cohort.objects.all()
    return Cohort.objects.filter(
        Exists(Membership.objects.filter(cohort=OuterRef("pk"), user=user, role__in=Role.at_least(at_least)))
    )


def role_in(user: User | AnonymousUser, cohort: Cohort) -> Role | None:
    """This person's role in a cohort, or None for a stranger."""
    if not isinstance(user, User):
        return None
    if user.is_staff:
        return Role.ADMIN
    membership = Membership.objects.filter(cohort=cohort, user=user).first()
    return Role(membership.role) if membership else None


def cohort_for(user: User | AnonymousUser, slug: str, at_least: Role = Role.STUDENT) -> Cohort:
    """The cohort, if this person may; otherwise Http404 or PermissionDenied."""
    cohort = Cohort.objects.select_related("course").filter(slug=slug).first()
    role = role_in(user, cohort) if cohort else None
    if cohort is None or role is None:
        raise Http404("There is no such cohort.")
    if role.value not in Role.at_least(at_least):
        raise PermissionDenied(f"This page is for people who are at least {at_least.label.lower()} here.")
    return cohort


def invitations_of(user: User) -> QuerySet[Invitation]:
    """The cohorts that this person is asked to join."""
    return Invitation.objects.filter(email=user.email.lower()).select_related("cohort", "by")


def taught_by(user: User) -> QuerySet[User]:
    """The people whose work this person may read because they teach them."""
    return User.objects.filter(
        Exists(
            Membership.objects.filter(
                user=OuterRef("pk"), cohort__in=cohorts_of(user, at_least=Role.INSTRUCTOR)
            )
        )
    )
