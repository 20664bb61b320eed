"""No query of the pipeline, of a page, of the API or of the admin walks over a table that grows with use.

Every statement is explained by the database that runs it: SQLite here, PostgreSQL in tests/services.
"""

import asyncio
import datetime

import pytest
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from grader.grading.job import Event as Happened
from grader.verdict import Kind, Word
from tests.conftest import verdict
from tests.db.plans import BIG, watched
from zero_to_gpt.accounts import forgetting
from zero_to_gpt.accounts.models import User
from zero_to_gpt.accounts.services import make_token
from zero_to_gpt.submissions import (
    drafts,
    leasing,
    recording,
    releasing,
    stream,
    submitting,
    tidying,
)
from zero_to_gpt.submissions.models import Draft, Event, ProbeResult, Submission

ROWS = 2500
PEOPLE = 600
APPS = ("submissions", "progress")
WITHOUT_A_PAGE = {
    "submit", "draft", "choose_piece", "submission_cancel", "submission_regrade", "submission_events",
    "regrade_outdated",
}  # fmt: skip


@pytest.fixture
def many(exercise, autumn):
    """Rows of other people: most graded, as in any installation that is used."""
    others = User.objects.bulk_create(User(email=f"other{n}@example.org") for n in range(PEOPLE))
    now = timezone.now()
    made = Submission.objects.bulk_create(
        Submission(
            user=others[n % PEOPLE],
            exercise=exercise,
            revision=exercise.current,
            kind="submit" if n % 3 else "run",
            source="x = 1\n",
            idempotency_key=f"many-{n}",
            state="graded",
            word="passed" if n % 2 else "failed",
            message="All tasks pass.",
            verdict={"probes": []},
            attempt=1,
            created=now - datetime.timedelta(minutes=ROWS - n),
            queued_at=now - datetime.timedelta(minutes=ROWS - n),
            claimed_at=now - datetime.timedelta(minutes=ROWS - n),
            finished_at=now - datetime.timedelta(minutes=ROWS - n),
        )
        for n in range(ROWS)
    )
    Event.objects.bulk_create(
        Event(submission=one, kind=kind) for one in made for kind in ("queued", "running", "graded")
    )
    ProbeResult.objects.bulk_create(
        ProbeResult(submission=one, name="Seen", task=1, visible=True, word="passed") for one in made
    )
    Draft.objects.bulk_create(Draft(user=one, exercise=exercise) for one in others)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in BIG:
                cursor.execute(f"ANALYZE {table}")
    return made


def test_the_pipeline(many, alice, bob, exercise, django_capture_on_commit_callbacks):
    def submit(key, kind=Kind.SUBMIT):
        return submitting.submit(user=alice, exercise=exercise, kind=kind, source="x", idempotency_key=key)

    def expire(submission):
        long_ago = timezone.now() - datetime.timedelta(minutes=1)
        Submission.objects.filter(pk=submission.pk).update(lease_until=long_ago)

    first, second = submit("1"), submit("2")
    with watched(ROWS) as found, django_capture_on_commit_callbacks(execute=True):
        submit("1")
        submit("3")
        submit("4", Kind.RUN)
        submit("5", Kind.RUN)
        claimed = leasing.claim(submission_id=first.pk, worker="w")
        assert claimed is not None
        leasing.claim(submission_id=second.pk, worker="w")
        leasing.renew(submission_id=first.pk, attempt=1)
        leasing.still_held(submission_id=first.pk, attempt=1)
        recording.record_events(submission_id=first.pk, attempt=1, events=[Happened("stage", {})])
        recording.record_verdict(submission_id=first.pk, attempt=1, verdict=verdict(Word.FAILED))
        submitting.regrade(submission=Submission.objects.get(pk=first.pk), by=bob)
    expire(second)
    with watched(ROWS) as reaped, django_capture_on_commit_callbacks(execute=True):
        assert releasing.release_expired() == 1
        submitting.cancel(submission=second)
        submitting.place_in_queue(first)
        drafts.save_draft(user=alice, exercise=exercise, source="x")
        drafts.save_draft(user=alice, exercise=exercise, source="y")
        drafts.draft_for(user=alice, exercise=exercise)
        tidying.tidy()
    with watched(ROWS) as followed:
        reader = stream._Reader()
        loop = asyncio.new_event_loop()
        loop.close()  # what is read goes nowhere
        reader.look([stream.Subscription(first.pk, 0, first.user_id, loop)])
        list(first.drawn())
        list(Event.objects.filter(submission_id=first.pk, pk__gt=0).order_by("pk"))
    with watched(ROWS) as forgotten, django_capture_on_commit_callbacks(execute=True):
        forgetting.forget(user=alice)
    assert found + reaped + followed + forgotten == []


