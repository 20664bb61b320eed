"""A database that ends all connections, as one does that is restarted, costs time and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

import pytest
import requests
from django.db import connection

from grader.verdict import State, Word
from tests.conftest import make_ready
from tests.db.serving import Site
from tests.services.conftest import until
from tests.services.test_grading import SLOW, fresh, hand_in, is_finished, is_ready, right_answer
from zero_to_gpt.accounts.services import make_token
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.submissions import submitting
from zero_to_gpt.submissions.models import Submission

pytestmark = pytest.mark.django_db(transaction=True)


def end_all_others() -> int:
    """How many connections to the test's database were ended: the worker's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def is_running(submission: Submission) -> bool:
    return fresh(submission).state == State.RUNNING


def test_connections_that_ended_between_two_submissions_cost_nothing(start_worker, slope, alice) -> None:
    worker = start_worker("one")
    until("the exercise", lambda: is_ready(slope), worker.is_alive)
    for number in range(3):
        submission = hand_in(alice, slope, right_answer(), f"number {number}")
        until("the verdict", partial(is_finished, submission), worker.is_alive)
        assert (submission.state, submission.word, submission.attempt) == (State.GRADED, Word.PASSED, 1)
        assert end_all_others() > 0


def test_connections_that_end_while_a_submission_is_graded_cost_an_attempt_at_most(
    start_worker, slope, alice
) -> None:
    worker = start_worker("one")
    until("the exercise", lambda: is_ready(slope), worker.is_alive)
    submission = hand_in(alice, slope, SLOW + right_answer(), "slow")
    until("its claim", partial(is_running, submission), worker.is_alive)
    assert end_all_others() > 0
    until("the verdict", partial(is_finished, submission), worker.is_alive)
    assert (submission.state, submission.word) == (State.GRADED, Word.PASSED)
    assert submission.attempt <= 2
    assert submission.events.filter(kind="graded").count() == 1
    after = hand_in(alice, slope, right_answer(), "after")
    until("the next verdict", partial(is_finished, after), worker.is_alive)
    assert (after.word, after.attempt) == (Word.PASSED, 1)


@pytest.fixture
def site(transactional_db, tmp_path, settings) -> Iterator[Site]:
    """The web server as a process of its own, on the test's database."""
    database = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{connection.settings_dict['NAME']}"
    with Site(tmp_path, DATABASE_URL=database, SECRET_KEY=settings.SECRET_KEY) as site:
        yield site


def test_a_page_whose_connection_ended_is_there_all_the_same(site, alice) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {make_token(user=alice)}"
        for _ in range(4):
            answered = session.get(f"{site.url}/api/v1/submissions", timeout=30)
            assert answered.status_code == 200, answered.text
            assert end_all_others() > 0


def test_who_follows_a_submission_hears_of_its_end_although_the_connections_ended(site, slope, alice) -> None:
    make_ready(slope.current)  # no worker is there to make anything, or to take it
    submission = hand_in(alice, Exercise.objects.get(pk=slope.pk), right_answer(), "followed")
    headers = {"Authorization": f"Bearer {make_token(user=alice)}"}
    address = f"{site.url}/api/v1/submissions/{submission.pk}/events"
    with requests.get(address, headers=headers, stream=True, timeout=30) as stream:
        lines = stream.iter_lines(chunk_size=1, decode_unicode=True)
        assert "event: queued" in lines
        assert end_all_others() > 0
        submitting.cancel(submission=submission)
        assert "event: cancelled" in lines
