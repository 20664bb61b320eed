"""What two people do in the same moment: one of them comes first, and the other one meets what that left."""

import threading

import pytest
from django.db import IntegrityError, connection
from django.db.models.signals import pre_delete
from django.test import Client

from grader.verdict import Kind
from tests.db.racing import overlapping
from tests.db.test_authoring import proven
from zero_to_gpt.accounts.forgetting import forget
from zero_to_gpt.accounts.models import User
from zero_to_gpt.authoring import drafts, publications
from zero_to_gpt.authoring.refusals import Overtaken, Refused
from zero_to_gpt.cohorts import services
from zero_to_gpt.cohorts.models import Invitation, Membership, Role
from zero_to_gpt.cohorts.roles import role_in
from zero_to_gpt.submissions import submitting
from zero_to_gpt.submissions.drafts import save_draft
from zero_to_gpt.submissions.models import Draft, Submission
from zero_to_gpt.submissions.refusals import Gone

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admins(transactional_db, alice, bob, spring):
    """The memberships of the two admins of a cohort."""
    for each in (alice, bob):
        services.enrol(user=each, cohort=spring, role=Role.ADMIN)
    return [Membership.objects.get(user=each, cohort=spring) for each in (alice, bob)]


def test_of_two_admins_of_a_cohort_who_demote_each_other_one_stays(admins, alice, bob, spring):
    of_alice, of_bob = admins
    with pytest.raises(services.NotAllowed, match="given by the admins"):
        overlapping(
            lambda: services.change_role(membership=of_bob, role=Role.STUDENT, by=alice),
            lambda: services.change_role(membership=of_alice, role=Role.STUDENT, by=bob),
        )
    assert (role_in(alice, spring), role_in(bob, spring)) == (Role.ADMIN, Role.STUDENT)


def test_of_two_admins_of_a_cohort_who_remove_each_other_one_stays(admins, alice, bob, spring):
    of_alice, of_bob = admins
    with pytest.raises(services.NotAllowed, match="removed by its admins"):
        overlapping(
            lambda: services.remove(membership=of_bob, by=alice),
            lambda: services.remove(membership=of_alice, by=bob),
        )
    assert (role_in(alice, spring), role_in(bob, spring)) == (Role.ADMIN, None)


def test_who_was_just_made_an_admin_is_not_removed_as_a_student(transactional_db, alice, bob, dora, spring):
    student, the_same = (Membership.objects.get(user=alice, cohort=spring) for _ in range(2))
    with pytest.raises(services.NotAllowed, match="removed by its admins"):
        overlapping(
            lambda: services.change_role(membership=student, role=Role.ADMIN, by=dora),
            lambda: services.remove(membership=the_same, by=bob),
        )
    assert role_in(alice, spring) is Role.ADMIN


def test_who_left_in_the_same_moment_gets_no_role(transactional_db, alice, dora, spring):
    student = Membership.objects.get(user=alice, cohort=spring)
    with pytest.raises(services.NotAllowed, match="no longer a member"):
        overlapping(
            lambda: services.remove(membership=student, by=alice),
            lambda: services.change_role(membership=student, role=Role.ADMIN, by=dora),
        )
    assert role_in(alice, spring) is None


def test_an_invitation_that_is_being_withdrawn_makes_nobody_a_member(transactional_db, charlie, spring):
    invitation = Invitation.objects.create(cohort=spring, email=charlie.email)
    with pytest.raises(services.NotAllowed, match="was withdrawn"):
        overlapping(
            Invitation.objects.get(pk=invitation.pk).delete,
            lambda: services.answer(invitation=invitation, user=charlie, join=True),
        )
    assert role_in(charlie, spring) is None


def test_an_invitation_that_is_accepted_twice_makes_one_member(transactional_db, charlie, spring):
    invitation = Invitation.objects.create(cohort=spring, email=charlie.email)
    again = Invitation.objects.get(pk=invitation.pk)
    overlapping(
        lambda: services.answer(invitation=invitation, user=charlie, join=True),
        lambda: services.answer(invitation=again, user=charlie, join=True),
    )
    assert role_in(charlie, spring) is Role.STUDENT


