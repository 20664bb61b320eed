"""Where a person and a cohort stand, asked in few queries."""

import csv
import datetime
import io
import re

import pytest

from grader.verdict import Kind, Word
from tests.conftest import make_ready, new_revision, person
from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.cohorts.models import Cohort
from zero_to_gpt.cohorts.services import enrol
from zero_to_gpt.progress import queries, views
from zero_to_gpt.progress.queries import Standing
from zero_to_gpt.submissions.models import OpenedSolution, Submission


@pytest.fixture
def second(exercise):
    """Another exercise, which builds on the first and is being prepared."""
    second = Exercise.objects.create(
        module=exercise.module,
        lesson=exercise.lesson,
        slug="02-numeric-grad",
        name="01-maths/02-numeric-grad",
        position=1,
    )
    new_revision(second, "digest-s", requires=[exercise.name])
    return second


def standings(user, course):
    return [row.standing for row in queries.standing(user, course)]


def test_an_exercise_is_open_then_tried_then_passed(alice, charlie, course, graded, exercise):
    assert standings(alice, course) == [Standing.OPEN]
    graded(alice, Word.FAILED)
    assert standings(alice, course) == [Standing.TRIED]
    graded(alice, Word.PASSED)
    graded(alice, Word.FAILED)
    (row,) = queries.standing(alice, course)
    assert (row.standing, row.best, row.possible, row.tries) == (Standing.PASSED, 3.0, 3.0, 3)
    assert standings(charlie, course) == [Standing.OPEN]


@pytest.mark.parametrize("word", [Word.NOT_ATTEMPTED, Word.NOT_GRADABLE])
def test_what_was_not_gradable_or_not_attempted_spends_no_try(alice, course, graded, word):
    graded(alice, word)
    (row,) = queries.standing(alice, course)
    assert (row.standing, row.tries) == (Standing.OPEN, 0)


def test_a_run_that_passes_is_not_a_pass(alice, course, graded):
    graded(alice, Word.PASSED, kind=Kind.RUN)
    (row,) = queries.standing(alice, course)
    assert (row.standing, row.runs, row.tries) == (Standing.OPEN, 1, 0)


def test_an_exercise_waits_for_what_it_builds_on(alice, course, exercise, second, graded):
    assert standings(alice, course) == [Standing.OPEN, Standing.PREPARING]
    make_ready(second.current)
    rows = queries.standing(alice, course)
    assert (rows[1].standing, rows[1].waiting_for) == (Standing.WAITING, (exercise.name,))
    assert queries.next_step(rows).exercise == exercise
    graded(alice, Word.PASSED)
    rows = queries.standing(alice, course)
    assert rows[1].standing is Standing.OPEN
    assert queries.next_step(rows).exercise == second


def test_where_to_go_on_is_what_was_worked_on_last(alice, course, exercise, second, graded):
    make_ready(second.current)
    graded(alice, Word.FAILED, exercise=second)
    assert queries.next_step(queries.standing(alice, course)).exercise == second


def test_the_grid_shows_students_and_who_is_stuck(alice, bob, charlie, spring, graded, exercise):
    for _ in range(queries.STUCK_TRIES):
        graded(alice, Word.FAILED)
    grid = queries.cohort_grid(spring)
    assert [row.student for row in grid.rows] == [alice]
    (cell,) = grid.rows[0].cells
    assert (cell.passed, cell.tries, cell.stuck) == (False, queries.STUCK_TRIES, True)
    graded(alice, Word.PASSED)
    (row,) = queries.cohort_grid(spring).rows
    assert row.passed == 1
    assert not row.cells[0].stuck


def rows_of(answer):
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.content.decode()
    assert text.startswith("\ufeff")  # Excel takes it for UTF-8 only then
    return list(csv.reader(io.StringIO(text[1:])))


