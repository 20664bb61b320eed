"""The clock of a box: a busy host costs nobody his verdict, and nobody makes it run slower for himself."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from grader.sandbox.box import Box, BoxError, Profile
from grader.sandbox.bubblewrap import BubblewrapRing
from grader.sandbox.cells import CellEnd
from grader.sandbox.clock import MOST_TIMES
from grader.sandbox.jails import Jails
from grader.sandbox.pool import Pool
from tests.boxes.busy import busy_host
from tests.boxes.conftest import HOME, Use, marked

DEADLINE = 0.6
LATE = 1.5
"""Times the deadline, at which what is not forgiven has ended: killing and our own delay included."""
TRIES = 4
"""Others may make this host busy for real, and then waiting is forgiven. A trick that works, works always."""

WORK = """
import time
began = time.process_time()
while time.process_time() - began < {seconds}: pass
print("done")
"""


@pytest.fixture
def busy() -> Iterator[None]:
    with busy_host():
        yield


def test_honest_work_beside_a_busy_host_is_not_ended(use: Use, busy: None) -> None:
    run = use.once(WORK.format(seconds=0.2), deadline=0.6)
    assert (run.end, run.stdout) == (CellEnd.FINISHED, "done\n")
    assert 0.18 < run.charged < min(0.6, run.seconds)  # a deadline is looked at when it is over


SLEEPING = {
    "sleep": "import time\ntime.sleep(60)",
    "waits for a stopped child": """
import os, signal
child = os.fork()
if child == 0:
    os.kill(os.getpid(), signal.SIGSTOP)
os.waitpid(child, 0)
""",
}


@pytest.mark.parametrize("source", SLEEPING.values(), ids=SLEEPING)
def test_who_sleeps_holds_no_slot_on_a_busy_host(use: Use, busy: None, source: str) -> None:
    runs = [use.once(source, deadline=DEADLINE)]
    while runs[-1].seconds > LATE * DEADLINE and len(runs) < TRIES:
        runs.append(use.once(source, deadline=DEADLINE))
    assert {run.end for run in runs} == {CellEnd.TIMED_OUT}
    assert runs[-1].seconds < LATE * DEADLINE


@pytest.mark.parametrize(
    "source", ["while True: pass", "import os\nos.nice(19)\nwhile True: pass"], ids=["loop", "nice"]
)
def test_nobody_is_forgiven_without_end(use: Use, busy: None, source: str) -> None:
    run = use.once(source, deadline=DEADLINE)
    assert run.end is CellEnd.TIMED_OUT
    assert run.seconds < MOST_TIMES * DEADLINE + 0.5


HOGS = """
import os, sys, time, threading, signal
def one_processor():
    try: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    except (AttributeError, OSError): pass
def spin(until=1e9):
    until += time.monotonic()
    while time.monotonic() < until: pass
"""

CHEATS = {
    "its own children are in its way": HOGS
    + """
one_processor()
for _ in range(5):
    if os.fork() == 0: spin()
spin()
""",
    "and it lets them pass": HOGS
    + """
one_processor()
for _ in range(5):
    if os.fork() == 0: spin()
os.nice(19)
spin()
""",
    "children that are gone and reaped": HOGS
    + """
one_processor()
while True:
    child = os.fork()
    if child == 0:
        spin(0.05); os._exit(0)
    spin(0.05)
    os.waitpid(child, 0)
""",
    "children that are gone and nobody's": HOGS
    + """
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
one_processor()
while True:
    for _ in range(2):
        if os.fork() == 0:
            spin(0.02); os._exit(0)
    spin(0.02)
""",
    "grandchildren of another session": HOGS
    + """
one_processor()
for _ in range(3):
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0: spin()
        os._exit(0)
    os.waitpid(child, 0)
spin()
""",
    "sleeps, and has a child waited for by another": HOGS
    + """
one_processor()
for _ in range(3):
    if os.fork() == 0: spin()
time.sleep(60)
""",
    "a storm of threads": HOGS
    + """
bell = threading.Condition()
def wait():
    while True:
        with bell: bell.wait()
for _ in range(6):
    try: threading.Thread(target=wait, daemon=True).start()
    except RuntimeError: break
while True:
    with bell: bell.notify_all()
    time.sleep(0.0005)
""",
    "threads that come and go": HOGS
    + """
one_processor()
while True:
    thread = threading.Thread(target=spin, args=(0.02,))
    thread.start()
    spin(0.02)
    thread.join()
