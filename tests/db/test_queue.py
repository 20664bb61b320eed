"""The database is the queue: claims, leases, attempts, and exactly one verdict whatever dies."""

import datetime
import itertools
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from grader.grading.job import Event as Happened
from grader.verdict import Kind, State, Word
from tests.conftest import make_ready, new_revision, verdict
from tests.house.repository import ROOT
from zero_to_gpt.celery import app
from zero_to_gpt.submissions import bell, leasing, recording, releasing, submitting, tidying
from zero_to_gpt.submissions.models import Event, EventKind, Queue, Submission


def kinds(submission):
    return [event.kind for event in submission.events.order_by("pk")]


def expire(submission):
    Submission.objects.filter(pk=submission.pk).update(
        lease_until=timezone.now() - datetime.timedelta(seconds=1)
    )


def record(submission, attempt, word=Word.PASSED):
    return recording.record_verdict(submission_id=submission.pk, attempt=attempt, verdict=verdict(word))


def test_a_claim_gives_a_lease_and_counts_the_attempt(alice, handed_in):
    submission = handed_in(alice)
    claimed = leasing.claim(submission_id=submission.pk, worker="w1")
    assert (claimed.state, claimed.attempt, claimed.worker) == (State.RUNNING, 1, "w1")
    assert claimed.lease_until > timezone.now()
    assert kinds(submission) == ["queued", "running"]


def test_what_is_claimed_cannot_be_claimed_again(alice, handed_in):
    submission = handed_in(alice)
    assert leasing.claim(submission_id=submission.pk, worker="w1")
    assert leasing.claim(submission_id=submission.pk, worker="w2") is None
    assert leasing.claim(submission_id=submission.pk + 1, worker="w2") is None


def at_once(work, *, threads):
    """What `work(n)` returns in each of so many threads that start together."""
    start = threading.Barrier(threads)

    def run(number):
        try:
            start.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_that_hear_the_bell_exactly_one_gets_each_submission(
    transactional_db, alice, handed_in, settings, monkeypatch
):
    settings.SUBMITS_PER_MINUTE = 1000
    monkeypatch.setattr(submitting, "SUBMITS_IN_FLIGHT", 1000)
    ids = [handed_in(alice).pk for _ in range(25)]

    def work(number):
        return [i for i in ids if leasing.claim(submission_id=i, worker=f"w{number}")]

    won = at_once(work, threads=6)
    assert sorted(itertools.chain(*won)) == ids
    assert Event.objects.filter(kind="running").count() == len(ids)


@pytest.mark.django_db(transaction=True)
def test_of_many_simultaneous_double_clicks_one_row_remains(transactional_db, alice, handed_in):
    made = at_once(lambda _: handed_in(alice, idempotency_key="double").pk, threads=6)
    assert len(set(made)) == 1
    assert Submission.objects.count() == 1
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_simultaneous_runs_of_one_person_one_is_left(transactional_db, alice, handed_in):
    at_once(lambda n: handed_in(alice, kind=Kind.RUN, idempotency_key=f"run-{n}").pk, threads=4)
    states = list(Submission.objects.order_by("pk").values_list("state", flat=True))
    assert sorted(states) == ["cancelled"] * 3 + ["queued"]


@pytest.mark.django_db(transaction=True)
def test_a_stop_and_a_verdict_at_the_same_moment_leave_one_of_them(transactional_db, alice, handed_in):
    for _ in range(4):
        submission = handed_in(alice)
        claimed = leasing.claim(submission_id=submission.pk, worker="w")
        stop = lambda: submitting.cancel(submission=submission)  # noqa: B023, E731  used within this turn
        grade = lambda: record(submission, claimed.attempt)  # noqa: B023, E731
        stopped, recorded = at_once(lambda n: (stop, grade)[n](), threads=2)  # noqa: B023
        assert stopped != recorded
        assert kinds(submission)[-1] == ("cancelled" if stopped else "graded")
        assert len(kinds(submission)) == 3


