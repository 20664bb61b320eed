"""Submissions in Django's admin: to look at, to stop and to grade again. Rows are written by services."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from zero_to_gpt.accounts.models import User
from zero_to_gpt.submissions import services
from zero_to_gpt.submissions.models import Draft, Event, ProbeResult, Submission


class Looking:
    """These rows are only looked at here."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ProbeResultInline(Looking, admin.TabularInline):
    model = ProbeResult
    extra = 0


class EventInline(Looking, admin.TabularInline):
    model = Event
    extra = 0


@admin.register(Submission)
class SubmissionAdmin(Looking, admin.ModelAdmin):
    list_display = ("id", "user", "exercise", "kind", "state", "word", "points", "attempt", "created")
    list_filter = ("state", "word", "kind", "exercise__module")
    search_fields = ("user__email", "exercise__name", "reference")
    list_select_related = ("user", "exercise")
    date_hierarchy = "created"
    inlines = (ProbeResultInline, EventInline)
    actions = ("regrade", "stop")

    @admin.action(description="Grade again with the current revision", permissions=["view"])
    def regrade(self, request: HttpRequest, submissions: QuerySet[Submission]) -> None:
        if not isinstance(request.user, User) or not request.user.is_superuser:
            messages.error(request, "Only administrators may do this.")
            return
        chosen = submissions.select_related("exercise__current")
        done = sum(services.regrade(submission=one, by=request.user) for one in chosen)
        messages.success(request, f"{done} of {len(chosen)} are queued again.")

    @admin.action(description="Stop", permissions=["view"])
    def stop(self, request: HttpRequest, submissions: QuerySet[Submission]) -> None:
        if not isinstance(request.user, User) or not request.user.is_superuser:
            messages.error(request, "Only administrators may do this.")
            return
        done = sum(services.cancel(submission=one) for one in submissions)
        messages.success(request, f"{done} were stopped.")


@admin.register(Draft)
class DraftAdmin(Looking, admin.ModelAdmin):
    list_display = ("user", "exercise", "version", "updated")
    search_fields = ("user__email", "exercise__name")
    list_select_related = ("user", "exercise")
