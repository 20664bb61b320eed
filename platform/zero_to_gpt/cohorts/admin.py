"""Cohorts and rosters in Django's admin. A roster is imported as rows of cohort, e-mail and role."""

from __future__ import annotations

from django.contrib import admin
from import_export.admin import ImportExportMixin
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget

from zero_to_gpt.accounts.models import User
from zero_to_gpt.cohorts.models import Cohort, Membership


class RosterResource(ModelResource):  # type: ignore[misc]  # import-export has no types
    """One row: cohort (its slug), e-mail of an existing person, role."""

    cohort = Field("cohort", "cohort", widget=ForeignKeyWidget(Cohort, "slug"))
    email = Field("user", "email", widget=ForeignKeyWidget(User, "email"))

    class Meta:
        model = Membership
        fields = ("cohort", "email", "role")
        import_id_fields = ("cohort", "email")


class MembershipInline(admin.TabularInline):
    model = Membership
    autocomplete_fields = ("user",)
    extra = 0


@admin.register(Cohort)
class CohortAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "course", "created")
    search_fields = ("name", "slug")
    inlines = (MembershipInline,)


@admin.register(Membership)
class MembershipAdmin(ImportExportMixin, admin.ModelAdmin):  # type: ignore[misc]
    resource_classes = (RosterResource,)
    list_display = ("user", "cohort", "role", "joined")
    list_filter = ("cohort", "role")
    search_fields = ("user__email", "user__display_name")
    list_select_related = ("user", "cohort")
    autocomplete_fields = ("user", "cohort")
