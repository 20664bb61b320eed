"""The exercise page and submissions."""

from django.http import Http404, HttpRequest, HttpResponse


def exercise(request: HttpRequest, **names: object) -> HttpResponse:
    raise Http404


def submit(request: HttpRequest, **names: object) -> HttpResponse:
    raise Http404


def draft(request: HttpRequest, **names: object) -> HttpResponse:
    raise Http404


def submission(request: HttpRequest, **names: object) -> HttpResponse:
    raise Http404


def result(request: HttpRequest, **names: object) -> HttpResponse:
    raise Http404


def cancel(request: HttpRequest, **names: object) -> HttpResponse:
    raise Http404
