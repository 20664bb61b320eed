"""Cohorts and rosters in Django's admin. A roster is a CSV file of cohort, e-mail and role, out and in.

It is imported in one request and one transaction, in which nobody else writes to SQLite: so it is bounded.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from import_export.admin import ImportExportMixin
from import_export.fields import Field
from import_export.formats.base_formats import CSV
from import_export.forms import ConfirmImportForm
from import_export.resources import ModelResource
from import_export.tmp_storages import CacheStorage
from import_export.widgets import ForeignKeyWidget

from zero_to_gpt import spreadsheet
from zero_to_gpt.accounts.admin import CountsWhatGoes
from zero_to_gpt.accounts.models import User
from zero_to_gpt.cohorts.models import Announcement, Cohort, Deadline, Extension, Membership, Override

MOST_ROWS = 2000


class _PersonWidget(ForeignKeyWidget):  # type: ignore[misc]  # import-export has no types
    """A person by their address, however it is written."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        address = spreadsheet.typed(str(value).strip().lower()) if value else value
        return super().clean(address, row, **kwargs)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return spreadsheet.plain(super().render(value, obj, **kwargs))


class _Waiting(CacheStorage):  # type: ignore[misc]  # import-export has no types
    """Where a roster waits for its confirmation: no file, which a request could name, and for an hour."""

    CACHE_LIFETIME = 3600

    def read(self) -> Any:
        found = super().read()
        if found is None:
            raise Http404("This roster does not wait any more. Send it again.")
        return found


class _Confirmation(ConfirmImportForm):  # type: ignore[misc]  # import-export has no types
    """What comes back from the page that shows a roster: the one format and the one kind of rows."""

    format = forms.ChoiceField(choices=[("0", "CSV")], widget=forms.HiddenInput)
    resource = forms.ChoiceField(choices=[("0", "roster")], widget=forms.HiddenInput, required=False)


class RosterResource(ModelResource):  # type: ignore[misc]  # import-export has no types
    """One row: cohort (its slug), e-mail of an existing person, role."""

    cohort = Field("cohort", "cohort", widget=ForeignKeyWidget(Cohort, "slug"))
    email = Field("user", "email", widget=_PersonWidget(User, "email"))

    class Meta:
        model = Membership
        fields = ("cohort", "email", "role")
        import_id_fields = ("cohort", "email")

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        rows = len(dataset)
        if rows > MOST_ROWS:
            del dataset[:]  # an error alone stops nothing here
            raise ValidationError(f"This roster has {rows} rows; {MOST_ROWS} go at once. Send it in parts.")


@admin.register(Cohort)
class CohortAdmin(CountsWhatGoes, admin.ModelAdmin):
    """Its members have a list of their own: a form with thousands of them could be neither read nor saved."""

    list_display = ("name", "slug", "course", "created")
    list_select_related = ("course",)
    search_fields = ("name", "slug")
    readonly_fields = ("roster",)

    @admin.display(description="members")
    def roster(self, cohort: Cohort) -> str:
        if cohort.pk is None:
            return "Save it first; then people can be added."
        listed = reverse("admin:cohorts_membership_changelist")
        link = '<a href="{}?cohort__id__exact={}">{} in this cohort</a>'
        return format_html(link, listed, cohort.pk, cohort.memberships.count())


@admin.register(Membership)
class MembershipAdmin(ImportExportMixin, admin.ModelAdmin):  # type: ignore[misc]
    resource_classes = (RosterResource,)
    formats = (CSV,)
    tmp_storage_class = _Waiting
    confirm_form_class = _Confirmation
    list_display = ("user", "cohort", "role", "joined")
    list_filter = ("cohort", "role")
    search_fields = ("user__email", "user__display_name")
    list_select_related = ("user", "cohort")
    autocomplete_fields = ("user", "cohort")

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))


class _ReadOnly(admin.ModelAdmin):
    """What the pages of a cohort write, to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Deadline)
class DeadlineAdmin(_ReadOnly):
    list_display = ("place", "cohort", "due", "by")
    list_filter = ("cohort",)
    list_select_related = ("cohort", "by", "module", "exercise__current")


@admin.register(Extension)
class ExtensionAdmin(_ReadOnly):
    list_display = ("user", "deadline", "due", "by", "reason")
    list_filter = ("deadline__cohort",)
    search_fields = ("user__email", "user__display_name")
    list_select_related = (
        "user", "by", "deadline__cohort", "deadline__module", "deadline__exercise__current",
    )  # fmt: skip


@admin.register(Override)
class OverrideAdmin(_ReadOnly):
    """Who set whose points, when and why; ended ones too."""

    list_display = ("user", "exercise", "points", "cohort", "by", "since", "ended", "ended_by")
    list_filter = ("cohort",)
    search_fields = ("user__email", "user__display_name", "reason")
    list_select_related = ("user", "exercise", "cohort", "by", "ended_by")


@admin.register(Announcement)
class AnnouncementAdmin(_ReadOnly):
    list_display = ("title", "cohort", "by", "created")
    list_filter = ("cohort",)
    list_select_related = ("cohort", "by")
