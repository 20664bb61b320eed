"""Submissions for programs: hand in, follow, read the verdict. The same services as the pages."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from ninja import Field, Router, Schema, Status

from grader.verdict import Kind
from zero_to_gpt.accounts.models import User
from zero_to_gpt.accounts.services import signed_in
from zero_to_gpt.cohorts.roles import exercise_to_hand_in
from zero_to_gpt.submissions import stream, submitting
from zero_to_gpt.submissions.models import NOT_GRADED, Submission

router = Router(tags=["submissions"])


class SubmissionIn(Schema):
    exercise: str = Field(description="its folder, e.g. 01-maths/04-logsumexp-softmax", max_length=161)
    source: str
    kind: Kind = Kind.SUBMIT
    idempotency_key: str = Field("", max_length=100, description="the same key gives the same submission")
    revision: str = Field("", max_length=64, description="refuse if the exercise is no longer this one")


class Taken(Schema):
    id: int
    state: str


class SubmissionOut(Schema):
    id: int
    exercise: str
    revision: str
    kind: str
    state: str
    waiting: str = Field(description="what it waits for that no worker has; empty if only for its turn")
    verdict: str | None = Field(description="null until graded")
    message: str
    points: float
    possible: float
    tasks: list[dict[str, Any]]
    probes: list[dict[str, Any]]
    error: dict[str, Any] | None
    output: str
    diagnosis: str
    phases: dict[str, float] = Field(description="seconds by phase, to a tenth for learners")
    details: dict[str, Any] | None = Field(description="the whole verdict as its versioned JSON")
    support_code: str = Field(description="what to quote when the state is `broken`")
    created: datetime.datetime
    finished: datetime.datetime | None


@router.post("/submissions", response={201: Taken}, summary="Run or submit")
def create(request: HttpRequest, body: SubmissionIn) -> Status[dict[str, Any]]:
    """Queue source code for grading; follow it with `events` or by asking again."""
    exercise = exercise_to_hand_in(signed_in(request), name=body.exercise)
    if exercise is None:
        raise Http404(f"There is no exercise {body.exercise}.")
    submission = submitting.submit(
        user=signed_in(request),
        exercise=exercise,
        kind=body.kind,
        source=body.source,
        idempotency_key=body.idempotency_key or uuid.uuid4().hex,
        revision=body.revision,
    )
    return Status(201, {"id": submission.pk, "state": submission.state})


@router.get("/submissions", response=list[Taken], summary="Your submissions, newest first")
def index(request: HttpRequest, exercise: str = "", limit: int = 50) -> list[dict[str, Any]]:
    mine = Submission.objects.filter(user=signed_in(request)).order_by("-pk")
    if exercise:
        mine = mine.filter(exercise__name=exercise)
    return [{"id": s.pk, "state": s.state} for s in mine.only("state")[: max(1, min(limit, 200))]]


@router.get("/submissions/{int:submission_id}", response=SubmissionOut, summary="One submission")
def read(request: HttpRequest, submission_id: int) -> dict[str, Any]:
    """State and, when graded, the verdict: a learner's view for its author, all of it for staff."""
    user = signed_in(request)
    submission = _visible(user, submission_id)
    outcome = submission.outcome_for(user)
    verdict = outcome.verdict or {}
    return {
        "id": submission.pk,
        "exercise": submission.exercise.name,
        "revision": submission.revision.digest,
        "kind": submission.kind,
        "state": submission.state,
        "waiting": submission.waits,
        "verdict": submission.word or None,
        "message": outcome.message,
        "points": outcome.points,
        "possible": outcome.possible,
        "tasks": verdict.get("tasks", []),
        "probes": verdict.get("probes", []),
        "error": verdict.get("error"),
        "output": verdict.get("output", ""),
        "diagnosis": verdict.get("diagnosis", ""),
        "phases": outcome.phases,
        "details": verdict or None,
        "support_code": submission.support_code,
        "created": submission.created,
        "finished": submission.finished_for(user),
    }


@router.post("/submissions/{int:submission_id}/cancel", response=Taken, summary="Stop")
def cancel(request: HttpRequest, submission_id: int) -> dict[str, Any]:
    """Stop a submission of your own; one that is finished stays as it is."""
    user = signed_in(request)
    submission = Submission.objects.filter(pk=submission_id, user=user).first()
    if submission is None:
        raise Http404("There is no such submission of yours.")
    submitting.stop(submission=submission, by=user)
    submission.refresh_from_db()
    return {"id": submission.pk, "state": submission.state}


@router.get(
    "/submissions/{int:submission_id}/events",
    summary="Follow",
    openapi_extra={
        "responses": {200: {"description": "server-sent events", "content": {"text/event-stream": {}}}}
    },
)
def events(request: HttpRequest, submission_id: int) -> HttpResponseBase:
    """Server-sent events; resume with the header Last-Event-ID or `?after=`."""
    person = signed_in(request)
    submission = Submission.objects.outlines().one_visible_to(person, submission_id)
    if submission is None:
        raise Http404("There is no such submission.")
    return stream.respond(request, submission, reader=person.pk)


def _visible(user: User, submission_id: int) -> Submission:
    with_names = Submission.objects.select_related("exercise", "revision").defer(*NOT_GRADED)
    submission = with_names.one_visible_to(user, submission_id)
    if submission is None:
        raise Http404("There is no such submission.")
    return submission