def test_a_verdict_its_results_and_the_last_event_are_recorded_together(alice, handed_in):
    submission = handed_in(alice)
    claimed = leasing.claim(submission_id=submission.pk, worker="w")
    late = [Happened("probe", {"name": "Seen"})]
    assert recording.record_verdict(
        submission_id=submission.pk,
        attempt=claimed.attempt,
        verdict=verdict(Word.FAILED),
        events=late,
        phases={"queued": 0.5},
    )
    submission.refresh_from_db()
    assert (submission.state, submission.word) == (State.GRADED, "failed")
    assert submission.lease_until is None
    assert submission.finished_at is not None
    assert submission.phases == {"leased": 0.001, "cells": 0.002, "queued": 0.5}
    assert {r.name: r.word for r in submission.probe_results.all()} == {"Seen": "passed", "Hidden": "failed"}
    assert kinds(submission) == ["queued", "running", "probe", "graded"]
    assert submission.events.last().data == {"word": "failed", "points": 0, "possible": 3}


def test_a_failure_while_recording_leaves_nothing_behind(alice, handed_in, monkeypatch):
    submission = handed_in(alice)
    claimed = leasing.claim(submission_id=submission.pk, worker="w")

    def broken_insert(*_):
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(recording, "insert_events", broken_insert)
    with pytest.raises(DatabaseError):
        record(submission, claimed.attempt)
    submission.refresh_from_db()
    assert submission.state == State.RUNNING
    assert submission.verdict is None
    assert not submission.probe_results.exists()


def test_a_worker_that_was_silent_too_long_loses_the_submission(
    alice, handed_in, rings, django_capture_on_commit_callbacks
):
    submission = handed_in(alice)
    leasing.claim(submission_id=submission.pk, worker="w1")
    expire(submission)
    with django_capture_on_commit_callbacks(execute=True):
        assert releasing.release_expired() == 1
    submission.refresh_from_db()
    assert submission.state == State.QUEUED
    assert kinds(submission) == ["queued", "running", "requeued"]
    assert rings[-1] == (submission.pk, "cpu")


def test_the_verdict_of_a_worker_that_lost_its_hold_is_not_recorded(alice, handed_in):
    submission = handed_in(alice)
    lost = leasing.claim(submission_id=submission.pk, worker="w1")
    expire(submission)
    releasing.release_expired()
    assert not record(submission, lost.attempt, Word.PASSED)
    again = leasing.claim(submission_id=submission.pk, worker="w2")
    assert not record(submission, lost.attempt, Word.PASSED)
    assert not recording.record_events(
        submission_id=submission.pk, attempt=lost.attempt, events=[Happened("stage", {})]
    )
    assert record(submission, again.attempt, Word.FAILED)
    assert not record(submission, again.attempt, Word.PASSED)
    submission.refresh_from_db()
    assert submission.word == "failed"
    assert kinds(submission).count("graded") == 1


def test_a_lease_that_is_renewed_is_not_released(alice, handed_in):
    submission = handed_in(alice)
    claimed = leasing.claim(submission_id=submission.pk, worker="w")
    expire(submission)
    assert leasing.renew(submission_id=submission.pk, attempt=claimed.attempt)
    assert releasing.release_expired() == 0


def test_an_event_renews_the_lease(alice, handed_in):
    submission = handed_in(alice)
    claimed = leasing.claim(submission_id=submission.pk, worker="w")
    expire(submission)
    assert recording.record_events(
        submission_id=submission.pk, attempt=claimed.attempt, events=[Happened("stage", {"stage": "leased"})]
    )
    assert releasing.release_expired() == 0


def test_after_three_attempts_it_is_broken_with_a_reference_and_no_try_is_spent(alice, handed_in, caplog):
    submission = handed_in(alice)
    for attempt in (1, 2, 3):
        claimed = leasing.claim(submission_id=submission.pk, worker="w")
        assert claimed.attempt == attempt
        expire(submission)
        releasing.release_expired()
    submission.refresh_from_db()
    assert submission.state == State.BROKEN
    assert submission.word == ""
    assert len(submission.support_code) == 8
    assert submission.support_code in caplog.text
    assert submission.events.last().data == {"support_code": submission.support_code}
    assert not Submission.objects.tries().exists()
    assert leasing.claim(submission_id=submission.pk, worker="w") is None


def test_a_lost_ring_is_repeated_but_not_at_every_look(alice, handed_in, rings):
    submission = handed_in(alice)
    releasing.release_expired()
    assert rings == []
    Submission.objects.update(rung_at=timezone.now() - bell.RING_AGAIN_AFTER * 2)
    releasing.release_expired()
    releasing.release_expired()
    assert rings == [(submission.pk, "cpu")]


