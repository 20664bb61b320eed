"""What is forgiven, from counters as the kernel gives them: never more than the whole box stood still."""

import os
import time
from pathlib import Path

import pytest

from grader.sandbox.cgroups import Group
from grader.sandbox.clock import Look, Reading, look_at_tree


def look(threads, *, ran=None, processes=(1,), throttled=0.0, whole=True):
    together = sum(one for one, _ in threads.values()) if ran is None else ran
    return Look(
        ran=together, threads=threads, processes=frozenset(processes), throttled=throttled, whole=whole
    )


START = look({1: (10.0, 5.0)})


@pytest.mark.parametrize(
    ("later", "charged"),
    [
        (look({1: (10.4, 7.0)}), 0.4),  # ran 0.4 s of 2.4 s and waited the rest
        (look({1: (10.0, 5.0)}), 2.4),  # slept
        (look({1: (12.4, 5.0)}), 2.4),  # ran
        (look({1: (10.8, 6.6), 2: (0.8, 1.6)}), 1.6),  # two that share one processor: what both ran
        (look({1: (10.6, 6.8), 2: (1.8, 0.6)}), 2.4),  # one waits while the other one runs
        (look({1: (10.6, 6.8)}, ran=12.4), 2.4),  # the other one is gone, but was counted
        (look({n: (10.0, 5.0) if n == 1 else (0.04, 0.5) for n in range(1, 31)}), 2.4),  # a storm
        (look({1: (10.4, 7.0)}, throttled=1.5), 1.9),  # most of it had had its share
        (look({1: (13.0, 5.0), 2: (3.0, 4.0)}), 2.4),  # more than one processor: never more than wall time
    ],
)
def test_waiting_is_forgiven_as_far_as_nothing_else_of_the_box_ran(later, charged):
    looks = iter([START, later])
    reading = Reading(lambda: next(looks), began=time.monotonic() - 2.4)
    reading.look()
    reading.look()
    assert reading.charged() == pytest.approx(charged, abs=0.05)


def test_without_a_group_a_box_that_had_a_child_is_charged_wall_time():
    alone = look({1: (10.0, 5.0)}, whole=False)
    child = look({1: (10.0, 6.0), 2: (0.0, 0.1)}, processes=(1, 2), whole=False)
    gone = look({1: (10.2, 7.0)}, whole=False)
    for seen, charged in ((alone, 0.4), (child, 2.4)):
        looks = iter([alone, seen, gone])
        reading = Reading(lambda: next(looks), known=frozenset({1}), began=time.monotonic() - 2.4)  # noqa: B023
        for _ in range(3):
            reading.look()
        assert reading.charged() == pytest.approx(charged, abs=0.05)


def test_nothing_is_forgiven_where_nothing_can_be_seen():
    reading = Reading(lambda: None, began=time.monotonic() - 1)
    reading.look()
    assert reading.charged() == pytest.approx(1, abs=0.05)
    assert reading.left(0.9) == 0


def test_four_times_the_deadline_is_the_end_of_it():
    looks = iter([START, look({1: (10.0, 100.0)})])
    reading = Reading(lambda: next(looks), began=time.monotonic() - 4.1)
    reading.look()
    assert reading.left(1.0) == 0


def test_this_process_is_read_as_it_is():
    before = look_at_tree(os.getpid())
    began = time.process_time()
    while time.process_time() - began < 0.1:
        pass
    after = look_at_tree(os.getpid())
    assert before is not None
    assert after is not None
    assert os.getpid() in after.processes
    assert after.ran - before.ran == pytest.approx(0.1, abs=0.05)
    assert look_at_tree(2**22 - 1) is None
    assert look_at_tree(0) is None


def test_a_group_of_version_two_counts_for_its_threads(tmp_path: Path):
    (tmp_path / "cgroup.threads").write_text(f"{os.getpid()}\n")
    (tmp_path / "cpu.stat").write_text("usage_usec 2500000\nnr_throttled 3\nthrottled_usec 1500000\n")
    (tmp_path / "cpu.weight").write_text("100")
    group = Group(dict.fromkeys(("memory", "pids", "cpu"), tmp_path))
    found = group.look()
    assert found is not None
    assert (found.ran, found.throttled, found.whole) == (2.5, 1.5, True)
    assert os.getpid() in found.threads
    group.yield_to_others()
    assert (tmp_path / "cpu.weight").read_text() == "12"
    (tmp_path / "cpu.stat").unlink()
    assert group.look() is None
