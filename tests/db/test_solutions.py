"""The solution of an exercise: who is shown it, when, and what is recorded of that."""

import json
import zipfile

import pytest
from django.test import Client

from grader.verdict import Kind, Word
from tests.conftest import SECRET_IN_REFERENCE, make_ready, new_revision
from zero_to_gpt.accounts import forgetting
from zero_to_gpt.catalog.rendering import render_solution
from zero_to_gpt.progress import queries
from zero_to_gpt.submissions import refusals, solutions
from zero_to_gpt.submissions.export import archive
from zero_to_gpt.submissions.models import OpenedSolution

PAGE = "/exercises/01-maths/01-slope-at/"
SOLUTION = f"{PAGE}solution/"
TELLING = "You divide by h instead of 2 h."


@pytest.fixture(autouse=True)
def solved(exercise):
    """The exercise with a solution; every piece of it holds the canary."""
    solution = render_solution(
        reference=f'"""Notes, with `names`."""\n\nx = 1  # {SECRET_IN_REFERENCE}\n',
        alternatives=[(f"Another way. {SECRET_IN_REFERENCE}", "y = 2\n")],
        mistakes=[((1,), f"{TELLING} {SECRET_IN_REFERENCE}"), ((), "It calls the library.")],
    )
    make_ready(new_revision(exercise, "digest-2", solution=solution))
    return exercise


def visit(person, path=SOLUTION, **headers):
    client = Client()
    client.force_login(person)
    return client.get(path, headers=headers)


def press(person):
    client = Client()
    client.force_login(person)
    return client.post(SOLUTION, follow=True)


def tries(graded, person, *texts, word=Word.FAILED):
    return [graded(person, word, source=text) for text in texts]


def test_a_visitor_is_asked_to_sign_in(client):
    assert client.get(SOLUTION).status_code == 302
    assert client.post(SOLUTION).status_code == 302


def test_nobody_is_shown_it_who_has_not_tried(alice, bob, graded):
    page = visit(alice).content.decode()
    assert SECRET_IN_REFERENCE not in page
    assert "after 3 honest tries" in page
    assert "You have made 0" in page
    assert "<form" not in page.partition("<main")[2]


def test_opening_it_is_refused_on_the_server_before_three_tries(alice, graded, solved):
    tries(graded, alice, "a = 1", "b = 2")
    page = press(alice).content.decode()
    assert SECRET_IN_REFERENCE not in page
    assert "You have made 2" in page
    assert not OpenedSolution.objects.exists()
    with pytest.raises(refusals.SolutionClosed):
        solutions.open_solution(user=alice, exercise=solved)


def test_the_same_text_again_is_no_honest_try(alice, graded, solved):
    tries(graded, alice, "a = 1", "a  =  1 # once more", "a=1\n\n\n", "a = 1  # and more")
    assert solutions.honest_tries(alice, solved) == 1


def test_what_spends_no_try_and_runs_are_no_honest_tries(alice, graded, solved):
    tries(graded, alice, "a", "b", word=Word.NOT_ATTEMPTED)
    tries(graded, alice, "c", "d", word=Word.NOT_GRADABLE)
    for text in ("e", "f", "g"):
        graded(alice, Word.FAILED, source=text, kind=Kind.RUN)
    assert solutions.honest_tries(alice, solved) == 0


def test_after_three_honest_tries_one_is_told_what_it_means_before_it_opens(alice, graded):
    tries(graded, alice, "a = 1", "b = 2", "c = 3")
    page = visit(alice).content.decode()
    assert SECRET_IN_REFERENCE not in page
    assert "is recorded, and those who teach you see it" in page
    assert "You can still pass and get the points" in page
    assert not OpenedSolution.objects.exists()  # looking at the offer opens nothing
    opened = press(alice).content.decode()
    assert SECRET_IN_REFERENCE in opened
    assert TELLING in opened
    assert "before passing" in opened
    [record] = OpenedSolution.objects.all()
    assert (record.user, record.tries, record.revision.digest) == (alice, 3, "digest-2")
    press(alice)
    assert OpenedSolution.objects.count() == 1


