"""Deadlines, more time for somebody, and points that are set by hand: what they mean, and who may."""

import csv
import datetime
import io
import json
import zipfile

import pytest
from django.utils import timezone

from grader.verdict import Word
from tests.conftest import make_ready, new_revision
from tests.db.racing import overlapping
from zero_to_gpt.accounts import forgetting
from zero_to_gpt.catalog.models import Course, Exercise, Module
from zero_to_gpt.cohorts import deadlines
from zero_to_gpt.cohorts.deadlines import Unfit
from zero_to_gpt.cohorts.models import Cohort, Deadline, Extension, Override, Role
from zero_to_gpt.cohorts.services import enrol
from zero_to_gpt.progress import queries
from zero_to_gpt.submissions.export import archive
from zero_to_gpt.submissions.models import Submission

NOON = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
HOUR = datetime.timedelta(hours=1)
PAGE = "/exercises/01-maths/01-slope-at/"


@pytest.fixture
def second(exercise):
    """Another exercise of the same module."""
    second = Exercise.objects.create(
        module=exercise.module, lesson=exercise.lesson, slug="02-more", name="01-maths/02-more", position=1
    )
    new_revision(second, "digest-s", title="More of it")
    return second


@pytest.fixture
def due(spring, bob, exercise):
    """A deadline of alice's cohort for the exercise, at noon."""
    return deadlines.set_deadline(cohort=spring, due=NOON, by=bob, exercise=exercise)


@pytest.fixture
def at(graded):
    """A Submit of somebody that came at a moment: `at(NOON, alice, Word.PASSED)`."""

    def submit(moment, user, word=Word.PASSED, **changed):
        made = graded(user, word, idempotency_key=f"{user.pk}-{moment.isoformat()}", **changed)
        Submission.objects.filter(pk=made.pk).update(created=moment)
        return made

    return submit


def cell(cohort, student):
    (row,) = (row for row in queries.cohort_grid(cohort).rows if row.student == student)
    return row.cells[0]


def own(student, course, **within):
    return queries.standing(student, course, **within)[0]


@pytest.mark.parametrize(
    ("moment", "on_time"),
    [(NOON - SECOND, 3.0), (NOON, 3.0), (NOON + SECOND / 1000, 0.0), (NOON + HOUR, 0.0)],
)
def test_what_is_handed_in_until_then_is_on_time(alice, bob, spring, course, due, at, moment, on_time):
    at(moment, alice)
    for found in (cell(spring, alice), own(alice, course)):
        assert (found.best, found.on_time, found.late) == (3.0, on_time, on_time == 0.0)
        assert found.passed


def test_the_best_that_came_in_time_counts_and_a_later_one_is_late(alice, spring, course, due, at, exercise):
    revision = new_revision(
        exercise, "digest-10", tasks=[{"id": 1, "title": "A", "points": 10.0, "hints": []}]
    )
    make_ready(revision)
    at(NOON - HOUR, alice, Word.FAILED)
    assert not own(alice, course).late
    at(NOON + HOUR, alice)
    assert (cell(spring, alice).on_time, cell(spring, alice).best, cell(spring, alice).late) == (
        0.0,
        10.0,
        True,
    )
    at(NOON - SECOND, alice)
    assert (own(alice, course).on_time, own(alice, course).late) == (10.0, False)


def test_a_run_is_never_on_time(alice, spring, due, at):
    at(NOON - HOUR, alice, kind="run")
    assert cell(spring, alice).on_time == 0.0


def test_nothing_due_tells_nothing(alice, spring, course, at, exercise):
    at(NOON, alice)
    for found in (cell(spring, alice), own(alice, course)):
        assert (found.due, found.on_time, found.late) == (None, None, False)


