"""What a worker records of a submission, which counts only while its attempt still holds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from grader.exercise.folder import Exercise
from grader.grading.job import Event as Happened
from grader.verdict import State, Verdict
from zero_to_gpt.catalog import stock
from zero_to_gpt.submissions import bell
from zero_to_gpt.submissions.leasing import held_by, renew
from zero_to_gpt.submissions.models import Event, EventKind, ProbeResult, Submission, SubmissionQuerySet
from zero_to_gpt.submissions.packing import storable


def take_instances(
    *, submission_id: int, attempt: int, exercise: Exercise, box_digest: str
) -> dict[str, tuple[str, ...]] | None:
    """The hidden instances that this submission is asked; None if the attempt lost its hold.

    Taken once and recorded: every attempt, on whichever worker, asks the same. Another version of the
    exercise asks anew.
    """
    with transaction.atomic():
        held = held_by(submission_id, attempt)
        submission = held.select_for_update().only("user_id", "exercise_id", "instances").first()
        if submission is None:
            return None
        if submission.instances.get("grading_digest") == exercise.grading_digest:
            return {name: tuple(seeds) for name, seeds in submission.instances["seeds"].items()}
        seeds = stock.take(exercise, box_digest, lambda: _asked(submission, exercise.grading_digest))
        taken = {"grading_digest": exercise.grading_digest, "seeds": seeds}
        held.update(instances=taken)
    return seeds


def _asked(submission: Submission, grading_digest: str) -> dict[str, set[str]]:
    """Of each hidden probe the seeds that this submission's person was asked in this exercise."""
    mine = Submission.objects.filter(user=submission.user_id, exercise=submission.exercise_id)
    seen: dict[str, set[str]] = {}
    for taken in mine.exclude(instances={}).values_list("instances", flat=True):
        if taken.get("grading_digest") == grading_digest:
            for name, seeds in taken["seeds"].items():
                seen.setdefault(name, set()).update(seeds)
    return seen


def record_events(*, submission_id: int, attempt: int, events: Sequence[Happened]) -> bool:
    """Record what happened, in order, if this attempt still holds the submission."""
    with transaction.atomic():
        # The UPDATE comes first: its row lock makes event ids grow in the order of events.
        if not renew(submission_id=submission_id, attempt=attempt):
            return False
        insert_events(submission_id, events)
    return True


def record_verdict(
    *,
    submission_id: int,
    attempt: int,
    verdict: Verdict,
    events: Sequence[Happened] = (),
    phases: dict[str, float] | None = None,
) -> bool:
    """Verdict, results and the last event in one transaction; nothing if the attempt lost its hold."""
    data = storable(verdict.for_staff())
    with transaction.atomic():
        recorded = held_by(submission_id, attempt).update(
            state=State.GRADED,
            word=verdict.word.value,
            message=data["message"],
            points=verdict.points,
            possible=verdict.possible,
            verdict=data,
            phases=verdict.phases | (phases or {}),
            lease_until=None,
            finished_at=Now(),
        )
        if not recorded:
            return False
        if attempt > 1:  # of an earlier grading
            ProbeResult.objects.filter(submission_id=submission_id).delete()
        ProbeResult.objects.bulk_create(
            ProbeResult(
                submission_id=submission_id,
                name=probe.name,
                task=probe.task,
                visible=probe.visible,
                word=probe.word.value,
                kind=probe.kind.value if probe.kind else "",
                points=probe.points,
                seconds=probe.seconds,
            )
            for probe in verdict.probes
        )
        last = Happened(
            EventKind.GRADED,
            {"word": verdict.word.value, "points": verdict.points, "possible": verdict.possible},
        )
        insert_events(submission_id, [*events, last])
        transaction.on_commit(lambda: bell.ring_for_the_next(submission_id))
    return True


def restore(held: SubmissionQuerySet, submission_id: int) -> bool:
    """Give a submission that was being graded again the verdict back that it had. False: it was not, or had
    none. In the transaction of whoever ends that grading."""
    told = _graded_before(submission_id)
    if not told:
        return False
    before = told["regrade"]
    kept = {name: told[name] for name in ("revision_id", "pieces") if name in told}
    restored = held.update(
        state=State.GRADED, word=before["word"], lease_until=None, finished_at=Now(), **kept
    )
    if restored:
        insert_events(submission_id, [Happened(EventKind.GRADED, {**before, "restored": True})])
        transaction.on_commit(lambda: bell.ring_for_the_next(submission_id))
    return bool(restored)


def is_graded_again(submission_id: int) -> bool:
    """Whether a submission that has a verdict is being graded once more."""
    return bool(_graded_before(submission_id))


def _graded_before(submission_id: int) -> dict[str, Any]:
    """What was kept of a submission's verdict when it was queued once more; empty if it was not, had none, or
    has ended since."""
    last = Event.objects.filter(submission_id=submission_id, kind__in=_SETTLING).order_by("-pk")
    told = last.exclude(Q(kind=EventKind.REQUEUED) & ~Q(data__has_key="regrade")).first()
    return told.data if told is not None and told.data.get("regrade", {}).get("word") else {}


_SETTLING = (EventKind.REQUEUED, EventKind.GRADED, EventKind.CANCELLED, EventKind.BROKEN)


def insert_events(submission_id: int, events: Sequence[Happened]) -> None:
    """In order, inside the transaction of the change that they tell of."""
    Event.objects.bulk_create(
        Event(submission_id=submission_id, kind=event.kind, data=storable(event.data)) for event in events
    )
