"""Submissions in Django's admin: to look at, to stop and to grade again. Rows are written by services."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join

from zero_to_gpt.accounts.admin import CountsWhatGoes
from zero_to_gpt.accounts.models import User
from zero_to_gpt.addresses import key_of
from zero_to_gpt.submissions import submitting
from zero_to_gpt.submissions.models import Draft, ProbeResult, Submission

MOST_LISTED = 1000
MOST_PEOPLE = 5
EVENTS_SHOWN = 50


class Looking:
    """These rows are only looked at here."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class BoundedPaginator(Paginator):
    """Counts no further than it must: the newest rows can be walked through, older ones searched for."""

    @cached_property
    def count(self) -> int:
        listed: Any = self.object_list
        found: int = listed.order_by()[:MOST_LISTED].count()
        return found


class OfPeople(Looking, CountsWhatGoes, admin.ModelAdmin):
    """Rows that are as many as a site's people are busy: no count, no sort and no search reads them all."""

    paginator = BoundedPaginator
    show_full_result_count = False
    search_fields = ("user__email",)
    search_help_text = "The beginning of an e-mail address; or a submission's number or support code."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if (number := key_of(term)) is not None:
            return queryset.filter(pk=number), False
        if queryset.model is Submission and Submission.objects.broken_as(term).exists():
            return queryset & Submission.objects.broken_as(term), False
        people = User.objects.filter(email__istartswith=term).values_list("pk", flat=True)[:MOST_PEOPLE]
        return queryset.filter(user__in=list(people)), False


class ProbeResultInline(Looking, admin.TabularInline):
    model = ProbeResult
    extra = 0


@admin.register(Submission)
class SubmissionAdmin(OfPeople):
    list_display = ("id", "user", "exercise", "kind", "state", "word", "points", "attempt", "created")
    list_filter = ("state",)
    list_select_related = ("user", "exercise")
    inlines = (ProbeResultInline,)
    readonly_fields = ("verdict_as_json", "last_events")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        return super().get_queryset(request).defer("verdict", "source")

    @admin.display(description="verdict")
    def verdict_as_json(self, submission: Submission) -> str:
        return format_html("<pre>{}</pre>", json.dumps(submission.verdict, indent=1, ensure_ascii=False))

    @admin.display(description="last events")
    def last_events(self, submission: Submission) -> str:
        newest = submission.events.order_by("-pk").values_list("created", "kind")[:EVENTS_SHOWN]
        return format_html_join("", "{} {}<br>", reversed(newest))

    actions = ("regrade", "stop")

    @admin.action(description="Grade again with the current revision", permissions=["view"])
    def regrade(self, request: HttpRequest, submissions: QuerySet[Submission]) -> None:
        if not isinstance(request.user, User) or not request.user.is_superuser:
            messages.error(request, "Only administrators may do this.")
            return
        chosen = submissions.select_related("exercise__current")
        done = sum(submitting.regrade(submission=one, by=request.user) for one in chosen)
        messages.success(request, f"{done} of {len(chosen)} are queued again.")

    @admin.action(description="Stop", permissions=["view"])
    def stop(self, request: HttpRequest, submissions: QuerySet[Submission]) -> None:
        if not isinstance(request.user, User) or not request.user.is_superuser:
            messages.error(request, "Only administrators may do this.")
            return
        done = sum(submitting.cancel(submission=one) for one in submissions)
        messages.success(request, f"{done} were stopped.")


@admin.register(Draft)
class DraftAdmin(OfPeople):
    list_display = ("user", "exercise", "version", "updated")
    list_select_related = ("user", "exercise")
