"""What the first page asks: is there something to watch, begin, what was told since."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from zero_to_gpt.addresses import key_of
from zero_to_gpt.shows import services
from zero_to_gpt.shows.models import Show
from zero_to_gpt.shows.tasks import begin

MOST_AT_ONCE = 500


@require_safe
@never_cache
def now(request: HttpRequest) -> HttpResponse:
    """The address of the show that runs, or null."""
    show = services.now_running()
    return JsonResponse({"show": _address(show) if show else None})


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Begin a show, or join the one that runs; otherwise the recording, and why."""
    try:
        show = services.ask()
    except services.NoShowError as error:
        return JsonResponse({"show": None, "why": str(error)})
    if show.state == Show.State.QUEUED:
        begin.apply_async((show.pk,), queue="authors")
    return JsonResponse({"show": _address(show)})


@require_safe
@never_cache
def told(request: HttpRequest, show_id: int) -> HttpResponse:
    """What a show told after `?after=`, a number that the last answer gave."""
    show = get_object_or_404(Show, pk=show_id)
    after = request.GET.get("after", "0")
    first = key_of(after) or 0
    services.now_running()  # a dead worker's show ends here
    ended = show.state in (Show.State.ENDED, Show.State.FAILED)  # read before what was told
    rows = list(show.told.filter(pk__gt=first).values_list("pk", "seconds", "kind", "data")[:MOST_AT_ONCE])
    return JsonResponse(
        {
            "told": [row[1:] for row in rows],
            "after": rows[-1][0] if rows else first,
            "ended": ended and len(rows) < MOST_AT_ONCE,
            "failed": show.state == Show.State.FAILED,
            "waiting": show.state == Show.State.QUEUED,
        }
    )


@require_safe
@cache_control(public=True, max_age=3600)
def recording(request: HttpRequest) -> HttpResponse:
    """A show that was recorded."""
    return JsonResponse(services.recording())


def _address(show: Show) -> str:
    return reverse("show_told", args=[show.pk])
