"""Three people and a small course for every test that needs a database.

alice is a student, bob teaches her cohort, charlie is a student somewhere else. dora runs the site.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from django.conf import settings

from grader.verdict import (
    ArrayDiff,
    CallDetail,
    Failing,
    Kind,
    Preview,
    ProbeResult,
    ProbeWord,
    TaskResult,
    Verdict,
    Word,
)
from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog import services as catalog_services
from zero_to_gpt.catalog.models import Course, Exercise, ExpectedSet, Lesson, Module, Revision
from zero_to_gpt.cohorts.models import Cohort, Role
from zero_to_gpt.cohorts.services import enrol
from zero_to_gpt.submissions import bell, leasing, recording, submitting
from zero_to_gpt.submissions.models import Submission

PASSWORD = "correct horse battery"
SECRET_IN_REFERENCE = "canary-of-the-reference"
SECRET_IN_VERDICT = "canary-of-a-hidden-probe"


def pytest_configure() -> None:
    """Real password hashing is slow on purpose; tests have nothing to protect."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _nothing_remembered(tmp_path, settings):
    """What a process remembers about immutable rows, and keeps as files, would outlive a test's database."""
    settings.VAR = tmp_path
    yield
    catalog_services._seen_kept.clear()
    catalog_services._parsed.cache_clear()
    catalog_services._is_ready.cache_clear()


def person(email: str, **fields: Any) -> User:
    return User.objects.create_user(email, PASSWORD, **fields)


@pytest.fixture
def course(db) -> Course:
    """The course; the one that an import made, if one did."""
    return Course.objects.get_or_create(slug="zero-to-gpt", defaults={"title": "Zero to GPT"})[0]


@pytest.fixture
def spring(course) -> Cohort:
    return Cohort.objects.create(slug="spring", name="Spring", course=course)


@pytest.fixture
def autumn(course) -> Cohort:
    return Cohort.objects.create(slug="autumn", name="Autumn", course=course)


@pytest.fixture
def alice(spring) -> User:
    alice = person("alice@example.org", display_name="Alice")
    enrol(user=alice, cohort=spring)
    return alice


@pytest.fixture
def bob(spring) -> User:
    bob = person("bob@example.org", display_name="Bob")
    enrol(user=bob, cohort=spring, role=Role.INSTRUCTOR)
    return bob


@pytest.fixture
def charlie(autumn) -> User:
    charlie = person("charlie@example.org", display_name="Charlie")
    enrol(user=charlie, cohort=autumn)
    return charlie


@pytest.fixture
def dora(db) -> User:
    return person("dora@example.org", display_name="Dora", is_staff=True, is_superuser=True)


@pytest.fixture
def module(course) -> Module:
    return Module.objects.create(course=course, slug="01-maths", title="Maths")


@pytest.fixture
def lesson(module) -> Lesson:
    return Lesson.objects.create(module=module, slug="slope", title="Slope", html="<p>A slope.</p>")


def new_revision(exercise: Exercise, digest: str, **fields: Any) -> Revision:
    """A revision as an import would make it, now current."""
    revision = Revision(
        exercise=exercise,
        digest=digest,
        grading_digest=f"grading-{digest}",
        files={"reference.py": f"# {SECRET_IN_REFERENCE}\n"},
        title="The slope at a point",
        profile="numpy",
        starter="def slope(f, x):\n    ...\n",
        task_html='<h2 id="task-1">Task 1</h2>',
        tasks=[{"id": 1, "title": "A slope", "points": 3.0, "hints": ["Look left and right."]}],
        probe_count=2,
    )
    for name, value in fields.items():
        setattr(revision, name, value)
    revision.save()
    exercise.current = revision
    exercise.save()
    return revision


def make_ready(revision: Revision) -> None:
    ExpectedSet.objects.create(
        grading_digest=revision.grading_digest, box_digest="box", state=ExpectedSet.State.READY
    )


@pytest.fixture
def exercise(module, lesson) -> Exercise:
    """An exercise that is open."""
    exercise = Exercise.objects.create(
        module=module, lesson=lesson, slug="01-slope-at", name="01-maths/01-slope-at"
    )
    make_ready(new_revision(exercise, "digest-1"))
    return exercise


@pytest.fixture(autouse=True)
def rings(monkeypatch) -> list[tuple[int, str]]:
    """The rings of the bell instead of a broker: (submission, queue)."""
    heard: list[tuple[int, str]] = []

    def send_task(name: str, args: tuple[int, ...] = (), queue: str = "", **_: Any) -> None:
        assert name in ("submissions.grade", "authoring.prove", "catalog.prepare")
        if name == "submissions.grade":
            heard.append((args[0], queue))

    monkeypatch.setattr(bell.app, "send_task", send_task)
    return heard


@pytest.fixture
def handed_in(exercise):
    """Hands in something: `handed_in(alice)`, with any argument of `submit` changed."""
    count = 0

    def hand_in(user: User, **changed: Any) -> Submission:
        nonlocal count
        count += 1
        given: dict[str, Any] = {
            "user": user,
            "exercise": exercise,
            "kind": Kind.SUBMIT,
            "source": "def slope(f, x):\n    return 1\n",
            "idempotency_key": f"key-{user.pk}-{count}",
        }
        return submitting.submit(**given | changed)

    return hand_in


def verdict(word: Word = Word.FAILED, **changed: Any) -> Verdict:
    """A verdict with one visible and one hidden probe; the hidden one holds a canary."""
    passed = word is Word.PASSED
    probe_word = ProbeWord.PASSED if passed else ProbeWord.FAILED
    hidden = CallDetail(
        seed="1007",
        inputs=Preview(kind="text", text=SECRET_IN_VERDICT),
        got=Preview(kind="number", text=SECRET_IN_VERDICT),
        expected=Preview(kind="number", text=SECRET_IN_VERDICT),
        differences=(ArrayDiff(path="", kind=Failing.VALUE, note=SECRET_IN_VERDICT),),
    )
    made = Verdict(
        exercise="01-maths/01-slope-at",
        kind=Kind.SUBMIT,
        word=word,
        message="All tasks pass." if passed else "Task 1: 1 of 2 probes failed.",
        tasks=(TaskResult(id=1, title="A slope", points=3 * passed, possible=3, passed=passed),),
        probes=(
            ProbeResult(
                name="Seen", title="Seen", task=1, points=1, visible=True, pays=True, word=ProbeWord.PASSED
            ),
            ProbeResult(
                name="Hidden",
                title="Hidden",
                task=1,
                points=2,
                visible=False,
                pays=True,
                word=probe_word,
                kind=None if passed else Failing.VALUE,
                message="" if passed else "`slope` returned a wrong value.",
                seeds=("1007",),
                detail=hidden,
            ),
        ),
        phases={"leased": 0.001, "cells": 0.002},
    )
    return dataclasses.replace(made, **changed)


@pytest.fixture
def graded(handed_in):
    """A submission of somebody, graded: `graded(alice, Word.PASSED)`; `told` is another whole verdict."""

    def grade(
        user: User, word: Word = Word.FAILED, told: Verdict | None = None, **changed: Any
    ) -> Submission:
        submission = handed_in(user, **changed)
        claimed = leasing.claim(submission_id=submission.pk, worker="w", gpu=submission.queue == "gpu")
        assert claimed is not None
        assert recording.record_verdict(
            submission_id=submission.pk, attempt=claimed.attempt, verdict=told or verdict(word)
        )
        submission.refresh_from_db()
        return submission

    return grade
