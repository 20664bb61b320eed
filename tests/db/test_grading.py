"""A worker's side of one submission: our own faults are ours, and nothing of them is shown."""

import datetime
import os
import signal
import subprocess
import sys
import time

import pytest
from django.utils import timezone

from grader.grading import session
from grader.grading.session import Cancelled, Event, Graded
from grader.sandbox.box import BoxError
from grader.verdict import State, Word
from tests.conftest import verdict
from zero_to_gpt.fleet import alive, boxes
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.submissions import grading, leasing, releasing, submitting, tasks
from zero_to_gpt.submissions.models import Submission

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def graded_as(transactional_db, monkeypatch):
    """Makes the grader yield these events (calling those that are functions) instead of using a box."""
    monkeypatch.setattr(boxes, "pool", lambda: None)
    monkeypatch.setattr(grading, "ensure_expected", lambda revision, pool: None)
    monkeypatch.setattr(grading, "graded_by", lambda revision: None)
    monkeypatch.setattr(grading, "longest_seconds", lambda exercise: 60.0)
    monkeypatch.setattr(grading, "_left", [])

    def use(*steps):
        def grade(job, *, pool, store, cancelled):
            for step in steps:
                yield step(cancelled) if callable(step) else step

        monkeypatch.setattr(session, "grade", grade)

    yield use
    alive.let_go(boxes.worker_name())


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
    Submission.objects.update(queued_at=submission.queued_at - datetime.timedelta(seconds=50))
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert (submission.state, submission.word) == (State.GRADED, "passed")
    assert [e.kind for e in submission.events.all()] == ["queued", "running", "stage", "output", "graded"]
    assert 50 <= submission.phases["queued"] < 80


@pytest.mark.parametrize(
    "fault",
    [BoxError("secret: no engine"), session.GraderFault("secret"), KeyError("secret"), OSError("secret")],
)
def test_a_fault_of_ours_is_retried_then_broken_and_shows_nothing(graded_as, alice, handed_in, fault, caplog):
    graded_as(Event("stage", {"stage": "running"}), fails(fault))
    submission = handed_in(alice)
    for attempt in range(1, releasing.MOST_ATTEMPTS + 1):
        tasks.grade(submission.pk)
        submission.refresh_from_db()
        assert submission.attempt == attempt
    assert submission.state == State.BROKEN
    assert "secret" not in shown(submission)
    assert "secret" in caplog.text
    assert submission.support_code in caplog.text


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
        submitting.cancel(submission=submission)
        until = time.monotonic() + 60
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
        deadline = time.monotonic() + 60
        while not true():
            assert time.monotonic() < deadline, what
            time.sleep(0.01)

    def long(cancelled):
        held = Submission.objects.filter(pk=submission.pk)
        until("no event came", submission.events.filter(kind="output").exists)
        late = first + datetime.timedelta(seconds=4)  # the claim gave it until three seconds after
        until("the lease was not renewed", held.filter(lease_until__gt=late).exists)
        assert releasing.release_expired() == 0
        return GRADED

    graded_as(Event("output", {"text": "before the silence"}), long)
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert (submission.state, submission.attempt) == (State.GRADED, 1)


def until_lost(cancelled):
    deadline = time.monotonic() + 60
    while not cancelled():
        assert time.monotonic() < deadline, "the grading was not given up"
        time.sleep(0.01)
    return Cancelled("cancelled", {})


def test_a_worker_that_is_asked_to_end_hands_over_what_does_not_end_soon(
    graded_as, alice, handed_in, monkeypatch
):
    """It counts as no attempt, however often that happens, and the page is told why it begins again."""
    monkeypatch.setattr(grading, "WATCH_SECONDS", 0.02)
    monkeypatch.setattr(grading, "FINISH_SECONDS", 0.1)
    submission = handed_in(alice)

    def asked(cancelled):
        grading.leave()
        return until_lost(cancelled)

    for turn in range(1, releasing.MOST_ATTEMPTS + 2):
        grading._left.clear()
        graded_as(asked)
        tasks.grade(submission.pk)
        submission.refresh_from_db()
        assert (submission.state, submission.attempt, submission.attempts_before) == (
            State.QUEUED,
            turn,
            turn,
        )
    tasks.grade(submission.pk)  # it takes nothing new
    submission.refresh_from_db()
    assert submission.state == State.QUEUED
    assert submission.events.latest("pk").data == {"attempt": 1, "why": "deploy"}
    grading._left.clear()
    graded_as(GRADED)
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert submission.word == "passed"


