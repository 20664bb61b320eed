"""A learner never receives what hidden probes hold or what the reference says, from any address.

Every GET address of the site is walked as the learner; two canaries must be found nowhere.
"""

import io
import zipfile

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from grader.verdict import Word
from tests.conftest import SECRET_IN_REFERENCE, SECRET_IN_VERDICT
from zero_to_gpt.accounts.services import make_token

SKIPPED = {"accounts", "admin"}


def routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def fill(route, submission, student):
    values = {
        "<slug:module>": "01-maths",
        "{module}": "01-maths",
        "<module>": "01-maths",
        "<slug:exercise>": "01-slope-at",
        "<exercise>": "01-slope-at",
        "<slug:lesson>": "slope",
        "<slug:slug>": "spring",
        "<slug:digest>": "0" * 64,
        "<int:submission_id>": str(submission.pk),
        "<int:student_id>": str(student.pk),
        "<int:membership_id>": str(student.memberships.get().pk),
        "<int:invitation_id>": "1",
        "<int:announcement_id>": "1",
        "<int:deadline_id>": "1",
        "<int:extension_id>": "1",
        "<int:token_id>": "1",
        "<int:proof_id>": "1",
        "<int:show_id>": "1",
        "<path:rest>": "no/such/operation",
        "<str:name>": "Hidden",
    }
    for name, value in values.items():
        route = route.replace(name, value)
    return "/" + route


def body(response):
    if response.streaming:
        return b""  # streams are read in test_stream.py
    if response["Content-Type"] == "application/zip":
        with zipfile.ZipFile(io.BytesIO(response.content)) as whole:
            return b"".join(whole.read(name) for name in whole.namelist())
    return response.content


@pytest.fixture
def addresses(alice, graded):
    submission = graded(alice, Word.FAILED)
    found = [fill(route, submission, alice) for route in routes(get_resolver().url_patterns)]
    return [path for path in found if path.split("/")[1] not in SKIPPED]


def test_the_walk_visits_every_kind_of_address(addresses):
    assert any(path.startswith("/submissions/") for path in addresses)
    assert any(path.startswith("/api/v1/submissions/") for path in addresses)
    assert any(path.startswith("/exercises/") for path in addresses)
    assert not [path for path in addresses if "<" in path]


def test_a_learner_finds_no_canary_anywhere(alice, addresses):
    clients = [Client(), Client(headers={"Authorization": f"Bearer {make_token(user=alice)}"})]
    clients[0].force_login(alice)
    reached = 0
    for client in clients:
        for path in addresses:
            response = client.get(path)
            assert response.status_code != 500, path
            reached += response.status_code == 200
            for canary in (SECRET_IN_REFERENCE, SECRET_IN_VERDICT):
                assert canary.encode() not in body(response), path
    assert reached >= 6


def test_the_teacher_finds_the_verdicts_canary_so_the_walk_can_find_it(alice, bob, graded):
    submission = graded(alice, Word.FAILED)
    teacher = Client(headers={"Authorization": f"Bearer {make_token(user=bob)}"})
    assert SECRET_IN_VERDICT.encode() in teacher.get(f"/api/v1/submissions/{submission.pk}").content


def test_the_events_of_a_submission_hold_no_canary(alice, graded):
    submission = graded(alice, Word.FAILED)
    for event in submission.events.all():
        assert SECRET_IN_VERDICT not in str(event.data)
        assert "1007" not in str(event.data)
