"""Proofs by a real worker with real boxes: what passes, what is refused, what hostile authors cost others."""

import time
from pathlib import Path

import pytest

from grader.verdict import Kind, State
from zero_to_gpt.authoring import drafts, proofs, publications, refusals, structure
from zero_to_gpt.authoring.models import Proof
from zero_to_gpt.catalog.models import Exercise, Lesson
from zero_to_gpt.submissions import submitting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.bubblewrap]

FOLDER = Path(__file__).parents[1] / "e2e" / "exercise_running_mean"
FILES = {
    path.relative_to(FOLDER).as_posix(): path.read_text() for path in FOLDER.rglob("*") if path.is_file()
}
SENTENCE_SECONDS = 150


@pytest.fixture(autouse=True)
def rings_for_authors(rings, monkeypatch):
    monkeypatch.setattr(proofs, "app", rings)
    monkeypatch.setattr(publications, "app", rings)


@pytest.fixture
def lesson(bob):
    course = structure.begin_course(by=bob, title="Autumn")
    return structure.add_lesson(
        module=structure.add_module(course=course, title="Sums"), title="Sums", by=bob
    )


def exercise_of(lesson, by, **changed):
    files = FILES | {name.replace("__", "."): text for name, text in changed.items()}
    return structure.add_exercise(lesson=lesson, title="running mean", files=files, by=by)


def ended(worker, proof):
    def fresh():
        proof.refresh_from_db()
        return proof.finished

    worker.until("a proof", fresh, seconds=SENTENCE_SECONDS)
    return proof


def test_a_proof_is_made_and_published_and_the_exercise_opens(start_worker, lesson, bob):
    place = exercise_of(lesson, bob)
    worker = start_worker()
    proof = ended(worker, proofs.ask_proof(exercise=place, by=bob))
    assert (proof.state, proof.trouble) == ("passed", "")
    kinds = list(proof.steps.values_list("kind", flat=True))
    assert kinds.count("mutant") == 6
    assert kinds.count("alternative") == 2
    assert kinds[-1] == "end"
    told = proof.steps.get(kind="mutant", data__name="sums").data
    assert told["survives"] == ""
    assert told["diagnosis"] == "Your windows are summed and not averaged: divide by k."
    publications.publish(exercise=place, proof=proof, by=bob)
    worker.until("opening", lambda: Exercise.objects.get(pk=place.pk).current.ready)


def test_a_weak_exercise_is_refused_with_the_sentence_that_helps(start_worker, lesson, bob):
    weak = FILES["probes.py"].replace("[(7, 3), (12, 5), (6, 6), (9, 1)]", "[(7, 1), (9, 1)]")
    worker = start_worker()
    proof = ended(worker, proofs.ask_proof(exercise=exercise_of(lesson, bob, probes__py=weak), by=bob))
    assert proof.state == "refused"
    assert any(
        "let a hidden probe ask what only a visible one asks" in each for each in proof.report["problems"]
    )


TITLE = '    "Windows of many sizes"\n'
ENDLESS = FILES["probes.py"].replace(TITLE, TITLE + "    while True:\n        pass\n")
HOARD = FILES["probes.py"].replace(TITLE, TITLE + "    hoard = [bytes(2**27) for _ in range(400)]\n")


def test_an_endless_make_is_a_sentence_and_slows_nobody(start_worker, exercise, lesson, alice, bob, right):
    place = exercise_of(lesson, bob, probes__py=ENDLESS)
    worker = start_worker()
    worker.until("opening", lambda: Exercise.objects.get(pk=exercise.pk).ready)
    proof = proofs.ask_proof(exercise=place, by=bob)
    worker.until("its beginning", lambda: Proof.objects.get(pk=proof.pk).state == "running", seconds=30)
    times = []
    for number in range(3):
        began = time.monotonic()
        submission = submitting.submit(
            user=alice,
            exercise=Exercise.objects.published().get(pk=exercise.pk),
            kind=Kind.SUBMIT,
            source=right,
            idempotency_key=f"key-{number}",
        )

        def graded(submission=submission):
            submission.refresh_from_db()
            return submission.state == State.GRADED

        worker.until("a verdict", graded)
        times.append(time.monotonic() - began)
        assert submission.word == "passed"
    assert max(times) < 10, times
    ended(worker, proof)
    assert proof.state == "refused"
    said = proof.trouble or " ".join(proof.report["problems"])
    assert "make" in said
    assert "probes.py" in said or "Windows" in said


def test_a_make_that_hoards_memory_is_a_sentence(start_worker, lesson, bob):
    worker = start_worker()
    proof = ended(worker, proofs.ask_proof(exercise=exercise_of(lesson, bob, probes__py=HOARD), by=bob))
    assert proof.state == "refused"
    assert "emory" in (proof.trouble or " ".join(proof.report["problems"]))


def test_the_cells_of_a_lesson_run_and_a_memory_bomb_in_one_is_a_sentence(start_worker, lesson, bob):
    worker = start_worker()
    drafts.save_lesson(
        lesson=lesson, source="# Sums\n\n```python\nprint(20 + 22)\n```\n", version=None, by=bob
    )
    proof = ended(worker, proofs.ask_cells(lesson=lesson, by=bob))
    assert (proof.state, proof.outputs[0]["stdout"]) == ("passed", "42\n")
    publications.publish_lesson(lesson=lesson, proof=proof, by=bob)
    assert "42\n</pre>" in Lesson.objects.get(pk=lesson.pk).html
    bomb = "# Sums\n\n```python\nhoard = [0]\nwhile True:\n    hoard = hoard * 2\n```\n"
    drafts.save_lesson(lesson=lesson, source=bomb, version=None, by=bob)
    proof = ended(worker, proofs.ask_cells(lesson=lesson, by=bob))
    assert proof.state == "refused"
    assert "Cell 1 fails" in proof.trouble
    assert "emory" in proof.trouble
    with pytest.raises(refusals.Refused):
        publications.publish_lesson(lesson=lesson, proof=proof, by=bob)


def test_a_proof_can_be_stopped(start_worker, lesson, bob):
    place = exercise_of(lesson, bob, probes__py=ENDLESS)
    worker = start_worker()
    proof = proofs.ask_proof(exercise=place, by=bob)
    worker.until("its beginning", lambda: Proof.objects.get(pk=proof.pk).state == "running", seconds=30)
    assert proofs.stop(proof=Proof.objects.get(pk=proof.pk))
    assert Proof.objects.get(pk=proof.pk).state == "stopped"
    fine = exercise_of(lesson, bob)
    assert ended(worker, proofs.ask_proof(exercise=fine, by=bob)).state == "passed"
