"""Cohorts and rosters in Django's admin. A roster is imported as rows of cohort, e-mail and role."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from import_export.admin import ImportExportMixin
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget

from zero_to_gpt.accounts.admin import CountsWhatGoes
from zero_to_gpt.accounts.models import User
from zero_to_gpt.cohorts.models import Cohort, Membership


class _PersonWidget(ForeignKeyWidget):  # type: ignore[misc]  # import-export has no types
    """A person by their address, however it is written."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return super().clean(str(value).strip().lower() if value else value, row, **kwargs)


class RosterResource(ModelResource):  # type: ignore[misc]  # import-export has no types
    """One row: cohort (its slug), e-mail of an existing person, role."""

    cohort = Field("cohort", "cohort", widget=ForeignKeyWidget(Cohort, "slug"))
    email = Field("user", "email", widget=_PersonWidget(User, "email"))

    class Meta:
        model = Membership
        fields = ("cohort", "email", "role")
        import_id_fields = ("cohort", "email")


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
    list_display = ("user", "cohort", "role", "joined")
    list_filter = ("cohort", "role")
    search_fields = ("user__email", "user__display_name")
    list_select_related = ("user", "cohort")
    autocomplete_fields = ("user", "cohort")
