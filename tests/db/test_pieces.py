"""One's own earlier answers in a later exercise: which are taken, who may choose what, what is kept of it."""

import json
import subprocess
import sys
import zipfile
from dataclasses import replace

import nbformat
import pytest
from django.test import Client

from grader.grading.pieces import digest_of
from grader.notebooks.notebook import to_source
from grader.proving.record import grader_digest
from grader.verdict import Kind, ProbeWord, Word
from tests.conftest import make_ready, person, verdict
from tests.grader.earlier import CLIPPED, COURSE, FIRST, SECOND, THIRD, TOTAL, TWICE, written
from zero_to_gpt.accounts import forgetting
from zero_to_gpt.authoring import drafts, publications, structure
from zero_to_gpt.authoring.models import Proof
from zero_to_gpt.authoring.refusals import Refused
from zero_to_gpt.catalog.models import Exercise, ExpectedSet, Revision
from zero_to_gpt.catalog.publishing import import_course
from zero_to_gpt.catalog.services import graded_by
from zero_to_gpt.cohorts.models import Role
from zero_to_gpt.cohorts.services import enrol
from zero_to_gpt.submissions import leasing, pieces, recording, refusals, submitting
from zero_to_gpt.submissions.export import archive
from zero_to_gpt.submissions.models import PieceChoice, Submission

pytestmark = pytest.mark.django_db

PAGE = f"/exercises/{SECOND}/"


@pytest.fixture
def folder(tmp_path):
    """The course of three exercises as an author's folder."""
    written(tmp_path)
    (tmp_path / "course.toml").write_text('title = "Chain"\nsummary = "Small."\nmodules = ["04-chain"]\n')
    listed = ", ".join(f'"{name.partition("/")[2]}"' for name in COURSE)
    (tmp_path / "04-chain" / "module.toml").write_text(
        f'title = "Chain"\nsummary = ""\n[[lessons]]\nfile = "text.md"\nexercises = [{listed}]\n'
    )
    (tmp_path / "04-chain" / "text.md").write_text("# A chain\n\nWords.\n")
    return tmp_path


def imported(folder):
    report = import_course(folder)
    assert report.errors == []
    for revision in Revision.objects.all():
        if not ExpectedSet.objects.filter(grading_digest=revision.grading_digest).exists():
            make_ready(revision)
    return report


@pytest.fixture(autouse=True)
def chain(folder, course):
    imported(folder)


def place(name):
    return Exercise.objects.published().get(name=name)


@pytest.fixture
def passes(graded):
    """Lets somebody pass an exercise: `passes(alice, FIRST)`."""

    def do(person, name, **changed):
        return graded(person, Word.PASSED, exercise=place(name), **{"source": CLIPPED} | changed)

    return do


def visit(person, path=PAGE):
    client = Client()
    client.force_login(person)
    return client.get(path).content.decode()


def choose(person, answer, name=FIRST, page=PAGE):
    client = Client()
    client.force_login(person)
    return client.post(f"{page}pieces/", {"name": name, "answer": answer}, follow=True).content.decode()


# ---- what a revision is built on -----------------------------------------------------------------------


def test_a_revision_pins_what_it_is_built_on():
    first, second, third = (place(name).current for name in COURSE)
    assert first.uses == []
    assert third.uses == [
        {"name": FIRST, "module": "clipped", "direct": False, "revision": first.pk},
        {"name": SECOND, "module": "twice", "direct": True, "revision": second.pk},
    ]
    assert second.requires == [FIRST]
    assert [piece.id for piece in graded_by(third).pieces] == [FIRST, SECOND]
    assert graded_by(third).grading_digest == third.grading_digest


def test_a_change_of_what_is_used_makes_new_revisions_of_all_that_use_it(folder):
    before = place(THIRD).current
    file = folder / FIRST / "reference.py"
    file.write_text(file.read_text().replace("LIMIT)\n", "LIMIT) + 0\n"))
    assert imported(folder).published == [FIRST, SECOND, THIRD]
    after = place(THIRD).current
    assert after.grading_digest != before.grading_digest
    assert after.uses[0]["revision"] == place(FIRST).current.pk
    assert graded_by(before).pieces[0].reference == CLIPPED, "what was published stays what it was"


