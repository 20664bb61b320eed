"""The queue of proofs: asked for and stopped by authors, claimed, held and ended by workers (proving.py)."""

from __future__ import annotations

import datetime
import logging
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Now
from django.utils import timezone

from zero_to_gpt.accounts.models import User
from zero_to_gpt.authoring import bounded
from zero_to_gpt.authoring.drafts import draft_of, lesson_digest, lesson_draft_of, read_files
from zero_to_gpt.authoring.models import Proof, Step
from zero_to_gpt.authoring.refusals import Refused, TooMuch
from zero_to_gpt.catalog.models import Exercise, Lesson
from zero_to_gpt.celery import app
from zero_to_gpt.submissions.packing import storable

log = logging.getLogger(__name__)

LEASE = datetime.timedelta(seconds=60)
DAY = datetime.timedelta(days=1)
MOST_ATTEMPTS = 2
KEEP_PROOFS = 20
"""Of one exercise or lesson; older ones go after a day, what was published stays."""


def ask_proof(*, exercise: Exercise, by: User) -> Proof:
    """Queue the gate over the draft as it stands. Raises Refused."""
    draft = draft_of(exercise)
    read = read_files(by.pk, exercise, draft.files)
    if read["facts"] is None:
        file, line, sentence = read["mistakes"][0]
        place = f"{file}{f', line {line}' if line else ''}: " if file else ""
        raise Refused(f"This cannot be read yet. {place}{sentence}")
    if blanks := read["blanks"]:
        file, line, sentence = blanks[0]
        raise Refused(f"{len(blanks)} lines are not written yet. {file}, line {line}: {sentence}")
    facts = read["facts"]
    return _queue(by, exercise=exercise, files=facts["files"], digest=facts["digest"])


def ask_cells(*, lesson: Lesson, by: User) -> Proof:
    """Queue the cells of a lesson's draft. Raises Refused."""
    draft = lesson_draft_of(lesson)
    read = bounded.lesson(by.pk, draft.source, [])
    if "mistake" in read:
        raise Refused(read["mistake"])
    files = {"lesson.md": draft.source}
    return _queue(by, lesson=lesson, files=files, digest=lesson_digest(draft.source))


def _queue(by: User, *, files: dict[str, str], digest: str, **of: Any) -> Proof:
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        mine = Proof.objects.filter(by=by)
        if mine.active().exists():
            raise TooMuch("Something of yours is being validated already. Wait for it, or stop it.")
        used = seconds_used(by)
        if used >= settings.PROOF_MINUTES * 60:
            raise TooMuch(
                f"You have used the {settings.PROOF_MINUTES} minutes of validation that one author has in a "
                "day. More come back as the day goes on."
            )
        proof = Proof.objects.create(by=by, files=files, digest=digest, **of)
        counted = Q(created__gt=timezone.now() - DAY)  # they are what its author used of the day
        old = Proof.objects.filter(**of).order_by("-pk").values_list("pk", flat=True)[KEEP_PROOFS:]
        Proof.objects.filter(pk__in=list(old)).exclude(counted | Q(state=Proof.State.RUNNING)).delete()
        transaction.on_commit(lambda: ring_bell(proof.pk))
    return proof


def seconds_used(by: User) -> float:
    """How long proofs of this author have taken in the last day."""
    used = Proof.objects.filter(by=by, created__gt=timezone.now() - DAY).aggregate(used=Sum("seconds"))[
        "used"
    ]
    return float(used or 0.0)


def ring_bell(proof_id: int) -> None:
    """Tell some worker. A lost message does no harm: workers look every few seconds."""
    try:
        app.send_task("authoring.prove", args=[proof_id], queue="authors", retry=False)
    except Exception:  # any broker may fail in its own way; the row is safe
        log.warning("could not ring for proof %s", proof_id, exc_info=True)


def claim_next() -> Proof | None:
    """The proof to make next, if there is one: of the author who used least today, the oldest first."""
    _give_back()
    waiting = Proof.objects.filter(state=Proof.State.QUEUED).without_texts().select_related("by")
    for proof in sorted(waiting[:100], key=lambda each: (seconds_used(each.by) if each.by else 0.0, each.pk)):
        taken = Proof.objects.filter(pk=proof.pk, state=Proof.State.QUEUED).update(
            state=Proof.State.RUNNING,
            attempt=F("attempt") + 1,
            lease_until=Now() + LEASE,
            started=Now(),
        )
        if taken:
            Step.objects.filter(proof=proof).delete()
            return Proof.objects.select_related("exercise", "lesson", "by").get(pk=proof.pk)
    return None


def _give_back() -> None:
    """Proofs whose worker died: once more, or broken."""
    for proof in Proof.objects.filter(state=Proof.State.RUNNING, lease_until__lt=Now()).without_texts():
        release(proof, "The worker that made this proof ended.")


def release(proof: Proof, reason: str) -> None:
    """An attempt failed through our fault: back to the queue, or broken."""
    if proof.attempt - proof.passed_on >= MOST_ATTEMPTS:
        end(proof, Proof.State.BROKEN, trouble=reason)
        return
    _held(proof).update(state=Proof.State.QUEUED, lease_until=None)


def pass_on(proof: Proof) -> None:
    """The worker that holds it was asked to end: back to the queue, and that was no attempt."""
    _held(proof).update(state=Proof.State.QUEUED, lease_until=None, passed_on=F("passed_on") + 1)


def _held(proof: Proof) -> Any:
    return Proof.objects.filter(pk=proof.pk, state=Proof.State.RUNNING, attempt=proof.attempt)


def renew(proof: Proof) -> bool:
    """Prolong the lease; False when it was stopped or given to somebody else."""
    return bool(_held(proof).update(lease_until=Now() + LEASE))


def note(proof: Proof, kind: str, data: dict[str, Any]) -> bool:
    """Record a step if the attempt still holds the proof."""
    with transaction.atomic():
        if not renew(proof):
            return False
        Step.objects.create(proof=proof, kind=kind, data=storable(data))
    return True


def end(
    proof: Proof,
    state: Proof.State,
    *,
    report: dict[str, Any] | None = None,
    outputs: list[dict[str, Any]] | None = None,
    trouble: str = "",
    gate: str = "",
) -> bool:
    """Record how a proof ended, once."""
    seconds = (timezone.now() - proof.started).total_seconds() if proof.started else 0.0
    with transaction.atomic():
        ended = _held(proof).update(
            state=state,
            report=storable(report or {}),
            outputs=storable(outputs or []),
            trouble=storable(trouble)[:4000],
            gate=gate,
            seconds=max(0.0, seconds),
            ended=Now(),
            lease_until=None,
        )
        if ended:
            Step.objects.create(proof=proof, kind="end", data={"state": str(state)})
    return bool(ended)


def stop_all(*, user: User, **_: object) -> None:
    """Stop what an author who leaves had asked for: nobody is there to read it."""
    for proof in Proof.objects.active().filter(by=user).without_texts():
        stop(proof=proof)


def stop(*, proof: Proof) -> bool:
    """Stop a proof that waits or is being made; what it took counts."""
    seconds = (timezone.now() - proof.started).total_seconds() if proof.started else 0.0
    with transaction.atomic():
        stopped = (
            Proof.objects.active()
            .filter(pk=proof.pk)
            .update(state=Proof.State.STOPPED, seconds=max(0.0, seconds), ended=Now(), lease_until=None)
        )
        if stopped:
            Step.objects.create(proof=proof, kind="end", data={"state": "stopped"})
    return bool(stopped)