def test_of_two_who_run_the_site_and_untick_each_other_one_stays(transactional_db, alice, dora):
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)

    signed_in = {each: Client() for each in (alice, dora)}
    for person, client in signed_in.items():
        client.force_login(person)

    def untick(by, other):
        data = {"email": other.email, "language": "en", "theme": "system", "is_active": "on"}
        return signed_in[by].post(f"/admin/accounts/user/{other.pk}/change/", data).content.decode()

    page = overlapping(lambda: untick(dora, alice), lambda: untick(alice, dora))
    assert "Nobody else runs this site" in page
    assert list(User.objects.filter(is_staff=True)) == [dora]


def test_a_draft_that_is_saved_while_its_person_leaves_does_not_keep_them(transactional_db, alice, exercise):
    """Before, PostgreSQL took the draft, and then refused to delete the person whose it was."""
    refused = []

    def save():
        try:
            save_draft(user=alice, exercise=exercise, source="x = 1\n")
        except IntegrityError as error:
            refused.append(error)
        finally:
            connection.close()

    tab = threading.Thread(target=save)

    def in_the_middle(**_):  # what is to be deleted has been looked up
        tab.start()
        tab.join(timeout=1)

    number = alice.pk
    pre_delete.connect(in_the_middle, sender=User)
    try:
        forget(user=User.objects.get(pk=number))
    finally:
        pre_delete.disconnect(in_the_middle, sender=User)
    tab.join()
    assert not User.objects.filter(pk=number).exists()
    assert refused
    assert not Draft.objects.exists()


def test_of_two_first_saves_the_later_is_overtaken(transactional_db, place, bob, dora):
    """Before, PostgreSQL refused the second row, and its author read of a fault of ours."""
    lesson = place.lesson
    place.draft.delete()
    lesson.draft.delete()

    def save(by):
        drafts.save_files(exercise=place, files={"task.md": by.name}, version=0, by=by)

    def save_lesson(by):
        drafts.save_lesson(lesson=lesson, source=f"# {by.name}\n", version=0, by=by)

    for each in (save, save_lesson):
        with pytest.raises(Overtaken):
            overlapping(lambda: each(bob), lambda: each(dora))  # noqa: B023  used within this turn
    assert drafts.draft_of(place).files == {"task.md": "Bob"}
    assert drafts.lesson_draft_of(lesson).source == "# Bob\n"


def test_what_two_authors_publish_is_published_once(transactional_db, place, bob, dora):
    """Before, PostgreSQL refused the second revision, and its author read of a fault of ours."""
    proof = proven(place, bob)
    with pytest.raises(Refused, match="what learners meet already"):
        overlapping(
            lambda: publications.publish(exercise=place, proof=proof, by=bob),
            lambda: publications.publish(exercise=place, proof=proof, by=dora),
        )
    assert place.publications.count() == place.revisions.count() == 1


def test_what_somebody_hands_in_who_is_being_deleted_is_refused_and_leaves_nothing(
    transactional_db, alice, exercise
):
    def hand_in():
        return submitting.submit(
            user=alice, exercise=exercise, kind=Kind.SUBMIT, source="x = 1\n", idempotency_key="late"
        )

    with pytest.raises(Gone, match="deleted meanwhile"):
        overlapping(lambda: forget(user=User.objects.get(pk=alice.pk)), hand_in)
    assert not Submission.objects.exists()


def test_the_page_tells_who_is_gone_to_sign_in(client, transactional_db, alice, exercise, monkeypatch):
    client.force_login(alice)
    data = {"kind": "run", "source": "x = 1\n", "idempotency_key": "k"}
    there = f"/exercises/{exercise.module.slug}/{exercise.slug}/submit/"
    check = submitting.check_source

    def leaves_now(source):
        forget(user=User.objects.get(pk=alice.pk))
        check(source)

    monkeypatch.setattr(submitting, "check_source", leaves_now)
    answer = client.post(there, data, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (401, "signed_out")
    assert not Submission.objects.exists()