def test_what_ends_soon_is_finished_by_a_worker_that_was_asked_to_end(
    graded_as, alice, handed_in, monkeypatch
):
    monkeypatch.setattr(grading, "WATCH_SECONDS", 0.02)
    submission = handed_in(alice)

    def asked(cancelled):
        grading.leave()
        time.sleep(0.2)
        assert not cancelled()
        return GRADED

    graded_as(asked)
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert (submission.word, submission.attempt) == ("passed", 1)


def test_a_grading_that_hangs_loses_its_lease(graded_as, alice, handed_in, monkeypatch, settings):
    """No heartbeat for what cannot be going on: it is taken back like a dead worker's."""
    monkeypatch.setattr(grading, "WATCH_SECONDS", 0.05)
    monkeypatch.setattr(grading, "longest_seconds", lambda exercise: 0.3)
    settings.LEASE_SECONDS = 1
    submission = handed_in(alice)

    def hangs(cancelled):
        deadline = time.monotonic() + 60
        while not releasing.release_expired():
            assert time.monotonic() < deadline, "the lease was renewed for ever"
            time.sleep(0.05)
        assert cancelled()
        return GRADED  # too late: another attempt may be under way

    graded_as(hangs)
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert (submission.state, submission.attempt) == (State.QUEUED, 1)
    assert [e.kind for e in submission.events.all()] == ["queued", "running", "requeued"]
    assert submission.events.latest("pk").data["why"] == "worker"


HOLDS = """
import os, sys, time
from types import SimpleNamespace
from zero_to_gpt.fleet import alive
alive.settings = SimpleNamespace(VAR=sys.argv[1])
alive.hold("host:1", print)
if os.fork() == 0:
    time.sleep(60)
print("held", flush=True)
time.sleep(60)
"""


def test_what_a_dead_worker_held_is_returned_at_once(alice, handed_in, settings, tmp_path):
    """Not after its lease: the lock that it held is free, even if a child of it lives on."""
    settings.VAR, settings.LEASE_SECONDS = tmp_path, 1000
    submissions = [handed_in(alice) for _ in range(2)]
    for submission, worker in zip(submissions, ("host:1", "another host:1"), strict=True):
        assert leasing.claim(submission_id=submission.pk, worker=worker)
    worker = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert [worker.stdout.readline() for _ in range(2)] == ["host:1\n", "held\n"]
        assert releasing.release_expired() == 0
        worker.kill()
        worker.wait()
        assert releasing.release_expired() == 1
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.stdout.close()
    for submission in submissions:
        submission.refresh_from_db()
    assert [s.state for s in submissions] == [State.QUEUED, State.RUNNING]
    assert submissions[0].events.latest("pk").data == {"attempt": 1, "why": "worker"}
    alive.forget_the_gone()
    assert list((tmp_path / "workers").iterdir()) == []


def test_a_worker_of_the_same_name_begins_with_what_the_former_one_held(graded_as, alice, bob, handed_in):
    """As a container that was started again; what it claims itself is never touched."""
    lost = handed_in(alice)
    assert leasing.claim(submission_id=lost.pk, worker=boxes.worker_name())
    graded_as(GRADED)
    for _ in range(2):
        following = handed_in(bob)
        tasks.grade(following.pk)
        following.refresh_from_db()
        assert (following.word, following.attempt) == ("passed", 1)
    lost.refresh_from_db()
    assert lost.state == State.QUEUED
    assert lost.events.latest("pk").data == {"attempt": 1, "why": "worker"}


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
