"""How a cohort does with one exercise, as those who teach it see it."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from django.utils import timezone

from grader.verdict import ProbeWord, TaskResult, Word
from tests.conftest import make_ready, new_revision, person, verdict
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.cohorts.models import Role
from zero_to_gpt.cohorts.services import enrol
from zero_to_gpt.progress import insight as insights
from zero_to_gpt.progress.queries import STUCK_TRIES
from zero_to_gpt.submissions.models import OpenedSolution, Submission

PAGE = "/cohorts/spring/exercises/01-maths/01-slope-at/"
FLIPPED = "The sign is flipped: it looks `left` where right is meant."


@pytest.fixture
def asked(exercise) -> Exercise:
    return Exercise.objects.published().get(pk=exercise.pk)


@pytest.fixture
def eve(spring):
    eve = person("eve@example.org", display_name="Eve")
    enrol(user=eve, cohort=spring)
    return eve


@pytest.fixture
def answers(graded):
    """`answers(alice, Word.FAILED, diagnosis=...)`: a graded Submit."""
    return lambda user, word, **changed: graded(user, told=verdict(word, **changed))


def test_it_counts_who_began_who_passed_and_who_is_stuck(alice, bob, eve, charlie, spring, asked, answers):
    answers(alice, Word.FAILED)
    answers(alice, Word.NOT_GRADABLE)
    answers(alice, Word.PASSED)
    for _ in range(STUCK_TRIES):
        last = answers(eve, Word.FAILED)
    answers(charlie, Word.PASSED)  # of another cohort
    answers(bob, Word.FAILED)  # who teaches
    fay = person("fay@example.org")
    enrol(user=fay, cohort=spring)
    OpenedSolution.objects.create(user=fay, exercise=asked, revision=asked.current, tries=0)
    found = insights.insight(spring, asked)
    assert (found.students, found.began, found.passed, found.opened) == (3, 2, 1, 1)
    assert [(each.student, each.submission) for each in found.stuck] == [(eve, last.pk)]
    assert found.tries == 2
    assert [bar.count for bar in found.bars] == [0, 1, 0, 0, 0, 0]
    assert [(task.id, task.passed, task.share) for task in found.tasks] == [(1, 1, 50.0)]


def test_the_time_to_pass_begins_with_the_first_submit(alice, spring, asked, answers):
    first, last = answers(alice, Word.FAILED), answers(alice, Word.PASSED)
    now = timezone.now()
    Submission.objects.filter(pk=first.pk).update(created=now - datetime.timedelta(minutes=90))
    Submission.objects.filter(pk=last.pk).update(created=now)
    assert insights.insight(spring, asked).minutes == pytest.approx(90)


def test_mistakes_are_told_by_students_and_who_still_makes_them(alice, eve, spring, asked, answers):
    answers(alice, Word.FAILED, diagnosis=FLIPPED)
    answers(alice, Word.FAILED, diagnosis=FLIPPED)
    answers(alice, Word.PASSED)
    newest = answers(eve, Word.FAILED, diagnosis=FLIPPED)
    found = insights.insight(spring, asked)
    (mistake,) = found.mistakes
    assert (mistake.text, mistake.ever) == (FLIPPED, 2)
    assert [(each.student, each.submission) for each in mistake.now] == [(eve, newest.pk)]
    _, hidden = verdict().probes  # the visible one passes
    (check,) = found.checks
    assert (check.text, check.task, check.hidden, check.ever) == (hidden.title, hidden.task, True, 2)
    assert [each.submission for each in check.now] == [newest.pk]


def test_a_mistake_that_was_left_behind_is_nobodys_now(alice, spring, asked, answers):
    answers(alice, Word.FAILED, diagnosis=FLIPPED)
    answers(alice, Word.FAILED)
    (mistake,) = insights.insight(spring, asked).mistakes
    assert (mistake.ever, mistake.now) == (1, ())


def test_tasks_of_an_unfinished_answer_count_as_they_are(alice, eve, spring, exercise, answers):
    tasks = [{"id": n, "title": f"Task {n}", "points": 1.0, "hints": []} for n in (1, 2)]
    new_revision(exercise, "digest-2", tasks=tasks, grading_digest=exercise.current.grading_digest)
    half = tuple(TaskResult(id=n, title="", points=2 - n, possible=1, passed=n == 1) for n in (1, 2))
    answers(alice, Word.FAILED, tasks=half)
    answers(eve, Word.PASSED)
    found = insights.insight(spring, Exercise.objects.published().get(pk=exercise.pk))
    assert [(task.id, task.passed) for task in found.tasks] == [(1, 2), (2, 1)]


def test_an_earlier_version_has_other_checks(alice, eve, spring, exercise, answers):
    answers(alice, Word.FAILED, diagnosis=FLIPPED)
    make_ready(new_revision(exercise, "digest-2"))
    answers(eve, Word.FAILED)
    found = insights.insight(spring, Exercise.objects.published().get(pk=exercise.pk))
    assert (found.began, found.older, found.mistakes) == (2, 1, ())
    assert {check.ever for check in found.checks} == {1}


def test_what_did_not_run_is_no_failed_check(alice, spring, asked, answers):
    seen, hidden = verdict().probes
    failing = dataclasses.replace(seen, word=ProbeWord.FAILED)
    answers(alice, Word.FAILED, probes=(failing, dataclasses.replace(hidden, word=ProbeWord.NOT_RUN)))
    (check,) = insights.insight(spring, asked).checks
    assert (check.text, check.hidden) == (seen.title, False)


def test_ends_without_values_and_our_own_faults_are_told(alice, eve, spring, asked, answers, handed_in):
    stopped = answers(alice, Word.CRASHED, probes=())
    broken = handed_in(eve)
    Submission.objects.filter(pk=broken.pk).update(
        state="broken", support_code="abc", finished_at=timezone.now()
    )
    found = insights.insight(spring, asked)
    assert [(word, [each.submission for each in theirs]) for word, theirs in found.ends] == [
        ("crashed", [stopped.pk])
    ]
    assert [(each.student, each.submission) for each in found.broken] == [(eve, broken.pk)]


def test_of_very_many_submits_the_newest_are_read(alice, spring, asked, answers, monkeypatch):
    monkeypatch.setattr(insights, "MOST_READ", 2)
    answers(alice, Word.FAILED, diagnosis="An old mistake.")
    for _ in range(2):
        answers(alice, Word.FAILED, diagnosis=FLIPPED)
    found = insights.insight(spring, asked)
    assert (found.unread, [each.text for each in found.mistakes]) == (1, [FLIPPED])


def test_it_takes_five_queries(alice, eve, spring, asked, answers, django_assert_num_queries):
    for user in (alice, eve):
        answers(user, Word.FAILED, diagnosis=FLIPPED)
    with django_assert_num_queries(5):
        insights.insight(spring, asked)


def test_the_page_says_it(client, alice, bob, spring, answers):
    client.force_login(bob)
    assert "Nobody here has submitted an answer yet." in client.get(PAGE).content.decode()
    newest = answers(alice, Word.FAILED, diagnosis=FLIPPED)
    told = client.get(PAGE).content.decode()
    assert '<code class="student-text">left</code>' in told
    assert f'<a href="/submissions/{newest.pk}/">Alice</a>' in told
    assert "Nobody has passed yet." in told
    answers(alice, Word.PASSED)
    assert "2 tries, and under a minute from the first Submit" in client.get(PAGE).content.decode()
    assert PAGE in client.get("/cohorts/spring/").content.decode()


def test_it_is_for_those_who_teach_the_cohort(client, alice, bob, charlie, dora, spring, autumn, exercise):
    outsider = person("greta@example.org")
    enrol(user=outsider, cohort=autumn, role=Role.INSTRUCTOR)
    for user, status in ((alice, 403), (charlie, 404), (outsider, 404), (bob, 200), (dora, 200)):
        client.force_login(user)
        assert client.get(PAGE).status_code == status, user
    client.logout()
    assert client.get(PAGE).status_code == 302
    client.force_login(bob)
    assert client.get(PAGE.replace("01-slope-at", "99-nothing")).status_code == 404
    Exercise.objects.filter(pk=exercise.pk).update(published=False)
    assert client.get(PAGE).status_code == 404


AGAIN = f"{PAGE}regrade/"


def corrected(exercise: Exercise) -> None:
    make_ready(new_revision(exercise, "corrected"))


def test_what_an_earlier_version_did_not_pass_is_graded_again(
    client, alice, bob, eve, charlie, spring, exercise, answers, rings, django_capture_on_commit_callbacks
):
    older, newest = answers(alice, Word.FAILED), answers(alice, Word.CRASHED)
    right = answers(eve, Word.PASSED)
    worse = answers(eve, Word.FAILED)
    elsewhere = answers(charlie, Word.FAILED)
    fay = person("fay@example.org")
    enrol(user=fay, cohort=spring)
    corrected(exercise)
    exercise.refresh_from_db()
    today = answers(fay, Word.FAILED)
    client.force_login(bob)
    told = client.get(PAGE).content.decode()
    assert "One student's newest answer did not pass an earlier version" in told.replace("&#x27;", "'")
    rings.clear()
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(AGAIN, follow=True).content.decode()
    assert "One answer is being graded again." in page
    assert "did not pass an earlier version" not in page
    assert rings == [(newest.pk, "regrade")]
    untouched = Submission.objects.filter(
        pk__in=[each.pk for each in (older, right, worse, elsewhere, today)]
    )
    assert {each.state for each in untouched} == {"graded"}
    assert "There was nothing to grade again." in client.post(AGAIN, follow=True).content.decode()


def test_nothing_is_offered_where_nothing_changed(client, alice, bob, spring, answers):
    answers(alice, Word.FAILED)
    client.force_login(bob)
    assert "earlier version of this exercise. Answers" not in client.get(PAGE).content.decode()


def test_who_does_not_teach_the_cohort_has_nothing_graded_again(
    client, alice, bob, charlie, spring, exercise, answers, rings
):
    answers(alice, Word.FAILED)
    corrected(exercise)
    rings.clear()
    for user, status in ((alice, 403), (charlie, 404)):
        client.force_login(user)
        assert client.post(AGAIN).status_code == status
    client.force_login(bob)
    assert client.get(AGAIN).status_code == 405
    assert client.post(AGAIN.replace("01-slope-at", "99-nothing")).status_code == 404
    assert rings == []