def pages(mine, cohort, student):
    place = "/exercises/01-maths/01-slope-at"
    return {
        "home": "/",
        "course": "/course/",
        "lesson": "/lessons/01-maths/slope/",
        "search": "/search/?q=slope",
        "progress": "/progress/",
        "cohorts": "/cohorts/",
        "cohort": f"/cohorts/{cohort.slug}/",
        "cohort_marks": f"/cohorts/{cohort.slug}/marks.csv?each=exercise",
        "cohort_exercise": f"/cohorts/{cohort.slug}/exercises/01-maths/01-slope-at/",
        "cohort_student": f"/cohorts/{cohort.slug}/students/{student.pk}/",
        "fleet": "/fleet/",
        "exercise": f"{place}/",
        "notebook": f"{place}/notebook/",
        "history": f"{place}/history/",
        "solution": f"{place}/solution/",
        "runs": f"{place}/runs/",
        "runs_csv": f"{place}/runs.csv",
        "submission": f"/submissions/{mine.pk}/",
        "submission_result": f"/submissions/{mine.pk}/result/",
        "submission_past": f"/submissions/{mine.pk}/past/",
        "submission_drawn": f"/submissions/{mine.pk}/drawn/",
        "submission_check": f"/submissions/{mine.pk}/checks/Hidden/",
        "account_export": "/account/export/",
        "account_delete": "/account/delete/",
    }


def test_the_list_of_pages_is_whole():
    named = {
        pattern.name
        for app in APPS
        for pattern in get_resolver(f"zero_to_gpt.{app}.urls").url_patterns
        if pattern.name not in WITHOUT_A_PAGE
    }
    submission = Submission(pk=1)
    assert named == set(pages(submission, type("C", (), {"slug": "c"}), submission))


@pytest.mark.parametrize("who", ["alice", "dora"])
def test_the_pages_and_the_api(many, alice, bob, dora, spring, graded, who):
    mine = graded(alice)
    user = {"alice": alice, "dora": dora}[who]
    client = Client()
    client.force_login(user)
    program = Client(headers={"Authorization": f"Bearer {make_token(user=user)}"})
    seen = {}
    with watched(ROWS) as found:
        for name, address in pages(mine, spring, alice).items():
            seen[name] = client.get(address).status_code
        for path in ("course", "exercises", "submissions", f"submissions/{mine.pk}"):
            seen[path] = program.get(f"/api/v1/{path}").status_code
    refused = {"cohort_exercise", "cohort_marks", "cohort_student", "fleet"} if who == "alice" else set()
    assert {name for name, status in seen.items() if status != 200} == refused, seen
    assert found == []


ADMIN = [
    "submissions/submission/",
    "submissions/submission/?state__exact=graded",
    "submissions/submission/?state__exact=broken",
    "submissions/submission/?q=other1",
    "submissions/submission/?q=12",
    "submissions/submission/?q=0badcafe",
    "submissions/draft/",
    "submissions/draft/?q=other1",
    "submissions/submission/{mine}/change/",
    "accounts/user/",
    "cohorts/cohort/",
    "catalog/exercise/",
]


def test_the_admin(many, alice, dora, graded):
    mine = graded(alice)
    client = Client()
    client.force_login(dora)
    with watched(ROWS) as found:
        for path in ADMIN:
            assert client.get(f"/admin/{path.format(mine=mine.pk)}").status_code == 200, path
    assert found == []


def test_a_walk_is_seen(many):
    with watched(ROWS) as found:
        list(Submission.objects.filter(worker="nobody"))
        assert Submission.objects.filter(pk=many[0].pk).exists()
    assert len({problem.partition("\n")[0].partition(":")[0] for problem in found}) == 1
    assert "SCAN" in found[0] or "Scan" in found[0]


@pytest.mark.parametrize("name", sorted(BIG))
def test_every_big_table_exists(db, name):
    assert name in connection.introspection.table_names()
