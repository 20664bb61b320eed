"""What nobody looks at any more is forgotten, once a day."""

from __future__ import annotations

import datetime

from django.db.models import Q
from django.db.models.functions import Now

from grader.verdict import Kind
from zero_to_gpt.submissions.models import Event, Submission

KEEP_EVENTS = datetime.timedelta(days=30)
KEEP_RUNS = datetime.timedelta(days=90)
FORGET_AT_ONCE = 500


def tidy() -> None:
    """Forget what nobody looks at any more: live output of old submissions, and old Runs.

    Some rows at a time, so that nobody who hands in waits long; events from the oldest on, whose keys
    are the smallest.
    """
    long_ago = Q(created__lt=Now() - KEEP_EVENTS)
    seen = 0
    while True:
        events = Event.objects.filter(pk__gt=seen).order_by("pk").values("pk", "submission_id")
        oldest = list(events[:FORGET_AT_ONCE])
        old = Event.objects.filter(long_ago, pk__in=[event["pk"] for event in oldest])
        if not old.exists():
            break
        unfinished = Submission.objects.active().filter(pk__in={event["submission_id"] for event in oldest})
        old.exclude(submission__in=unfinished).delete()
        seen = oldest[-1]["pk"]
    while True:
        runs = Submission.objects.filter(kind=Kind.RUN, finished_at__lt=Now() - KEEP_RUNS)
        some = list(runs.order_by("finished_at").values_list("pk", flat=True)[:FORGET_AT_ONCE])
        if not some:
            break
        Submission.objects.filter(pk__in=some).delete()
