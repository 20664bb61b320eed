"""The API: the pages' own services, clear errors, and nothing a learner may not see."""

import datetime
import json
import zipfile

import pytest
from django.db import DataError
from django.test import Client

from grader.verdict import Word
from tests.conftest import PASSWORD, make_ready, new_revision
from zero_to_gpt.accounts.models import ApiToken
from zero_to_gpt.accounts.services import make_token
from zero_to_gpt.submissions import submitting
from zero_to_gpt.submissions.export import archive
from zero_to_gpt.submissions.models import Submission


def as_person(user):
    return Client(headers={"Authorization": f"Bearer {make_token(user=user)}"})


def post(client, path, body):
    return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")


def hand_in(client, **changed):
    body = {"exercise": "01-maths/01-slope-at", "source": "def slope(f, x):\n    return 1\n"}
    return post(client, "/submissions", body | changed)


def problem(response):
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    return body


def test_a_password_is_exchanged_for_a_token_that_works(alice, exercise):
    response = post(Client(), "/token", {"email": "Alice@example.org", "password": PASSWORD})
    token = response.json()["token"]
    course = Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/course").json()
    (found,) = course["modules"][0]["lessons"][0]["exercises"]
    assert (found["name"], found["ready"], found["revision"]) == ("01-maths/01-slope-at", True, "digest-1")


def test_only_a_digest_of_a_token_is_stored(alice):
    token = make_token(user=alice)
    stored = ApiToken.objects.get()
    assert token not in (stored.digest, str(stored))
    assert len(stored.digest) == 64


def test_a_wrong_password_gives_no_token_and_does_not_say_who_exists(alice):
    wrong = post(Client(), "/token", {"email": alice.email, "password": "wrong"})
    unknown = post(Client(), "/token", {"email": "nobody@example.org", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert problem(wrong)["code"] == "wrong_password"


def test_guessing_passwords_is_limited(alice):
    for _ in range(5):
        post(Client(), "/token", {"email": alice.email, "password": "wrong"})
    response = post(Client(), "/token", {"email": alice.email, "password": PASSWORD})
    assert response.status_code == 429
    assert response["Retry-After"]


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer zg_nothing"}, {"Authorization": "Basic abc"}]
)
@pytest.mark.parametrize(
    "path", ["/course", "/exercises", "/submissions", "/submissions/1", "/submissions/1/events"]
)
def test_without_a_valid_token_nothing_is_told(db, header, path):
    response = Client(headers=header).get(f"/api/v1{path}")
    assert response.status_code == 401
    assert problem(response)["code"] == "unauthenticated"


def test_a_person_who_may_no_longer_sign_in_has_no_valid_token(alice):
    client = as_person(alice)
    alice.is_active = False
    alice.save()
    assert client.get("/api/v1/course").status_code == 401


def test_a_submission_is_taken_and_can_be_read(alice, exercise):
    client = as_person(alice)
    response = hand_in(client)
    assert response.status_code == 201
    found = client.get(f"/api/v1/submissions/{response.json()['id']}").json()
    assert (found["state"], found["verdict"], found["probes"], found["phases"]) == ("queued", None, [], {})
    assert found["exercise"] == "01-maths/01-slope-at"
    assert found["kind"] == "submit"


def test_the_same_key_gives_the_same_submission(alice, exercise):
    client = as_person(alice)
    assert hand_in(client, idempotency_key="k").json() == hand_in(client, idempotency_key="k").json()
    assert Submission.objects.count() == 1


def test_a_graded_submission_has_word_probes_and_phases(alice, graded):
    submission = graded(alice, Word.FAILED)
    found = as_person(alice).get(f"/api/v1/submissions/{submission.pk}").json()
    assert (found["state"], found["verdict"]) == ("graded", "failed")
    assert [(p["name"], p["word"]) for p in found["probes"]] == [("Seen", "passed"), ("Hidden", "failed")]
    assert found["phases"]["leased"] == 0.1


def test_a_learner_sees_coarse_times_everywhere_and_a_teacher_exact_ones(alice, bob, graded):
    """Code that saw a hidden input can choose how long it takes, to the microsecond."""
    submission = graded(alice)
    exact = {"leased": 0.00137, "cells": 0.103, "probes": 12.345678, "total": 12.452}
    finished = submission.created + datetime.timedelta(seconds=12, microseconds=345)
    Submission.objects.update(
        phases=exact, verdict=submission.verdict | {"phases": exact}, finished_at=finished
    )
    path = f"/api/v1/submissions/{submission.pk}"
    coarse = {"leased": 0.1, "cells": 0.2, "probes": 13.0, "total": 13.0}
    mine = as_person(alice).get(path).json()
    assert mine["phases"] == mine["details"]["phases"] == coarse
    assert datetime.datetime.fromisoformat(mine["finished"]).microsecond == 0
    theirs = as_person(bob).get(path).json()
    assert theirs["phases"] == theirs["details"]["phases"] == exact

    browser = Client()
    browser.force_login(alice)
    page = browser.get(f"/submissions/{submission.pk}/").content.decode()
    assert "graded in 13" in page
    assert not any(exact in page for exact in ("12.45", "12.34", "103 ms"))
    (kept,) = archived(alice, f"submissions/{submission.exercise.name}/{submission.pk}.json")
    assert kept["verdict"]["phases"] == coarse
    moments = [kept["finished"], *(event["at"] for event in kept["events"])]
    assert len(moments) > 1
    assert all(datetime.datetime.fromisoformat(at).microsecond == 0 for at in moments)


def archived(person, name):
    with archive(person) as file, zipfile.ZipFile(file) as whole:
        return [json.loads(whole.read(name))]


@pytest.mark.parametrize("who", ["alice", "bob", "dora"])
def test_while_it_is_graded_again_nothing_of_the_old_verdict_is_told(alice, bob, dora, graded, who):
    submission = graded(alice, Word.PASSED)
    assert submitting.regrade(submission=Submission.objects.get(pk=submission.pk), by=bob)
    reader = as_person({"alice": alice, "bob": bob, "dora": dora}[who])
    found = reader.get(f"/api/v1/submissions/{submission.pk}").json()
    assert found["state"] == "queued"
    told = ("verdict", "message", "points", "possible", "tasks", "probes", "phases", "details", "error")
    assert {name: found[name] for name in told if found[name]} == {}


def test_other_peoples_submissions_are_not_found(alice, bob, charlie, graded):
    submission = graded(alice)
    path = f"/api/v1/submissions/{submission.pk}"
    assert as_person(charlie).get(path).status_code == 404
    assert as_person(charlie).get(f"{path}/events").status_code == 404
    assert post(as_person(charlie), f"/submissions/{submission.pk}/cancel", {}).status_code == 404
    assert as_person(bob).get(path).status_code == 200
    assert as_person(charlie).get("/api/v1/submissions").json() == []


def test_a_teacher_sees_hidden_probes_in_full_and_cannot_stop_a_students_work(alice, bob, handed_in, graded):
    submission = graded(alice)
    found = as_person(bob).get(f"/api/v1/submissions/{submission.pk}").json()
    assert found["probes"][1]["detail"]["seed"] == "1007"
    waiting = handed_in(alice)
    assert post(as_person(bob), f"/submissions/{waiting.pk}/cancel", {}).status_code == 404


def test_a_person_can_stop_their_own_submission(alice, handed_in):
    submission = handed_in(alice)
    response = post(as_person(alice), f"/submissions/{submission.pk}/cancel", {})
    assert response.json() == {"id": submission.pk, "state": "cancelled"}


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"exercise": "01-maths/99-nothing"}, 404, "not_found"),
        ({"source": "x" * 300_000}, 413, "source_too_large"),
        ({"source": "x" * 5_000_000}, 413, "source_too_large"),
        ({"source": "x" * 9_000_000}, 413, "source_too_large"),
        ({"source": "a\0"}, 422, "unreadable_source"),
        ({"source": "\ud800"}, 422, "unreadable_source"),
        ({"source": 7}, 422, "invalid"),
        ({"kind": "guess"}, 422, "invalid"),
        ({"idempotency_key": "k" * 101}, 422, "invalid"),
        ({"revision": "long-gone"}, 409, "revision_changed"),
    ],
)
def test_bad_input_is_answered_in_words(alice, exercise, changed, status, code):
    response = hand_in(as_person(alice), **changed)
    assert response.status_code == status
    body = problem(response)
    assert body["code"] == code
    assert body["detail"].strip()
    assert not Submission.objects.exists()


