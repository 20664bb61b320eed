"""Pages that belong to no app: help, statements, health, and what is shown when something is refused."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET


@require_GET
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Whether this process can answer: it reaches its database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"ok": False, "database": False}, status=503)
    return JsonResponse({"ok": True, "database": True})


@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "site/help.html")


@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "site/privacy.html")


@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "site/accessibility.html")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: most often a page that was open since before a sign-in."""
    sentence = "This page was open for too long, or your browser blocks cookies. Reload it and try again."
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"error": sentence, "reason": "csrf"}, status=403)
    return render(request, "403.html", {"sentence": sentence}, status=403)
