"""Publishing the course from a folder: repeatable, careful with people's work, clear about mistakes."""

import json
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import grader.exercise.folder
from grader.notebooks.markdown import cells_of
from grader.proving import record
from tests.conftest import person
from zero_to_gpt.catalog import publishing
from zero_to_gpt.catalog.models import Exercise, Lesson, Revision
from zero_to_gpt.catalog.publishing import LESSON_DRAWN, few_frames, import_course
from zero_to_gpt.submissions.drafts import save_draft

EXAMPLE = Path(__file__).parents[1] / "unit" / "exercises" / "01-sums" / "01-double-it"
NAME = "01-sums/01-double-it"

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    """A course of one module, one lesson and one exercise."""
    (tmp_path / "course.toml").write_text('title = "Sums"\nsummary = "Small."\nmodules = ["01-sums"]\n')
    module = tmp_path / "01-sums"
    module.mkdir()
    describe(module, ["01-double-it"])
    (module / "adding.md").write_text(
        "# Adding $a+b$\n\nProse with $x^2$.\n\n```python\nprint(1 + 1)\n```\n\n## More\n\n<b>bold</b>\n"
    )
    shutil.copytree(EXAMPLE, module / "01-double-it")
    return tmp_path


def describe(module, exercises):
    listed = ", ".join(f'"{name}"' for name in exercises)
    (module / "module.toml").write_text(
        f'title = "Sums"\nsummary = ""\n[[lessons]]\nfile = "adding.md"\nexercises = [{listed}]\n'
    )


def change(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_the_first_import_publishes_everything(folder):
    report = import_course(folder)
    assert (report.published, report.errors) == ([NAME], [])
    exercise = Exercise.objects.published().get()
    assert exercise.name == NAME
    assert exercise.lesson.title == "Adding $a+b$"
    assert exercise.current.tasks[0]["points"] > 0
    assert 'id="task-1"' in exercise.current.task_html
    assert not exercise.ready


def test_a_second_import_changes_nothing(folder, django_assert_max_num_queries):
    import_course(folder)
    before = (Revision.objects.get().pk, Lesson.objects.get().html)
    with django_assert_max_num_queries(40):
        report = import_course(folder)
    assert (report.published, report.unchanged) == ([], 1)
    assert (Revision.objects.get().pk, Lesson.objects.get().html) == before


def test_a_changed_exercise_gets_a_new_revision_and_the_old_one_stays_as_it_was(folder):
    import_course(folder)
    first = Revision.objects.get()
    change(folder / NAME / "reference.py", "def ", "# a remark\ndef ")
    assert import_course(folder).published == [NAME]
    assert Revision.objects.count() == 2
    again = Revision.objects.get(pk=first.pk)
    assert (again.files, again.digest) == (first.files, first.digest)
    assert Exercise.objects.get().current.digest != first.digest


def test_going_back_to_an_earlier_text_uses_the_revision_that_is_there(folder):
    import_course(folder)
    first = Revision.objects.get()
    original = (folder / NAME / "reference.py").read_text()
    (folder / NAME / "reference.py").write_text(original + "\n# more\n")
    import_course(folder)
    (folder / NAME / "reference.py").write_text(original)
    assert import_course(folder).published == [NAME]
    assert Revision.objects.count() == 2
    assert Exercise.objects.get().current == first


def test_a_revision_cannot_be_changed(folder):
    import_course(folder)
    revision = Revision.objects.get()
    revision.starter = "something else"
    with pytest.raises(TypeError, match="immutable"):
        revision.save()


def test_a_mistake_in_one_exercise_is_named_and_stops_no_other(folder):
    shutil.copytree(folder / NAME, folder / "01-sums" / "02-broken")
    (folder / "01-sums" / "02-broken" / "probes.py").write_text("def (")
    describe(folder / "01-sums", ["02-broken", "01-double-it"])
    report = import_course(folder)
    assert report.published == [NAME]
    (error,) = report.errors
    assert "02-broken" in error
    with pytest.raises(CommandError, match="02-broken"):
        call_command("import_curriculum", folder)


def test_a_mistake_keeps_the_revision_that_was_published_before(folder):
    import_course(folder)
    (folder / NAME / "probes.py").write_text("def (")
    report = import_course(folder)
    assert len(report.errors) == 1
    assert Exercise.objects.published().get().current == Revision.objects.get()


def test_an_unreadable_formula_is_named_with_its_file(folder):
    change(folder / "01-sums" / "adding.md", "$x^2$", "$\\frac{1$")
    (error,) = import_course(folder).errors
    assert "adding.md" in error
    assert "\\frac{1" in error
    assert Exercise.objects.get().published


def test_what_is_no_longer_listed_is_hidden_and_peoples_work_stays(folder):
    import_course(folder)
    exercise = Exercise.objects.get()
    draft = save_draft(user=person("a@example.org"), exercise=exercise, source="x = 1")
    describe(folder / "01-sums", [])
    assert import_course(folder).unpublished == [NAME]
    assert not Exercise.objects.published().exists()
    draft.refresh_from_db()
    describe(folder / "01-sums", ["01-double-it"])
    import_course(folder)
    assert Exercise.objects.published().get() == exercise


def test_a_renamed_exercise_is_a_new_one_and_the_old_one_is_hidden(folder):
    import_course(folder)
    (folder / NAME).rename(folder / "01-sums" / "01-twice")
    describe(folder / "01-sums", ["01-twice"])
    report = import_course(folder)
    assert (report.published, report.unpublished) == (["01-sums/01-twice"], [NAME])
    assert [e.name for e in Exercise.objects.published()] == ["01-sums/01-twice"]


def test_a_missing_lesson_is_one_sentence(folder):
    (folder / "01-sums" / "adding.md").unlink()
    report = import_course(folder)
    assert report.errors == ["01-sums/adding.md does not exist"]
    assert report.published == [NAME]


def test_a_lesson_is_cut_at_its_fences_and_nothing_in_it_is_parsed():
    source = (
        "---\na: &a [*a, *a]\n---\n# Slope\n\nText.\n\n```python tags=[[[[[(\nx = 1\n\ny = 2\n```\n"
        "~~~\n```python\nno cell\n```\n~~~\n  ```python\n  no cell either\n  ```\n\n```python\nz = '\n~~~'\n"
    )
    assert [(cell.code, cell.source) for cell in cells_of(source)] == [
        (False, "# Slope\n\nText."),
        (True, "x = 1\n\ny = 2"),
        (False, "~~~\n```python\nno cell\n```\n~~~\n  ```python\n  no cell either\n  ```"),
        (True, "z = '\n~~~'"),
    ]


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("adding.md", "# Adding\n" + "a" * 300_000, "adding.md: it is larger than 256 kB"),
        ("module.toml", "a = " + "[" * 5000, "module.toml: its values are nested too deeply"),
        ("module.toml", "a = " + "9" * 5000, "module.toml: Exceeds the limit"),
    ],
    ids=["large", "deep", "digits"],
)
def test_a_text_that_is_too_much_is_one_sentence(folder, file, text, sentence):
    (folder / "01-sums" / file).write_text(text)
    report = import_course(folder)
    assert [error for error in report.errors if sentence in error]