def test_an_exercises_own_deadline_counts_instead_of_its_modules(spring, bob, exercise, second, due):
    deadlines.set_deadline(cohort=spring, due=NOON + HOUR, by=bob, module=exercise.module)
    calendar = deadlines.calendar_of(spring)
    assert calendar.due(exercise, 0).moment == NOON
    assert calendar.due(second, 0).moment == NOON + HOUR
    assert [each and each.moment for each in queries.cohort_grid(spring).due] == [NOON, NOON + HOUR]


def test_a_second_deadline_moves_the_first(spring, bob, dora, exercise, due):
    moved = deadlines.set_deadline(cohort=spring, due=NOON + HOUR, by=dora, exercise=exercise)
    assert (moved.pk, moved.due, moved.by) == (due.pk, NOON + HOUR, dora)
    assert Deadline.objects.count() == 1


@pytest.mark.parametrize("of_module", [False, True])
def test_more_time_is_for_one_student(alice, bob, charlie, spring, course, exercise, at, of_module):
    enrol(user=charlie, cohort=spring)
    place = {"module": exercise.module} if of_module else {"exercise": exercise}
    deadline = deadlines.set_deadline(cohort=spring, due=NOON, by=bob, **place)
    deadlines.extend(deadline=deadline, student=alice, due=NOON + HOUR, by=bob, reason="was ill")
    for student in (alice, charlie):
        at(NOON + HOUR, student)
    assert (cell(spring, alice).on_time, cell(spring, charlie).on_time) == (3.0, 0.0)
    assert cell(spring, alice).due.extended and not cell(spring, charlie).due.extended
    assert (own(alice, course).on_time, own(alice, course).due.moment) == (3.0, NOON + HOUR)
    assert own(alice, course).due.extended


def test_what_came_after_more_time_is_late_too(alice, bob, spring, due, at):
    deadlines.extend(deadline=due, student=alice, due=NOON + HOUR, by=bob)
    at(NOON + HOUR + SECOND, alice)
    assert (cell(spring, alice).on_time, cell(spring, alice).late) == (0.0, True)


def test_a_deadline_that_overtakes_an_extension_ends_it(alice, bob, spring, exercise, due):
    deadlines.extend(deadline=due, student=alice, due=NOON + HOUR, by=bob)
    deadlines.set_deadline(cohort=spring, due=NOON + HOUR / 2, by=bob, exercise=exercise)
    assert Extension.objects.count() == 1
    deadlines.set_deadline(cohort=spring, due=NOON + HOUR, by=bob, exercise=exercise)
    assert Extension.objects.count() == 0


def test_what_cannot_be_set(alice, bob, charlie, dora, spring, exercise, due):
    other = Course.objects.create(slug="other", title="Other")
    module = Module.objects.create(course=other, slug="other", title="Other")
    with pytest.raises(Unfit, match="no part of the course"):
        deadlines.set_deadline(cohort=spring, due=NOON, by=bob, module=module)
    for moment in (deadlines.LATEST, deadlines.EARLIEST - SECOND):
        with pytest.raises(Unfit, match="between the years"):
            deadlines.set_deadline(cohort=spring, due=moment, by=bob, exercise=exercise)
    for student in (bob, charlie, dora):
        with pytest.raises(Unfit, match="no student of this cohort"):
            deadlines.extend(deadline=due, student=student, due=NOON + HOUR, by=bob)
    for moment in (NOON, NOON - HOUR):
        with pytest.raises(Unfit, match="ends after the deadline"):
            deadlines.extend(deadline=due, student=alice, due=moment, by=bob)
    due.delete()
    with pytest.raises(Unfit, match="removed meanwhile"):
        deadlines.extend(deadline=Deadline(pk=99), student=alice, due=NOON + HOUR, by=bob)
    assert not Extension.objects.exists()