def test_a_stopped_submission_takes_no_verdict(alice, handed_in):
    submission = handed_in(alice)
    claimed = leasing.claim(submission_id=submission.pk, worker="w")
    assert submitting.cancel(submission=submission)
    assert not leasing.still_held(submission_id=submission.pk, attempt=claimed.attempt)
    assert not record(submission, claimed.attempt)
    submission.refresh_from_db()
    assert submission.state == State.CANCELLED


def test_regrading_takes_the_current_revision_and_keeps_the_old_verdict_until_the_new_one(
    alice, bob, graded, exercise, rings, django_capture_on_commit_callbacks
):
    submission = graded(alice, Word.FAILED)
    make_ready(new_revision(exercise, "digest-2"))
    with django_capture_on_commit_callbacks(execute=True):
        assert submitting.regrade(submission=Submission.objects.get(pk=submission.pk), by=bob)
    submission.refresh_from_db()
    assert (submission.state, submission.word, submission.attempt) == (State.QUEUED, "", 1)
    assert submission.revision.digest == "digest-2"
    assert submission.verdict["word"] == "failed"
    assert rings[-1] == (submission.pk, "regrade")
    claimed = leasing.claim(submission_id=submission.pk, worker="w")
    assert record(submission, claimed.attempt, Word.PASSED)
    assert submission.probe_results.count() == 2
    assert Submission.objects.passed().filter(pk=submission.pk).exists()


def test_a_worker_presumed_dead_does_not_hold_what_is_graded_again(alice, bob, handed_in):
    submission = handed_in(alice)
    dead = leasing.claim(submission_id=submission.pk, worker="dead")
    expire(submission)
    releasing.release_expired()
    second = leasing.claim(submission_id=submission.pk, worker="second")
    assert record(submission, second.attempt, Word.FAILED)
    assert submitting.regrade(submission=Submission.objects.get(pk=submission.pk), by=bob)
    third = leasing.claim(submission_id=submission.pk, worker="third")
    assert not leasing.still_held(submission_id=submission.pk, attempt=dead.attempt)
    assert not record(submission, dead.attempt, Word.PASSED)
    assert third.attempt == 3
    assert record(submission, third.attempt, Word.FAILED)


def test_a_grading_has_three_attempts_also_the_second_time(alice, bob, graded):
    submission = graded(alice)
    assert submitting.regrade(submission=Submission.objects.get(pk=submission.pk), by=bob)
    for attempt in (2, 3, 4):
        assert leasing.claim(submission_id=submission.pk, worker="w").attempt == attempt
        assert submission.events.filter(kind="running").last().data == {"attempt": attempt - 1}
        expire(submission)
        assert releasing.release_expired() == 1
    submission.refresh_from_db()
    assert (submission.state, submission.word) == (State.GRADED, Word.FAILED)  # its earlier verdict


def test_a_lease_that_is_renewed_in_the_last_moment_is_kept(alice, handed_in):
    submission = handed_in(alice)
    claimed = leasing.claim(submission_id=submission.pk, worker="w")
    # A reaper read the row when it had expired; before its UPDATE the worker renewed the lease.
    assert not releasing.release(
        submission_id=submission.pk, attempt=claimed.attempt, reason="late", expired=True
    )
    assert leasing.still_held(submission_id=submission.pk, attempt=claimed.attempt)


def test_what_is_old_is_forgotten_from_the_oldest_on(alice, bob, handed_in, graded, monkeypatch):
    monkeypatch.setattr(tidying, "FORGET_AT_ONCE", 2)
    long_ago = timezone.now() - tidying.KEEP_RUNS * 2
    old, waiting, run = graded(alice), handed_in(bob), graded(alice, kind=Kind.RUN)
    Event.objects.update(created=long_ago)
    Submission.objects.filter(pk=run.pk).update(finished_at=long_ago)
    new = graded(bob)
    tidying.tidy()
    assert kinds(old) == []
    assert kinds(waiting) == ["queued"]
    assert kinds(new) == ["queued", "running", "graded"]
    assert Submission.objects.filter(pk=old.pk).exists()
    assert not Submission.objects.filter(pk=run.pk).exists()


