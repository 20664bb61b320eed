"""From the queue to the verdict through a real worker, also when it dies on the way."""

import datetime
import os
from functools import partial
from pathlib import Path

import pytest
from django.utils import timezone

from grader.verdict import Kind, State
from zero_to_gpt.catalog import stock
from zero_to_gpt.catalog.models import Exercise, ExpectedCase, Instance, Lesson
from zero_to_gpt.fleet.models import WorkerSign
from zero_to_gpt.submissions import bell, leasing, submitting
from zero_to_gpt.submissions.models import Submission

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.bubblewrap]

SLEEP = "import time\nprint('asleep', flush=True)\ntime.sleep({seconds})\n"


def hand_in(user, exercise, source, **more):
    more.setdefault("kind", Kind.SUBMIT)
    return submitting.submit(
        user=user,
        exercise=Exercise.objects.published().get(pk=exercise.pk),
        source=source,
        idempotency_key=os.urandom(8).hex(),
        **more,
    )


def fresh(submission):
    submission.refresh_from_db()
    return submission


def kinds(submission):
    return list(submission.events.order_by("pk").values_list("kind", flat=True))


def finished(worker, *submissions):
    for submission in submissions:
        worker.until("a verdict", lambda s=submission: fresh(s).finished)


BAD = {
    "syntax": ("def slope_at(f, x, h=1e-5)\n    return 0\n", "not_gradable"),
    "empty": ("", "not_attempted"),
    "another name": ("def slope(f, x, h=1e-5):\n    return 0\n", "failed"),
    "too few arguments": ("def slope_at(f):\n    return 0\n", "failed"),
    "nothing returned": ("def slope_at(f, x, h=1e-5):\n    f(x)\n", "failed"),
    "an object": ("def slope_at(f, x, h=1e-5):\n    return object()\n", "failed"),
    "nan": ("def slope_at(f, x, h=1e-5):\n    return float('nan')\n", "failed"),
    "raises": ("raise ValueError('no')\n", "crashed"),
    "exits": ("import os\nos._exit(0)\n", "crashed"),
    "never ends": ("while True:\n    pass\n", "timed_out"),
    "memory": ("hoard = [0]\nwhile True:\n    hoard = hoard * 2\n", "out_of_memory"),
    "output": ("while True:\n    print('x' * 10_000)\n", "too_much_output"),
}


def test_right_answers_pass_and_bad_input_gets_its_word_and_nothing_of_ours(
    worker, exercise, alice, right, monkeypatch
):
    monkeypatch.setattr(submitting, "SUBMITS_IN_FLIGHT", 100)
    passing = hand_in(alice, exercise, right)
    unchanged = hand_in(alice, exercise, exercise.current.starter)
    bad = {name: hand_in(alice, exercise, source) for name, (source, _) in BAD.items()}
    finished(worker, passing, unchanged, *bad.values())
    assert (passing.state, passing.word) == (State.GRADED, "passed"), worker.said[-3000:]
    assert passing.points == passing.possible > 0
    assert unchanged.word == "not_attempted"
    found = {name: submission.word or submission.state for name, submission in bad.items()}
    assert found == {name: word for name, (_, word) in BAD.items()}
    for submission in (passing, unchanged, *bad.values()):
        assert submission.message
        shown = str(submission.outcome_for_learner().verdict) + str([e.data for e in submission.events.all()])
        for ours in ("zero_to_gpt", "grader/", "site-packages", "/work/"):
            assert ours not in shown, submission
    assert {"queued", "claimed", "leased", "cells", "probes", "total"} <= set(passing.phases)


def test_events_arrive_while_the_code_still_runs(worker, exercise, alice, right):
    submission = hand_in(alice, exercise, SLEEP.format(seconds=4) + right, kind=Kind.RUN)
    output = worker.until(
        "live output",
        lambda: submission.events.filter(kind="output", data__text__startswith="asleep").first(),
    )
    assert fresh(submission).state == State.RUNNING
    finished(worker, submission)
    assert submission.finished_at - output.created > datetime.timedelta(seconds=1)
    seen = kinds(submission)
    assert (seen[0], seen[1], seen[-1]) == ("queued", "running", "graded")
    assert seen.count("graded") == 1


def test_stopping_frees_the_slot_at_once(start_worker, opened, exercise, alice, right):
    worker = opened(start_worker(slots=1))
    long = hand_in(alice, exercise, SLEEP.format(seconds=60) + right)
    said = worker.until("its code", lambda: long.events.filter(kind="output").first())
    assert submitting.cancel(submission=long)
    following = hand_in(alice, exercise, right)
    finished(worker, following)
    fresh(long)
    in_time = datetime.timedelta(seconds=4)  # its own time, five seconds, would have freed the slot later
    assert following.claimed_at - said.created < in_time
    assert (long.state, kinds(long)[-1]) == (State.CANCELLED, "cancelled")


