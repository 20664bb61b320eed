"""A full disk: a sentence for the person, nothing half-written, and as before when there is room again."""

import json

import pytest
from django.db import connection
from django.test import Client

from zero_to_gpt.accounts.services import make_token
from zero_to_gpt.faults import NO_ROOM, sentence_for
from zero_to_gpt.submissions.models import Draft, Event, Submission

pytestmark = pytest.mark.django_db(transaction=True)
SOURCE = "# " + "x" * 200_000


@pytest.fixture
def full():
    """SQLite with no page to spare: what it says then is what it says of a full disk."""
    with connection.cursor() as cursor:
        (before,) = cursor.execute("PRAGMA max_page_count").fetchone()
        cursor.execute("VACUUM")
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()

    def fill(yes):
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA max_page_count = {pages if yes else before}")

    yield fill
    fill(False)


def rows():
    return Submission.objects.count(), Event.objects.count(), Draft.objects.count()


def test_a_full_disk_is_said_and_nothing_is_half_written(alice, exercise, request):
    if connection.vendor != "sqlite":  # a server's disk cannot be filled from here; its words are below
        assert connection.vendor == "postgresql"
        return
    browser = Client(raise_request_exception=False)
    browser.force_login(alice)
    program = Client(
        raise_request_exception=False, headers={"Authorization": f"Bearer {make_token(user=alice)}"}
    )
    fill = request.getfixturevalue("full")
    before = rows()
    fill(True)
    form = {"kind": "submit", "source": SOURCE, "idempotency_key": "k"}
    page = browser.post("/exercises/01-maths/01-slope-at/submit/", form)
    assert page.status_code == 503
    assert "disk is full" in page.content.decode()
    by_script = browser.post(
        "/exercises/01-maths/01-slope-at/submit/", form, headers={"Accept": "application/json"}
    )
    assert (by_script.status_code, by_script.json()["error"]) == (503, NO_ROOM)
    saved = browser.post(
        "/exercises/01-maths/01-slope-at/draft/", {"source": SOURCE}, headers={"Accept": "application/json"}
    )
    assert (saved.status_code, saved.json()["error"]) == (503, NO_ROOM)
    body = json.dumps({"exercise": "01-maths/01-slope-at", "source": SOURCE})
    answer = program.post("/api/v1/submissions", body, content_type="application/json")
    assert answer.status_code == 503
    assert answer.json()["code"] == "unavailable"
    assert answer.json()["detail"].startswith(NO_ROOM)
    assert rows() == before
    fill(False)
    again = browser.post(
        "/exercises/01-maths/01-slope-at/submit/", form, headers={"Accept": "application/json"}
    )
    assert again.status_code == 201


def test_other_faults_get_no_such_sentence():
    assert sentence_for(ValueError("disk is full")) == ""
    assert sentence_for(None) == ""
    assert sentence_for(OSError(28, "No space left on device")) == NO_ROOM
