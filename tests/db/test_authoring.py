"""Who may write what, drafts, publishing by digest, copies, and what a hostile text costs."""

import io
import json
import re
import shutil
import time
import tomllib
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from grader.exercise.folder import from_files, load
from grader.proving.record import grader_digest
from tests.db.conftest import FOLDER, files
from zero_to_gpt.authoring import archive, bounded, drafts, proofs, publications, refusals, structure
from zero_to_gpt.authoring.models import ExerciseDraft, Proof, Publication, Step
from zero_to_gpt.catalog.models import Course, Exercise, Lesson, Module, Revision
from zero_to_gpt.catalog.publishing import import_course
from zero_to_gpt.cohorts.models import Authorship, Role
from zero_to_gpt.cohorts.roles import courses_of, main_course, may_write, ungraded, written_by
from zero_to_gpt.cohorts.services import enrol
from zero_to_gpt.progress.queries import cohort_grid

pytestmark = pytest.mark.django_db


def proven(place, by, **changed) -> Proof:
    """A proof of the draft as a worker would leave it; whether workers do is tested with real boxes."""
    loaded = from_files(place.name, drafts.draft_of(place).files)
    report = {"mutants": {"killed": 6, "total": 6}, "automatic_mutants": {"killed": 9, "total": 10}}
    fields = {
        "exercise": place,
        "by": by,
        "files": dict(loaded.files),
        "digest": loaded.digest,
        "state": Proof.State.PASSED,
        "gate": grader_digest(),
        "report": report,
    }
    return Proof.objects.create(**fields | changed)


def address(place, what=""):
    return f"/authoring/exercises/{place.module.slug}/{place.slug}/{what}"


def posted(client, place, what, given, version=None):
    fields = {"texts": json.dumps(given)} | ({} if version is None else {"version": version})
    return client.post(address(place, what), fields)


# ---- who -------------------------------------------------------------------------------------------------


def test_who_teaches_a_cohort_may_begin_a_course_and_a_student_may_not(client, alice, bob, dora):
    assert [may_write(person) for person in (alice, bob, dora)] == [False, True, True]
    client.force_login(alice)
    assert client.get("/authoring/").status_code == 403
    client.force_login(bob)
    client.post("/authoring/", {"title": "Mine"})
    assert written_by(bob).get().title == "Mine"


def test_every_address_of_a_course_is_404_for_who_does_not_write_it(client, place, charlie, autumn, exercise):
    structure.begin_course(by=charlie, title="Other")
    client.force_login(charlie)
    course = place.module.course
    lesson = place.lesson
    proof = proven(place, Authorship.objects.get(course=course).user)
    own = f"/authoring/lessons/{lesson.module.slug}/{lesson.slug}/"
    for url in (address(place), address(place, "zip/"), address(place, "history/"), own,
                f"/authoring/courses/{course.slug}/", f"/authoring/proofs/{proof.pk}/"):  # fmt: skip
        assert client.get(url).status_code == 404, url
    for url in (address(place, "read/"), address(place, "save/"), address(place, "validate/"),
                address(place, "publish/"), own + "save/", own + "run/", own + "publish/",
                f"/authoring/courses/{course.slug}/change/",
                f"/authoring/proofs/{proof.pk}/stop/"):  # fmt: skip
        assert client.post(url, {"texts": "{}"}).status_code == 404, url


def test_shipped_content_has_no_editor(client, exercise, dora):
    client.force_login(dora)
    assert client.get(f"/authoring/exercises/{exercise.module.slug}/{exercise.slug}/").status_code == 404
    assert client.get(f"/authoring/courses/{exercise.module.course.slug}/").status_code == 404


def test_a_written_course_is_open_to_its_authors_and_the_cohorts_that_follow_it(
    client, place, bob, alice, charlie, spring
):
    proof = proven(place, bob)
    publications.publish(exercise=place, proof=proof, by=bob)
    url = f"/exercises/{place.module.slug}/{place.slug}/"
    course = place.module.course

    def seen_by(person):
        client.force_login(person)
        return client.get(url).status_code

    assert (seen_by(bob), seen_by(alice), seen_by(charlie)) == (200, 404, 404)
    structure.follow(cohort=spring, course=course, by=bob)
    assert (seen_by(bob), seen_by(alice), seen_by(charlie)) == (200, 200, 404)
    assert main_course(alice) == course
    assert course not in courses_of(charlie)
    client.logout()
    assert client.get(url).status_code == 404