def test_in_several_cohorts_the_nearest_to_come_is_named(alice, bob, spring, autumn, course, exercise):
    enrol(user=alice, cohort=autumn)
    now = timezone.now()

    def told(in_spring, in_autumn):
        Deadline.objects.all().delete()
        for cohort, moment in ((spring, in_spring), (autumn, in_autumn)):
            if moment is not None:
                deadlines.set_deadline(cohort=cohort, due=moment, by=bob, exercise=exercise)
        found = own(alice, course).due
        return found and found.cohort

    assert told(None, None) is None
    assert told(now + HOUR, now + 2 * HOUR) == spring
    assert told(now - HOUR, now + 2 * HOUR) == autumn
    assert told(now - HOUR, now - 2 * HOUR) == spring
    assert own(alice, course, within=autumn).due.cohort == autumn


def test_who_teaches_has_no_deadline(bob, course, due):
    assert own(bob, course).due is None


# --- points set by hand ----------------------------------------------------------------------------


def test_points_set_by_hand_count_until_they_end(alice, bob, dora, spring, course, exercise, due, at):
    at(NOON + HOUR, alice)
    deadlines.override(cohort=spring, student=alice, exercise=exercise, points=2.5, reason=" ok ", by=bob)
    found = cell(spring, alice)
    assert (found.counts, found.counts_on_time, found.best, found.override.reason) == (2.5, 2.5, 3.0, "ok")
    deadlines.override(cohort=spring, student=alice, exercise=exercise, points=0, reason="no", by=dora)
    assert cell(spring, alice).counts == 0.0
    assert deadlines.end_override(cohort=spring, student=alice, exercise=exercise, by=bob)
    assert not deadlines.end_override(cohort=spring, student=alice, exercise=exercise, by=bob)
    assert (cell(spring, alice).counts, cell(spring, alice).counts_on_time) == (3.0, 0.0)
    kept = [(each.points, each.by, each.ended_by) for each in Override.objects.order_by("pk")]
    assert kept == [(2.5, bob, dora), (0.0, dora, bob)]
    assert all(Override.objects.values_list("ended", flat=True))


@pytest.mark.parametrize("points", [-0.1, 3.1, float("nan"), float("inf")])
def test_points_are_those_of_the_exercise(alice, bob, spring, exercise, points):
    with pytest.raises(Unfit, match="from 0 to 3"):
        deadlines.override(cohort=spring, student=alice, exercise=exercise, points=points, reason="x", by=bob)
    assert not Override.objects.exists()


def test_points_need_a_reason_and_a_student(alice, bob, charlie, spring, exercise):
    with pytest.raises(Unfit, match="Say why"):
        deadlines.override(cohort=spring, student=alice, exercise=exercise, points=1, reason="  ", by=bob)
    with pytest.raises(Unfit, match="no student"):
        deadlines.override(cohort=spring, student=charlie, exercise=exercise, points=1, reason="x", by=bob)


def test_points_pass_nothing(alice, bob, spring, course, exercise):
    deadlines.override(cohort=spring, student=alice, exercise=exercise, points=3, reason="x", by=bob)
    assert not own(alice, course).passed and not cell(spring, alice).passed


def test_other_cohorts_see_nothing_of_it(client, alice, bob, dora, spring, autumn, course, exercise):
    enrol(user=alice, cohort=autumn)
    deadlines.override(cohort=autumn, student=alice, exercise=exercise, points=1, reason="private", by=dora)
    deadlines.set_deadline(cohort=autumn, due=NOON, by=dora, exercise=exercise)
    client.force_login(bob)
    page = client.get(f"/cohorts/spring/students/{alice.pk}/").content.decode()
    assert "private" not in page and "was due" not in page
    assert cell(spring, alice).override is None
    client.force_login(alice)
    assert "private" in client.get("/progress/").content.decode()


# --- pages -------------------------------------------------------------------------------------------


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.content.decode()[1:])))