def test_a_course_without_its_file_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(CommandError, match=r"course\.toml"):
        call_command("import_curriculum", tmp_path)


def test_a_lesson_is_shown_with_maths_and_code_and_without_its_title(folder):
    import_course(folder)
    html = Lesson.objects.get().html
    assert 'class="katex"' in html
    assert 'class="highlight"' in html
    assert "Adding" not in html
    assert "&lt;b&gt;bold" in html
    assert "nb-output" not in html


def test_outputs_of_a_lesson_survive_a_new_renderer_but_not_a_new_text(folder, monkeypatch):
    import_course(folder)
    lesson = Lesson.objects.get()
    outputs = [{"stdout": "2 <i>\n", "text": "", "figures": [], "drawn": [], "error": ""}]
    Lesson.objects.update(outputs=outputs, executed_digest=lesson.source_digest)
    monkeypatch.setattr(publishing, "renderer_digest", lambda: "another renderer")
    import_course(folder)
    assert '<pre class="nb-text" tabindex="0">2 &lt;i&gt;\n</pre>' in Lesson.objects.get().html
    change(folder / "01-sums" / "adding.md", "1 + 1", "1 + 2")
    import_course(folder)
    lesson = Lesson.objects.get()
    assert lesson.executed_digest == ""
    assert "nb-output" not in lesson.html


def test_outputs_for_light_pages_only_stay_until_the_cells_are_executed_again(folder, monkeypatch):
    import_course(folder)
    lesson = Lesson.objects.get()
    outputs = [{"stdout": "2\n", "text": "", "figures": [], "error": ""}]
    Lesson.objects.update(outputs=outputs, executed_digest=lesson.source_digest)
    monkeypatch.setattr(publishing, "renderer_digest", lambda: "another renderer")
    import_course(folder)
    lesson = Lesson.objects.get()
    assert "nb-output" in lesson.html
    assert lesson.executed_digest == ""


def test_nothing_authored_is_executed_by_an_import(folder, tmp_path):
    witness = tmp_path / "witness"
    for name in ("reference.py", "probes.py", "starter.py"):
        file = folder / NAME / name
        file.write_text(file.read_text() + f"\nimport pathlib\npathlib.Path({str(witness)!r}).touch()\n")
    import_course(folder)
    assert not witness.exists()


def test_the_share_of_rejected_wrong_answers_comes_from_the_proof_of_this_very_text(folder):
    report = {
        "mutants": {"killed": 3, "total": 3},
        "automatic_mutants": {"killed": 15, "total": 18, "equivalent": 1},
    }
    import_course(folder)
    assert Revision.objects.get().kill_rate is None
    record.write(folder / NAME, grader.exercise.folder.load(folder / NAME), "box", report)
    import_course(folder)
    assert Revision.objects.get().kill_rate == 0.9
    change(folder / NAME / "reference.py", "return 2 * x", "return x + x")
    import_course(folder)
    assert Exercise.objects.get().current.kill_rate is None


def test_a_page_brings_along_a_bounded_part_of_what_a_lesson_told():
    frames = [
        ("drawing", {"drawing": {"kind": "heat", "name": name, "step": step, "rows": [[0.5] * 64] * 8}})
        for step in range(100)
        for name in ("a", "b")
    ]
    kept = few_frames(frames)
    assert len(json.dumps(kept)) <= LESSON_DRAWN
    for name in ("a", "b"):
        steps = [data["drawing"]["step"] for _, data in kept if data["drawing"]["name"] == name]
        assert (steps[0], steps[-1]) == (0, 99)
        assert steps == sorted(steps)
    assert few_frames(frames[:2]) == [list(each) for each in frames[:2]]
    assert few_frames([]) == []
