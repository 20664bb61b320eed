"""What happens between the click and the queue."""

import datetime

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from grader.verdict import Kind, State
from tests.conftest import make_ready, new_revision
from zero_to_gpt.catalog.models import ExpectedSet
from zero_to_gpt.submissions import bell, leasing, refusals, submitting
from zero_to_gpt.submissions.models import Submission


def kinds(submission):
    return [event.kind for event in submission.events.order_by("pk")]


def test_a_submission_is_queued_with_its_event_and_the_bell_rings_once(
    alice, handed_in, rings, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        submission = handed_in(alice)
    assert submission.state == State.QUEUED
    assert kinds(submission) == ["queued"]
    assert rings == [(submission.pk, "cpu")]


def test_the_bell_does_not_ring_for_what_was_rolled_back(alice, handed_in, rings, exercise):
    with pytest.raises(RuntimeError), transaction.atomic():
        handed_in(alice)
        raise RuntimeError("the request failed after all")
    assert not Submission.objects.exists()
    assert rings == []


def test_a_double_click_makes_one_submission(alice, handed_in):
    first = handed_in(alice, idempotency_key="same")
    second = handed_in(alice, idempotency_key="same", source="something else")
    assert second.pk == first.pk
    assert Submission.objects.count() == 1


def test_two_people_may_use_the_same_key(alice, charlie, handed_in):
    assert handed_in(alice, idempotency_key="k").pk != handed_in(charlie, idempotency_key="k").pk


def test_the_database_itself_refuses_a_second_row_with_the_same_key(alice, handed_in):
    one = handed_in(alice, idempotency_key="same")
    one.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        one.save(force_insert=True)


def test_a_newer_run_stops_the_older_one(alice, handed_in):
    older = handed_in(alice, kind=Kind.RUN)
    newer = handed_in(alice, kind=Kind.RUN)
    older.refresh_from_db()
    assert older.state == State.CANCELLED
    assert kinds(older) == ["queued", "cancelled"]
    assert newer.state == State.QUEUED
    assert older.was_replaced()


def test_what_its_person_stopped_was_not_replaced(alice, handed_in):
    submission = handed_in(alice, kind=Kind.RUN)
    submitting.cancel(submission=submission)
    assert not submission.was_replaced()


def test_a_run_does_not_stop_a_submit_nor_another_persons_run(alice, charlie, handed_in):
    submitted = handed_in(alice)
    of_charlie = handed_in(charlie, kind=Kind.RUN)
    handed_in(alice, kind=Kind.RUN)
    for untouched in (submitted, of_charlie):
        untouched.refresh_from_db()
        assert untouched.state == State.QUEUED


def test_source_above_the_limit_is_refused_in_words(alice, handed_in):
    with pytest.raises(refusals.SourceTooLarge) as refused:
        handed_in(alice, source="x" * (5 * 1024 * 1024))
    assert "5120 kB long; the limit is 256 kB" in refused.value.text
    assert not Submission.objects.exists()


def test_source_of_exactly_the_limit_is_taken(alice, handed_in):
    assert handed_in(alice, source="#" * settings.SOURCE_LIMIT_BYTES).state == State.QUEUED


@pytest.mark.parametrize("source", ["x = '\ud800'", "x = 'a\0b'"])
def test_source_that_is_not_text_is_refused(alice, handed_in, source):
    with pytest.raises(refusals.UnreadableSource):
        handed_in(alice, source=source)


def test_source_for_a_revision_that_is_gone_is_refused_with_the_current_one(alice, handed_in, exercise):
    make_ready(new_revision(exercise, "digest-2"))
    with pytest.raises(refusals.RevisionChanged) as refused:
        handed_in(alice, revision="digest-1")
    assert refused.value.current.digest == "digest-2"
    assert handed_in(alice, revision="digest-2").revision.digest == "digest-2"


def test_an_exercise_without_expected_values_is_not_open(alice, handed_in):
    ExpectedSet.objects.update(state=ExpectedSet.State.COMPUTING)
    with pytest.raises(refusals.NotReady):
        handed_in(alice)


def test_an_unpublished_exercise_takes_nothing(alice, handed_in, exercise):
    exercise.published = False
    with pytest.raises(refusals.NotReady):
        handed_in(alice)


def test_too_many_runs_in_a_minute_are_told_when_the_next_is_possible(alice, handed_in, settings):
    settings.RUNS_PER_MINUTE = 2
    handed_in(alice, kind=Kind.RUN)
    handed_in(alice, kind=Kind.RUN)
    with pytest.raises(refusals.TooFast) as refused:
        handed_in(alice, kind=Kind.RUN)
    assert 55 <= refused.value.retry_after <= 60
    assert f"in {refused.value.retry_after} s" in refused.value.text
    Submission.objects.update(created=timezone.now() - datetime.timedelta(seconds=61))
    assert handed_in(alice, kind=Kind.RUN).state == State.QUEUED


def test_only_so_many_submits_wait_at_once(alice, charlie, handed_in):
    for _ in range(submitting.SUBMITS_IN_FLIGHT):
        handed_in(alice)
    with pytest.raises(refusals.TooFast):
        handed_in(alice)
    assert handed_in(charlie).state == State.QUEUED


def test_a_place_in_the_queue_counts_those_who_came_before(alice, charlie, handed_in):
    first, second = handed_in(alice), handed_in(charlie)
    assert submitting.place_in_queue(first) == 0
    assert submitting.place_in_queue(second) == 1
    assert second.events.get().data == {"before": 1}


def test_a_broker_that_is_away_loses_nothing(
    alice, handed_in, monkeypatch, django_capture_on_commit_callbacks
):
    def away(*_, **__):
        raise ConnectionError("no broker")

    monkeypatch.setattr(bell.app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        submission = handed_in(alice)
    assert Submission.objects.get(pk=submission.pk).state == State.QUEUED


def test_stopping_a_queued_submission_ends_it_once(alice, handed_in):
    submission = handed_in(alice)
    assert submitting.cancel(submission=submission)
    assert not submitting.cancel(submission=submission)
    assert kinds(submission) == ["queued", "cancelled"]
    assert leasing.claim(submission_id=submission.pk, worker="w") is None


def test_so_much_text_in_a_day_and_small_programs_always(alice, exercise, settings, monkeypatch):
    settings.SUBMITS_PER_MINUTE = 100
    monkeypatch.setattr(submitting, "SUBMITS_IN_FLIGHT", 100)
    monkeypatch.setattr(submitting, "SIGNS_A_DAY", 70_000)

    def submit(key, size):
        source = "#" * (size - 1) + "\n"
        return submitting.submit(
            user=alice, exercise=exercise, kind=Kind.SUBMIT, source=source, idempotency_key=key
        )

    first = submit("1", 30_000)
    submit("2", 30_000)
    with pytest.raises(refusals.TooFast, match="MB of programs in a day") as refused:
        submit("3", 17_000)
    assert refused.value.retry_after == 3600
    submit("4", submitting.LARGE_SIGNS)
    submit("5", 20)
    Submission.objects.filter(pk=first.pk).update(created=first.created - datetime.timedelta(days=2))
    submit("6", 17_000)
