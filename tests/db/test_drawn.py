"""Figures and curves of a run on the pages that show it afterwards, and the exercise as a notebook."""

import json
import re

import nbformat
import pytest
from django.test import Client
from django.urls import reverse

from grader.grading.session import Event as Happened
from grader.verdict import Kind, Word
from tests.conftest import SECRET_IN_REFERENCE, make_ready, new_revision, verdict
from zero_to_gpt.catalog.models import ExpectedSet
from zero_to_gpt.submissions import drafts, leasing, recording, refusals, releasing

PAGE = "/exercises/01-maths/01-slope-at/"
NOTEBOOK = f"{PAGE}notebook/"
FIGURE = Happened("figure", {"png_base64": "iVBORw0KGgo="})
POINT = Happened("metric", {"metric": {"step": 1, "values": {"</script><b>": 0.5}}})


def visit(person, path):
    client = Client()
    client.force_login(person)
    return client.get(path)


def drawn(html):
    """What a page brings along to be drawn, parsed as the page's script does."""
    found = re.findall(r"<div[^>]*data-drawn[^>]*><script[^>]*>(.*?)</script></div>", html, re.DOTALL)
    assert len(found) <= 1
    return json.loads(found[0]) if found else None


@pytest.fixture
def drew(handed_in):
    """A graded Run of somebody that logged a point and drew a figure; optionally at the second attempt."""

    def grade(person, attempts=1):
        submission = handed_in(person, kind=Kind.RUN)
        for attempt in range(1, attempts + 1):
            claimed = leasing.claim(submission_id=submission.pk, worker="w")
            held = {"submission_id": submission.pk, "attempt": attempt}
            assert claimed.attempt == attempt
            assert recording.record_events(**held, events=[POINT, FIGURE])
            if attempt < attempts:
                assert releasing.release(**held, reason="the box fell over")
        assert recording.record_verdict(**held, verdict=verdict(Word.FAILED))
        return submission

    return grade


def pages_of(submission):
    return [
        PAGE,
        reverse("submission", args=[submission.pk]),
        reverse("submission_result", args=[submission.pk]),
    ]


def test_what_a_run_drew_is_on_every_page_that_shows_its_verdict(alice, drew):
    for path in pages_of(drew(alice)):
        assert drawn(visit(alice, path).content.decode()) == [
            ["metric", POINT.data],
            ["figure", FIGURE.data],
        ], path


def test_it_costs_one_query_whatever_was_drawn(alice, drew, client, django_assert_max_num_queries):
    submission = drew(alice)
    client.force_login(alice)
    for path in pages_of(submission):
        with django_assert_max_num_queries(12):
            client.get(path)
    with django_assert_max_num_queries(1):
        assert len(submission.drawn()) == 2


def test_an_attempt_that_failed_through_our_fault_leaves_no_picture(alice, drew):
    submission = drew(alice, attempts=2)
    assert submission.events.filter(kind="figure").count() == 2
    assert [kind for kind, _ in submission.drawn()] == ["metric", "figure"]


def test_a_run_that_drew_nothing_brings_nothing_along(alice, graded):
    for path in pages_of(graded(alice, Word.FAILED)):
        assert drawn(visit(alice, path).content.decode()) is None


def test_pictures_are_seen_by_their_learner_and_teacher_only(alice, bob, charlie, drew):
    _, page, result = pages_of(drew(alice))
    for path in (page, result):
        assert len(drawn(visit(bob, path).content.decode())) == 2
        assert visit(charlie, path).status_code == 404
    assert drawn(visit(charlie, PAGE).content.decode()) is None


# --- as a notebook --------------------------------------------------------------------------------------


@pytest.fixture
def secretive(exercise):
    """An exercise of which every file but the task holds a canary."""
    names = ["reference.py", "probes.py", "alternatives/a.py", "mutants/m.py", "exercise.toml"]
    files = dict.fromkeys(names, f"# {SECRET_IN_REFERENCE}\n")
    files["task.md"] = "# The slope\n\n## Task 1: A slope\n\nWrite `slope`.\n"
    make_ready(new_revision(exercise, "digest-2", files=files, summary="Rise over run.", given="h = 1e-5\n"))
    return exercise


def cells(response):
    assert response.status_code == 200
    assert SECRET_IN_REFERENCE.encode() not in response.content
    notebook = nbformat.reads(response.content.decode(), as_version=4)
    nbformat.validate(notebook)
    return [cell.source for cell in notebook.cells]


def test_a_visitor_downloads_task_and_starter(client, secretive):
    response = client.get(NOTEBOOK)
    assert cells(response) == [
        "# The slope at a point\n\nRise over run.\n\n## Task 1: A slope\n\nWrite `slope`.",
        "h = 1e-5",
        "def slope(f, x):\n    ...",
    ]
    assert response["Content-Disposition"] == 'attachment; filename="01-slope-at.ipynb"'
    assert response["Content-Type"] == "application/x-ipynb+json"


def test_a_learner_downloads_their_own_draft(alice, charlie, secretive):
    drafts.save_draft(user=alice, exercise=secretive, source="mine = 1\n")
    assert cells(visit(alice, NOTEBOOK))[-1] == "mine = 1"
    assert cells(visit(charlie, NOTEBOOK))[-1] == "def slope(f, x):\n    ..."


def test_the_exercise_page_links_to_the_notebook(client, secretive):
    assert f'href="{NOTEBOOK}"' in client.get(PAGE).content.decode()
    assert client.get("/exercises/01-maths/unknown/notebook/").status_code == 404


# --- an exercise that its author has to mend --------------------------------------------------------------

TELLS_LEARNERS = "This exercise is not open yet: something in it needs its author."
REASON = f"probes.py: the reference raised ValueError({SECRET_IN_REFERENCE})"


@pytest.fixture
def mistaken(exercise):
    """An exercise whose expected values could not be computed."""
    ExpectedSet.objects.update(state=ExpectedSet.State.FAILED, trouble=REASON)
    return exercise


def test_learners_are_told_that_it_needs_its_author_and_staff_why(alice, bob, dora, client, mistaken):
    for response in (client.get(PAGE), visit(alice, PAGE), visit(bob, PAGE)):
        page = response.content.decode()
        assert TELLS_LEARNERS in page
        assert "We have been told." in page
        assert "is being prepared" not in page
        assert SECRET_IN_REFERENCE not in page
    page = visit(dora, PAGE).content.decode()
    assert TELLS_LEARNERS in page
    assert SECRET_IN_REFERENCE in page


def test_running_it_says_the_same(alice, mistaken, handed_in):
    with pytest.raises(refusals.NotReady, match="something in it needs its author"):
        handed_in(alice)


def test_while_another_box_may_still_succeed_it_is_being_prepared(alice, mistaken):
    waiting = {"grading_digest": mistaken.current.grading_digest, "box_digest": "another"}
    ExpectedSet.objects.create(**waiting)
    assert "is being prepared" in visit(alice, PAGE).content.decode()
    ExpectedSet.objects.filter(**waiting).update(state=ExpectedSet.State.FAILED)
    assert TELLS_LEARNERS in visit(alice, PAGE).content.decode()


def test_it_is_said_above_the_verdict_of_an_earlier_submission(alice, graded):
    graded(alice, Word.PASSED)
    ExpectedSet.objects.update(state=ExpectedSet.State.FAILED, trouble=REASON)
    page = visit(alice, PAGE).content.decode()
    assert 0 < page.index(TELLS_LEARNERS) < page.index('class="verdict"')
