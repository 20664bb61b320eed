"""Grading again takes nothing away: what is stopped or breaks meanwhile leaves the earlier verdict."""

import pytest
from django.test import Client
from django.urls import reverse

from grader.grading.job import Event as Happened
from grader.verdict import Kind, State, Word
from tests.conftest import verdict
from zero_to_gpt.accounts.services import make_token
from zero_to_gpt.submissions import leasing, recording, releasing, runs, solutions, submitting
from zero_to_gpt.submissions.models import Submission


@pytest.fixture
def again(graded, alice, bob):
    """A pass of Alice's that waits to be graded again."""
    submission = graded(alice, Word.PASSED)
    assert submitting.regrade(submission=submission, by=bob)
    return Submission.objects.get(pk=submission.pk)


def now(submission):
    return Submission.objects.get(pk=submission.pk)


@pytest.mark.parametrize("begun", [False, True])
def test_what_is_stopped_while_it_is_graded_again_keeps_its_verdict(
    again, begun, client, alice, bob, dora, exercise, rings
):
    if begun:
        leasing.claim(submission_id=again.pk, worker="w")
    client.force_login(dora)
    assert b"Stop it" in client.get(reverse("submission", args=[again.pk])).content
    client.post(reverse("submission_cancel", args=[again.pk]))
    kept = now(again)
    assert (kept.state, kept.word, kept.points) == (State.GRADED, Word.PASSED, again.points)
    assert kept.lease_until is None
    assert solutions.access(alice, exercise).passed
    assert kept.events.latest("pk").kind == "graded"
    assert submitting.regrade(submission=kept, by=bob)


def test_its_learner_does_not_stop_what_is_graded_again(again, client, alice):
    """They would choose between two verdicts."""
    client.force_login(alice)
    assert b"Stop it" not in client.get(reverse("submission", args=[again.pk])).content
    address = reverse("submission_cancel", args=[again.pk])
    assert client.post(address).status_code == 403
    answer = client.post(address, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (403, "asked_by_others")
    program = Client(headers={"Authorization": f"Bearer {make_token(user=alice)}"})
    assert program.post(f"/api/v1/submissions/{again.pk}/cancel").json()["code"] == "asked_by_others"
    assert now(again).state == State.QUEUED


def test_what_is_graded_again_holds_nobodys_new_submission_back(again, handed_in, alice, charlie):
    leasing.claim(submission_id=again.pk, worker="w")
    new = handed_in(alice)
    handed_in(charlie)
    assert leasing.claim(submission_id=new.pk, worker="v") is not None


def test_what_breaks_while_it_is_graded_again_keeps_its_verdict(again, alice, bob, exercise, client):
    revision = again.revision_id
    for _ in range(releasing.MOST_ATTEMPTS):
        held = leasing.claim(submission_id=again.pk, worker="w")
        releasing.release(submission_id=again.pk, attempt=held.attempt, reason="a sick host")
    kept = now(again)
    assert (kept.state, kept.word, kept.revision_id) == (State.GRADED, Word.PASSED, revision)
    assert kept.support_code == ""
    assert solutions.access(alice, exercise).passed
    told = "This is the verdict from before"
    client.force_login(alice)
    page = client.get(reverse("submission", args=[kept.pk]))
    assert page.status_code == 200
    assert told not in page.content.decode()
    client.force_login(bob)
    assert told in client.get(reverse("submission", args=[kept.pk])).content.decode()
    assert submitting.regrade(submission=kept, by=bob)
    held = leasing.claim(submission_id=again.pk, worker="w")
    recording.record_verdict(submission_id=again.pk, attempt=held.attempt, verdict=verdict(Word.FAILED))
    assert told not in client.get(reverse("submission", args=[kept.pk])).content.decode()


def test_a_verdict_that_came_is_not_put_back(again, alice, bob):
    held = leasing.claim(submission_id=again.pk, worker="w")
    assert recording.record_verdict(
        submission_id=again.pk, attempt=held.attempt, verdict=verdict(Word.FAILED)
    )
    assert not submitting.cancel(submission=now(again))
    assert now(again).word == Word.FAILED
    assert submitting.regrade(submission=now(again), by=bob)
    assert submitting.cancel(submission=now(again))
    assert now(again).word == Word.FAILED


def test_what_was_broken_before_is_stopped_as_anything_else(handed_in, alice, bob):
    submission = handed_in(alice)
    for _ in range(releasing.MOST_ATTEMPTS):
        held = leasing.claim(submission_id=submission.pk, worker="w")
        releasing.release(submission_id=submission.pk, attempt=held.attempt, reason="x")
    assert now(submission).state == State.BROKEN
    assert submitting.regrade(submission=now(submission), by=bob)
    assert submitting.cancel(submission=now(submission))
    assert now(submission).state == State.CANCELLED


def test_what_a_teacher_has_graded_again_keeps_nobody_from_handing_in(
    graded, handed_in, alice, bob, settings
):
    settings.SUBMITS_PER_MINUTE = 100
    for submission in [graded(alice) for _ in range(submitting.SUBMITS_IN_FLIGHT)]:
        assert submitting.regrade(submission=submission, by=bob)
    assert handed_in(alice).state == State.QUEUED


def test_a_run_counts_the_points_of_its_last_attempt(handed_in, alice, exercise):
    submission = handed_in(alice, kind=Kind.RUN)
    points = [Happened("metric", {"metric": {"step": step, "values": {"loss": 1.0}}}) for step in range(3)]
    config = Happened("config", {"config": {"lr": 1}})
    first = leasing.claim(submission_id=submission.pk, worker="w")
    recording.record_events(submission_id=submission.pk, attempt=first.attempt, events=[config, *points])
    releasing.release(submission_id=submission.pk, attempt=first.attempt, reason="died", why="worker")
    second = leasing.claim(submission_id=submission.pk, worker="w2")
    recording.record_events(submission_id=submission.pk, attempt=second.attempt, events=points)
    recording.record_verdict(
        submission_id=submission.pk, attempt=second.attempt, verdict=verdict(Word.PASSED)
    )
    [run] = runs.logged(alice, exercise)
    assert run.points == len(runs.points_of(run)) == 3
    assert run.config == {}
