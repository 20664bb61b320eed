"""Pages that belong to no app: help, statements, health, and what is shown when something is refused."""

from __future__ import annotations

import sys

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from zero_to_gpt.faults import sentence_for


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Whether this process can answer: it reaches its database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"ok": False, "database": False}, status=503)
    return JsonResponse({"ok": True, "database": True})


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "site/help.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "site/privacy.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "site/accessibility.html")


def fault(request: HttpRequest) -> HttpResponse:
    """A request that failed through our fault. Where it wanted room or a database, it says so (503)."""
    sentence = sentence_for(sys.exc_info()[1])
    status = 503 if sentence else 500
    if "application/json" in request.headers.get("Accept", ""):
        said = sentence or "This failed through no fault of yours. Nothing is lost; try again in a moment."
        return JsonResponse({"error": said, "reason": "fault"}, status=status)
    page = loader.get_template("500.html").render({"sentence": sentence, "status": status})
    return HttpResponse(page, status=status)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: most often a page that was open since before a sign-in."""
    sentence = "This page was open for too long, or your browser blocks cookies. Reload it and try again."
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"error": sentence, "reason": "csrf"}, status=403)
    return render(request, "403.html", {"sentence": sentence}, status=403)
