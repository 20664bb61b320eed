"""A submission through PostgreSQL, Redis and a real worker with real boxes; also when workers die."""

from __future__ import annotations

from functools import partial

import pytest

from grader.verdict import Kind, State, Word
from tests.house.repository import read
from tests.services.conftest import EXERCISE, until
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.submissions import submitting
from zero_to_gpt.submissions.models import Submission

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = "import time\ntime.sleep(2)\n"


def right_answer() -> str:
    return read(f"exercises/{EXERCISE}/reference.py")


def hand_in(user, exercise: Exercise, source: str, key: str) -> Submission:
    return submitting.submit(
        user=user, exercise=exercise, kind=Kind.SUBMIT, source=source, idempotency_key=key
    )


def is_ready(exercise: Exercise) -> bool:
    return bool(Exercise.objects.with_readiness().get(pk=exercise.pk).ready)


def fresh(submission: Submission) -> Submission:
    submission.refresh_from_db()
    return submission


def is_finished(submission: Submission) -> bool:
    return fresh(submission).finished


def kinds(submission: Submission) -> list[str]:
    return list(submission.events.order_by("pk").values_list("kind", flat=True))


def test_right_and_wrong_answers_get_their_verdicts(start_worker, slope, alice) -> None:
    worker = start_worker("one")
    until("the exercise", lambda: is_ready(slope), worker.is_alive)
    right = hand_in(alice, slope, right_answer(), "right")
    wrong = hand_in(alice, slope, "def slope_at(f, x, h=1e-5):\n    return f(x)\n", "wrong")
    broken = hand_in(alice, slope, "def slope_at(f, x, h=1e-5)\n    return 0\n", "syntax")
    odd = hand_in(alice, slope, "print('a\\0b \\ud800')\n" + right_answer(), "odd characters")
    for submission in (right, wrong, broken, odd):
        until("the verdict", partial(is_finished, submission), worker.is_alive)
        assert submission.state == State.GRADED
        assert kinds(submission)[0] == "queued"
        assert kinds(submission)[-1] == "graded"
    assert [s.word for s in (right, wrong, broken, odd)] == [
        Word.PASSED,
        Word.FAILED,
        Word.NOT_GRADABLE,
        Word.PASSED,
    ]
    assert right.points == right.possible > 0
    assert wrong.points == 0
    assert {"queued", "claimed", "total"} <= set(right.phases)


def test_a_worker_that_is_killed_while_it_grades_costs_time_and_nothing_else(
    start_worker, slope, alice
) -> None:
    first = start_worker("first")
    until("the exercise", lambda: is_ready(slope), first.is_alive)
    submission = hand_in(alice, slope, SLOW + right_answer(), "slow")
    until("its claim", lambda: fresh(submission).state == State.RUNNING, first.is_alive)
    first.kill()
    second = start_worker("second")
    until("the verdict", partial(is_finished, submission), second.is_alive)
    assert (submission.state, submission.word, submission.attempt) == (State.GRADED, Word.PASSED, 2)
    assert kinds(submission).count("graded") == 1
    assert "requeued" in kinds(submission)