""",
    "a child that stops and goes on": HOGS
    + """
one_processor()
child = os.fork()
if child == 0: spin()
while True:
    os.kill(child, signal.SIGSTOP); spin(0.01)
    os.kill(child, signal.SIGCONT); spin(0.01)
""",
    "yields at every turn": HOGS
    + """
one_processor()
for _ in range(3):
    if os.fork() == 0:
        while True: os.sched_yield()
while True: os.sched_yield()
""",
}


@pytest.mark.parametrize("source", CHEATS.values(), ids=CHEATS)
def test_nobody_is_forgiven_more_than_what_others_ran(use: Use, source: str) -> None:
    """On an idle host that is nothing; while tests run beside each other it is something."""
    drive = use.fresh()
    began, ran = _everything_ran(), 0.0
    running = asyncio.run_coroutine_threadsafe(drive.cell(source, deadline=DEADLINE), use.pool.loop)
    while not running.done():
        look = drive.box.look()
        ran = max(ran, look.ran if look is not None else 0.0)
        time.sleep(0.02)
    others = max(0.0, _everything_ran() - began - ran)
    run = running.result()
    assert run.end is CellEnd.TIMED_OUT, run.error
    assert run.seconds - run.charged < others + 0.1
    assert run.seconds < MOST_TIMES * DEADLINE + 0.5
    use.healthy()


def _everything_ran() -> float:
    """Seconds of processor time that this host has spent on anything."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    idle, waiting = fields[3], fields[4]
    return (sum(fields[:8]) - idle - waiting) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("use", marked("docker", "bubblewrap"), indirect=True)  # jails have groups of ours
def test_a_box_that_works_has_its_part_while_others_begin(use: Use) -> None:
    """One after the other begins and works a moment; with the idle class the first stood still meanwhile."""
    with busy_host():
        first = use.fresh()
        begun = asyncio.run_coroutine_threadsafe(
            first.cell(WORK.format(seconds=60), deadline=60), use.pool.loop
        )
        time.sleep(0.3)
        before, began = first.box.look(), time.monotonic()
        others: list[Box] = []
        while time.monotonic() - began < 2:
            drive = use.fresh()
            others.append(drive.box)
            use.cell(drive, WORK.format(seconds=0.05))
            use.pool.run(drive.box.kill())
        after = first.box.look()
        use.pool.run(first.box.kill())
        with pytest.raises(BoxError, match="the pool ended the box"):
            begun.result(10)
    assert before is not None
    assert after is not None
    assert after.ran - before.ran > 0.05


# ---- what starts slowly --------------------------------------------------------------------------


@pytest.mark.bubblewrap
def test_all_who_wait_for_a_zygote_share_the_end_of_one_start(
    prepared: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each began a wait of his own after the one before him: two waits of 90 s were 180."""
    monkeypatch.setitem(__import__("grader.sandbox.jails", fromlist=["_"]).READY_SECONDS, Profile.NUMPY, 0.05)
    starts: list[float] = []

    class Counting(BubblewrapRing):
        async def start(self, profile: Profile) -> tuple[socket.socket, Callable[[], Awaitable[str]], int]:
            starts.append(time.monotonic())
            return await super().start(profile)

    with Pool(Jails(Counting(HOME)), warm={}) as pool:

        async def four() -> list[object]:
            return await asyncio.gather(
                *(pool.lease(Profile.NUMPY) for _ in range(4)), return_exceptions=True
            )

        ends = pool.run(four())
    assert [type(end) for end in ends] == [BoxError] * 4
    assert len(starts) == 1


@pytest.mark.bubblewrap
def test_a_profile_that_starts_slowly_leaves_no_other_without_boxes(prepared: None) -> None:
    class Slow(BubblewrapRing):
        def has_profile(self, profile: Profile) -> bool:
            return profile is Profile.TORCH or super().has_profile(profile)

        async def start(self, profile: Profile) -> tuple[socket.socket, Callable[[], Awaitable[str]], int]:
            if profile is Profile.TORCH:
                await asyncio.sleep(8)
                raise BoxError("too late for this test")
            return await super().start(profile)

    with Pool(Jails(Slow(HOME)), warm={Profile.TORCH: 1, Profile.NUMPY: 2}) as pool:
        until = time.monotonic() + 6
        while pool.metrics()["warm"]["numpy"] < 2 and time.monotonic() < until:
            time.sleep(0.05)
        assert pool.metrics()["warm"]["numpy"] == 2