def test_marks_tell_what_came_in_time(client, alice, bob, spring, exercise, second, due, at):
    at(NOON + HOUR, alice)
    deadlines.override(cohort=spring, student=alice, exercise=second, points=2, reason="=spoken", by=bob)
    client.force_login(bob)
    head, row = rows_of(client.get("/cohorts/spring/marks.csv"))
    told = dict(zip(head, row, strict=True))
    assert (told["points (of 6)"], told["points on time (of 6)"]) == ("5", "2")
    assert (told[f"{exercise.name} (of 3)"], told[f"{exercise.name} on time (of 3)"]) == ("3", "0")
    assert (told[f"{second.name} (of 3)"], told["set by hand"]) == ("2", second.name)
    assert f"{second.name} on time (of 3)" not in told
    head, *rows = rows_of(client.get("/cohorts/spring/marks.csv?each=exercise"))
    first, other = (dict(zip(head, row, strict=True)) for row in rows)
    assert (first["due (UTC)"], first["extended"], first["points on time"]) == ("2026-11-20 12:00", "no", "0")
    assert (other["points set by hand"], other["why"]) == ("2", "'=spoken")


def test_the_grid_marks_what_is_late_overdue_and_set_by_hand(client, alice, bob, spring, exercise, due, at):
    client.force_login(bob)

    def page():
        return client.get("/cohorts/spring/").content.decode()

    assert ", overdue" in page() and ", late" not in page()
    at(NOON + HOUR, alice)
    assert ", late: 0 points on time" in page() and ", overdue" not in page()
    deadlines.override(cohort=spring, student=alice, exercise=exercise, points=1, reason="x", by=bob)
    assert ", set by hand to 1 points" in page() and ", late" not in page()


def test_a_student_is_told_what_is_due(client, alice, bob, spring, exercise):
    client.force_login(alice)
    assert "exercise-due" not in client.get(PAGE).content.decode()
    soon = timezone.now() + datetime.timedelta(days=2, minutes=5)
    deadline = deadlines.set_deadline(cohort=spring, due=soon, by=bob, exercise=exercise)
    page = client.get(PAGE).content.decode()
    assert "(in 2\xa0days) in Spring." in page
    home = client.get("/").content.decode()
    assert "Due soon" in home and "in 2\xa0days" in home
    assert "Due <time" in client.get("/course/").content.decode()
    deadlines.extend(deadline=deadline, student=alice, due=soon + 24 * HOUR, by=bob)
    assert "(in 3\xa0days) in Spring, extended for you." in client.get(PAGE).content.decode()
    deadline.delete()
    deadlines.set_deadline(cohort=spring, due=timezone.now() - HOUR, by=bob, module=exercise.module)
    page = client.get(PAGE).content.decode()
    assert "The deadline of Spring was" in page and "counts as late" in page
    assert "Due soon" not in client.get("/").content.decode()


def test_what_is_passed_or_far_away_is_not_due_soon(client, alice, bob, spring, exercise, at):
    client.force_login(alice)
    deadlines.set_deadline(cohort=spring, due=timezone.now() + queries.SOON + HOUR, by=bob, exercise=exercise)
    assert "Due soon" not in client.get("/").content.decode()
    deadlines.set_deadline(cohort=spring, due=timezone.now() + HOUR, by=bob, exercise=exercise)
    assert "Due soon" in client.get("/").content.decode()
    at(timezone.now(), alice)
    assert "Due soon" not in client.get("/").content.decode()


def test_a_student_reads_who_set_points_and_why(client, alice, bob, spring, exercise):
    deadlines.override(cohort=spring, student=alice, exercise=exercise, points=1.5, reason="<b>half", by=bob)
    client.force_login(alice)
    page = client.get(PAGE).content.decode()
    assert "counts 1.5 of 3 points" in page and "by Bob" in page and "&lt;b&gt;half" in page
    assert "counts 1.5 of 3 in Spring, set by Bob: &lt;b&gt;half" in client.get("/progress/").content.decode()


