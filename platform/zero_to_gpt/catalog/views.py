"""Serves the pictures that lessons' cells drew. The pages of the course are in progress/views.py."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from zero_to_gpt.catalog.models import Figure


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def figure(request: HttpRequest, digest: str) -> HttpResponse:
    """One picture. Its address is its content, so it may be kept for ever."""
    found = Figure.objects.filter(digest=digest).first()
    if found is None:
        raise Http404("There is no such figure.")
    return HttpResponse(bytes(found.png), content_type="image/png")