def test_only_who_teaches_a_cohort_chooses_its_course(written, bob, autumn):
    with pytest.raises(refusals.Refused, match="Only who teaches"):
        structure.follow(cohort=autumn, course=written, by=bob)


def test_a_cohort_goes_back_to_what_came_with_the_site(client, written, course, bob, dora, spring, autumn):
    structure.follow(cohort=spring, course=written, by=bob)
    structure.follow(cohort=autumn, course=written, by=dora)
    client.force_login(bob)
    change = f"/authoring/courses/{written.slug}/change/"
    page = client.get(f"/authoring/courses/{written.slug}/").content.decode()
    assert page.count('value="unfollow"') == 1, "the other one is not his to move"
    client.post(change, {"action": "unfollow", "cohort": autumn.slug})
    client.post(change, {"action": "unfollow", "cohort": spring.slug})
    spring.refresh_from_db()
    autumn.refresh_from_db()
    assert (spring.course, autumn.course) == (course, written)


def test_who_reads_references_is_shown_as_ungraded(
    client, exercise, written, bob, alice, dora, spring, graded
):
    assert not ungraded(exercise.module.course_id).exists()
    structure.add_author(course=written, email=alice.email, by=dora)
    Revision.objects.filter(pk=exercise.current_id).update(files=files())
    exercise.refresh_from_db()
    copy = structure.copy_exercise(
        exercise=exercise, lesson=Lesson.objects.get(module__course=written), by=bob
    )
    assert set(ungraded(exercise.module.course_id)) == {alice, bob} == set(ungraded(written.pk))
    assert copy.copied_from == exercise
    [row] = cohort_grid(spring).rows
    assert (row.student, row.ungraded) == (alice, True)
    client.force_login(bob)
    assert '"ungraded"' not in client.get("/cohorts/spring/").content.decode()
    assert ">ungraded</span>" in client.get("/cohorts/spring/").content.decode()
    client.force_login(alice)
    page = client.get(f"/exercises/{exercise.module.slug}/{exercise.slug}/").content.decode()
    assert "You have read the answer of this exercise" in page


def test_following_a_course_opens_it_and_not_its_answers(client, place, bob, charlie, spring, autumn):
    """charlie is a student of bob's cohort and teaches another one: nothing of bob's can be copied."""
    publications.publish(exercise=place, proof=proven(place, bob), by=bob)
    structure.follow(cohort=spring, course=place.module.course, by=bob)
    enrol(user=charlie, cohort=spring)
    enrol(user=charlie, cohort=autumn, role=Role.INSTRUCTOR)
    client.force_login(charlie)
    page = client.get(f"/exercises/{place.module.slug}/{place.slug}/")
    assert page.status_code == 200
    assert "Edit a copy" not in page.content.decode()
    assert client.get(f"/authoring/copy/{place.module.slug}/{place.slug}/").status_code == 404
    client.post("/authoring/", {"title": "Mine", "copy_of": place.module.course.slug})
    mine = written_by(charlie).get()
    assert not mine.modules.exists()