def test_a_deadline_is_set_moved_and_removed_on_its_page(client, bob, spring, exercise, alice):
    client.force_login(bob)
    there = "/cohorts/spring/deadlines/"
    assert client.get(there).status_code == 200
    place = f"e{exercise.pk}"
    answer = client.post(there, {"place": place, "due": "2026-11-20T13:00", "zone": "60"})
    assert (answer.status_code, answer.url) == (302, there)
    (made,) = Deadline.objects.all()
    assert (made.due, made.by, made.exercise) == (NOON, bob, exercise)
    page = client.get(f"{there}?move={place}").content.decode()
    assert "The slope at a point" in page and 'value="2026-11-20T12:00"' in page
    client.post(there, {"place": place, "due": "2026-11-20T12:30"})  # without a script it is UTC
    assert Deadline.objects.get().due == NOON + HOUR / 2
    page = client.post("/cohorts/spring/extensions/", {
        "student": alice.pk, "deadline": made.pk, "due": "2026-11-20T08:00", "zone": "-300", "reason": "ill",
    }, follow=True).content.decode()  # fmt: skip
    assert "Alice has time for The slope at a point until 20 Nov 2026, 13:00 UTC." in page
    extension = Extension.objects.get()
    client.post(f"/cohorts/spring/extensions/{extension.pk}/")
    assert not Extension.objects.exists()
    client.post(f"{there}{made.pk}/")
    assert not Deadline.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"due": "tomorrow"}, "This is no day and time"),
        ({"due": ""}, "This field is required"),
        ({"due": "1999-12-31T23:59"}, "between the years"),
        ({"due": "2026-11-20T12:00", "zone": "100000"}, ""),
        ({"due": "2026-11-20T12:00", "zone": "x"}, ""),
        ({"due": "9999-12-31T23:59", "zone": "-840"}, "between the years"),
        ({"due": "0001-01-01T00:00", "zone": "840"}, "between the years"),
        ({"place": "e999999", "due": "2026-11-20T12:00"}, "Select a valid choice"),
        ({"place": "m\x00", "due": "2026-11-20T12:00"}, ""),
    ],
)
def test_what_cannot_be_set_is_said_beside_its_field(client, bob, spring, exercise, fields, said):
    client.force_login(bob)
    answer = client.post("/cohorts/spring/deadlines/", {"place": f"e{exercise.pk}", **fields})
    assert answer.status_code == 400 and said in answer.content.decode()
    assert not Deadline.objects.exists()


def test_an_extension_that_is_none_is_said_beside_its_field(client, alice, charlie, bob, spring, due):
    client.force_login(bob)
    fields = {"student": alice.pk, "deadline": due.pk, "due": "2026-11-20T11:00"}
    answer = client.post("/cohorts/spring/extensions/", fields)
    assert answer.status_code == 400 and "ends after the deadline" in answer.content.decode()
    for wrong in ({"student": charlie.pk}, {"student": "x"}, {"deadline": 10**30}, {"reason": "x" * 201}):
        answer = client.post("/cohorts/spring/extensions/", {**fields, "due": "2026-11-20T14:00", **wrong})
        assert answer.status_code == 400
    assert not Extension.objects.exists()


def test_points_are_set_and_ended_on_the_students_page(client, alice, bob, spring, exercise):
    client.force_login(bob)
    there = f"/cohorts/spring/students/{alice.pk}/"
    fields = {"exercise": exercise.name, "points": "2", "reason": "spoken exam"}
    page = client.post(f"{there}points/", fields, follow=True).content.decode()
    assert "The slope at a point counts 2 now." in page and "spoken exam" in page
    page = client.post(f"{there}points/", {**fields, "points": "4"}, follow=True).content.decode()
    assert "from 0 to 3. Nothing was changed." in page
    for wrong in ({"points": ""}, {"points": "nan"}, {"reason": ""}, {"reason": "x" * 501}):
        page = client.post(f"{there}points/", {**fields, **wrong}, follow=True).content.decode()
        assert "Nothing was changed." in page
    assert client.post(f"{there}points/", {**fields, "exercise": "no/such"}).status_code == 404
    assert client.post(f"{there}points/", {**fields, "exercise": "\x00"}).status_code == 404
    page = client.post(
        f"{there}points/", {"exercise": exercise.name, "end": "1"}, follow=True
    ).content.decode()
    assert "The verdicts count again" in page and ", ended" in page
    assert Override.objects.filter(ended=None).count() == 0


