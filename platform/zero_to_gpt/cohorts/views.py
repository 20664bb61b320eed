"""Who belongs to a cohort: a page for those who run it, and the answer of those who are invited."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from zero_to_gpt.accounts.models import User
from zero_to_gpt.accounts.services import signed_in
from zero_to_gpt.catalog.models import Course
from zero_to_gpt.cohorts import services
from zero_to_gpt.cohorts.forms import CohortForm, InviteForm, RoleForm
from zero_to_gpt.cohorts.models import Invitation, Membership, Role
from zero_to_gpt.cohorts.roles import cohort_for, invitations_of, role_in


@require_http_methods(["GET", "POST"])
@login_required
def members(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody in a cohort with their roles, who is invited, and a field to invite more."""
    user = signed_in(request)
    cohort = cohort_for(user, slug, at_least=Role.INSTRUCTOR)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = services.invite(cohort=cohort, emails=form.cleaned_data["emails"], by=user)
        messages.success(request, _said(done), extra_tags="pass")
        return redirect("members", slug)
    everybody = Membership.objects.filter(cohort=cohort).select_related("user")
    mine = role_in(user, cohort)
    context = {
        "cohort": cohort,
        "form": form,
        "members": [
            {"membership": each, "removable": _removable(each, user, mine)}
            for each in sorted(everybody, key=_by_role_and_name)
        ],
        "invitations": cohort.invitations.all(),
        "roles": Role.choices,
        "rules": mine is Role.ADMIN,
        "signup": settings.PUBLIC_URL + reverse("account_signup"),
    }
    return render(request, "cohorts/members.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def member(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    """Give a member another role, or take them out of the cohort."""
    user = signed_in(request)
    cohort = cohort_for(user, slug, at_least=Role.INSTRUCTOR)
    membership = get_object_or_404(
        Membership.objects.select_related("user", "cohort"), cohort=cohort, pk=membership_id
    )
    form = RoleForm(request.POST)
    try:
        if "remove" in request.POST:
            services.remove(membership=membership, by=user)
            messages.success(request, f"{membership.user.name} is no longer a member.", extra_tags="pass")
        elif form.is_valid():
            role = Role(form.cleaned_data["role"])
            services.change_role(membership=membership, role=role, by=user)
            text = f"{membership.user.name} now has the role {role.label.lower()}."
            messages.success(request, text, extra_tags="pass")
    except services.NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from None
    return redirect("members", slug)


@require_POST
@login_required
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """Leave a cohort: those who teach it no longer see one's work."""
    user = signed_in(request)
    cohort = cohort_for(user, slug)
    membership = get_object_or_404(Membership.objects.select_related("cohort"), cohort=cohort, user=user)
    try:
        services.remove(membership=membership, by=user)
    except services.NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from None
    messages.success(request, f"You have left {cohort.name}.", extra_tags="pass")
    return redirect("cohorts")


@require_POST
@login_required
def withdraw(request: HttpRequest, slug: str, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    cohort = cohort_for(signed_in(request), slug, at_least=Role.INSTRUCTOR)
    get_object_or_404(Invitation, cohort=cohort, pk=invitation_id).delete()
    return redirect("members", slug)


@require_POST
@login_required
def invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Join the cohort that one is invited to, or decline."""
    user = signed_in(request)
    asked = get_object_or_404(invitations_of(user), pk=invitation_id)
    join = request.POST.get("answer") == "join"
    try:
        services.answer(invitation=asked, user=user, join=join)
    except services.NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from None
    if join:
        messages.success(request, f"You are a member of {asked.cohort.name} now.", extra_tags="pass")
    return redirect("home")


@require_POST
@login_required
def make(request: HttpRequest) -> HttpResponse:
    """Make a cohort. For the people who run the site."""
    if not signed_in(request).is_staff:
        raise PermissionDenied("Cohorts are made by the people who run the site.")
    form = CohortForm(request.POST)
    course = Course.objects.filter(shipped=True).order_by("pk").first()
    if course is None or not form.is_valid():
        messages.warning(request, "A cohort needs a name.", extra_tags="warn")
        return redirect("cohorts")
    return redirect("members", services.make_cohort(course=course, name=form.cleaned_data["name"]).slug)


def _removable(membership: Membership, user: User, mine: Role | None) -> bool:
    """Whether this person may take that one out; services.remove decides in the end."""
    return membership.user_id != user.pk and (mine is Role.ADMIN or membership.role == Role.STUDENT)


def _by_role_and_name(membership: Membership) -> tuple[int, str]:
    return -list(Role).index(Role(membership.role)), membership.user.name.casefold()


def _said(done: services.Invited) -> str:
    parts = [f"{done.new} invited."]
    if done.before:
        parts.append(f"{done.before} had been invited before.")
    if done.members:
        parts.append(f"{done.members} {'is a member' if done.members == 1 else 'are members'} already.")
    return " ".join(parts)
