"""A real GPU worker on fake slices, beside a real worker without: the whole way of what wants a GPU."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from grader.sandbox.devices import Slices, State
from grader.sandbox.fakes import FakeDevices, Fault
from grader.verdict import State as Standing
from tests.worker.conftest import EXERCISE
from tests.worker.test_worker import SLEEP, finished, fresh, hand_in
from zero_to_gpt.catalog.models import Exercise
from zero_to_gpt.catalog.publishing import import_course
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.submissions import bell
from zero_to_gpt.submissions.models import WAITS_FOR_GPU, Queue, Submission

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.bubblewrap]

ENDLESS = "while True:\n    pass\n"
LARGE = "import numpy as np\nx = np.ones(60 * 2**20 // 8)\n"


@pytest.fixture
def slices(tmp_path, monkeypatch):
    """The slices of a host whose libraries are this one's: a home of its own, for workers too."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "libraries").symlink_to(Path(settings.SANDBOX_HOME).resolve() / "libraries")
    monkeypatch.setattr(settings, "SANDBOX_HOME", home)
    return Slices(FakeDevices(home / "slices", 1), home / "slices")


@pytest.fixture
def wants(transactional_db, tmp_path, slices):
    """`wants("gpu-preferred")`: the one exercise, with this device."""

    def make(device: str) -> Exercise:
        module = tmp_path / "course" / "01-maths"
        shutil.copytree(EXERCISE, module / EXERCISE.name)
        manifest = module / EXERCISE.name / "exercise.toml"
        manifest.write_text(manifest.read_text().replace('device = "cpu"', f'device = "{device}"'))
        (module.parent / "course.toml").write_text('title = "Slopes"\nmodules = ["01-maths"]\n')
        (module / "module.toml").write_text(
            f'title = "Slopes"\n[[lessons]]\nfile = "slope.md"\nexercises = ["{EXERCISE.name}"]\n'
        )
        (module / "slope.md").write_text("# Slopes\n")
        assert import_course(module.parent).errors == []
        return Exercise.objects.published().get()

    return make


@pytest.fixture
def exercise(wants, request):
    return wants(getattr(request, "param", "gpu-preferred"))


@pytest.fixture
def gpu_worker(start_worker, opened):
    """Starts a GPU worker; returns it when the fleet knows that it has a slice."""

    def start():
        worker = start_worker(slots=1, gpu="fake:1")
        worker.until("a sign of a GPU", lambda: WorkerSign.objects.with_gpu().exists())
        return worker

    return start


def standing(slices):
    ((_, found),) = slices.standings()
    return found


def words(submission):
    return [(probe["name"], probe["word"]) for probe in submission.verdict["probes"]]


def test_the_verdict_on_a_slice_is_the_processors(worker, gpu_worker, exercise, alice, right, slices):
    sources = [right, right.replace("2 * h", "h"), ENDLESS, "raise ValueError('no')\n"]
    here = [hand_in(alice, exercise, source) for source in sources]
    finished(worker, *here)
    second = gpu_worker()
    there = [hand_in(alice, exercise, source) for source in sources]
    assert {submission.queue for submission in there} == {Queue.GPU}
    finished(second, *there)
    assert [s.word for s in there] == ["passed", "failed", "timed_out", "crashed"], second.said[-3000:]
    for mine, theirs in zip(here, there, strict=True):
        assert (mine.word, mine.points, words(mine)) == (theirs.word, theirs.points, words(theirs))
        assert mine.verdict["box_digest"] == theirs.verdict["box_digest"]
    assert {s.verdict["device"] for s in here} == {"cpu"}
    assert {s.verdict["device"] for s in there} == {"fake slice on the processor"}
    second.until("a free slice", lambda: standing(slices).state is State.FREE)
    assert standing(slices).jobs == len(there)


def test_what_needs_more_than_its_slice_has_is_told_the_line(worker, gpu_worker, exercise, alice, slices):
    slices.devices.tell({"fake-0": Fault.OUT_OF_MEMORY})
    second = gpu_worker()
    submission = hand_in(alice, exercise, LARGE)
    finished(second, submission)
    assert submission.word == "out_of_memory", second.said[-3000:]
    assert "at line 2: `x = np.ones(60 * 2**20 // 8)`" in submission.message
    second.until("a free slice", lambda: standing(slices).state is State.FREE)


@pytest.mark.parametrize("exercise", ["gpu-required"], indirect=True)
def test_what_needs_a_gpu_waits_until_one_comes(worker, gpu_worker, exercise, alice, right):
    submission = hand_in(alice, exercise, right)
    assert (submission.waits, submission.queue) == (WAITS_FOR_GPU, Queue.GPU)
    Submission.objects.filter(pk=submission.pk).update(
        rung_at=submission.rung_at - bell.RING_AGAIN_AFTER
    )  # the bell rings again, and nobody hears it
    worker.until("another ring", lambda: fresh(submission).rung_at > submission.queued_at)
    assert fresh(submission).state == Standing.QUEUED
    second = gpu_worker()
    finished(second, submission)
    assert (submission.word, submission.verdict["device"]) == ("passed", "fake slice on the processor")


def test_what_only_prefers_a_gpu_goes_on_without_when_its_worker_dies(
    worker, gpu_worker, exercise, alice, right, slices
):
    second = gpu_worker()
    submission = hand_in(alice, exercise, SLEEP.format(seconds=3) + right)
    second.until("its code", lambda: submission.events.filter(kind="output").exists())
    assert standing(slices).state is State.LEASED
    second.kill()
    assert standing(slices).state is State.LEFT
    WorkerSign.objects.exclude(gpus={}).update(last_seen=submission.created - bell.RING_AGAIN_AFTER * 9)
    finished(worker, submission)
    assert (submission.word, submission.verdict["device"], submission.queue) == ("passed", "cpu", "cpu")
    third = gpu_worker()
    following = hand_in(alice, exercise, right)
    finished(third, following)
    assert following.verdict["device"] == "fake slice on the processor"
    third.until("a free slice", lambda: standing(slices).state is State.FREE)
    did = [what.partition(" ")[0] for _, what in standing(slices).history]
    assert did[:4] == ["wiped", "leased", "wiped", "leased"]  # the second job's, before it began


def test_a_slice_that_fails_is_in_quarantine_and_the_fleet_is_told(
    worker, gpu_worker, exercise, alice, right, slices, client, dora
):
    second = gpu_worker()
    slices.devices.tell({"fake-0": Fault.RESIDUE})
    first = hand_in(alice, exercise, right)
    finished(second, first)
    assert first.word == "passed"  # that the slice is unfit afterwards is not its learner's business
    sign = WorkerSign.objects.exclude(gpus={})
    second.until("trouble on the page", lambda: sign.exclude(trouble="").exists())
    assert "are still in its memory" in sign.get().trouble
    assert "is in quarantine: 4194304 bytes of an earlier job" in second.said
    client.force_login(dora)
    page = client.get("/fleet/").content.decode()
    assert "Nobody gets this slice: 4194304 bytes" in page
    following = hand_in(alice, exercise, right)
    finished(worker, following)
    assert (following.word, following.verdict["device"]) == ("passed", "cpu")
