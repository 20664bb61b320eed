"""One database, seeded with submissions by bulk SQL, and what each step costs then.

`tests.load` starts it, in a process with the settings of an installation that is thrown away. It prints
cases as JSON.
"""

from __future__ import annotations

import datetime
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from grader.bench.measure import Case, case
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
from zero_to_gpt.catalog.models import Course, Exercise, ExpectedSet, Lesson, Module, Revision
from zero_to_gpt.submissions import bell, leasing, recording, releasing, submitting
from zero_to_gpt.submissions.models import Event, Submission
from zero_to_gpt.submissions.models import ProbeResult as Result

PEOPLE = 1000
TEMPLATES = 50
AT_ONCE = 100_000
N = 40
WEIGHED = 400


def array(numbers: random.Random, rows: int, columns: int) -> Preview:
    cells = tuple(tuple(numbers.gauss(0, 1) for _ in range(columns)) for _ in range(rows))
    return Preview(kind="array", shape=(rows, columns), dtype="float64", cells=cells)


def call(numbers: random.Random, seed: int) -> CallDetail:
    """As of a layer: three inputs, a result, the expected one."""
    named = (("x", array(numbers, 5, 4)), ("W", array(numbers, 4, 3)), ("b", array(numbers, 1, 3)))
    right = array(numbers, 5, 3)
    off = tuple(tuple(number + 1 for number in row) for row in right.cells or ())
    return CallDetail(
        seed=seed,
        inputs=Preview(kind="dict", items=named),
        got=Preview(kind="array", shape=(5, 3), dtype="float64", cells=off),
        expected=right,
        differences=(
            ArrayDiff(path="", kind=Failing.VALUE, differing=15, total=15, note="15 of 15 are off"),
        ),
    )


def verdict(turn: int, probes: int) -> Verdict:
    """What an exercise of ten probes gives: of two, one passes and one fails with all its examples."""
    numbers = random.Random(turn)  # noqa: S311  figures to look at
    passed = turn % 2 == 0
    results = []
    for number in range(probes):
        visible = number % 2 == 0
        failed = not passed and number % 5 != 0
        results.append(
            ProbeResult(
                name=f"Probe{number}",
                title="The gradient of the loss by the weights",
                task=1 + number % 3,
                points=1,
                visible=visible,
                pays=True,
                word=ProbeWord.FAILED if failed else ProbeWord.PASSED,
                kind=Failing.VALUE if failed else None,
                message="`linear_bwd` returned a wrong value: 15 of 15 numbers are off." if failed else "",
                seconds=0.0012,
                seeds=(1001, 1007, 1011),
                detail=call(numbers, number) if failed or visible else None,
                twin=call(numbers, 0) if failed and not visible else None,
            )
        )
    tasks = tuple(
        TaskResult(id=task, title="Backward", points=3.0 * passed, possible=3, passed=passed)
        for task in (1, 2, 3)
    )
    return Verdict(
        exercise="01-maths/01-slope-at",
        kind=Kind.SUBMIT,
        word=Word.PASSED if passed else Word.FAILED,
        message="All tasks pass." if passed else "3 of 3 tasks fail.",
        tasks=tasks,
        probes=tuple(results),
        phases={"leased": 0.001, "cells": 0.002, "probes": 0.004, "compared": 0.001, "total": 0.009},
    )


def prepare() -> tuple[Exercise, list[User]]:
    """A course of one exercise that is open, and its people."""
    call_command("migrate", verbosity=0)
    module = Module.objects.create(
        course=Course.objects.create(slug="course", title="Course"), slug="01-maths", title="Maths"
    )
    lesson = Lesson.objects.create(module=module, slug="slope", title="Slope", html="<p>A slope.</p>")
    place = Exercise.objects.create(module=module, lesson=lesson, slug="01-slope", name="01-maths/01-slope")
    place.current = Revision.objects.create(
        exercise=place,
        digest="digest",
        grading_digest="grading",
        files={},
        title="The slope at a point",
        profile="numpy",
        starter="def slope(f, x):\n    ...\n",
        tasks=[{"id": 1, "title": "A slope", "points": 3.0, "hints": []}],
    )
    place.save()
    ExpectedSet.objects.create(grading_digest="grading", box_digest="box", state="ready")
    people = User.objects.bulk_create(User(email=f"p{number}@example.org") for number in range(PEOPLE))
    User.objects.create(email="staff@example.org", is_staff=True, is_superuser=True)
    return place, list(people)


def hand_in(user: User, exercise: Exercise, key: str) -> Submission:
    return submitting.submit(
        user=user, exercise=exercise, kind=Kind.SUBMIT, source="x = 1\n" * 60, idempotency_key=key
    )


def grade(submission: Submission, found: Verdict) -> None:
    claimed = leasing.claim(submission_id=submission.pk, worker="w")
    assert claimed is not None, submission
    assert recording.record_verdict(submission_id=submission.pk, attempt=claimed.attempt, verdict=found)


def templates(exercise: Exercise, people: Sequence[User]) -> int:
    """Some graded rows of a few bytes each, weeks old, that seeding copies; returns the first key."""
    first = 0
    for turn in range(TEMPLATES):
        submission = hand_in(people[turn], exercise, f"template-{turn}")
        grade(submission, verdict(turn, 1))
        then = timezone.now() - datetime.timedelta(days=20, minutes=turn)
        Submission.objects.filter(pk=submission.pk).update(
            created=then, queued_at=then, claimed_at=then, finished_at=then, rung_at=then
        )
        first = first or submission.pk
    return first


