"""Pages of standing."""

from django.http import Http404, HttpRequest, HttpResponse


def home(request: HttpRequest, **names: object) -> HttpResponse:
    raise Http404


def course(request: HttpRequest, **names: object) -> HttpResponse:
    raise Http404


def lesson(request: HttpRequest, **names: object) -> HttpResponse:
    raise Http404


def cohort(request: HttpRequest, **names: object) -> HttpResponse:
    raise Http404


def cohort_student(request: HttpRequest, **names: object) -> HttpResponse:
    raise Http404


def fleet(request: HttpRequest, **names: object) -> HttpResponse:
    raise Http404
