"""The live line of a submission."""

from django.http import Http404, HttpRequest, HttpResponse


async def events(request: HttpRequest, submission_id: int) -> HttpResponse:
    raise Http404
