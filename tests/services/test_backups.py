"""The backup of a server, by the very lines of docs/operations.md: saved, lost, brought back, graded on."""

from __future__ import annotations

import os
import re
import subprocess
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from grader.verdict import Kind, State, Word
from tests.house.repository import read
from tests.services.conftest import EXERCISE, until
from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Exercise, ExpectedCase
from zero_to_gpt.submissions import submitting
from zero_to_gpt.submissions.models import Submission

pytestmark = pytest.mark.django_db(transaction=True)

IN_THE_SERVICE = "docker-compose exec -T database "


def lines(name: str) -> list[str]:
    """The lines of one block of docs/operations.md that are typed into PostgreSQL's container."""
    block = re.search(
        rf"<!-- {name} -->\n```sh\n(.*?)```\n<!-- /{name} -->", read("docs/operations.md"), re.DOTALL
    )
    assert block is not None, name
    return [line for line in block[1].splitlines() if line.startswith(IN_THE_SERVICE)]


def typed(line: str, folder: Path) -> None:
    """The same on the test's own PostgreSQL and its database."""
    here = settings.DATABASES["default"]
    words = line.removeprefix(IN_THE_SERVICE).replace(" zero_to_gpt", f" {connection.settings_dict['NAME']}")
    user = f"-U {connection.settings_dict['NAME']}"
    assert user in words
    words = words.replace(user, f"-h {here['HOST']} -U {here['USER']}")
    connection.close()
    subprocess.run(["bash", "-euc", words], cwd=folder, env=os.environ, check=True)


def fresh(submission: Submission) -> Submission:
    submission.refresh_from_db()
    return submission


def is_finished(submission: Submission) -> bool:
    return fresh(submission).finished


def is_ready(exercise: Exercise) -> bool:
    return bool(Exercise.objects.with_readiness().get(pk=exercise.pk).ready)


def test_what_was_saved_comes_back_and_is_graded_on(start_worker, slope, alice, tmp_path) -> None:
    worker = start_worker("before")
    until("the exercise", lambda: is_ready(slope), worker.is_alive)
    answer = read(f"exercises/{EXERCISE}/reference.py")

    def hand_in(key: str) -> Submission:
        return submitting.submit(
            user=alice, exercise=slope, kind=Kind.SUBMIT, source=answer, idempotency_key=key
        )

    graded = hand_in("graded")
    until("the verdict", partial(is_finished, graded), worker.is_alive)
    told = graded.verdict
    worker.stop()
    waiting = hand_in("waiting")
    assert ExpectedCase.objects.exists()
    for line in lines("backup"):
        typed(line, tmp_path)

    Submission.objects.all().delete()
    User.objects.create_user(email="later@example.org", password=None)
    worker = None
    for line in lines("restore"):
        typed(line, tmp_path)
    try:
        assert fresh(graded).word == Word.PASSED
        assert graded.verdict == told
        assert not User.objects.filter(email="later@example.org").exists()
        assert not ExpectedCase.objects.exists(), "left out, to be made again"
        worker = start_worker("after")
        until("the verdict of what waited", partial(is_finished, waiting), worker.is_alive)
        assert (waiting.state, waiting.word) == (State.GRADED, Word.PASSED)
        new = hand_in("new")
        until("a new verdict", partial(is_finished, new), worker.is_alive)
        assert new.word == Word.PASSED
    finally:
        if worker is not None:
            worker.stop()
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE before_restore")