def test_a_shipped_exercise_is_edited_as_a_copy(client, exercise, written, bob):
    Revision.objects.filter(pk=exercise.current_id).update(files=files())
    client.force_login(bob)
    page = client.get(f"/exercises/{exercise.module.slug}/{exercise.slug}/").content.decode()
    assert "Edit a copy" in page
    lesson = Lesson.objects.get(module__course=written)
    url = f"/authoring/copy/{exercise.module.slug}/{exercise.slug}/"
    answer = client.post(url, {"lesson": lesson.pk}, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/authoring/exercises/")
    copy = Exercise.objects.get(module__course=written)
    assert copy.current.files == files()
    assert copy.current.pk != exercise.current_id


def test_a_course_keeps_an_author(written, bob, dora):
    with pytest.raises(refusals.Refused, match="needs an author"):
        structure.remove_author(course=written, user=bob, by=bob)
    structure.add_author(course=written, email=dora.email, by=dora)
    structure.remove_author(course=written, user=bob, by=bob)
    assert list(written.authorships.values_list("user__email", flat=True)) == [dora.email]
    assert written not in written_by(bob)
    assert bob in ungraded(written.pk), "what he read he has read"
    structure.add_author(course=written, email=bob.email, by=dora)
    assert written in written_by(bob)


# ---- drafts ----------------------------------------------------------------------------------------------


def test_a_mistake_is_marked_with_file_and_line_by_the_gates_own_parser(client, place, bob):
    client.force_login(bob)
    wrong = files() | {
        "reference.py": "x = 1\ndef double(x:\n",
        "probes.py": files()["probes.py"] + "\nboom(",
    }
    answer = posted(client, place, "read/", wrong).json()
    assert ["reference.py", 2] in [mistake[:2] for mistake in answer["mistakes"]]
    assert "probes.py" in [mistake[0] for mistake in answer["mistakes"]]
    assert answer["digest"] == ""
    assert not ExerciseDraft.objects.filter(version__gt=1).exists(), "reading keeps nothing"
    good = posted(client, place, "read/", files()).json()
    assert (good["mistakes"], good["digest"]) == ([], from_files(place.name, files()).digest)


def test_of_two_authors_who_save_the_second_is_told(client, place, bob):
    client.force_login(bob)
    assert posted(client, place, "save/", files(), version=1).json()["version"] == 2
    late = posted(client, place, "save/", files() | {"mutants/m.py": "x = 1\n"}, version=1)
    assert late.status_code == 409
    assert "saved this exercise after you opened it" in late.json()["error"]
    assert "mutants/m.py" not in drafts.draft_of(place).files


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"../x.py": ""}, "is no file of an exercise"),
        ({"mutants/a/b.py": ""}, "is no file of an exercise"),
        ({"reference.py": "x" * 300_000}, "256 are read"),
        ({"reference.py": "\0"}, "NUL"),
        ({"reference.py": "\ud800"}, "not valid UTF-8"),
        ({f"mutants/m{n}.py": "x" * 200_000 for n in range(15)}, "are kept"),
        ({f"mutants/m{n}.py": "" for n in range(100)}, "80 files at most"),
    ],
)
def test_a_draft_has_the_names_and_sizes_of_an_exercise(client, place, bob, given, sentence):
    client.force_login(bob)
    answer = posted(client, place, "save/", given)
    assert answer.status_code in (400, 413)
    assert sentence in answer.json()["error"]
    assert drafts.draft_of(place).version == 1


def test_the_zip_of_a_draft_comes_back_as_the_same_bytes(client, place, bob):
    client.force_login(bob)
    first = client.get(address(place, "zip/")).content
    drafts.save_files(exercise=place, files={"task.md": "gone"}, version=None, by=bob)
    upload = SimpleUploadedFile("e.zip", first, content_type="application/zip")
    answer = client.post(address(place, "zip/"), {"zip": upload}, follow=True)
    assert f"{len(files())} files are in the draft now." in answer.content.decode()
    assert client.get(address(place, "zip/")).content == first


def test_a_zip_takes_no_place_of_what_another_author_saved_meanwhile(client, place, bob, dora):
    client.force_login(bob)
    page = client.get(address(place)).content.decode()
    assert 'name="version" value="1"' in page
    drafts.save_files(exercise=place, files=files() | {"mutants/m.py": "x = 1\n"}, version=1, by=dora)
    data = client.get(address(place, "zip/")).content

    def sent(version):
        upload = SimpleUploadedFile("e.zip", data, content_type="application/zip")
        answer = client.post(address(place, "zip/"), {"zip": upload, "version": version}, follow=True)
        return answer.content.decode()

    assert "your file was not taken" in sent(1)
    assert drafts.draft_of(place).version == 2
    assert "files are in the draft now" in sent(2)


def test_a_bad_zip_changes_nothing_and_is_told(client, place, bob):
    client.force_login(bob)
    upload = SimpleUploadedFile("e.zip", b"PK no", content_type="application/zip")
    answer = client.post(address(place, "zip/"), {"zip": upload}, follow=True)
    assert "not a zip that can be read" in answer.content.decode()
    assert drafts.draft_of(place).files == files()


# ---- hostile texts ---------------------------------------------------------------------------------------