def test_these_pages_are_for_those_who_teach_there(
    client, alice, bob, charlie, spring, autumn, exercise, due
):
    extension = deadlines.extend(deadline=due, student=alice, due=NOON + HOUR, by=bob)
    enrol(user=alice, cohort=spring)
    addresses = [
        ("get", "/cohorts/spring/deadlines/"),
        ("post", "/cohorts/spring/deadlines/"),
        ("post", f"/cohorts/spring/deadlines/{due.pk}/"),
        ("post", "/cohorts/spring/extensions/"),
        ("post", f"/cohorts/spring/extensions/{extension.pk}/"),
        ("post", f"/cohorts/spring/students/{alice.pk}/points/"),
    ]
    for user, status in ((None, 302), (alice, 403), (charlie, 404)):
        if user:
            client.force_login(user)
        for method, address in addresses:
            assert getattr(client, method)(address).status_code == status, address
    elsewhere = Cohort.objects.create(slug="elsewhere", name="Elsewhere", course=spring.course)
    enrol(user=charlie, cohort=elsewhere, role=Role.INSTRUCTOR)
    for address in (f"deadlines/{due.pk}/", f"extensions/{extension.pk}/", f"students/{alice.pk}/points/"):
        assert client.post(f"/cohorts/elsewhere/{address}").status_code == 404
    assert Deadline.objects.exists() and Extension.objects.exists()


def test_pages_ask_as_much_for_many_as_for_few(
    client, alice, bob, spring, exercise, second, due, at, django_assert_max_num_queries
):
    for number in range(12):
        student = type(alice).objects.create_user(f"s{number}@example.org", "x", display_name=f"S{number}")
        enrol(user=student, cohort=spring)
        deadlines.extend(deadline=due, student=student, due=NOON + HOUR, by=bob, reason="x")
        deadlines.override(cohort=spring, student=student, exercise=second, points=1, reason="x", by=bob)
        at(NOON + HOUR, student)
    client.force_login(bob)
    with django_assert_max_num_queries(8):
        queries.cohort_grid(spring)
    for address, most in (("/cohorts/spring/", 13), ("/cohorts/spring/deadlines/", 12)):
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200
    with django_assert_max_num_queries(15):
        client.get(f"/cohorts/spring/students/{alice.pk}/")


def test_what_was_given_goes_along_and_goes_with_its_person(client, alice, bob, spring, exercise, due):
    deadlines.extend(deadline=due, student=alice, due=NOON + HOUR, by=bob, reason="ill")
    deadlines.override(cohort=spring, student=alice, exercise=exercise, points=1, reason="spoken", by=bob)
    with archive(alice) as file, zipfile.ZipFile(file) as whole:
        told = json.loads(whole.read("account.json"))
    assert told["more_time"][0]["reason"] == "ill"
    assert told["points_set_by_hand"][0]["reason"] == "spoken"
    forgetting.forget(user=bob)
    assert Deadline.objects.get().by is None
    assert Extension.objects.get().by is None and Override.objects.get().by is None
    forgetting.forget(user=alice)
    assert not Extension.objects.exists() and not Override.objects.exists() and Deadline.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_set_the_same_at_once_make_one(alice, bob, dora, spring, exercise):
    def set_it(by, hours):
        def do():
            deadlines.set_deadline(cohort=spring, due=NOON + hours * HOUR, by=by, exercise=exercise)
            deadlines.override(
                cohort=spring, student=alice, exercise=exercise, points=hours, reason="x", by=by
            )

        return do

    overlapping(set_it(bob, 1), set_it(dora, 2))
    assert Deadline.objects.count() == 1
    assert Override.objects.filter(ended=None).count() == 1 and Override.objects.count() == 2