def seed(first: int, to: int, people: Sequence[User]) -> None:
    """Copies of the templates until there are `to` submissions, each with two events and a result."""
    begin = Submission.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    end = begin + to - Submission.objects.count()
    changed = {
        "id": "i",
        "user_id": f"{people[0].pk} + i % {len(people)}",
        "idempotency_key": "'seed-' || i",
        "kind": "CASE WHEN i % 3 = 0 THEN 'run' ELSE 'submit' END",
    }
    for low in range(begin, end, AT_ONCE):
        high = min(low + AT_ONCE, end) - 1
        _copied(Submission, changed, low, high, f"old.id = {first} + i % {TEMPLATES}")
        for kind in ("queued", "graded"):
            more = {"submission_id": "i"}
            which = f"old.submission_id = {first} + i % {TEMPLATES} AND old.kind = '{kind}'"
            _copied(Event, more, low, high, which)
        _copied(Result, {"submission_id": "i"}, low, high, f"old.submission_id = {first} + i % {TEMPLATES}")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('submissions_submission', 'id'), "
                "(SELECT MAX(id) FROM submissions_submission))"
            )
            cursor.execute("VACUUM ANALYZE")


def _copied(model: Any, changed: dict[str, str], low: int, high: int, which: str) -> None:
    names = [field.column for field in model._meta.concrete_fields]
    columns = [name for name in names if name in changed or name != "id"]
    given = ", ".join(changed.get(column, f"old.{column}") for column in columns)
    table = model._meta.db_table
    into = f"INSERT INTO {table} ({', '.join(columns)}) "
    numbers = f"WITH RECURSIVE n(i) AS (SELECT {low} UNION ALL SELECT i + 1 FROM n WHERE i < {high}) "  # noqa: S608
    rows = f"SELECT {given} FROM n, {table} old WHERE {which}"  # noqa: S608  all of it is ours
    with connection.cursor() as cursor:
        cursor.execute(numbers + into + rows if connection.vendor == "postgresql" else into + numbers + rows)


def timed(work: Callable[[int], object], times: int = N) -> list[float]:
    """Milliseconds of each of so many turns."""
    spent = []
    for turn in range(times):
        began = time.perf_counter()
        work(turn)
        spent.append((time.perf_counter() - began) * 1000)
    return spent


def stored() -> int:
    """Bytes of the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return Path(settings.DATABASES["default"]["NAME"]).stat().st_size
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def weighed(about: str, exercise: Exercise, people: Sequence[User]) -> Case:
    """Bytes of the database for each graded submission of an exercise of ten probes."""
    verdicts = [verdict(turn, 10) for turn in range(20)]
    before = stored()
    for turn in range(WEIGHED):
        submission = hand_in(people[turn % PEOPLE], exercise, f"weighed-{turn}")
        grade(submission, verdicts[turn % 20])
    each = (stored() - before) / WEIGHED
    return case(f"bytes for each graded submission ({about})", [each], unit="bytes")


def measured(about: str, exercise: Exercise, people: Sequence[User]) -> list[Case]:
    made: list[Submission] = []
    key = f"measured-{time.time()}"
    submit = timed(lambda turn: made.append(hand_in(people[turn], exercise, f"{key}-{turn}")))
    found = verdict(1, 10)
    held: list[Submission | None] = []
    claim = timed(lambda turn: held.append(leasing.claim(submission_id=made[turn].pk, worker="w")))
    reap = timed(lambda _: releasing.release_expired())
    record = timed(
        lambda turn: recording.record_verdict(submission_id=made[turn].pk, attempt=1, verdict=found)
    )
    learner, staff = Client(), Client()
    learner.force_login(people[0])
    staff.force_login(User.objects.get(email="staff@example.org"))
    reads = {
        "the exercise page": (learner, "/exercises/01-maths/01-slope/"),
        "the home page": (learner, "/"),
        "one submission": (learner, f"/submissions/{made[0].pk}/"),
        "the fleet page": (staff, "/fleet/"),
        "the admin's list of submissions": (staff, "/admin/submissions/submission/"),
    }
    cases = [
        case(f"submit ({about})", submit),
        case(f"claim ({about})", claim),
        case(f"a look of the reaper ({about})", reap),
        case(f"record a verdict ({about})", record),
    ]
    for name, (client, address) in reads.items():
        cases.append(case(f"{name} ({about})", timed(lambda _: client.get(address), 10)))  # noqa: B023  used at once
    return cases


def main(arguments: Sequence[str]) -> int:
    kind, *rows = arguments
    settings.ALLOWED_HOSTS.append("testserver")
    settings.SUBMITS_PER_MINUTE = 1_000_000
    submitting.SUBMITS_IN_FLIGHT = 1_000_000
    bell.app.send_task = lambda *_, **__: None  # the bell is not what is measured
    exercise, people = prepare()
    first = templates(exercise, people)
    cases = []
    for count in map(int, rows):
        began = time.monotonic()
        seed(first, count, people)
        sys.stderr.write(f"· {kind}: {count} submissions seeded in {time.monotonic() - began:.0f} s\n")
        for row in measured(f"{kind}, {count} submissions", exercise, people):
            cases.append(row)
            sys.stderr.write(f"{row.name:70} p50 {row.p50:10.2f}  p95 {row.p95:10.2f} {row.unit}\n")
    cases.append(weighed(kind, exercise, people))
    sys.stderr.write(f"{cases[-1].name:70} {cases[-1].p50:10.0f}\n")
    sys.stdout.write(json.dumps([row.to_json() for row in cases]) + "\n")
    return 0