def test_a_worker_killed_while_it_grades_leaves_exactly_one_verdict(
    worker, start_worker, exercise, alice, right
):
    submission = hand_in(alice, exercise, SLEEP.format(seconds=2) + right)
    worker.until("its code", lambda: submission.events.filter(kind="output").exists())
    children = worker.children()
    worker.kill()
    assert fresh(submission).state == State.RUNNING
    second = start_worker()
    second.until("the end of its boxes", lambda: not any(map(is_alive, children)))
    finished(second, submission)
    assert (submission.state, submission.word, submission.attempt) == (State.GRADED, "passed", 2)
    seen = kinds(submission)
    assert seen.count("graded") == 1
    assert seen[-1] == "graded"
    assert seen.count("requeued") == 1
    assert submission.probe_results.count() == len({r.name for r in submission.probe_results.all()})


def test_a_ring_that_nobody_heard_is_repeated(worker, exercise, alice, right, rings, monkeypatch):
    monkeypatch.setattr(bell, "ring", lambda submission: None)
    submission = hand_in(alice, exercise, right)
    Submission.objects.filter(pk=submission.pk).update(rung_at=timezone.now() - bell.RING_AGAIN_AFTER)
    finished(worker, submission)
    assert submission.word == "passed"


def test_a_backlog_does_not_keep_the_reaper_from_what_a_dead_worker_held(
    start_worker, opened, exercise, alice, bob, right, monkeypatch
):
    monkeypatch.setattr(submitting, "SUBMITS_IN_FLIGHT", 100)
    worker = opened(start_worker(slots=1))
    backlog = [hand_in(alice, exercise, SLEEP.format(seconds=4) + right) for _ in range(6)]
    worker.until("its code", lambda: backlog[0].events.filter(kind="output").exists())
    lost = hand_in(bob, exercise, right)
    assert leasing.claim(submission_id=lost.pk, worker="a host that lost its power")
    long_ago = timezone.now() - datetime.timedelta(seconds=1)
    Submission.objects.filter(pk=lost.pk, attempt=1).update(state=State.RUNNING, lease_until=long_ago)
    expired = timezone.now()
    worker.until("its return", lambda: lost.events.filter(kind="requeued").exists())
    returned = lost.events.filter(kind="requeued").first()
    assert returned.created - expired < datetime.timedelta(seconds=8)  # behind the backlog it were 25
    assert [fresh(each).state for each in backlog[1:]] == [State.QUEUED] * 5
    for each in backlog:
        submitting.cancel(submission=each)
    finished(worker, lost)
    assert (lost.word, lost.attempt) == ("passed", 2)


def test_a_lesson_is_executed_and_shown_with_what_it_printed(worker, exercise):
    lesson = worker.until("the lesson's outputs", partial(Lesson.objects.exclude(executed_digest="").first))
    assert '<pre class="nb-text" tabindex="0">42\n</pre>' in lesson.html
    assert lesson.trouble == ""


def test_a_worker_signs_and_leaves_nothing_behind_when_it_stops(worker):
    sign = worker.until("its sign", lambda: WorkerSign.objects.alive().first())
    assert (sign.sandbox, sign.trouble) == ("bubblewrap", "")
    assert "numpy" in sign.profiles
    started = worker.children()
    assert started
    worker.stop()
    assert not WorkerSign.objects.exists()
    assert [pid for pid in started if is_alive(pid)] == []


def is_alive(pid):
    """Whether a process still runs; a dead one may wait for a slow init to take note."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_each_queue_has_a_bell_of_its_own(worker, exercise, alice, bob, right, var):
    submission = hand_in(alice, exercise, right)
    finished(worker, submission)
    assert submitting.regrade(submission=submission, by=bob)
    finished(worker, submission)
    assert (submission.word, submission.attempt) == ("passed", 2)
    worker.until("silence", lambda: not list((var / "broker" / "messages").glob("*.cpu.msg")))
    assert list((var / "broker" / "messages").glob("*.gpu.msg")) == []


def test_nothing_hidden_is_asked_twice_and_what_was_used_up_is_made_anew(worker, exercise, alice, right):
    first = hand_in(alice, exercise, right)
    finished(worker, first)
    unfinished = hand_in(alice, exercise, "raise ValueError('before anything hidden is asked')\n")
    second = hand_in(alice, exercise, right)
    finished(worker, unfinished, second)
    assert (first.word, unfinished.word, second.word) == ("passed", "crashed", "passed"), worker.said[-3000:]
    assert unfinished.instances == {}
    asked = [seed for one in (first, second) for seeds in one.instances["seeds"].values() for seed in seeds]
    assert len(asked) == len(set(asked)) > 0
    recorded = [seed for probe in first.verdict["probes"] if not probe["visible"] for seed in probe["seeds"]]
    assert set(recorded) <= set(asked)
    assert all(len(seed) > 20 for seed in asked)
    worker.until("retiring", lambda: not Instance.objects.filter(seed__in=asked).exists(), seconds=120)
    assert {shelf.fresh for shelf in stock.shelves()} == {stock.LEVEL}
    worker.until("forgetting", lambda: not ExpectedCase.objects.filter(seed__in=asked).exists())
    assert submitting.regrade(submission=first, by=alice)  # what it was asked is made again from its seeds
    draw = first.instances
    finished(worker, first)
    assert (first.word, first.instances) == ("passed", draw)
