"""A worker's side of one submission: our own faults are ours, and nothing of them is shown."""

import datetime
import time

import pytest
from django.utils import timezone

from grader.grading import session
from grader.grading.session import Cancelled, Event, Graded
from grader.sandbox.box import BoxError
from grader.verdict import State, Word
from tests.conftest import verdict
from zero_to_gpt.fleet import boxes
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.submissions import grading, services, tasks
from zero_to_gpt.submissions.models import Submission

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def graded_as(transactional_db, monkeypatch):
    """Makes the grader yield these events (calling those that are functions) instead of using a box."""
    monkeypatch.setattr(boxes, "pool", lambda: None)
    monkeypatch.setattr(grading, "ensure_expected", lambda revision, pool: None)
    monkeypatch.setattr(grading, "graded_by", lambda revision: None)

    def use(*steps):
        def grade(job, *, pool, store, cancelled):
            for step in steps:
                yield step(cancelled) if callable(step) else step

        monkeypatch.setattr(session, "grade", grade)

    return use


def shown(submission):
    return (
        str(submission.outcome_for_learner().verdict)
        + submission.message
        + str([e.data for e in submission.events.all()])
    )


def fails(error):
    def step(cancelled):
        raise error

    return step


GRADED = Graded("graded", {}, verdict(Word.PASSED))


def test_the_task_records_events_and_verdict(graded_as, alice, handed_in):
    graded_as(Event("stage", {"stage": "running"}), Event("output", {"text": "hello"}), GRADED)
    submission = handed_in(alice)
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert (submission.state, submission.word) == (State.GRADED, "passed")
    assert [e.kind for e in submission.events.all()] == ["queued", "running", "stage", "output", "graded"]
    assert submission.phases["queued"] >= 0


@pytest.mark.parametrize(
    "fault",
    [BoxError("secret: no engine"), session.GraderFault("secret"), KeyError("secret"), OSError("secret")],
)
def test_a_fault_of_ours_is_retried_then_broken_and_shows_nothing(graded_as, alice, handed_in, fault, caplog):
    graded_as(Event("stage", {"stage": "running"}), fails(fault))
    submission = handed_in(alice)
    for attempt in range(1, services.MAX_ATTEMPTS + 1):
        tasks.grade(submission.pk)
        submission.refresh_from_db()
        assert submission.attempt == attempt
    assert submission.state == State.BROKEN
    assert "secret" not in shown(submission)
    assert "secret" in caplog.text
    assert submission.reference in caplog.text


def test_a_fault_is_forgiven_when_the_next_attempt_succeeds(graded_as, alice, handed_in):
    graded_as(fails(BoxError("once")))
    submission = handed_in(alice)
    tasks.grade(submission.pk)
    graded_as(GRADED)
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert (submission.state, submission.attempt) == (State.GRADED, 2)


def test_a_second_ring_for_the_same_submission_does_nothing(graded_as, alice, handed_in):
    graded_as(GRADED)
    submission = handed_in(alice)
    tasks.grade(submission.pk)
    tasks.grade(submission.pk)
    assert submission.events.filter(kind="graded").count() == 1


def test_a_stop_is_noticed_while_the_code_runs(graded_as, alice, handed_in, monkeypatch):
    monkeypatch.setattr(grading, "WATCH_SECONDS", 0.02)
    submission = handed_in(alice)

    def stopped(cancelled):
        services.cancel(submission=submission)
        until = time.monotonic() + 10
        while not cancelled():
            assert time.monotonic() < until, "the stop was not noticed"
            time.sleep(0.01)
        return Cancelled("cancelled", {})

    graded_as(stopped)
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert submission.state == State.CANCELLED
    assert [e.kind for e in submission.events.all()] == ["queued", "running", "cancelled"]


def test_a_long_silence_of_the_code_loses_no_lease_and_delays_no_event(
    graded_as, alice, handed_in, monkeypatch, settings
):
    monkeypatch.setattr(grading, "WATCH_SECONDS", 0.05)
    settings.LEASE_SECONDS = 3
    submission = handed_in(alice)
    first = timezone.now()

    def until(what, true):
        deadline = time.monotonic() + 10
        while not true():
            assert time.monotonic() < deadline, what
            time.sleep(0.01)

    def long(cancelled):
        held = Submission.objects.filter(pk=submission.pk)
        until("no event came", submission.events.filter(kind="output").exists)
        late = first + datetime.timedelta(seconds=4)  # the claim gave it until three seconds after
        until("the lease was not renewed", held.filter(lease_until__gt=late).exists)
        assert services.release_expired() == 0
        return GRADED

    graded_as(Event("output", {"text": "before the silence"}), long)
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert (submission.state, submission.attempt) == (State.GRADED, 1)


def test_a_worker_without_walls_takes_nothing_and_says_why(transactional_db, alice, handed_in, monkeypatch):
    def no_walls():
        raise BoxError("bubblewrap is not installed")

    monkeypatch.setattr(boxes, "pool", no_walls)
    submission = handed_in(alice)
    tasks.grade(submission.pk)
    assert Submission.objects.get().state == State.QUEUED
    boxes._sign("host:1", {})
    assert WorkerSign.objects.get().trouble == "bubblewrap is not installed"


def test_hidden_seeds_are_drawn_per_submission_and_the_same_for_every_attempt(alice, handed_in):
    assert grading.seed_key(1) == grading.seed_key(1)
    assert grading.seed_key(1) != grading.seed_key(2)
