"""The live line of a proof: an event for each step, resumable by its number.

Authors are few and steps are slow, so each line looks for itself, twice in a second.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from zero_to_gpt.accounts.models import User
from zero_to_gpt.addresses import key_of
from zero_to_gpt.authoring.models import Proof, Step
from zero_to_gpt.cohorts.roles import written_by
from zero_to_gpt.submissions.refusals import TooFast
from zero_to_gpt.submissions.stream import OPEN, RIGHTS_SECONDS, Stream

LOOK_EVERY_SECONDS = 0.5
KEEP_ALIVE_SECONDS = 15.0
LONGEST_SECONDS = 1800.0


@require_GET
def events(request: HttpRequest, proof_id: int) -> HttpResponseBase:
    """The steps of one proof that this person may see, from where they left off."""
    user = request.user
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    first = key_of(after) or 0
    found = _visible(user, proof_id) if isinstance(user, User) else None
    if found is None:
        return HttpResponse("There is no such proof.", status=404, content_type="text/plain")
    if found.finished and not found.steps.filter(pk__gt=first).exists():
        return HttpResponse(status=204)
    try:
        free = OPEN.take(user.pk or 0)
    except TooFast as refusal:
        headers = {"Retry-After": str(refusal.retry_after)}
        return JsonResponse({"error": refusal.text, "reason": refusal.code}, status=429, headers=headers)
    return Stream(_lines(proof_id, first, user.pk or 0), free)


def _visible(user: User, proof_id: int) -> Proof | None:
    proof = (
        Proof.objects.filter(pk=proof_id)
        .without_texts()
        .select_related("exercise__module", "lesson__module")
        .first()
    )
    if proof is None:
        return None
    of = proof.exercise or proof.lesson
    return proof if of and written_by(user).filter(pk=of.module.course_id).exists() else None


async def _lines(proof_id: int, after: int, reader: int) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n\n"
    until = time.monotonic() + LONGEST_SECONDS
    said = asked = time.monotonic()
    while time.monotonic() < until:
        if time.monotonic() - asked >= RIGHTS_SECONDS:
            asked = time.monotonic()
            if not await sync_to_async(_may_read)(proof_id, reader):
                return
        steps = await sync_to_async(_steps)(proof_id, after)
        for pk, kind, data in steps:
            after = pk
            yield f"id: {pk}\nevent: step\ndata: {json.dumps({'kind': kind} | data)}\n\n".encode()
            if kind == "end":
                yield b"event: end\ndata: {}\n\n"
                return
        if steps:
            said = time.monotonic()
        elif time.monotonic() - said > KEEP_ALIVE_SECONDS:
            said = time.monotonic()
            yield b": still here\n\n"
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def _steps(proof_id: int, after: int) -> list[tuple[int, str, dict[str, str]]]:
    """What is new, read in the one thread that all lines share."""
    with _connected():
        found = Step.objects.filter(proof=proof_id, pk__gt=after).order_by("pk")
        return [(step.pk, step.kind, {"name": str(step.data.get("name", ""))}) for step in found]


def _may_read(proof_id: int, reader: int) -> bool:
    """Whether this person is still there, and an author of what is being proven."""
    with _connected():
        user = User.objects.filter(pk=reader, is_active=True).first()
        return user is not None and _visible(user, proof_id) is not None


@contextmanager
def _connected() -> Iterator[None]:
    try:
        yield
    finally:
        if not connection.in_atomic_block:
            close_old_connections()
