"""Where what wants a GPU goes, what a person is told while it waits, and what the fleet says of slices."""

import asyncio

import pytest
from django.db import DatabaseError
from django.utils import timezone

from grader.grading import session
from grader.grading.session import Cancelled, Event, Graded
from grader.sandbox.devices import PLACED, Slices, State
from grader.sandbox.fakes import FakeDevices, Fault
from grader.verdict import Kind, Word
from grader.verdict import State as Standing
from tests.conftest import make_ready, new_revision, verdict
from zero_to_gpt.accounts.services import make_token
from zero_to_gpt.fleet import alive, boxes
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.submissions import grading, leasing, releasing, submitting, tasks
from zero_to_gpt.submissions.models import WAITS_FOR_GPU, Queue

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timezone.timedelta(hours=1)


def gpu_worker(name="gpu-host:1", *, fake=False, usable=1, **fields):
    gpus = {"layer": "nvidia", "fake": fake, "usable": usable, "problem": "", "slices": []}
    return WorkerSign.objects.create(name=name, gpus=gpus | fields.pop("gpus", {}), **fields)


@pytest.fixture
def wants(exercise):
    """Makes the exercise one with this `device`."""

    def make(device):
        make_ready(new_revision(exercise, f"digest-{device}", device=device))

    return make


@pytest.fixture
def as_person(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


# ---- the queue ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "there", "queue"),
    [
        ("cpu", True, Queue.CPU),
        ("gpu-preferred", True, Queue.GPU),
        ("gpu-preferred", False, Queue.CPU),
        ("gpu-required", True, Queue.GPU),
        ("gpu-required", False, Queue.GPU),
    ],
)
def test_what_wants_a_gpu_goes_to_workers_with_one(device, there, queue, wants, alice, handed_in, rings):
    if there:
        gpu_worker()
    wants(device)
    submission = handed_in(alice)
    assert submission.queue == queue
    assert rings == [(submission.pk, queue)]


@pytest.mark.parametrize("away", ["silent", "unfit", "a worker without GPU"])
def test_a_worker_that_is_silent_or_has_no_fit_slice_is_no_gpu(away, wants, alice, handed_in):
    if away == "silent":
        gpu_worker(last_seen=timezone.now() - HOUR)
    elif away == "unfit":
        gpu_worker(usable=0)
    else:
        WorkerSign.objects.create(name="cpu-host:1")
    wants("gpu-preferred")
    assert handed_in(alice).queue == Queue.CPU


def test_what_only_prefers_a_gpu_leaves_the_queue_with_the_last_one(wants, alice, handed_in, rings):
    sign = gpu_worker()
    wants("gpu-preferred")
    submission = handed_in(alice)
    rings.clear()
    releasing.release_expired()
    submission.refresh_from_db()
    assert (submission.queue, rings) == (Queue.GPU, [])
    sign.delete()
    releasing.release_expired()
    submission.refresh_from_db()
    assert (submission.queue, rings) == (Queue.CPU, [(submission.pk, Queue.CPU)])


def test_what_needs_a_gpu_stays_and_says_so(wants, alice, handed_in, rings, as_person, client):
    wants("gpu-required")
    submission = handed_in(alice)
    releasing.release_expired()
    submission.refresh_from_db()
    assert (submission.state, submission.queue) == (Standing.QUEUED, Queue.GPU)
    assert submission.events.get().data == {"before": 0, "waits": WAITS_FOR_GPU}
    page = as_person(alice).get(f"/submissions/{submission.pk}/").content.decode()
    assert WAITS_FOR_GPU in page
    token = make_token(user=alice)
    api = client.get(f"/api/v1/submissions/{submission.pk}", headers={"Authorization": f"Bearer {token}"})
    assert api.json()["waiting"] == WAITS_FOR_GPU
    gpu_worker()
    assert submission.waits == ""
    assert WAITS_FOR_GPU not in as_person(alice).get(f"/submissions/{submission.pk}/").content.decode()


def test_what_needs_no_gpu_waits_for_none(alice, handed_in):
    submission = handed_in(alice)
    assert submission.waits == ""
    assert submission.events.get().data == {"before": 0}


