"""What an import leaves to the workers: expected values and lessons' outputs, each by one worker."""

import datetime
import shutil
import struct
from types import SimpleNamespace

import pytest
from django.utils import timezone

from grader.grading.author import AuthorError
from grader.grading.expected import Case
from grader.notebooks.lessons import CellOutputs
from grader.sandbox.box import BoxError
from grader.verdict import ErrorReport
from tests.conftest import new_revision
from zero_to_gpt.catalog import services
from zero_to_gpt.catalog.models import ExpectedCase, ExpectedSet, Figure, Lesson
from zero_to_gpt.catalog.store import DatabaseStore

State = ExpectedSet.State
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 320, 200)


class Pool:
    """A pool as far as preparing looks at it; boxes themselves are tested in tests/worker."""

    def __init__(self, digest="box-1", profiles=("numpy",), closing=False):
        self.closing = closing
        self.backend = SimpleNamespace(
            box_digest=lambda profile: digest, has_profile=lambda profile: profile in profiles
        )


@pytest.fixture
def computed(monkeypatch):
    """The exercises whose values were computed; an exception put into `.fails` is raised instead."""
    done = SimpleNamespace(names=[], fails=None, need_more=[], missing=[])

    def compute(exercise, pool, store):
        done.names.append(exercise)
        if done.fails:
            raise done.fails

    monkeypatch.setattr(services.stock, "open_exercise", compute)
    monkeypatch.setattr(services.stock, "is_kept", lambda *_: not done.missing)
    monkeypatch.setattr(services, "graded_by", lambda revision: revision.exercise.name)
    monkeypatch.setattr(services, "authors", lambda name: "author" if name in done.need_more else "numpy")
    return done


@pytest.fixture
def waiting(exercise):
    """An exercise of which nothing is computed."""
    ExpectedSet.objects.all().delete()
    return exercise


def the_set():
    return ExpectedSet.objects.get()


def test_an_exercise_opens_when_its_values_are_computed(waiting, computed):
    assert not waiting.current.ready
    assert services.prepare_next(pool=Pool())
    assert computed.names == [waiting.name]
    assert waiting.current.ready
    services.prepare_next(pool=Pool())
    assert computed.names == [waiting.name]


def test_another_box_digest_is_computed_again_but_the_exercise_stays_open(waiting, computed):
    services.prepare_next(pool=Pool("box-1"))
    services.prepare_next(pool=Pool("box-2"))
    assert len(computed.names) == 2
    assert waiting.current.ready


def test_a_change_of_prose_computes_nothing(waiting, computed):
    services.prepare_next(pool=Pool())
    before = waiting.current.grading_digest
    new_revision(waiting, "digest-2", grading_digest=before)
    services.prepare_next(pool=Pool())
    assert len(computed.names) == 1
    assert waiting.current.ready


def test_what_another_worker_computes_is_left_to_it_until_it_falls_silent(waiting, computed):
    soon = timezone.now() + datetime.timedelta(seconds=10)
    ExpectedSet.objects.create(
        grading_digest=waiting.current.grading_digest,
        box_digest="box-1",
        state=State.COMPUTING,
        lease_until=soon,
    )
    services.prepare_next(pool=Pool())
    assert computed.names == []
    ExpectedSet.objects.update(lease_until=timezone.now() - datetime.timedelta(seconds=1))
    services.prepare_next(pool=Pool())
    assert the_set().state == State.READY


def test_an_authors_mistake_is_final_and_told_to_staff(waiting, computed):
    computed.fails = AuthorError("01-maths/01-slope-at", 0, "the reference raised ValueError")
    services.prepare_next(pool=Pool())
    assert the_set().state == State.FAILED
    assert "the reference raised ValueError" in the_set().trouble
    services.prepare_next(pool=Pool())
    assert len(computed.names) == 1
    assert not waiting.current.ready


