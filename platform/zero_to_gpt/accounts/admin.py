"""People in Django's admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import CASCADE, PROTECT, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

from zero_to_gpt.accounts.forgetting import LastAdministrator, forget, others_run_the_site
from zero_to_gpt.accounts.models import ApiToken, DeedKind, User
from zero_to_gpt.accounts.record import note
from zero_to_gpt.accounts.services import signed_in

LAST = "Nobody else runs this site. Give somebody else that right first."


LAST_SUPERUSER = "Nobody else can give rights here. Make somebody else a superuser first."
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
"""What superusers alone change: whoever may change people could give them to themselves."""


class CountsWhatGoes:
    """Before something is deleted: what goes with it is counted, kind by kind, instead of listed.

    Django's own page loads every row below and asks for the name of each, one query after the other.
    """

    admin_site: admin.AdminSite

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[Any], Any, Any, list[Any]]:
        rows = list(objs)
        shown: list[Any] = [str(row) for row in rows]
        counts: dict[Any, int] = {}
        forbidden, protected = set(), []
        for relation in type(rows[0])._meta.related_objects if rows else ():
            if relation.many_to_many or relation.on_delete not in (CASCADE, PROTECT):
                continue
            below = relation.related_model
            name = below._meta.verbose_name_plural
            count = below._default_manager.filter(**{f"{relation.field.name}__in": rows}).count()
            if not count:
                continue
            if relation.on_delete is PROTECT:
                protected.append(f"{capfirst(name)}: {count}")
                continue
            counts[name] = count
            shown.append(f"{capfirst(name)}: {count}")
            registered = self.admin_site._registry.get(below)
            if registered is not None and not registered.has_delete_permission(request):
                forbidden.add(name)
        return shown, counts, forbidden, protected


class NewPersonForm(AdminUserCreationForm):
    """An address and a password; Django's own form asks for a user name."""

    class Meta:
        model = User
        fields = ("email",)


class PersonForm(UserChangeForm):
    """Nobody takes away the last right to run the site, their own too."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        person = self.instance
        runs = person.is_staff and person.is_active
        stays = data.get("is_staff", person.is_staff) and data.get("is_active", person.is_active)
        if runs and not stays and not others_run_the_site(person):
            raise ValidationError(LAST)
        gives_rights = person.is_superuser and runs
        if gives_rights and not (stays and data.get("is_superuser", True)):
            others_run_the_site(person)  # their rows are locked: of two who give it up at once one keeps it
            others = User.objects.filter(is_superuser=True, is_staff=True, is_active=True)
            if not others.exclude(pk=person.pk).exists():
                raise ValidationError(LAST_SUPERUSER)
        return data


@admin.register(User)
class PersonAdmin(CountsWhatGoes, UserAdmin):
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
    form = PersonForm
    add_form = NewPersonForm

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if _is_superuser(request) else (*fields, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """A password or an address is as good as the rights that come with it."""
        return super().has_change_permission(request, obj) and _reaches(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _reaches(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[Any], Any, Any, list[Any]]:
        people = list(objs)
        if not all(_reaches(request, each) for each in people):
            raise PermissionDenied("Superusers alone delete people who run this site.")
        shown, counts, forbidden, protected = super().get_deleted_objects(people, request)
        staff = User.objects.filter(is_staff=True, is_active=True)
        if staff.exists() and not staff.exclude(pk__in=[each.pk for each in people]).exists():
            protected.append(LAST)
        return shown, counts, forbidden, protected

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Rights are kept with who gave or took them."""
        super().save_related(request, form, formsets, change)
        changed = sorted(set(form.changed_data) & {*RIGHTS, "is_active"})
        if changed:
            person = form.instance
            held = [name for name in ("is_active", "is_staff", "is_superuser") if getattr(person, name)]
            detail = f"{', '.join(changed)}; now {', '.join(held) or 'none'}"
            note(DeedKind.RIGHTS, who=signed_in(request), whom=person, detail=detail)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        self.delete_queryset(request, User.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """All or nobody: the page said no already, unless somebody else gave up that right meanwhile."""
        try:
            with transaction.atomic():
                for each in queryset:
                    forget(user=each, by=signed_in(request))
        except LastAdministrator as refusal:
            raise PermissionDenied(LAST) from refusal


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_superuser)


def _reaches(request: HttpRequest, person: User | None) -> bool:
    """Whether who asks may touch that account: superusers all, others those without rights, and their own."""
    return person is None or not person.is_staff or person == request.user or _is_superuser(request)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """Tokens can be seen and revoked here, never made: a token is shown only to its person."""

    list_display = ("__str__", "user", "name", "created", "expires", "last_used")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    readonly_fields: ClassVar = ("user", "name", "digest", "created", "expires", "last_used")

    def has_add_permission(self, request: object) -> bool:
        return False
