"""What may happen to a show: asked for, claimed, told, ended. And what visitors may know of it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from grader.sandbox.box import Profile
from grader.verdict import State
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.shows.models import Show, Told
from zero_to_gpt.submissions.models import Submission

LEASE = datetime.timedelta(seconds=20)
REST = datetime.timedelta(seconds=60)
"""Between two shows: the machine belongs to learners, and what ended can still be watched."""
KEPT = 5
"""Ended shows that are kept; nobody looks further back."""
RECORDING = Path(__file__).parent / "recording.json"


class NoShowError(Exception):
    """There is none to be watched live; the text says why, for a visitor."""


def now_running() -> Show | None:
    """The show to watch, if one waits or runs."""
    _bury_the_dead()
    return Show.objects.active().first()


def ask() -> Show:
    """The running show, or a new one. Raises NoShowError."""
    running = now_running()
    if running is not None:
        return running
    if not settings.SHOWS:
        raise NoShowError("Live training is switched off on this site.")
    if not any(Profile.TORCH in sign.profiles for sign in WorkerSign.objects.alive()):
        raise NoShowError("PyTorch is not on this machine yet, so nothing can train here now.")
    if Submission.objects.filter(state=State.QUEUED).exists():
        raise NoShowError("The machine is busy with learners' code just now.")
    last = Show.objects.first()
    if last is not None and last.ended is not None and last.ended > timezone.now() - REST:
        raise NoShowError("A live training has just ended; the next one can begin in a minute.")
    try:
        with transaction.atomic():
            return Show.objects.create(lease_until=timezone.now() + LEASE)
    except IntegrityError:  # another visitor was as fast
        return Show.objects.active().get()


def claim() -> Show | None:
    """The show that waits, for the worker that asks first."""
    waiting = Show.objects.filter(state=Show.State.QUEUED).first()
    if waiting is None:
        return None
    taken = Show.objects.filter(pk=waiting.pk, state=Show.State.QUEUED).update(
        state=Show.State.RUNNING, started=Now(), lease_until=Now() + LEASE
    )
    return Show.objects.get(pk=waiting.pk) if taken else None


def tell(show: Show, told: Sequence[tuple[float, str, dict[str, Any]]]) -> bool:
    """Keep what the program told and renew the lease; False when the show is not ours any more."""
    with transaction.atomic():
        if not _held(show).update(lease_until=Now() + LEASE):
            return False
        Told.objects.bulk_create(
            Told(show=show, seconds=round(seconds, 2), kind=kind, data=data) for seconds, kind, data in told
        )
    return True


def end(show: Show, *, trouble: str = "") -> None:
    """It is over. What older shows told is forgotten."""
    state = Show.State.FAILED if trouble else Show.State.ENDED
    _held(show).update(state=state, ended=Now(), trouble=trouble)
    kept = Show.objects.values_list("pk", flat=True)[:KEPT]
    Show.objects.exclude(pk__in=list(kept)).delete()


def _held(show: Show) -> Any:
    return Show.objects.filter(pk=show.pk, state=Show.State.RUNNING)


def _bury_the_dead() -> None:
    """Shows whose worker died, or that no worker wanted."""
    Show.objects.active().filter(lease_until__lt=Now()).update(
        state=Show.State.FAILED, ended=Now(), trouble="The worker ended, or none was there."
    )


@lru_cache(maxsize=1)
def recording() -> dict[str, Any]:
    """A show that was recorded: `made` (a date), `told`: [seconds, kind, data] in order."""
    found: dict[str, Any] = json.loads(RECORDING.read_text())
    return found


def as_recording(show: Show) -> dict[str, Any]:
    """An ended show in the form of the recording."""
    rows = show.told.values_list("seconds", "kind", "data")
    return {"made": show.created.date().isoformat(), "told": [list(row) for row in rows]}
