"""A training of many leases through real workers: watched, kept while it is silent, taken over at once."""

import datetime
import time

import pytest

from grader.verdict import State
from tests.grader.test_open_probes import TRAINING
from tests.worker.conftest import LESSON
from tests.worker.test_worker import finished, fresh, hand_in, kinds
from zero_to_gpt.catalog.models import Exercise, Instance
from zero_to_gpt.catalog.publishing import import_course
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.submissions import submitting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.bubblewrap]

LEASE = 3.0
"""What workers are started with in these tests."""


def takes(seconds, *, silent=False):
    """An answer whose whole training takes so long; its short calls take no time."""
    text = TRAINING["reference.py"].replace(
        "    for step in range(steps):\n",
        "    for step in range(steps):\n"
        f"        if steps > 40:\n            import time\n            time.sleep({seconds} / steps)\n",
    )
    assert "time.sleep" in text
    return text.replace("        log(step, loss=losses[-1])\n", "") if silent else text


@pytest.fixture
def exercise(transactional_db, tmp_path):
    """The exercise with a training."""
    folder = tmp_path / "course" / "01-lines" / "01-a-line"
    probes = TRAINING["probes.py"].replace("seconds=9", "seconds=60")
    for name, text in {**TRAINING, "probes.py": probes}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    module = folder.parent
    (module.parent / "course.toml").write_text('title = "Lines"\nmodules = ["01-lines"]\n')
    (module / "module.toml").write_text(
        'title = "Lines"\n[[lessons]]\nfile = "line.md"\nexercises = ["01-a-line"]\n'
    )
    (module / "line.md").write_text(LESSON)
    assert import_course(module.parent).errors == []
    return Exercise.objects.published().get()


def trains(worker, submission):
    """Waits until the training has begun; when that was."""
    begun = worker.until(
        "its training", lambda: submission.events.filter(kind="asking").order_by("-pk").first()
    )
    return begun.created


def holder(submission, *workers):
    """The worker that grades it now, and the others."""
    pid = int(fresh(submission).worker.rpartition(":")[2])
    mine = next(worker for worker in workers if worker.process.pid == pid)
    return mine, [worker for worker in workers if worker is not mine]


def test_a_silent_training_of_three_leases_is_one_attempt(worker, exercise, alice):
    submission = hand_in(alice, exercise, takes(3.5 * LEASE, silent=True))
    began = trains(worker, submission)
    asking = submission.events.get(kind="asking").data
    assert (asking["title"], asking["open"], asking["limit"]) == ("a whole training", True, 60)
    finished(worker, submission)
    assert (submission.word, submission.attempt) == ("passed", 1), worker.said[-3000:]
    assert submission.finished_at - began > datetime.timedelta(seconds=3 * LEASE)
    assert "requeued" not in kinds(submission)


def test_curves_come_while_it_trains_and_its_inputs_never_come_again(worker, exercise, alice):
    first, second = (hand_in(alice, exercise, takes(1.5)) for _ in range(2))
    finished(worker, first, second)
    assert (first.word, second.word) == ("passed", "passed")
    events = list(first.events.order_by("pk").values_list("kind", "created", "data"))
    names = [kind for kind, _, _ in events]
    begin = names.index("asking")
    end = next(n for n, (kind, _, data) in enumerate(events) if data.get("name") == "Trains" and n > begin)
    moments = [created for kind, created, _ in events[begin:end] if kind == "metric"]
    assert len(moments) > 10 and moments[-1] - moments[0] > datetime.timedelta(seconds=1)
    assert "metric" not in names[end:]
    watched = [one.instances["seeds"]["Trains"][0] for one in (first, second)]
    assert len(set(watched)) == 2
    Instance.objects.filter(probe="Trains").update(uses=1)  # none is left: one is made while she waits
    third = hand_in(alice, exercise, takes(0.1))
    finished(worker, third)
    assert third.word == "passed" and third.instances["seeds"]["Trains"][0] not in watched


def test_a_stop_ends_a_training_that_logs_without_a_pause(start_worker, opened, exercise, alice):
    worker = opened(start_worker(slots=1))
    submission = hand_in(alice, exercise, takes(20))
    trains(worker, submission)
    worker.until("its curve", lambda: submission.events.filter(kind="metric").count() > 20)
    assert submitting.cancel(submission=submission)
    following = hand_in(alice, exercise, takes(0.1))
    stopped = time.monotonic()
    finished(worker, following)
    assert time.monotonic() - stopped < 16
    assert fresh(submission).state == State.CANCELLED
    assert set(submission.instances["seeds"]["Trains"]).isdisjoint(following.instances["seeds"]["Trains"])


@pytest.mark.parametrize("seen", [True, False], ids=["on the same folder", "elsewhere"])
def test_a_worker_killed_in_a_training_costs_a_lease_and_a_half_and_the_run(
    start_worker, opened, exercise, alice, var, seen
):
    """Whoever shares its folder tells its page within two seconds, others within a lease and a little."""
    run = 6.0
    workers = [opened(start_worker(slots=1)) for _ in range(2)]
    workers[1].until("both", lambda: WorkerSign.objects.alive().count() == 2)
    submission = hand_in(alice, exercise, takes(run))
    trains(workers[0], submission)
    workers[0].until("its curve", lambda: submission.events.filter(kind="metric").exists())
    dead, (other,) = holder(submission, *workers)
    if not seen:  # as on another machine: nothing tells but the lease
        for file in (var / "workers").iterdir():
            file.unlink()
    first = fresh(submission).instances
    killed = time.monotonic()
    dead.kill()
    again = other.until("word of it", submission.events.filter(kind="requeued").first)
    told = time.monotonic() - killed
    assert again.data == {"attempt": 1, "why": "worker"}
    assert told < (2.5 if seen else LEASE + 2), told
    finished(other, submission)
    took = time.monotonic() - killed
    assert (submission.word, submission.attempt) == ("passed", 2), other.said[-3000:]
    assert took < 1.5 * LEASE + run + 4, took  # four for cells and the other checks on a busy machine
    assert fresh(submission).instances == first
    assert kinds(submission).count("graded") == 1


def test_a_worker_that_is_asked_to_end_hands_a_training_over(start_worker, opened, exercise, alice):
    leaving = opened(start_worker(slots=1))
    submission = hand_in(alice, exercise, takes(9))
    trains(leaving, submission)
    asked = time.monotonic()
    leaving.stop()
    assert time.monotonic() - asked < 9.5  # embedded.GRACE_SECONDS, after which it would be killed
    assert fresh(submission).state == State.QUEUED
    assert submission.events.latest("pk").data == {"attempt": 1, "why": "deploy"}
    assert submission.attempts_before == 1
    following = start_worker(slots=1)
    finished(following, submission)
    assert (submission.word, submission.attempt) == ("passed", 2), following.said[-3000:]


def test_what_ends_soon_is_finished_before_a_worker_leaves(start_worker, opened, exercise, alice):
    leaving = opened(start_worker(slots=1))
    submission = hand_in(alice, exercise, takes(1.5))
    trains(leaving, submission)
    leaving.stop()
    assert (fresh(submission).word, submission.attempt) == ("passed", 1), leaving.said[-3000:]
