"""Workers' signs of life in Django's admin, to look at."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from zero_to_gpt.fleet.models import WorkerSign


@admin.register(WorkerSign)
class WorkerSignAdmin(admin.ModelAdmin):
    list_display = ("name", "sandbox", "slots", "last_seen", "trouble")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: WorkerSign | None = None) -> bool:
        return False
