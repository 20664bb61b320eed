"""Announcements of a cohort: a page for those who teach it, and a member's press that dismisses one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from zero_to_gpt.accounts.services import signed_in
from zero_to_gpt.cohorts import announcements as services
from zero_to_gpt.cohorts.forms import AnnouncementForm
from zero_to_gpt.cohorts.models import Announcement, Cohort, Role
from zero_to_gpt.cohorts.roles import cohort_for

MOST_SHOWN = 50


@require_http_methods(["GET", "POST"])
@login_required
def announcements(request: HttpRequest, slug: str) -> HttpResponse:
    """What a cohort was told, newest first, and a form that tells it something."""
    user = signed_in(request)
    cohort = cohort_for(user, slug, at_least=Role.INSTRUCTOR)
    form = AnnouncementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.announce(cohort=cohort, by=user, **form.cleaned_data)
        except services.TooMany as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The members find it on their first page.", extra_tags="pass")
            return redirect("announcements", slug)
    return _page(request, cohort, form)


@require_http_methods(["GET", "POST"])
@login_required
def announcement(request: HttpRequest, slug: str, announcement_id: int) -> HttpResponse:
    """Correct an announcement, or withdraw it."""
    cohort = cohort_for(signed_in(request), slug, at_least=Role.INSTRUCTOR)
    found = get_object_or_404(Announcement, cohort=cohort, pk=announcement_id)
    if request.method == "POST" and "withdraw" in request.POST:
        found.delete()
        messages.success(request, f"“{found.title}” was withdrawn.", extra_tags="pass")
        return redirect("announcements", slug)
    form = AnnouncementForm(request.POST or {"title": found.title, "text": found.text})
    if request.method == "POST" and form.is_valid():
        services.change(announcement=found, **form.cleaned_data)
        messages.success(request, f"“{form.cleaned_data['title']}” was changed.", extra_tags="pass")
        return redirect("announcements", slug)
    return _page(request, cohort, form, changing=found)


@require_POST
@login_required
def dismiss(request: HttpRequest, announcement_id: int) -> HttpResponse:
    """Let an announcement stand no longer on one's first page."""
    user = signed_in(request)
    services.dismiss(announcement=get_object_or_404(services.told_to(user), pk=announcement_id), user=user)
    return redirect("home")


def _page(
    request: HttpRequest, cohort: Cohort, form: AnnouncementForm, *, changing: Announcement | None = None
) -> HttpResponse:
    told = Announcement.objects.filter(cohort=cohort).select_related("by")[:MOST_SHOWN]
    context = {"cohort": cohort, "form": form, "changing": changing, "told": told, "writes": True}
    refused = request.method == "POST" and form.errors
    return render(request, "cohorts/announcements.html", context, status=400 if refused else 200)