def test_what_waits_long_keeps_nothing_newer_from_being_forgotten(alice, bob, handed_in, graded, monkeypatch):
    monkeypatch.setattr(tidying, "FORGET_AT_ONCE", 2)
    waiting = [handed_in(alice), handed_in(alice), handed_in(alice)]  # for a GPU, a month long
    old = graded(bob)
    Event.objects.update(created=timezone.now() - tidying.KEEP_EVENTS * 2)
    tidying.tidy()
    assert kinds(old) == []
    assert [kinds(each) for each in waiting] == [["queued"]] * 3


def test_what_is_not_finished_cannot_be_regraded(alice, bob, handed_in):
    submission = handed_in(alice)
    assert not submitting.regrade(submission=submission, by=bob)
    assert leasing.claim(submission_id=submission.pk, worker="w")


@pytest.mark.parametrize(
    "impossible",
    [
        {"state": "graded"},
        {"state": "running"},
        {"state": "cancelled"},
        {"state": "sleeping"},
        {"word": "passed"},
        {"kind": "guess"},
    ],
)
def test_the_database_refuses_a_submission_that_cannot_be(alice, handed_in, impossible):
    submission = handed_in(alice)
    with pytest.raises(DatabaseError), transaction.atomic():
        Submission.objects.filter(pk=submission.pk).update(**impossible)


def test_text_from_a_box_that_databases_refuse_is_recorded_all_the_same(alice, handed_in):
    submission = handed_in(alice)
    claimed = leasing.claim(submission_id=submission.pk, worker="w")
    nasty = [Happened("output", {"text": "a\0b\ud800c", "value": float("nan"), "list": [float("inf")]})]
    assert recording.record_events(submission_id=submission.pk, attempt=claimed.attempt, events=nasty)
    assert submission.events.last().data == {"text": "a\u2400b?c", "value": "nan", "list": ["inf"]}
    odd = verdict(Word.FAILED, message="wrong\0", output="\ud83d")
    assert recording.record_verdict(submission_id=submission.pk, attempt=claimed.attempt, verdict=odd)
    submission.refresh_from_db()
    assert submission.message == "wrong\u2400"
    assert submission.verdict["output"] == "?"


def claimed(submission) -> bool:
    return leasing.claim(submission_id=submission.pk, worker="w") is not None


def test_who_has_one_running_waits_while_somebody_has_none(
    alice, bob, charlie, handed_in, rings, django_capture_on_commit_callbacks
):
    first, second, third = (handed_in(alice) for _ in range(3))
    assert claimed(first)
    assert claimed(second)  # nobody else is there
    other, another = handed_in(bob), handed_in(bob)
    assert not claimed(third)
    assert claimed(other)
    assert claimed(another) is True  # alice, who is the only other one, has some running too
    handed_in(charlie)
    assert not claimed(third)
    rings.clear()
    with django_capture_on_commit_callbacks(execute=True):
        record(first, 1)
    assert rings == [(third.pk, "cpu")]  # passed over, so it is rung for as soon as something ends
    with django_capture_on_commit_callbacks(execute=True):
        record(second, 1)
    assert rings == [(third.pk, "cpu")]  # once
    assert claimed(third)  # nothing of alice's is running now


def test_whoever_is_passed_over_is_rung_for_when_something_is_stopped(
    alice, bob, handed_in, rings, django_capture_on_commit_callbacks
):
    first, second = handed_in(alice), handed_in(alice)
    handed_in(bob)
    assert claimed(first)
    assert not claimed(second)
    rings.clear()
    with django_capture_on_commit_callbacks(execute=True):
        submitting.cancel(submission=first)
    assert rings == [(second.pk, "cpu")]


def test_the_database_knows_only_events_and_queues_that_somebody_handles(alice, handed_in):
    submission = handed_in(alice)
    with pytest.raises(IntegrityError, match="event_kind_known"), transaction.atomic():
        Event.objects.create(submission=submission, kind="surprise")
    with pytest.raises(IntegrityError, match="submission_queue_known"), transaction.atomic():
        Submission.objects.filter(pk=submission.pk).update(queue="fast")
    assert set(Queue.values) < {queue.name for queue in app.conf.task_queues}
    table = (ROOT / "docs/grader-protocol.md").read_text().partition("### Events")[2].partition("###")[0]
    assert set(re.findall(r"(?m)^\| `(\w+)`", table)) < set(EventKind.values)