def test_what_is_not_json_is_answered_in_words(alice, exercise):
    response = as_person(alice).post("/api/v1/submissions", b"{not json", content_type="application/json")
    assert response.status_code == 400
    assert problem(response)["code"] == "unreadable"


def test_what_no_database_can_look_for_is_no_fault_of_ours(alice, exercise, monkeypatch):
    def refuses(**_):
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")

    monkeypatch.setattr("zero_to_gpt.submissions.submitting.submit", refuses)  # as PostgreSQL does
    response = hand_in(as_person(alice), idempotency_key="\0")
    assert response.status_code == 422
    assert problem(response)["code"] == "invalid"


def test_what_no_database_can_look_for_is_ours_where_nobody_sent_it(alice, exercise, monkeypatch, caplog):
    def refuses(**_):
        raise UnicodeEncodeError("utf-8", "a\ud800", 1, 2, "surrogates not allowed")

    monkeypatch.setattr("zero_to_gpt.submissions.submitting.submit", refuses)
    response = hand_in(as_person(alice))
    assert response.status_code == 500
    assert problem(response)["code"] == "fault"
    assert "UnicodeEncodeError" in caplog.text
    sent = hand_in(as_person(alice), idempotency_key="\ud800")
    assert (sent.status_code, problem(sent)["code"]) == (422, "invalid")


def test_too_many_requests_say_when_to_come_back(alice, exercise, settings):
    settings.SUBMITS_PER_MINUTE = 1
    client = as_person(alice)
    hand_in(client)
    response = hand_in(client)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60
    assert problem(response)["code"] == "too_fast"


def test_an_exercise_that_is_being_prepared_says_so(alice, exercise):
    revision = new_revision(exercise, "digest-2")
    client = as_person(alice)
    assert client.get("/api/v1/exercises/01-maths/01-slope-at").json()["ready"] is False
    assert hand_in(client).status_code == 409
    make_ready(revision)
    assert hand_in(client).status_code == 201


def test_the_interface_describes_itself(db):
    document = Client().get("/api/v1/openapi.json").json()
    assert {"/api/v1/token", "/api/v1/course", "/api/v1/submissions"} <= set(document["paths"])
