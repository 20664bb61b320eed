"""Who did what to whom is recorded with what was done, for who runs the site; nobody who left is named."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from grader.verdict import Word
from zero_to_gpt.accounts import forgetting, record
from zero_to_gpt.accounts.models import Deed, DeedKind, User
from zero_to_gpt.authoring import structure
from zero_to_gpt.cohorts import deadlines, services
from zero_to_gpt.cohorts.models import Membership, Role
from zero_to_gpt.cohorts.services import enrol
from zero_to_gpt.submissions import submitting

NOON = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


def told():
    return [(each.what, each.who, each.whom, each.about, each.detail) for each in Deed.objects.order_by("pk")]


def test_roles_and_removals(alice, dora, spring):
    membership = Membership.objects.get(user=alice, cohort=spring)
    services.change_role(membership=membership, role=Role.INSTRUCTOR, by=dora)
    services.remove(membership=membership, by=dora)
    assert told() == [
        ("role", dora, alice, "Spring", "student before, instructor now"),
        ("removed", dora, alice, "Spring", ""),
    ]
    enrol(user=alice, cohort=spring)
    services.remove(membership=Membership.objects.get(user=alice, cohort=spring), by=alice)
    assert len(told()) == 2  # who leaves by themselves did nothing to anybody


def test_what_is_refused_is_not_recorded(alice, bob, spring, exercise):
    membership = Membership.objects.get(user=alice, cohort=spring)
    with pytest.raises(services.NotAllowed):
        services.change_role(membership=membership, role=Role.ADMIN, by=bob)
    deadline = deadlines.set_deadline(cohort=spring, due=NOON, by=bob, exercise=exercise)
    before = told()
    with pytest.raises(deadlines.Unfit):
        deadlines.extend(deadline=deadline, student=bob, due=NOON + HOUR, by=bob)
    with pytest.raises(deadlines.Unfit):
        deadlines.override(cohort=spring, student=alice, exercise=exercise, points=99, reason="x", by=bob)
    assert not deadlines.end_override(cohort=spring, student=alice, exercise=exercise, by=bob)
    assert told() == before


def test_deadlines_more_time_and_points(client, alice, bob, spring, exercise):
    client.force_login(bob)
    deadline = deadlines.set_deadline(cohort=spring, due=NOON, by=bob, exercise=exercise)
    extension = deadlines.extend(deadline=deadline, student=alice, due=NOON + HOUR, by=bob, reason="ill")
    client.post(f"/cohorts/spring/extensions/{extension.pk}/")
    client.post(f"/cohorts/spring/deadlines/{deadline.pk}/")
    deadlines.override(cohort=spring, student=alice, exercise=exercise, points=1.5, reason="x", by=bob)
    deadlines.end_override(cohort=spring, student=alice, exercise=exercise, by=bob)
    place, marks = "The slope at a point, Spring", f"{exercise.name}, Spring"
    assert told() == [
        ("deadline", bob, None, place, "2026-11-20 12:00 UTC"),
        ("extended", bob, alice, place, "2026-11-20 13:00 UTC"),
        ("extension_ended", bob, alice, place, "2026-11-20 13:00 UTC"),
        ("deadline_removed", bob, None, place, "2026-11-20 12:00 UTC"),
        ("points", bob, alice, marks, "1.5 of 3"),
        ("points_ended", bob, alice, marks, ""),
    ]


def test_grading_again_one_and_many(alice, bob, exercise, graded):
    submission = graded(alice, Word.FAILED)
    assert submitting.regrade(submission=submission, by=bob)
    assert told() == [("regraded", bob, alice, exercise.name, "")]
    assert submitting.regrade_outdated(users=[alice.pk], exercise=exercise, by=bob) == 0
    assert len(told()) == 1


def test_authors(bob, dora, charlie):
    course = structure.begin_course(by=bob, title="Of Bob")
    structure.add_author(course=course, email=charlie.email, by=dora)
    structure.remove_author(course=course, user=charlie, by=bob)
    assert told() == [
        ("author_added", dora, charlie, "Of Bob", ""),
        ("author_removed", bob, charlie, "Of Bob", ""),
    ]


def test_rights_and_deletions_in_the_admin(client, alice, charlie, dora):
    client.force_login(dora)
    Deed.objects.all().delete()
    fields = {"email": alice.email, "language": "en", "theme": "system", "is_active": "on", "is_staff": "on"}
    assert client.post(f"/admin/accounts/user/{alice.pk}/change/", fields).status_code == 302
    assert client.post(f"/admin/accounts/user/{charlie.pk}/delete/", {"post": "yes"}).status_code == 302
    assert told() == [
        ("rights", dora, alice, "", "is_staff; now is_active, is_staff"),
        ("deleted", dora, None, "", ""),
    ]
    fields["display_name"] = "Other"
    assert client.post(f"/admin/accounts/user/{alice.pk}/change/", fields).status_code == 302
    assert len(told()) == 2


def test_sign_ins_of_those_who_run_the_site_alone(client, alice, dora):
    for user in (alice, dora):
        client.force_login(user)
    assert told() == [("signed_in", dora, None, "", "")]


def test_who_left_is_not_named(alice, bob, dora, spring):
    membership = Membership.objects.get(user=alice, cohort=spring)
    services.change_role(membership=membership, role=Role.INSTRUCTOR, by=dora)
    forgetting.forget(user=alice)
    assert told() == [("role", dora, None, "Spring", "student before, instructor now")]
    assert len(told()) == 1  # and that she left is nobody's deed


def test_it_is_for_those_who_run_the_site(client, alice, bob, dora, spring):
    assert client.get("/record/").status_code == 302
    for user in (alice, bob):
        client.force_login(user)
        assert client.get("/record/").status_code == 403
    client.force_login(dora)
    assert client.get("/record/").status_code == 200


def test_it_is_found_by_kind_and_person(client, alice, bob, dora, spring, django_assert_max_num_queries):
    for number in range(60):
        record.note(DeedKind.ROLE, who=bob, whom=alice, about=f"Cohort {number} <b>")
    record.note(DeedKind.DELETED, who=dora)
    client.force_login(dora)

    def page(**asked):
        with django_assert_max_num_queries(8):
            return client.get("/record/", asked).content.decode()

    assert "Cohort 59 &lt;b&gt;" in page() and "Cohort 0 " not in page() and "Older" in page()
    assert "Cohort 0 " in page(page="2") and "Newer" in page(page="2")
    assert "Cohort 59" not in page(what="deleted")
    assert "Cohort 59" in page(what="no such kind") and "Cohort 59" in page(person="ALICE@")
    assert "Nothing of that kind" in page(person="charlie") and "Nothing" in page(person="\x00zz")
    assert page(page="x' OR 1") and page(page="999")


def test_it_is_kept_for_two_years(dora):
    for age in (record.KEPT - HOUR, record.KEPT + HOUR):
        Deed.objects.create(what=DeedKind.DELETED, who=dora, at=timezone.now() - age)
    record.forget_old()
    assert Deed.objects.count() == 1


def test_the_database_knows_the_kinds(dora):
    with pytest.raises(IntegrityError), transaction.atomic():
        Deed.objects.create(what="guessed", who=dora)
    assert User.objects.filter(pk=dora.pk).exists()
