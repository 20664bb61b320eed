"""What is made for somebody who is signed in stays with them: no cache keeps it, in the browser or before it.

Otherwise Back shows it after they signed out, on a computer that others use too. A view that says something
else about its answer (an immutable figure, an event stream) is left alone.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.utils.deprecation import MiddlewareMixin


class PrivateAnswers(MiddlewareMixin):
    """Middleware; inside the one that knows who asks."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.has_header("Cache-Control") and request.user.is_authenticated:
            add_never_cache_headers(response)
        return response