@pytest.mark.parametrize(
    ("device", "there", "queue"),
    [
        ("cpu", True, Queue.REGRADE),
        ("gpu-preferred", True, Queue.GPU),
        ("gpu-preferred", False, Queue.REGRADE),
        ("gpu-required", False, Queue.GPU),
    ],
)
def test_regrading_sends_gpu_work_to_gpu_workers(device, there, queue, wants, alice, bob, graded, rings):
    if there:
        gpu_worker()
    wants(device)
    submission = graded(alice)
    rings.clear()
    assert submitting.regrade(submission=submission, by=bob)
    submission.refresh_from_db()
    assert (submission.queue, rings) == (queue, [(submission.pk, queue)])


@pytest.mark.parametrize(
    ("device", "sign", "said"),
    [
        ("cpu", None, None),
        ("gpu-required", None, "What you hand in waits"),
        ("gpu-preferred", None, "your code runs on the processor"),
        ("gpu-required", {"fake": True}, "is a fake one, made of the processor"),
        ("gpu-required", {"fake": False}, None),
    ],
)
def test_the_page_of_an_exercise_says_which_gpu_there_is(
    device, sign, said, wants, exercise, alice, as_person
):
    if sign is not None:
        gpu_worker(**sign)
    wants(device)
    page = as_person(alice).get(f"/exercises/{exercise.name}/").content.decode()
    sentences = ("What you hand in waits", "your code runs on the processor", "is a fake one")
    assert [s for s in sentences if s in page] == [s for s in sentences if said is not None and s in said]


# ---- a worker ----------------------------------------------------------------------------------------------


class Places:
    """A pool that makes no boxes: what matters here is whether work is placed, and that it ends."""

    def run(self, coroutine):
        return asyncio.run(coroutine)


@pytest.fixture
def slices(tmp_path, monkeypatch, settings):
    settings.GPU = "fake:1"
    slices = Slices(FakeDevices(tmp_path, 1), tmp_path)
    monkeypatch.setattr(boxes, "_slices", slices)
    monkeypatch.setattr(tasks, "SLICE_SECONDS", 0.0)
    return slices


@pytest.fixture
def graded_as(monkeypatch):
    monkeypatch.setattr(boxes, "pool", Places)
    monkeypatch.setattr(grading, "ensure_expected", lambda revision, pool: None)
    monkeypatch.setattr(grading, "graded_by", lambda revision: None)
    monkeypatch.setattr(grading, "longest_seconds", lambda exercise: 60.0)
    monkeypatch.setattr(grading, "_left", [])

    def use(*steps):
        def grade(job, *, pool, store, cancelled):
            for step in steps:
                yield step() if callable(step) else step

        monkeypatch.setattr(session, "grade", grade)

    yield use
    alive.let_go(boxes.worker_name())


GRADED = Graded("graded", {}, verdict(Word.PASSED))


def test_a_gpu_worker_grades_on_a_slice_and_gives_it_back(slices, graded_as, wants, alice, handed_in):
    seen = []

    def look():
        ((_, standing),) = slices.standings()
        seen.append((standing.state, standing.job, PLACED.get() is not None))
        return Event("stage", {"stage": "running"})

    gpu_worker()
    wants("gpu-required")
    graded_as(look, GRADED)
    submission = handed_in(alice)
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert (submission.state, submission.word) == (Standing.GRADED, "passed")
    assert submission.verdict["device"] == "fake slice on the processor"
    assert seen == [(State.LEASED, f"submission {submission.pk}", True)]
    ((_, standing),) = slices.standings()
    assert (standing.state, standing.jobs, PLACED.get()) == (State.FREE, 1, None)


@pytest.mark.parametrize(
    "step", [lambda: Cancelled("cancelled", {}), lambda: (_ for _ in ()).throw(KeyError("x"))]
)
def test_whatever_ends_a_grading_gives_the_slice_back(step, slices, graded_as, wants, alice, handed_in):
    gpu_worker()
    wants("gpu-required")
    graded_as(step)
    tasks.grade(handed_in(alice).pk)
    ((_, standing),) = slices.standings()
    assert (standing.state, standing.jobs) == (State.FREE, 1)


