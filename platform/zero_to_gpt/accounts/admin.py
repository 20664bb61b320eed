"""People in Django's admin."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm

from zero_to_gpt.accounts.models import ApiToken, User


class NewPersonForm(AdminUserCreationForm):
    """An address and a password; Django's own form asks for a user name."""

    class Meta:
        model = User
        fields = ("email",)


@admin.register(User)
class PersonAdmin(UserAdmin):
    ordering = ("email",)
    list_display = ("email", "display_name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "display_name")
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("display_name", "language", "theme")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)
    add_form = NewPersonForm


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """Tokens can be seen and revoked here, never made: a token is shown only to its person."""

    list_display = ("__str__", "user", "name", "created", "expires", "last_used")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    readonly_fields: ClassVar = ("user", "name", "digest", "created", "expires", "last_used")

    def has_add_permission(self, request: object) -> bool:
        return False