def test_marks_are_a_table_with_a_row_for_each_student(client, alice, bob, spring, graded, exercise):
    graded(alice, Word.FAILED)
    graded(alice, Word.PASSED)
    User.objects.filter(pk=alice.pk).update(display_name="=HYPERLINK(1)")
    client.force_login(bob)
    answer = client.get("/cohorts/spring/marks.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="spring-marks.csv"'
    head, row = rows_of(answer)
    assert head == ["name", "email", "ungraded", "passed", "points (of 3)", f"{exercise.name} (of 3)"]
    assert row == ["'=HYPERLINK(1)", alice.email, "no", "1", "3", "3"]


def test_marks_of_each_exercise_tell_tries_and_whether_the_solution_was_opened(
    client, alice, bob, spring, graded, exercise, second
):
    graded(alice, Word.FAILED)
    OpenedSolution.objects.create(user=alice, exercise=exercise, revision=exercise.current, tries=1)
    client.force_login(bob)
    answer = client.get("/cohorts/spring/marks.csv?each=exercise")
    assert answer["Content-Disposition"] == 'attachment; filename="spring-exercises.csv"'
    head, row = rows_of(answer)
    told = dict(zip(head, row, strict=True))
    assert (told["exercise"], told["points"], told["possible"]) == (exercise.name, "0", "3")
    assert (told["passed"], told["tries"], told["solution opened before passing"]) == ("no", "1", "yes")


def test_marks_are_for_those_who_teach(client, alice, charlie, spring):
    for user, status in ((alice, 403), (charlie, 404)):
        client.force_login(user)
        assert client.get("/cohorts/spring/marks.csv").status_code == status


def test_points_of_an_older_revision_count_as_a_share(alice, course, exercise, graded):
    graded(alice, Word.PASSED)
    new_revision(exercise, "digest-10", tasks=[{"id": 1, "title": "A slope", "points": 10.0, "hints": []}])
    (row,) = queries.standing(alice, course)
    assert (row.best, row.possible) == (10.0, 10.0)


def test_standing_and_grid_take_few_queries(
    alice, bob, spring, course, graded, exercise, second, django_assert_max_num_queries
):
    graded(alice, Word.PASSED)
    with django_assert_max_num_queries(4):
        queries.standing(alice, course)
    with django_assert_max_num_queries(8):
        queries.cohort_grid(spring)


def test_cohorts_are_summed_up_for_admins(alice, bob, charlie, spring, autumn, graded):
    graded(alice, Word.PASSED)
    found = {s.cohort.slug: s for s in queries.cohort_summaries(Cohort.objects.all())}
    assert (found["spring"].students, found["spring"].passed, found["spring"].active) == (1, 1, 1)
    assert (found["autumn"].students, found["autumn"].passed, found["autumn"].active) == (1, 0, 0)


def test_a_cohort_is_summed_up_in_the_course_that_it_follows(alice, spring, written, exercise, graded):
    graded(alice, Word.PASSED)
    spring.course = written
    spring.save()
    (found,) = queries.cohort_summaries(Cohort.objects.all())
    assert (found.students, found.passed, found.active) == (1, 0, 0)
    spring.course = exercise.module.course
    spring.save()
    Exercise.objects.filter(pk=exercise.pk).update(published=False)
    (found,) = queries.cohort_summaries(Cohort.objects.all())
    assert (found.passed, found.active) == (0, 0), "as in its table, what is hidden does not count"


def test_the_fleet_page_knows_the_queue_and_how_long_phases_take(alice, handed_in, graded):
    graded(alice, Word.PASSED)
    waiting = handed_in(alice)
    Submission.objects.filter(pk=waiting.pk).update(
        queued_at=waiting.queued_at - datetime.timedelta(seconds=50)
    )
    state = queries.queue_state()
    assert (state.queued, state.running, state.broken) == (1, 0, ())
    assert 50 <= state.oldest_seconds < 80
    assert ("leased", 0.001, 0.001) in state.phases


def test_a_large_class_is_shown_by_pages_and_searched_as_a_whole(client, bob, spring, exercise, graded):
    people = User.objects.bulk_create(
        User(email=f"s{n:03}@example.org", display_name=f"Student {n:03}")
        for n in range(views.STUDENTS_PER_PAGE + 7)
    )
    for each in people:
        enrol(user=each, cohort=spring)
    client.force_login(bob)

    def names(query=""):
        page = client.get(f"/cohorts/spring/{query}").content.decode()
        return page, re.findall(r'<th scope="row"><a [^>]+>Student (\d+)', page)

    first, shown = names()
    assert shown == [f"{n:03}" for n in range(views.STUDENTS_PER_PAGE)]
    assert "students 1 to 50 of 57" in first
    _, rest = names("?page=2")
    assert rest == [f"{n:03}" for n in range(views.STUDENTS_PER_PAGE, len(people))]
    found, shown = names("?q=Student 055")
    assert shown == ["055"]
    assert "More students" not in found
    many, _ = names("?q=student")
    assert 'href="?q=student&amp;page=2"' in many


def test_of_very_many_who_are_stuck_those_who_tried_most_are_named(
    client, alice, bob, spring, graded, monkeypatch
):
    eve = person("eve@example.org", display_name="Eve")
    enrol(user=eve, cohort=spring)
    for user, tries in ((alice, queries.STUCK_TRIES), (eve, queries.STUCK_TRIES + 1)):
        for _ in range(tries):
            graded(user, Word.FAILED)
    monkeypatch.setattr(views, "MOST_STUCK", 1)
    client.force_login(bob)
    page = client.get("/cohorts/spring/").content.decode()
    stuck = page[page.index("Stuck: five tries") : page.index("Find a student")]
    assert "Eve" in stuck
    assert "Alice" not in stuck
    assert "and 2 in all" in stuck