def test_a_database_that_is_away_costs_no_slice(slices, wants, alice, handed_in, graded_as, monkeypatch):
    def away(**_):
        raise DatabaseError("away")

    wants("gpu-required")
    graded_as(GRADED)
    submission = handed_in(alice)
    monkeypatch.setattr(leasing, "claim", away)
    with pytest.raises(DatabaseError):
        tasks.grade(submission.pk)
    slices.lease("the next").end()


def test_without_a_free_slice_nothing_is_claimed(slices, graded_as, wants, alice, handed_in):
    gpu_worker()
    wants("gpu-required")
    graded_as(GRADED)
    lease = slices.lease("somebody else's")
    submission = handed_in(alice)
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert (submission.state, submission.attempt) == (Standing.QUEUED, 0)
    lease.end()
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert submission.state == Standing.GRADED


def test_what_was_cancelled_meanwhile_takes_no_slice(slices, graded_as, wants, alice, handed_in):
    wants("gpu-required")
    graded_as(GRADED)
    submission = handed_in(alice)
    submitting.cancel(submission=submission)
    tasks.grade(submission.pk)
    assert slices.standings()[0][1].jobs == 0


def test_a_worker_without_gpu_claims_nothing_of_that_queue(
    graded_as, wants, alice, handed_in, settings, caplog
):
    settings.GPU = ""
    wants("gpu-required")
    graded_as(GRADED)
    submission = handed_in(alice)
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert submission.state == Standing.QUEUED
    assert "started without GPU=nvidia" in caplog.text


def test_what_came_to_that_queue_a_moment_ago_is_not_graded_without_a_slice(
    slices, graded_as, wants, alice, handed_in, monkeypatch
):
    """Asked to be graded again, on a GPU now, between the look at the queue and the claim."""
    wants("gpu-required")
    graded_as(GRADED)
    submission = handed_in(alice)
    with monkeypatch.context() as a_moment_ago:
        a_moment_ago.setattr(tasks.queues, "wants_gpu", lambda _: False)
        tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert (submission.state, submission.attempt) == (Standing.QUEUED, 0)
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert submission.state == Standing.GRADED
    assert submission.verdict["device"] == "fake slice on the processor"


def test_a_grading_without_gpu_is_placed_nowhere(slices, graded_as, alice, handed_in):
    graded_as(GRADED)
    submission = handed_in(alice, kind=Kind.RUN)
    tasks.grade(submission.pk)
    submission.refresh_from_db()
    assert submission.verdict["device"] == "cpu"
    assert slices.standings()[0][1].jobs == 0


# ---- the page of the fleet ------------------------------------------------------------


def test_a_gpu_workers_sign_tells_how_its_slices_stand(slices, monkeypatch, alice, handed_in):
    lease = slices.lease("submission 7")
    slices.devices.tell({"fake-0": Fault.RESIDUE})
    lease.end()
    told = boxes.gpus()
    assert (told["fake"], told["usable"]) == (True, 0)
    (slice_,) = told["slices"]
    assert slice_["state"] == "quarantined"
    assert "of an earlier job are still in its memory" in slice_["reason"]
    assert slice_["history"][-1][1].startswith("quarantined: ")


def test_the_fleet_page_shows_slices_what_they_did_and_that_they_are_fake(as_person, dora, slices):
    slices.lease("submission 7").end()
    lease = slices.lease("submission 8")
    slices.devices.tell({"fake-0": Fault.FAILS})
    lease.end()
    WorkerSign.objects.create(name="gpu-host:1", gpus=boxes.gpus())
    page = as_person(dora).get("/fleet/").content.decode()
    assert "fake slice on the processor" in page
    assert "quarantined" in page
    assert "the known kernel returned a wrong number" in page
    assert "leased for submission 7" in page
    assert "No GPU here: these slices are made of the processor" in page


def test_a_fleet_without_gpus_says_nothing_of_slices(as_person, dora):
    WorkerSign.objects.create(name="cpu-host:1")
    assert "slice" not in as_person(dora).get("/fleet/").content.decode().lower()
