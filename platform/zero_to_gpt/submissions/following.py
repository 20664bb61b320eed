"""What a script is told of a submission: where to follow it, how long it may take, what it drew."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Max, Sum
from django.http import HttpRequest
from django.urls import reverse

from grader.verdict import State
from zero_to_gpt.fleet import clock
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.submissions.models import EventKind, Submission

BROUGHT_ALONG = 24_000
"""Bytes of curves and figures that stand in a page itself."""


def addresses(submission: Submission, after: int | None = None) -> dict[str, Any]:
    """Where a script follows it, from the event `after` on, and where it stops it."""
    events = reverse("submission_events", args=[submission.pk])
    return {
        "id": submission.pk,
        "url": reverse("submission", args=[submission.pk]),
        "events": f"{events}?after={after}" if after else events,
        "result": reverse("submission_result", args=[submission.pk]),
        "cancel": reverse("submission_cancel", args=[submission.pk]),
        "pace": _pace(),
    }


def _pace() -> float:
    """Seconds that one submission takes at present: recent gradings, over the slots of live workers."""
    recent = Submission.objects.filter(state=State.GRADED, claimed_at__isnull=False).order_by("-pk")
    times = recent.values_list("claimed_at", "finished_at")[:20]
    took = [(finished - claimed).total_seconds() for claimed, finished in times if claimed and finished]
    slots = WorkerSign.objects.alive().aggregate(all=Sum("slots"))["all"] or 1
    return round(sum(took) / len(took) / slots, 3) if took else 0.0


def where_to_follow(submission: Submission) -> dict[str, Any]:
    """Where to follow an unfinished submission. One that is graded again begins where that was asked for.

    Not after its last end: since `submission` was read there may be a new one, which the page has not seen.
    """
    asked = submission.events.filter(kind=EventKind.REQUEUED, data__has_key="regrade")
    after = asked.aggregate(last=Max("pk"))["last"]
    seconds = max(0.0, (clock.now() - submission.queued_at).total_seconds())
    return addresses(submission, after) | {"kind": submission.kind, "seconds": round(seconds, 1)}


def drawn(submission: Submission) -> dict[str, Any] | None:
    """What a page draws of a submission: brought along if it is little, otherwise where to fetch it."""
    events = submission.drawn()
    if not events:
        return None
    if sum(len(json.dumps(data)) for _, data in events) > BROUGHT_ALONG:
        return {"from": reverse("submission_drawn", args=[submission.pk])}
    return {"events": events}


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, which follows by itself; a plain form wants a page."""
    return "application/json" in request.headers.get("Accept", "")