BOMBS = {
    "a formula that grows": {"task.md": "## Task 1: x\n$$" + r"{\frac12}" * 25_000 + "$$\n"},
    "a formula without end": {"task.md": "## Task 1: x\n$$\\def\\x{\\x\\x}\\x$$\n"},
    "keys of keys": {"exercise.toml": "a." * 100_000 + "b = 1\n"},
    "brackets": {"probes.py": "(" * 5_000},
    "signs": {"reference.py": "x = " + "-" * 100_000 + "1\n"},
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_text_that_costs_too_much_is_a_sentence_within_seconds(client, place, bob, name):
    client.force_login(bob)
    began = time.process_time()
    wall = time.monotonic()
    answer = posted(client, place, "read/", files() | BOMBS[name])
    assert answer.status_code == 200
    assert answer.json()["mistakes"] != []
    assert len(answer.content) < 100_000
    assert time.process_time() - began < 1.0, "the server itself parses and renders nothing of it"
    assert time.monotonic() - wall < 60
    assert posted(client, place, "read/", files()).json()["mistakes"] == []


def test_one_author_is_read_once_at_a_time(client, place, bob):
    client.force_login(bob)
    with bounded._one_at_a_time(bob.pk):
        assert posted(client, place, "read/", files()).status_code == 429


# ---- proofs and publishing -------------------------------------------------------------------------------


def test_what_cannot_be_read_is_not_queued(client, place, bob):
    client.force_login(bob)
    drafts.save_files(exercise=place, files=files() | {"reference.py": "def ("}, version=None, by=bob)
    answer = client.post(address(place, "validate/"))
    assert answer.status_code == 400
    assert "reference.py, line 1" in answer.json()["error"]
    assert not Proof.objects.exists()


def test_one_proof_at_a_time_and_so_many_minutes_a_day(place, bob, settings):
    first = proofs.ask_proof(exercise=place, by=bob)
    with pytest.raises(refusals.TooMuch, match="validated already"):
        proofs.ask_proof(exercise=place, by=bob)
    assert proofs.stop(proof=first)
    settings.PROOF_MINUTES = 1
    Proof.objects.filter(pk=first.pk).update(seconds=61)
    with pytest.raises(refusals.TooMuch, match="1 minutes of validation"):
        proofs.ask_proof(exercise=place, by=bob)


def test_who_used_least_today_comes_first(place, bob, dora):
    Proof.objects.create(exercise=place, by=bob, files={}, digest="x", state="refused", seconds=100)
    mine = proofs.ask_proof(exercise=place, by=bob)
    hers = proofs.ask_proof(exercise=place, by=dora)
    assert [proofs.claim_next().pk, proofs.claim_next().pk] == [hers.pk, mine.pk]
    assert proofs.claim_next() is None


def test_a_proof_whose_worker_died_is_made_once_more_and_then_broken(place, bob):
    proofs.ask_proof(exercise=place, by=bob)
    for _ in range(proofs.MOST_ATTEMPTS):
        taken = proofs.claim_next()
        Proof.objects.filter(pk=taken.pk).update(lease_until="2020-01-01T00:00:00Z")
    assert proofs.claim_next() is None
    assert Proof.objects.get().state == Proof.State.BROKEN


def test_a_worker_that_is_asked_to_end_takes_no_attempt(place, bob):
    proofs.ask_proof(exercise=place, by=bob)
    for _ in range(proofs.MOST_ATTEMPTS + 2):
        proofs.pass_on(proofs.claim_next())
    assert Proof.objects.get().state == Proof.State.QUEUED
    for _ in range(proofs.MOST_ATTEMPTS):
        proofs.release(proofs.claim_next(), "a sick host")
    assert Proof.objects.get().state == Proof.State.BROKEN


def test_a_stopped_proof_takes_no_more_steps(place, bob):
    proofs.ask_proof(exercise=place, by=bob)
    taken = proofs.claim_next()
    assert proofs.note(taken, "mutant", {"name": "a"})
    assert proofs.stop(proof=taken)
    assert not proofs.note(taken, "mutant", {"name": "b"})
    assert not proofs.end(taken, Proof.State.PASSED)
    assert list(Step.objects.values_list("kind", flat=True)) == ["mutant", "end"]


@pytest.mark.parametrize("state", ["queued", "running", "refused", "stopped", "broken"])
def test_nothing_but_what_the_gate_let_pass_is_published(place, bob, state):
    with pytest.raises(refusals.Refused, match="Only what the gate let pass"):
        publications.publish(exercise=place, proof=proven(place, bob, state=state), by=bob)
    assert not Revision.objects.filter(exercise=place).exists()


def test_a_draft_that_changed_since_its_proof_is_not_published(place, bob):
    proof = proven(place, bob)
    drafts.save_files(exercise=place, files=files() | {"given.py": "X = 1\n"}, version=None, by=bob)
    with pytest.raises(refusals.Refused, match="changed since"):
        publications.publish(exercise=place, proof=proof, by=bob)


def test_a_proof_of_another_text_or_gate_publishes_nothing(place, bob):
    forged = proven(place, bob, files=files() | {"given.py": "X = 1\n"})
    with pytest.raises(refusals.Refused, match="not the text"):
        publications.publish(exercise=place, proof=forged, by=bob)
    with pytest.raises(refusals.Refused, match="gate has changed"):
        publications.publish(exercise=place, proof=proven(place, bob, gate="older"), by=bob)


def test_a_page_can_only_ask_for_what_was_proven(client, place, bob):
    client.force_login(bob)
    client.post(address(place, "publish/"), {"state": "passed", "digest": "x", "texts": json.dumps(files())})
    assert not Revision.objects.filter(exercise=place).exists()


def test_publishing_makes_a_revision_and_remembers_who_and_when(place, bob):
    revision = publications.publish(exercise=place, proof=proven(place, bob), by=bob)
    place.refresh_from_db()
    assert place.current == revision
    assert revision.kill_rate == pytest.approx(15 / 16)
    assert revision.tasks[0]["title"]
    assert "<h2" in revision.task_html
    with pytest.raises(refusals.Refused, match="meet already"):
        publications.publish(exercise=place, proof=proven(place, bob), by=bob)
    [entry] = Publication.objects.all()
    assert (entry.by, entry.how, entry.revision) == (bob, "published", revision)
    with pytest.raises(TypeError, match="immutable"):
        revision.save()


def test_a_student_who_began_before_is_told_that_it_changed(client, place, bob, alice, spring):
    first = publications.publish(exercise=place, proof=proven(place, bob), by=bob)
    structure.follow(cohort=spring, course=place.module.course, by=bob)
    client.force_login(alice)
    url = f"/exercises/{place.module.slug}/{place.slug}/"
    client.post(url + "draft/", {"source": "x = 1", "revision": first.digest})
    changed = files() | {"starter.py": files()["starter.py"] + "\n# more\n"}
    drafts.save_files(exercise=place, files=changed, version=None, by=bob)
    publications.publish(exercise=place, proof=proven(place, bob), by=bob)
    page = client.get(url).content.decode()
    assert "This exercise changed since you began." in page
    late = client.post(
        url + "submit/",
        {"kind": "run", "source": "x = 1", "revision": first.digest},
        headers={"accept": "application/json"},
    )
    assert (late.status_code, late.json()["reason"]) == (409, "revision_changed")


# ---- copies ----------------------------------------------------------------------------------------------


@pytest.fixture
def shipped(tmp_path) -> Course:
    """A course as it is imported from a folder."""
    module = tmp_path / "course" / "01-sums"
    shutil.copytree(FOLDER, module / "01-double-it")
    shutil.copytree(FOLDER, module / "02-double-it")
    toml = module / "02-double-it" / "exercise.toml"
    toml.write_text(re.sub("requires = .*", 'requires = ["01-sums/01-double-it"]', toml.read_text()))
    (module.parent / "course.toml").write_text('title = "Sums"\nmodules = ["01-sums"]\n')
    (module / "module.toml").write_text(
        'title = "Sums"\n[[lessons]]\nfile = "a.md"\nexercises = ["01-double-it", "02-double-it"]\n'
    )
    (module / "a.md").write_text("# Sums\n\nText.\n")
    assert import_course(module.parent).errors == []
    return Course.objects.get(slug="zero-to-gpt")


def test_a_copy_of_a_course_has_everything_and_requires_its_own(shipped, bob):
    copy = structure.begin_course(by=bob, title="Mine", copy_of=shipped)
    names = list(Exercise.objects.filter(module__course=copy).order_by("name").values_list("name", flat=True))
    assert names == ["01-sums-mine/01-double-it", "01-sums-mine/02-double-it"]
    second = Exercise.objects.get(name=names[1])
    assert second.current.requires == [names[0]]
    assert second.current.files == Revision.objects.get(exercise__name="01-sums/02-double-it").files
    assert second.copied_from.name == "01-sums/02-double-it"


def test_importing_touches_only_what_it_imported(shipped, bob, tmp_path):
    copy = structure.begin_course(by=bob, title="Mine", copy_of=shipped)
    mine = Exercise.objects.get(name="01-sums-mine/01-double-it")
    modules = Module.objects.filter(course=copy).values_list("slug", "published")
    before = (mine.current_id, list(modules))
    folder = tmp_path / "course"
    task = folder / "01-sums" / "01-double-it" / "task.md"
    task.write_text(task.read_text() + "\nMore.\n")
    (folder / "01-sums" / "module.toml").write_text(
        'title = "Sums"\n[[lessons]]\nfile = "a.md"\nexercises = ["01-double-it"]\n'
    )
    report = import_course(folder)
    assert report.published == ["01-sums/01-double-it"]
    mine.refresh_from_db()
    assert (
        mine.current_id,
        list(Module.objects.filter(course=copy).values_list("slug", "published")),
    ) == before
    assert Exercise.objects.published().filter(module__course=copy).count() == 2


def test_importing_takes_no_address_of_a_course_that_was_written_here(shipped, bob, tmp_path):
    mine = structure.begin_course(by=bob, title="Mine")
    Module.objects.create(course=mine, slug="02-more", title="More")
    folder = tmp_path / "course"
    (folder / "02-more").mkdir()
    (folder / "02-more" / "module.toml").write_text('title = "Stolen"\nlessons = []\n')
    (folder / "course.toml").write_text('title = "Sums"\nmodules = ["01-sums", "02-more"]\n')
    [error] = import_course(folder).errors
    assert "another course has a module of this name" in error
    assert Module.objects.get(slug="02-more").title == "More"


# ---- structure and lessons -------------------------------------------------------------------------------


def test_parts_move_and_are_hidden_never_deleted(client, written, place, bob):
    lesson = place.lesson
    other = structure.add_exercise(lesson=lesson, title="second", files=files(), by=bob)
    client.force_login(bob)
    change = f"/authoring/courses/{written.slug}/change/"
    answer = client.post(change, {"action": "up", "kind": "exercise", "thing": other.pk})
    page, _, where = answer.url.partition("#")
    assert f'<form class="row tight" id="{where}"' in client.get(page).content.decode(), "one goes on there"
    assert f'value="{other.pk}"' in client.get(page).content.decode().partition(f'id="{where}"')[2][:400]
    assert list(lesson.exercises.order_by("position").values_list("slug", flat=True)) == [
        "second",
        "double-it",
    ]
    client.post(change, {"action": "hide", "kind": "exercise", "thing": other.pk})
    other.refresh_from_db()
    assert not other.published
    page = client.get(f"/authoring/courses/{written.slug}/").content.decode()
    assert "never published" in page


def test_after_a_module_is_added_one_goes_on_at_it(client, written, bob):
    client.force_login(bob)
    answer = client.post(
        f"/authoring/courses/{written.slug}/change/", {"action": "add_module", "title": "Means"}
    )
    page, _, where = answer.url.partition("#")
    assert where == f"at-module-{Module.objects.get(title='Means').pk}"
    assert f'id="{where}"' in client.get(page).content.decode()


def test_the_next_lesson_is_added_without_opening_anything(client, written, bob):
    """The module has a lesson already: that is when the field used to be folded away."""
    module = written.modules.get()
    url = f"/authoring/courses/{written.slug}/"
    client.force_login(bob)
    page = client.get(url).content.decode()
    unfolded = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    form = unfolded.partition('value="add_lesson"')[2].partition("</form>")[0]
    assert f'name="thing" value="{module.pk}"' in form
    assert "Title of a new lesson" in form
    client.post(f"{url}change/", {"action": "add_lesson", "thing": module.pk, "title": "Products"})
    assert [each.title for each in module.lessons.order_by("position")] == ["Sums", "Products"]


def test_a_desk_can_be_skipped_to_its_editor_and_its_preview(client, place, bob):
    client.force_login(bob)
    for url in (address(place), f"/authoring/lessons/{place.module.slug}/{place.lesson.slug}/"):
        page = client.get(url).content.decode()
        assert re.findall(r'class="skip" href="#(\w+)"', page) == ["editor", "preview"]
        for where in ("editor", "preview"):
            assert page.count(f'id="{where}" tabindex="-1"') == 1, (url, where)
        behind = page.partition('id="editor"')[2]
        first = re.search(r"<(a|button|input|select|summary|textarea)\b", behind)
        assert first, url
        assert first[1] == "textarea", "one Tab leads from there into the text"


def test_a_lesson_is_previewed_with_maths_and_its_mistakes_are_told(client, place, bob):
    client.force_login(bob)
    url = f"/authoring/lessons/{place.module.slug}/{place.lesson.slug}/read/"
    good = client.post(url, {"source": "# A title\n\n$x^2$\n\n```python\nprint(1)\n```\n"}).json()
    assert good["mistakes"] == []
    assert "katex" in good["preview"]
    bad = client.post(url, {"source": "# A title\n\n$\\frac$\n"}).json()
    assert "cannot be read" in bad["mistakes"][0][2]
    none = client.post(url, {"source": "no title"}).json()
    assert "begins with a line" in none["mistakes"][0][2]
    hostile = client.post(
        url, {"source": "# T\n\n<script>alert(1)</script>\n[x](javascript:alert(1))"}
    ).json()
    assert "<script" not in hostile["preview"]
    assert 'href="javascript' not in hostile["preview"]


def test_a_lesson_is_published_with_what_its_cells_showed(place, bob):
    lesson = place.lesson
    source = "# Sums\n\n```python\nprint(1 + 1)\n```\n"
    drafts.save_lesson(lesson=lesson, source=source, version=None, by=bob)
    outputs = [{"stdout": "2\n", "text": "", "figures": [], "error": ""}]
    proof = Proof.objects.create(
        lesson=lesson, by=bob, files={"lesson.md": source}, digest="x", state="passed", outputs=outputs
    )
    publications.publish_lesson(lesson=lesson, proof=proof, by=bob)
    lesson.refresh_from_db()
    assert '<pre class="nb-text" tabindex="0">2\n</pre>' in lesson.html
    assert lesson.executed_digest == lesson.source_digest
    drafts.save_lesson(lesson=lesson, source=source + "more", version=None, by=bob)
    with pytest.raises(refusals.Refused, match="changed since"):
        publications.publish_lesson(lesson=lesson, proof=proof, by=bob)


def test_the_zip_of_a_course_is_a_folder_that_is_imported(client, shipped, bob, charlie, tmp_path):
    mine = structure.begin_course(by=bob, title='Mine, "said" \\ twice', copy_of=shipped)
    second = Exercise.objects.get(name="01-sums-mine-said-twice/02-double-it")
    Exercise.objects.filter(pk=second.pk).update(published=False)
    first = Exercise.objects.get(name="01-sums-mine-said-twice/01-double-it")
    changed = drafts.draft_of(first).files | {
        "task.md": "## Task 1: Double\n\nMine.\n\n## Task 2: The slope\n"
    }
    drafts.save_files(exercise=first, files=changed, version=None, by=bob)
    url = f"/authoring/courses/{mine.slug}/zip/"
    client.force_login(bob)
    sent = client.get(url)
    assert sent.content == client.get(url).content
    with zipfile.ZipFile(io.BytesIO(sent.content)) as archived:
        archived.extractall(tmp_path)
    folder = tmp_path / mine.slug
    described = tomllib.loads((folder / "course.toml").read_text())
    assert (described["title"], described["slug"]) == ('Mine, "said" \\ twice', mine.slug)
    assert not (folder / second.name).exists(), "hidden parts stay here"
    assert (folder / first.name / "task.md").read_text() == changed["task.md"]
    Course.objects.filter(pk=mine.pk).update(slug="elsewhere")  # as if the folder came to another site
    Module.objects.filter(course=mine).update(slug="01-elsewhere")
    for each in (first, second):
        Exercise.objects.filter(pk=each.pk).update(name=f"01-elsewhere/{each.slug}")
    report = import_course(folder)
    assert (report.errors, report.published) == ([], [first.name])
    client.force_login(charlie)
    assert client.get(url).status_code in (403, 404)


def test_the_zip_of_an_exercise_is_the_folder_that_the_command_line_reads(client, place, bob, tmp_path):
    client.force_login(bob)
    with zipfile.ZipFile(io.BytesIO(client.get(address(place, "zip/")).content)) as sent:
        sent.extractall(tmp_path)
    assert load(tmp_path / place.slug).digest == from_files(place.name, files()).digest
    assert archive.pack(place.slug, files()) == client.get(address(place, "zip/")).content