def test_who_has_passed_sees_it_beside_their_own_without_a_record(alice, charlie, graded):
    graded(alice, Word.PASSED, source="mine = 'passed'\n")
    graded(alice, Word.FAILED, source="later = 'wrong'\n")
    page = visit(alice).content.decode()
    assert SECRET_IN_REFERENCE in page
    assert "mine = &#x27;passed&#x27;" in page
    assert "later" not in page
    assert "before it runs" in page
    assert "<code" in page
    assert not OpenedSolution.objects.exists()
    assert SECRET_IN_REFERENCE not in visit(charlie).content.decode()


def test_passing_a_run_opens_nothing(alice, graded):
    graded(alice, Word.PASSED, kind=Kind.RUN)
    assert SECRET_IN_REFERENCE not in visit(alice).content.decode()


def test_who_teaches_and_who_runs_the_site_see_it_without_a_record(bob, dora):
    for person in (bob, dora):
        assert SECRET_IN_REFERENCE in visit(person).content.decode()
    assert not OpenedSolution.objects.exists()


def test_a_script_gets_the_piece_alone_under_the_same_rules(alice, charlie, graded):
    graded(alice, Word.PASSED)
    piece = visit(alice, **{"X-Requested-With": "fetch"}).content.decode()
    assert "<html" not in piece
    assert SECRET_IN_REFERENCE in piece
    assert SECRET_IN_REFERENCE not in visit(charlie, **{"X-Requested-With": "fetch"}).content.decode()


def test_the_exercise_page_brings_none_of_it_along(alice, graded):
    graded(alice, Word.PASSED)
    assert SECRET_IN_REFERENCE not in visit(alice, PAGE).content.decode()
    assert f'data-from="{SOLUTION}"' in visit(alice, PAGE).content.decode()


def test_those_who_teach_see_in_the_cohorts_table_who_opened_it(alice, bob, charlie, graded, spring):
    tries(graded, alice, "a = 1", "b = 2", "c = 3")
    press(alice)
    page = visit(bob, "/cohorts/spring/").content.decode()
    assert "opened the solution before passing" in page.partition("<tbody")[2]
    (row,) = (row for row in queries.cohort_grid(spring).rows if row.student == alice)
    assert [cell.opened for cell in row.cells] == [True]
    assert "solution opened" in visit(bob, f"/cohorts/spring/students/{alice.pk}/").content.decode()
    after = graded(alice, Word.PASSED, source="d = 4")
    assert "Made with the solution" in visit(bob, f"/submissions/{after.pk}/").content.decode()
    before = visit(bob, f"/submissions/{after.pk - 1}/").content.decode()
    assert "Made with the solution" not in before


def test_a_pass_afterwards_counts(alice, graded, course):
    tries(graded, alice, "a = 1", "b = 2", "c = 3")
    press(alice)
    graded(alice, Word.PASSED, source="d = 4")
    [row] = queries.standing(alice, course)
    assert row.passed
    assert row.best == row.possible
    assert row.opened is not None


def test_what_is_kept_about_it_is_in_the_export_and_goes_with_the_account(alice, graded):
    tries(graded, alice, "a = 1", "b = 2", "c = 3")
    press(alice)
    with archive(alice) as file, zipfile.ZipFile(file) as whole:
        [told] = json.loads(whole.read("account.json"))["solutions_opened_before_passing"]
    assert (told["exercise"], told["tries"]) == ("01-maths/01-slope-at", 3)
    forgetting.forget(user=alice)
    assert not OpenedSolution.objects.exists()


def test_a_solution_is_rendered_from_the_texts_of_an_exercise():
    made = render_solution(
        reference='"""Why it works: `x` is shifted.\n\n<b>twice</b>"""\n\nimport numpy as np\n',
        alternatives=[("By hand.", "'''By hand.'''\n\nx = '<script>'\n")],
        mistakes=[((2,), "One\n  mistake."), ((1, 2), "One mistake."), ((), "Another.")],
    )
    assert made["reference"]["notes"] == "Why it works: `x` is shifted.\n\n<b>twice</b>"
    assert "Why it works" not in made["reference"]["code"]
    assert "numpy" in made["reference"]["code"]
    assert made["alternatives"][0]["notes"] == "By hand."
    assert "By hand" not in made["alternatives"][0]["code"]
    assert "<script>" not in made["alternatives"][0]["code"]
    assert made["mistakes"] == [
        {"text": "One mistake.", "tasks": [1, 2]},
        {"text": "Another.", "tasks": []},
    ]