def test_what_is_not_published_cannot_be_used(folder, db):
    toml = folder / "04-chain" / "module.toml"
    toml.write_text(toml.read_text().replace('"01-clipped", ', ""))
    Exercise.objects.update(current=None)
    Revision.objects.all().delete()
    Exercise.objects.all().delete()
    report = import_course(folder)
    assert report.published == []
    assert report.errors[0] == (
        f"{SECOND}/exercise.toml: it uses {FIRST}, which is not published here. List that one in its "
        "module.toml, before this one in the course."
    )


# ---- passing first -------------------------------------------------------------------------------------


def test_an_exercise_says_what_must_be_passed_first(alice, handed_in, graded):
    sentence = "This exercise uses your own code from Clipped (4.1): pass that one first."
    graded(alice, Word.FAILED, exercise=place(FIRST))
    page = visit(alice)
    assert sentence in page
    assert f'href="/exercises/{FIRST}/"' in page
    assert "the official answer</option>" not in page
    for kind in Kind:
        with pytest.raises(refusals.PieceMissing, match="pass that one first"):
            handed_in(alice, exercise=place(SECOND), kind=kind)
    client = Client()
    client.force_login(alice)
    answer = client.post(
        f"{PAGE}submit/", {"kind": "run", "source": TWICE}, headers={"accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["reason"]) == (409, "piece_missing")
    assert answer.json()["error"] == sentence
    assert "These" not in sentence
    both = pieces.lacking(pieces.choices(alice, place(THIRD), place(THIRD).current))
    assert both == "This exercise uses your own code from Clipped (4.1) and Twice (4.2): pass those first."


def test_a_run_of_the_used_exercise_or_somebody_elses_answer_is_none_of_yours(
    alice, charlie, passes, handed_in
):
    passes(charlie, FIRST)
    passes(alice, FIRST, kind=Kind.RUN)
    with pytest.raises(refusals.PieceMissing):
        handed_in(alice, exercise=place(SECOND))


def test_a_visitor_reads_what_it_is_built_on():
    page = Client().get(PAGE).content.decode()
    assert "uses your own code from Clipped (4.1)" in page
    assert "official" not in page.partition('id="pieces"')[2].partition("</section>")[0]


# ---- which answer is taken -----------------------------------------------------------------------------


def test_the_latest_passed_answer_is_taken_and_kept_by_its_digest(alice, passes, graded, handed_in):
    passes(alice, FIRST)
    latest = passes(alice, FIRST, source=CLIPPED + "# better\n")
    graded(alice, Word.FAILED, exercise=place(FIRST), source="def clipped(x): ...\n")
    taken = handed_in(alice, exercise=place(SECOND))
    assert taken.pieces == [
        {"exercise": FIRST, "module": "clipped", "submission": latest.pk, "digest": digest_of(latest.source)}
    ]
    assert f"submission {latest.pk}</a> to" in visit(alice)
    newer = passes(alice, FIRST, source=CLIPPED + "# best\n")
    taken.refresh_from_db()
    assert taken.pieces[0]["submission"] == latest.pk, "it stays what it was handed in with"
    assert handed_in(alice, exercise=place(SECOND)).pieces[0]["submission"] == newer.pk
    own = pieces.using(taken)[FIRST]
    assert (own.source, own.mark) == (latest.source, str(latest.pk))
    assert own.told == f"passed on {latest.created.day} {latest.created:%B %Y}"


def test_an_answer_or_the_official_one_can_be_chosen(alice, charlie, passes, handed_in):
    older, newer = passes(alice, FIRST), passes(alice, FIRST, source=CLIPPED + "# b\n")
    theirs = passes(charlie, FIRST)
    assert "Your next Run and Submit take this one." in choose(alice, older.pk)
    assert handed_in(alice, exercise=place(SECOND)).pieces[0]["submission"] == older.pk
    page = choose(alice, "official")
    assert "the official answer to" in page
    assert handed_in(alice, exercise=place(SECOND)).pieces == [
        {"exercise": FIRST, "module": "clipped", "submission": None, "digest": ""}
    ]
    assert "That is no answer of yours to Clipped" in choose(alice, theirs.pk)
    assert "That is no answer of yours to Clipped" in choose(alice, "nonsense")
    assert "This exercise does not use that one." in choose(alice, newer.pk, name=THIRD)
    assert "does not use that one" in choose(alice, newer.pk, page=f"/exercises/{FIRST}/")
    assert PieceChoice.objects.get().submission is None
    # Each exercise has a choice of its own.
    passes(alice, SECOND, source=TWICE)
    assert handed_in(alice, exercise=place(THIRD)).pieces[0]["submission"] == newer.pk


def test_nobody_takes_an_official_answer_who_has_not_passed_it(alice, graded):
    failing = graded(alice, Word.FAILED, exercise=place(FIRST))
    assert "open when you have passed Clipped" in choose(alice, "official")
    assert "That is no answer of yours" in choose(alice, failing.pk)
    assert not PieceChoice.objects.exists()


def test_who_teaches_tries_it_with_the_official_answers(bob, dora, handed_in):
    for teacher in (bob, dora):
        assert "the official answer to" in visit(teacher)
        assert handed_in(teacher, exercise=place(SECOND)).pieces[0]["submission"] is None


def test_after_a_change_of_the_used_exercise_the_official_one_is_taken(alice, passes, folder, handed_in):
    passes(alice, FIRST)
    file = folder / FIRST / "given.py"
    file.write_text("LIMIT = 9.0\n")
    imported(folder)
    assert "That exercise changed since you passed it" in visit(alice)
    assert handed_in(alice, exercise=place(SECOND)).pieces[0]["submission"] is None
    again = passes(alice, FIRST)
    assert handed_in(alice, exercise=place(SECOND)).pieces[0]["submission"] == again.pk


def test_a_change_of_words_changes_nothing_for_who_has_passed(alice, passes, folder, handed_in):
    mine = passes(alice, FIRST)
    (folder / FIRST / "task.md").write_text("## Task 1: Clipped\n\nIn other words.\n")
    imported(folder)
    assert handed_in(alice, exercise=place(SECOND)).pieces[0]["submission"] == mine.pk


# ---- what is kept --------------------------------------------------------------------------------------


def test_what_is_graded_again_keeps_its_pieces(alice, bob, passes, folder):
    mine = passes(alice, FIRST)
    submission = passes(alice, SECOND, source=TWICE)
    passes(alice, FIRST, source=CLIPPED + "# newer\n")
    (folder / FIRST / "given.py").write_text("LIMIT = 9.0\n")
    imported(folder)
    submission = Submission.objects.get(pk=submission.pk)
    assert submitting.regrade(submission=submission, by=bob)
    submission.refresh_from_db()
    assert submission.pieces[0]["submission"] == mine.pk
    assert submission.revision == place(SECOND).current


def test_what_is_graded_again_needs_what_its_exercise_uses_now(alice, bob, passes, folder):
    passes(alice, FIRST)
    passes(alice, SECOND, source=TWICE)
    submission = passes(alice, THIRD, source=TOTAL)
    # From now on 4.1 is built on something that alice has not passed.
    new = folder / "04-chain" / "04-extra"
    for path, text in COURSE[FIRST].items():
        file = new / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    toml = folder / THIRD / "exercise.toml"
    toml.write_text(toml.read_text().replace(f'["{SECOND}"]', f'["{SECOND}", "04-chain/04-extra"]'))
    listed = folder / "04-chain" / "module.toml"
    listed.write_text(listed.read_text().replace('"03-total"', '"04-extra", "03-total"'))
    imported(folder)
    submission = Submission.objects.get(pk=submission.pk)
    assert not submitting.regrade(submission=submission, by=bob)
    passes(alice, "04-chain/04-extra")
    assert submitting.regrade(submission=submission, by=bob)
    submission.refresh_from_db()
    assert [pin["module"] for pin in submission.pieces] == ["clipped", "twice", "extra"]


def test_a_piece_that_is_not_what_it_was_is_our_fault(alice, passes, handed_in):
    mine = passes(alice, FIRST)
    taken = handed_in(alice, exercise=place(SECOND))
    Submission.objects.filter(pk=mine.pk).update(source="something else")
    with pytest.raises(LookupError, match=f"submission {mine.pk}, a piece of {taken.pk}, is not there"):
        pieces.using(taken)


def test_a_verdict_shows_what_was_taken(alice, bob, passes):
    mine = passes(alice, FIRST)
    submission = passes(alice, SECOND, source=TWICE)
    for reader in (alice, bob):
        page = visit(reader, f"/submissions/{submission.pk}/")
        assert f'<a href="/submissions/{mine.pk}/">clipped of submission {mine.pk}</a> (4.1)' in page


def test_who_runs_out_of_time_hears_that_earlier_answers_count(alice, handed_in, passes):
    passes(alice, FIRST)
    for name, word, told in (
        (SECOND, ProbeWord.TIMED_OUT, True),
        (SECOND, ProbeWord.FAILED, False),
        (FIRST, ProbeWord.TIMED_OUT, False),  # it imports nothing
    ):
        submission = handed_in(alice, exercise=place(name))
        claimed = leasing.claim(submission_id=submission.pk, worker="w", gpu=False)
        slow = verdict(Word.FAILED)
        seen, hidden = slow.probes
        slow = replace(slow, probes=(seen, replace(hidden, word=word)))
        recording.record_verdict(submission_id=submission.pk, attempt=claimed.attempt, verdict=slow)
        page = visit(alice, f"/submissions/{submission.pk}/")
        assert ("one of them may be right but slow" in page) is told
        assert (f'href="/exercises/{SECOND}/#pieces"' in page) is told


def test_the_export_holds_them(alice, passes):
    mine = passes(alice, FIRST)
    submission = passes(alice, SECOND, source=TWICE)
    with archive(alice) as file, zipfile.ZipFile(file) as whole:
        told = json.loads(whole.read(f"submissions/{SECOND}/{submission.pk}.json"))
    assert told["pieces"][0]["submission"] == mine.pk


def downloaded(person, place=f"/exercises/{THIRD}/"):
    notebook = nbformat.reads(visit(person, f"{place}notebook/"), as_version=4)
    nbformat.validate(notebook)
    return notebook.cells


def test_a_notebook_brings_what_its_answer_imports(alice, passes, tmp_path):
    own = CLIPPED.replace("np.minimum", "1 * np.minimum")
    passes(alice, FIRST, source=own)
    passes(alice, SECOND, source=TWICE)
    cells = downloaded(alice)
    assert own.strip() in cells[3].source
    script = "import sys; sys.path.insert(0, '')\n"
    for cell in (each.source for each in cells if each.cell_type == "code"):
        head, _, text = cell.partition("\n")
        if head.startswith("%%writefile "):  # as Jupyter's magic does
            script += f"open({head.split()[1]!r}, 'w').write({text!r})\n"
        elif "def total" not in cell:
            script += cell + "\n"
    script += TOTAL + "\nprint(total(np.ones((2, 3)) * 5))"
    done = subprocess.run(
        [sys.executable, "-c", "import numpy as np\n" + script], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "[24. 24.]\n", done.stderr
    # Handed in again, it is the answer alone.
    assert "mylib" not in to_source(visit(alice, f"/exercises/{THIRD}/notebook/").encode()).replace(
        "from mylib.twice import twice", ""
    )


def test_a_notebook_tells_no_official_answer(alice, bob, passes, client):
    passes(alice, FIRST)
    passes(alice, SECOND)
    choose(alice, "official", name=FIRST, page=f"/exercises/{THIRD}/")
    for cells in (downloaded(alice), downloaded(bob)):
        assert "Write `mylib/clipped.py`" in cells[1].source
        assert not any("%%writefile mylib/clipped.py" in cell.source for cell in cells)
    visitor = client.get(f"/exercises/{THIRD}/notebook/").content.decode()
    assert "%%writefile" not in visitor
    assert "Write `mylib/clipped.py` and `mylib/twice.py` yourself" in visitor


def test_an_account_goes_with_its_choices(alice, passes):
    mine = passes(alice, FIRST)
    choose(alice, mine.pk)
    forgetting.forget(user=alice)
    assert not PieceChoice.objects.exists()


# ---- courses that are written here ---------------------------------------------------------------------


@pytest.fixture
def copy(bob, course):
    """A copy of the course, bob's."""
    return structure.begin_course(by=bob, title="Mine", copy_of=place(FIRST).module.course)


def draft(course, name):
    return Exercise.objects.get(module__course=course, copied_from__name=name)


def proof_of(exercise, by):
    read = drafts.read_files(by.pk, exercise, drafts.draft_of(exercise).files)
    assert read["mistakes"] == []
    return Proof.objects.create(
        exercise=exercise,
        by=by,
        files=read["facts"]["files"],
        digest=read["facts"]["digest"],
        state=Proof.State.PASSED,
        gate=grader_digest(),
    )


def test_in_a_copied_course_its_own_exercises_are_passed(alice, charlie, autumn, copy, passes, graded):
    structure.follow(cohort=autumn, course=copy, by=person_who_teaches(autumn))
    passes(charlie, FIRST)
    second = draft(copy, SECOND)
    assert graded_by(second.current).pieces[0].reference == CLIPPED
    assert pieces.lacking(pieces.choices(charlie, second, second.current)).startswith("This exercise uses")
    mine = graded(charlie, Word.PASSED, exercise=draft(copy, FIRST), source=CLIPPED)
    (choice,) = pieces.choices(charlie, second, second.current)
    assert (choice.taken, choice.exercise) == (mine, draft(copy, FIRST))


def person_who_teaches(cohort):
    somebody = person("teacher@example.org")
    enrol(user=somebody, cohort=cohort, role=Role.INSTRUCTOR)
    return somebody


def test_a_draft_is_read_and_published_with_what_its_course_has_now(copy, bob):
    second = draft(copy, SECOND)
    stale = proof_of(second, bob)
    first = draft(copy, FIRST)
    changed = drafts.draft_of(first).files | {"given.py": "LIMIT = 7.0\n"}
    drafts.save_files(exercise=first, files=changed, version=None, by=bob)
    revision = publications.publish(exercise=first, proof=proof_of(first, bob), by=bob)
    with pytest.raises(Refused, match="not the text that was validated"):
        publications.publish(exercise=second, proof=stale, by=bob)
    new = publications.publish(exercise=second, proof=proof_of(second, bob), by=bob)
    assert new.uses == [{"name": FIRST, "module": "clipped", "direct": True, "revision": revision.pk}]
    assert graded_by(new).grading_digest == new.grading_digest != stale.digest
    assert graded_by(new).pieces[0].given == "LIMIT = 7.0\n"


def test_a_draft_uses_nothing_of_another_course(copy, bob, written_elsewhere):
    second = draft(copy, SECOND)
    files = drafts.draft_of(second).files
    toml = files["exercise.toml"].replace(FIRST, written_elsewhere)
    read = drafts.read_files(bob.pk, second, files | {"exercise.toml": toml})
    said = f'there is no exercise "{written_elsewhere}" in this course. Is its folder called that?'
    assert read["mistakes"] == [["exercise.toml", 5, said]]
    circle = files["exercise.toml"].replace(FIRST, second.name)
    (mistake,) = drafts.read_files(bob.pk, second, files | {"exercise.toml": circle})["mistakes"]
    assert mistake[:2] == ["exercise.toml", 5]
    assert "use each other in a circle" in mistake[2]


@pytest.fixture
def written_elsewhere(dora):
    """The name of an exercise in a course that is dora's alone."""
    other = structure.begin_course(by=dora, title="Other", copy_of=place(FIRST).module.course)
    return draft(other, FIRST).name
