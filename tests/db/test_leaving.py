"""Everything that is theirs comes out in one file, and all of it goes with the account."""

import asyncio
import io
import json
import zipfile

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps

from grader.verdict import Word
from tests.conftest import PASSWORD, SECRET_IN_REFERENCE, SECRET_IN_VERDICT
from zero_to_gpt.accounts.models import User
from zero_to_gpt.accounts.services import make_token
from zero_to_gpt.authoring import proofs
from zero_to_gpt.authoring.models import Proof
from zero_to_gpt.cohorts.models import Authorship, Invitation
from zero_to_gpt.submissions import drafts, leasing, leaving, recording
from zero_to_gpt.submissions.models import Event, Submission


@pytest.fixture
def as_person(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def sent(response):
    """The parts of an answer, read to its end."""

    async def read():
        return [part async for part in response.streaming_content]

    return asyncio.run(read())


def unpacked(response):
    with zipfile.ZipFile(io.BytesIO(b"".join(sent(response)))) as whole:
        return {name: whole.read(name).decode() for name in whole.namelist()}


def test_everything_of_ones_own_is_in_the_archive_and_nothing_else(
    as_person, alice, charlie, exercise, graded, handed_in
):
    drafts.save_draft(user=alice, exercise=exercise, source="another tab\n")
    drafts.save_draft(user=alice, exercise=exercise, source="draft = 'ä'\n", version=0)
    make_token(user=alice, name="my laptop")
    drafts.save_draft(user=charlie, exercise=exercise, source="not yours")
    mine = graded(alice, Word.FAILED, source="mine = 1\n")
    waiting = handed_in(alice, source="waiting = 1\n")
    handed_in(charlie, source="not yours either")
    response = as_person(alice).get("/account/export/")
    assert response["Content-Disposition"] == 'attachment; filename="zero-to-gpt.zip"'
    files = unpacked(response)
    folder = "submissions/01-maths/01-slope-at"
    assert set(files) == {
        "README.txt",
        "account.json",
        "drafts/01-maths/01-slope-at.py",
        "drafts/01-maths/01-slope-at.before.py",
        *(f"{folder}/{each.pk}.{ending}" for each in (mine, waiting) for ending in ("py", "json")),
    }
    assert files["drafts/01-maths/01-slope-at.py"] == "draft = 'ä'\n"
    assert files[f"{folder}/{mine.pk}.py"] == "mine = 1\n"
    result = json.loads(files[f"{folder}/{mine.pk}.json"])
    assert (result["word"], result["events"][-1]["kind"]) == ("failed", "graded")
    assert result["verdict"]["probes"]
    account = json.loads(files["account.json"])
    assert (account["email"], account["cohorts"][0]["name"]) == ("alice@example.org", "Spring")
    assert [each["name"] for each in account["tokens"]] == ["my laptop"]
    assert files["drafts/01-maths/01-slope-at.before.py"] == "another tab\n"
    text = "".join(files.values())
    for hidden in (SECRET_IN_VERDICT, SECRET_IN_REFERENCE, alice.password, "not yours"):
        assert hidden not in text


def test_every_address_of_ones_own_is_in_the_archive(as_person, alice):
    EmailAddress.objects.create(user=alice, email="second@example.org", primary=False, verified=False)
    account = json.loads(unpacked(as_person(alice).get("/account/export/"))["account.json"])
    assert {"email": "second@example.org", "primary": False, "confirmed": False} in account["addresses"]


def test_an_archive_that_is_larger_than_memory_is_sent_in_parts(as_person, alice, handed_in, monkeypatch):
    """Before, a few who fetched theirs at once took the memory of all."""
    monkeypatch.setattr(leaving, "PART", 100)
    handed_in(alice)
    response = as_person(alice).get("/account/export/")
    parts = sent(response)
    assert max(map(len, parts)) == 100
    assert sum(map(len, parts)) == int(response["Content-Length"])


def test_one_person_fetches_one_archive_at_a_time(as_person, alice, charlie, monkeypatch):
    client = as_person(alice)
    held = client.get("/account/export/")
    refused = client.get("/account/export/")
    assert refused.status_code == 429
    assert "already" in refused.content.decode()
    others = as_person(charlie).get("/account/export/")
    assert others.status_code == 200
    sent(others)
    sent(held)
    monkeypatch.setattr(leaving, "archive", lambda user: 1 / 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            as_person(alice).get("/account/export/")
    assert not leaving._taken


def test_staff_too_get_the_learners_projection_of_their_own_work(as_person, dora, graded):
    graded(dora, Word.FAILED)
    assert SECRET_IN_VERDICT not in "".join(unpacked(as_person(dora).get("/account/export/")).values())


def test_many_submissions_cost_few_queries(as_person, alice, graded, django_assert_max_num_queries):
    for number in range(8):
        graded(alice, idempotency_key=f"n{number}")
    client = as_person(alice)
    with django_assert_max_num_queries(15):
        sent(client.get("/account/export/"))


def test_an_account_goes_with_all_that_belongs_to_it(
    as_person, alice, bob, exercise, spring, graded, handed_in
):
    drafts.save_draft(user=alice, exercise=exercise, source="x = 1\n")
    graded(alice, Word.PASSED)
    running = handed_in(alice)
    claimed = leasing.claim(submission_id=running.pk, worker="w")
    make_token(user=alice)
    Invitation.objects.create(cohort=spring, email="alice@example.org")
    kept = graded(bob, Word.PASSED)
    number = alice.pk
    client = as_person(alice)
    response = client.post("/account/delete/", {"password": PASSWORD})
    assert response.url == "/"
    assert response["Clear-Site-Data"] == '"storage"'
    assert not User.objects.filter(pk=number).exists()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is User:
                assert not model.objects.filter(**{field.attname: number}).exists(), model
    assert not Invitation.objects.exists()
    assert set(Submission.objects.all()) == {kept}
    assert set(Event.objects.values_list("submission", flat=True)) == {kept.pk}
    assert client.get("/account/").status_code == 302, "signed out"
    # The worker that still grades it notices that it holds nothing.
    assert not recording.record_events(submission_id=running.pk, attempt=claimed.attempt, events=[])


def test_an_administrator_who_deletes_a_person_does_all_that_their_own_wish_does(
    client, dora, alice, charlie, spring, handed_in
):
    EmailAddress.objects.create(user=alice, email="Old@example.org")
    Invitation.objects.create(cohort=spring, email="old@example.org")
    running = handed_in(alice)
    other = handed_in(charlie)
    claimed = leasing.claim(submission_id=running.pk, worker="w")
    client.force_login(dora)
    client.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [charlie.pk], "post": "yes"}
    client.post("/admin/accounts/user/", chosen)
    assert not User.objects.filter(pk__in=[alice.pk, charlie.pk]).exists()
    assert not Invitation.objects.exists()
    assert not Submission.objects.filter(pk__in=[running.pk, other.pk]).exists()
    assert not recording.record_events(submission_id=running.pk, attempt=claimed.attempt, events=[])
    page = client.get(f"/admin/accounts/user/{dora.pk}/delete/").content.decode()
    assert "Nobody else runs this site" in page
    client.post(f"/admin/accounts/user/{dora.pk}/delete/", {"post": "yes"})
    assert User.objects.filter(pk=dora.pk).exists()


def test_what_an_author_had_proven_stays_with_the_course(as_person, place, bob, client):
    proof = Proof.objects.create(exercise=place, by=bob, files={}, digest="x", state=Proof.State.PASSED)
    waiting = proofs.ask_proof(exercise=place, by=bob)
    page = as_person(bob).get("/account/delete/").content.decode()
    assert "You are the only author of" in page
    assert place.module.course.title in page
    assert client.post("/account/delete/", {"password": PASSWORD}).status_code == 302
    proof.refresh_from_db()
    waiting.refresh_from_db()
    assert (proof.by, proof.state) == (None, Proof.State.PASSED)
    assert (waiting.by, waiting.state) == (None, Proof.State.STOPPED)
    assert proofs.claim_next() is None


def test_who_writes_a_course_with_somebody_leaves_it_to_them(as_person, written, bob, dora):
    Authorship.objects.create(course=written, user=dora)
    assert "You are the only author" not in as_person(bob).get("/account/delete/").content.decode()


def test_the_password_is_asked_for_and_guesses_are_limited(as_person, alice):
    client = as_person(alice)
    assert "This cannot be undone" in client.get("/account/delete/").content.decode()
    assert client.post("/account/delete/", {"password": ""}).status_code == 400
    for _ in range(10):
        response = client.post("/account/delete/", {"password": "guess"})
        assert response.status_code == 400
        assert "This is not your password" in response.content.decode()
    assert client.post("/account/delete/", {"password": PASSWORD}).status_code == 429
    assert User.objects.filter(pk=alice.pk).exists()


def test_the_last_who_runs_the_site_stays(as_person, dora):
    response = as_person(dora).post("/account/delete/", {"password": PASSWORD})
    assert response.status_code == 400
    assert "only one who runs this site" in response.content.decode()
    User.objects.create_superuser("eve@example.org", PASSWORD)
    assert as_person(dora).post("/account/delete/", {"password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("path", ["/account/export/", "/account/delete/"])
def test_visitors_sign_in_first(client, db, path):
    assert client.get(path).url.startswith("/accounts/login/")
