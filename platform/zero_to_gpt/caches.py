"""What is told to one person is kept by no proxy on its way, and by no browser that others use after them.

A view that says something else about its answer (an immutable figure, an event stream) is left alone.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.utils.deprecation import MiddlewareMixin


class PrivateAnswers(MiddlewareMixin):
    """Middleware. A cookie alone protects no answer: some proxies keep whatever is called `.csv`."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.has_header("Cache-Control") and _is_of_somebody(request):
            add_never_cache_headers(response)
        return response


def _is_of_somebody(request: HttpRequest) -> bool:
    """Whether it may be answered to one person alone: who is signed in, shows a token or sends something."""
    known = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
    return known or request.method not in ("GET", "HEAD")