def test_a_fault_of_ours_is_tried_again_but_not_for_ever(waiting, computed):
    computed.fails = BoxError("the engine is away")
    for attempt in range(1, services.MOST_ATTEMPTS + 1):
        services.prepare_next(pool=Pool())
        assert len(computed.names) == attempt
    assert the_set().state == State.FAILED
    assert the_set().trouble == "the engine is away"


def test_a_host_without_the_libraries_leaves_the_exercise_to_others(waiting, computed):
    services.prepare_next(pool=Pool(profiles=()))
    assert computed.names == []
    assert not ExpectedSet.objects.exists()


def test_while_the_authors_libraries_are_being_fetched_nothing_is_tried(waiting, computed):
    computed.need_more.append(waiting.name)
    for _ in range(services.MOST_ATTEMPTS + 1):
        assert not services.prepare_next(pool=Pool())
    assert computed.names == []
    assert not ExpectedSet.objects.exists()
    assert services.prepare_next(pool=Pool(profiles=("numpy", "author")))
    assert waiting.current.ready


@pytest.mark.parametrize("fault", [AuthorError("01-maths/01-slope-at", 0, "it died"), BoxError("it died")])
def test_a_worker_that_stops_blames_nobody(waiting, computed, fault):
    computed.fails = fault
    for _ in range(services.MOST_ATTEMPTS + 1):
        services.prepare_next(pool=Pool(closing=True))
    assert the_set().state == State.WAITING
    computed.fails = None
    services.prepare_next(pool=Pool())
    assert waiting.current.ready


def test_what_a_new_box_lacks_is_made_when_a_submission_needs_it(exercise, computed):
    revision = exercise.current
    services.ensure_expected(revision=revision, pool=Pool("box-new"))
    services.ensure_expected(revision=revision, pool=Pool("box-new"))
    assert computed.names == [exercise.name]


@pytest.fixture
def notebook(monkeypatch):
    """What the lesson's cells return when they are executed."""
    returned = []
    monkeypatch.setattr(services.lessons, "run_notebook", lambda cells, pool, profile: returned[: len(cells)])
    return returned


@pytest.fixture
def code(lesson):
    Lesson.objects.update(source="# Slope\n\n```python\nprint(1)\n```\n", source_digest="text-1")
    return lesson


def test_a_lesson_keeps_output_and_pictures(code, notebook):
    notebook.append(CellOutputs(stdout="1 <b>\n", text=("2",), pngs=(PNG, b"not a png")))
    assert services.prepare_next(pool=Pool())
    code.refresh_from_db()
    assert code.executed_digest == "text-1"
    figure = Figure.objects.get()
    assert bytes(figure.png) == PNG
    assert f'src="/figures/{figure.digest}.png" loading="lazy" width="320" height="200"' in code.html
    assert "1 &lt;b&gt;" in code.html
    assert not services.prepare_next(pool=Pool())


def test_a_lesson_that_fails_keeps_its_prose_and_says_why_to_staff(code, notebook):
    notebook.append(CellOutputs(error=ErrorReport(type="NameError", message="x")))
    services.prepare_next(pool=Pool())
    code.refresh_from_db()
    assert (code.executed_digest, code.trouble, code.html) == ("", "NameError: x", "<p>A slope.</p>")
    assert not services.prepare_next(pool=Pool())


def test_a_lesson_waits_for_its_libraries_without_holding_up_others(code, notebook):
    Lesson.objects.update(source="# Slope\n\n```python\nimport scipy\n```\n")
    notebook.append(CellOutputs(stdout="1\n"))
    assert not services.prepare_next(pool=Pool())
    later = Lesson.objects.get()
    later.pk, later.slug, later.position = None, "later", 9
    later.source = "# Later\n\n```python\nprint(1)\n```\n"
    later.save()
    assert services.prepare_next(pool=Pool())
    later.refresh_from_db()
    assert later.executed_digest == "text-1"
    assert services.prepare_next(pool=Pool(profiles=("numpy", "author")))
    code.refresh_from_db()
    assert code.executed_digest == "text-1"


