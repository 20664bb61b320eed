"""Health."""

from django.http import Http404, HttpRequest, HttpResponse


def healthz(request: HttpRequest, **names: object) -> HttpResponse:
    raise Http404
