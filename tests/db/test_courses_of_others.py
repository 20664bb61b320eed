"""A course that was written here: its answers are for those who write it or teach it, and it has them."""

import io
import zipfile

import pytest
from django.urls import reverse
from django.utils import timezone
from tablib import Dataset

from grader.proving.record import grader_digest
from tests.conftest import PASSWORD, SECRET_IN_VERDICT, make_ready, new_revision
from zero_to_gpt.accounts.models import User
from zero_to_gpt.accounts.services import make_token
from zero_to_gpt.authoring import bounded, drafts, proofs, publications, structure
from zero_to_gpt.authoring.models import Proof
from zero_to_gpt.catalog.models import Exercise, Lesson
from zero_to_gpt.cohorts.admin import RosterResource
from zero_to_gpt.cohorts.models import Cohort, Membership, Role
from zero_to_gpt.cohorts.roles import ungraded
from zero_to_gpt.cohorts.services import enrol
from zero_to_gpt.submissions import solutions
from zero_to_gpt.submissions.models import Draft, Submission


@pytest.fixture
def private(charlie):
    """A course of Charlie's with one exercise, and the cohort that follows it."""
    course = structure.begin_course(by=charlie, title="Private")
    module = structure.add_module(course=course, title="M")
    lesson = structure.add_lesson(module=module, title="L", by=charlie)
    made = Exercise.objects.create(module=module, lesson=lesson, slug="e", name=f"{module.slug}/e")
    make_ready(new_revision(made, "private", solution={"reference": "x"}))
    return made, Cohort.objects.create(slug="private", name="Private", course=course)


def test_who_teaches_elsewhere_does_not_see_work_in_a_course_of_others(
    client, graded, alice, bob, charlie, dora, private
):
    made, cohort = private
    enrol(user=alice, cohort=cohort)  # who is in a cohort of Bob's, too
    submission = graded(alice, exercise=made)
    client.force_login(bob)
    page = client.get(reverse("submission", args=[submission.pk]))
    assert page.status_code == 404
    assert SECRET_IN_VERDICT not in page.content.decode()
    for person, sees in ((alice, True), (bob, False), (dora, True)):
        assert Submission.objects.visible_to(person).filter(pk=submission.pk).exists() is sees
    Membership.objects.create(user=bob, cohort=cohort, role=Role.INSTRUCTOR)
    assert client.get(reverse("submission", args=[submission.pk])).status_code == 200


def test_who_teaches_elsewhere_does_not_read_answers_of_a_course_of_others(
    bob, charlie, dora, alice, private, exercise
):
    made, cohort = private
    enrol(user=bob, cohort=cohort)
    assert not solutions.access(bob, made).shown
    assert solutions.access(bob, exercise).shown
    assert solutions.access(charlie, made).shown
    assert solutions.access(dora, made).shown
    assert not solutions.access(alice, exercise).shown
    Membership.objects.filter(user=bob, cohort=cohort).update(role=Role.INSTRUCTOR)
    assert solutions.access(bob, made).shown


def test_nobody_hands_in_to_a_course_that_is_not_open_to_them(client, alice, bob, charlie, dora, private):
    made, cohort = private
    enrol(user=alice, cohort=cohort)
    place = [made.module.slug, made.slug]
    for user, status in ((bob, 404), (alice, 201), (charlie, 201), (dora, 201)):
        client.force_login(user)
        given = {"source": "x", "kind": "submit", "idempotency_key": f"page-{user.pk}", "revision": ""}
        page = client.post(reverse("submit", args=place), given, headers={"Accept": "application/json"})
        draft = client.post(reverse("draft", args=place), {"source": "x", "revision": "", "version": 0})
        program = client.post(
            "/api/v1/submissions",
            {"exercise": made.name, "source": "x"},
            content_type="application/json",
            headers={"Authorization": f"Bearer {make_token(user=user)}"},
        )
        assert (page.status_code, program.status_code) == (status, status), user
        assert (draft.status_code == 404) is (status == 404), user
    assert {each.user for each in Submission.objects.filter(exercise=made)} == {alice, charlie, dora}
    assert {each.user for each in Draft.objects.filter(exercise=made)} == {alice, charlie, dora}
    Exercise.objects.filter(pk=made.pk).update(published=False)
    assert client.post(reverse("draft", args=place), {"source": "y"}).status_code == 404


def test_what_is_published_here_comes_with_its_solution(place, bob):
    facts = drafts.read_files(bob.pk, place, drafts.draft_of(place).files)["facts"]
    proof = Proof.objects.create(
        exercise=place,
        by=bob,
        files=facts["files"],
        digest=facts["digest"],
        state=Proof.State.PASSED,
        gate=grader_digest(),
        ended=timezone.now(),
    )
    revision = publications.publish(exercise=place, proof=proof, by=bob)
    assert revision.solution == facts["solution"]
    assert revision.solution["reference"]