def test_a_lesson_that_no_box_could_execute_is_tried_again(code, notebook, monkeypatch):
    def without_a_box(cells, pool, profile):
        raise BoxError("the engine is away")

    with monkeypatch.context() as away:
        away.setattr(services.lessons, "run_notebook", without_a_box)
        assert not services.prepare_next(pool=Pool())
    notebook.append(CellOutputs(error=ErrorReport(type="died", message="cell 1 did not finish (died)")))
    assert not services.prepare_next(pool=Pool(closing=True))
    notebook[:] = [CellOutputs(stdout="1\n")]
    assert services.prepare_next(pool=Pool())
    code.refresh_from_db()
    assert (code.executed_digest, code.trouble) == ("text-1", "")


def test_a_picture_is_served_for_ever_and_unknown_ones_are_not_found(code, notebook, client):
    notebook.append(CellOutputs(pngs=(PNG,)))
    services.prepare_next(pool=Pool())
    response = client.get(f"/figures/{Figure.objects.get().digest}.png")
    assert (response["Content-Type"], response.content) == ("image/png", PNG)
    assert "immutable" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert client.get("/figures/unknown.png").status_code == 404


@pytest.fixture(params=["files", "rows"])
def store(db, request, settings):
    """A store as an installation on SQLite has it, and as one on PostgreSQL."""
    settings.SQLITE = request.param == "files"
    return DatabaseStore()


def test_the_store_gives_back_what_was_put_and_forgets_above_its_limit(store, monkeypatch, settings):
    key = ("grading", "box", "Probe", "7")
    assert store.get(*key) is None
    store.put(*key, Case(b"\0in", b"\xffout", 0.5))
    assert store.get(*key) == Case(b"\0in", b"\xffout", 0.5)
    ExpectedCase.objects.all().delete()
    shutil.rmtree(settings.VAR / "expected-values", ignore_errors=True)
    assert store.get(*key) == Case(b"\0in", b"\xffout", 0.5)
    monkeypatch.setattr("zero_to_gpt.catalog.store.MEMORY_BYTES", 0)
    store.put("grading", "box", "Probe", "8", Case(b"a", b"b"))
    assert store.get("grading", "box", "Probe", "8") == Case(b"a", b"b")
    assert store.get(*key) is None


def test_putting_a_case_again_replaces_it(store):
    store.put("g", "b", "Probe", "1", Case(b"a", b"b"))
    store.get("g", "b", "Probe", "1")
    store.put("g", "b", "Probe", "1", Case(b"c", b"d"))
    assert store.get("g", "b", "Probe", "1") == Case(b"c", b"d")
    assert DatabaseStore().get("g", "b", "Probe", "1") == Case(b"c", b"d")


def test_on_one_machine_no_value_is_in_the_database(store, settings):
    store.put("g", "b", "Probe", "1", Case(b"a" * 1000, b"b"))
    assert ExpectedCase.objects.count() == (0 if settings.SQLITE else 1)


def test_values_that_a_restored_database_lacks_are_made_again(waiting, computed):
    assert services.prepare_next(pool=Pool())
    assert the_set().state == State.READY
    computed.missing = [("Seen", 0)]  # its row says ready, the values are gone
    services._seen_kept.clear()
    services._is_ready.cache_clear()
    assert services.prepare_next(pool=Pool())
    assert computed.names == ["01-maths/01-slope-at"] * 2
    assert the_set().state == State.READY


def test_a_submission_makes_the_values_that_a_restored_database_lacks(waiting, computed):
    services.prepare_next(pool=Pool())
    computed.missing = [("Seen", 0)]
    services.ensure_expected(revision=waiting.current, pool=Pool())
    assert len(computed.names) == 2
    computed.missing = []
    services.ensure_expected(revision=waiting.current, pool=Pool())
    assert len(computed.names) == 2