def test_a_damaged_zip_is_refused_in_words(client, place, bob):
    client.force_login(bob)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("exercise.toml", "title = 'x'\n" * 400)
    data = bytearray(made.getvalue())
    start = 30 + len("exercise.toml")
    data[start : start + 6] = b"\xff" * 6
    upload = io.BytesIO(bytes(data))
    upload.name = "a.zip"
    address = reverse("authoring_zip", args=[place.module.slug, place.slug])
    page = client.post(address, {"zip": upload}, follow=True)
    assert "This is not a zip that can be read" in page.content.decode()


def test_the_page_of_a_lesson_comes_while_a_text_of_its_author_is_read(client, written, bob):
    lesson = Lesson.objects.get(module__course=written)
    client.force_login(bob)
    bounded._reading_for.add(bob.pk)
    try:
        page = client.get(reverse("authoring_lesson", args=[lesson.module.slug, lesson.slug]))
    finally:
        bounded._reading_for.discard(bob.pk)
    assert page.status_code == 200


@pytest.mark.parametrize("seconds", [170, 3])
def test_the_days_budget_of_validations_ends(place, bob, settings, seconds):
    settings.PROOF_MINUTES = seconds * 30 // 60
    with pytest.raises(proofs.TooMuch, match="minutes of validation"):
        for _ in range(60):
            proof = proofs._queue(bob, exercise=place, files={}, digest="d")
            Proof.objects.filter(pk=proof.pk).update(
                state=Proof.State.REFUSED, seconds=seconds, ended=timezone.now()
            )
    assert proofs.seconds_used(bob) <= settings.PROOF_MINUTES * 60 + seconds


def test_a_nul_that_a_cell_prints_breaks_no_proof(written, bob):
    lesson = Lesson.objects.get(module__course=written)
    proofs._queue(bob, lesson=lesson, files={"lesson.md": "# x"}, digest="d")
    proof = proofs.claim_next()
    assert proofs.note(proof, "cell", {"said": "a\0b\ud800"})
    assert proofs.end(proof, Proof.State.REFUSED, outputs=[{"stdout": "a\0b"}], trouble="ValueError: a\0b")
    proof.refresh_from_db()
    assert "\0" not in proof.trouble + proof.outputs[0]["stdout"]


@pytest.mark.parametrize("copied", ["a\0b", "no slug"])
def test_what_is_no_name_of_a_course_is_copied_from_nowhere(client, bob, copied):
    client.force_login(bob)
    page = client.post(reverse("authoring"), {"title": "t", "copy_of": copied})
    assert "There is no such course to copy." in page.content.decode()


def test_an_address_that_no_row_holds_is_refused_in_words(client, spring, bob):
    client.force_login(bob)
    address = "a" * 60 + "@" + ".".join(["b" * 60] * 4) + ".org"
    page = client.post(reverse("members", args=["spring"]), {"emails": address})
    assert page.status_code < 500
    assert "is no e-mail address" in page.content.decode()


def test_who_begins_with_a_shipped_exercise_has_read_its_answer(client, written, alice, bob, dora, exercise):
    new_revision(exercise, "whole", files={"exercise.toml": "a", "task.md": "b", "reference.py": "x = 1"})
    structure.add_author(course=written, email=alice.email, by=dora)
    lesson = Lesson.objects.get(module__course=written)
    client.force_login(alice)
    sent = {"action": "add_exercise", "thing": lesson.pk, "title": "mine", "template": exercise.name}
    client.post(reverse("authoring_change", args=[written.slug]), sent)
    made = Exercise.objects.latest("pk")
    assert drafts.draft_of(made).files["reference.py"] == "x = 1"
    assert made.copied_from == exercise
    assert ungraded(exercise.module.course_id).filter(pk=alice.pk).exists()


def test_no_author_makes_a_learner_ungraded_or_learns_who_has_an_account(
    client, written, alice, bob, charlie, dora, autumn
):
    client.force_login(bob)
    address = reverse("authoring_change", args=[written.slug])
    told = []
    for email in (alice.email, "nobody@example.org"):
        page = client.post(address, {"action": "add_author", "email": email}, follow=True)
        told.append([str(message) for message in page.context["messages"]])
    assert told[0] == told[1] != []
    assert not ungraded(written.pk).filter(pk=alice.pk).exists()
    enrol(user=charlie, cohort=autumn, role=Role.INSTRUCTOR)
    client.post(address, {"action": "add_author", "email": charlie.email})
    assert ungraded(written.pk).filter(pk=charlie.pk).exists()
    client.force_login(dora)
    client.post(address, {"action": "add_author", "email": alice.email})
    assert ungraded(written.pk).filter(pk=alice.pk).exists()


def test_an_address_is_one_however_it_is_written(client, dora, spring):
    client.force_login(dora)
    sent = {
        "email": "Carol@Example.org",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    client.post("/admin/accounts/user/add/", sent)
    assert User.objects.filter(email="carol@example.org").exists()
    roster = Dataset(["spring", "CAROL@example.org", "student"], headers=["cohort", "email", "role"])
    assert not RosterResource().import_data(roster).has_errors()
    assert Membership.objects.filter(user__email="carol@example.org", cohort=spring).exists()
    client.logout()
    client.post(reverse("account_login"), {"login": "Carol@Example.org", "password": PASSWORD})
    assert "_auth_user_id" in client.session
