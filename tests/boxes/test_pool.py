"""The pool: warm boxes, single use, refill, retirement, and nothing left behind whoever dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from grader.sandbox.box import Box, BoxError, Limits, Profile
from grader.sandbox.cells import CellEnd
from grader.sandbox.choose import choose_backend
from grader.sandbox.drive import Drive
from grader.sandbox.jails import _Jail
from grader.sandbox.limits import AUTHOR, default
from grader.sandbox.pool import SHORT_SECONDS, Pool
from tests.boxes.conftest import HOME, MODES, marked

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=marked(*MODES))
def mode(request: pytest.FixtureRequest, prepared: None) -> str:
    return str(request.param)


@pytest.fixture
def pool(mode: str) -> Iterator[Pool]:
    with Pool(choose_backend(mode, home=HOME), warm={Profile.NUMPY: 2}) as pool:
        yield pool


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def warm(pool: Pool) -> int:
    return int(pool.metrics()["warm"]["numpy"])


def test_boxes_are_warm_before_they_are_asked_for_and_replaced_after(pool: Pool) -> None:
    until(lambda: warm(pool) == 2)
    began = time.monotonic()
    first = pool.run(pool.lease(Profile.NUMPY))
    assert time.monotonic() - began < 2
    assert pool.metrics()["leased"] == 1
    pool.run(first.kill())
    until(lambda: warm(pool) == 2 and pool.metrics()["leased"] == 0)
    assert pool.metrics()["made"]["numpy"] == 3
    assert pool.metrics()["refill_seconds_p50"] > 0


def test_a_burst_is_served_beyond_what_is_warm(pool: Pool) -> None:
    async def burst() -> list[Box]:
        return list(await asyncio.gather(*(pool.lease(Profile.NUMPY) for _ in range(6))))

    boxes = pool.run(burst())
    assert len(set(boxes)) == 6

    async def names() -> list[str]:
        drives = [Drive(box, output_kb=64) for box in boxes]
        runs = await asyncio.gather(
            *(d.cell(f"x = {n}\nprint(x)", deadline=10) for n, d in enumerate(drives))
        )
        await asyncio.gather(*(box.kill() for box in boxes))
        return [run.stdout for run in runs]

    assert pool.run(names()) == [f"{n}\n" for n in range(6)]


def unclaimed(pool: Pool, limits: Limits | None = None) -> None:
    """Ask for a box and go before it is made."""

    async def ask() -> None:
        asking = asyncio.ensure_future(pool.lease(Profile.NUMPY, limits))
        await asyncio.sleep(0)  # it begins; no box is made so fast
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    pool.run(ask())


def test_a_box_that_nobody_waits_for_any_more_is_the_next_ones(mode: str) -> None:
    with Pool(choose_backend(mode, home=HOME), warm={}) as pool:
        pool.run(pool.run(pool.lease(Profile.NUMPY)).kill())  # what the first one waits for is there
        for _ in range(3):
            unclaimed(pool)
        box = pool.run(pool.lease(Profile.NUMPY))
        assert pool.metrics()["made"]["numpy"] == 2
        pool.run(box.kill())
        unclaimed(pool)
        until(lambda: pool.metrics()["made"]["numpy"] == 3)
        box = pool.run(pool.lease(Profile.NUMPY))
        assert pool.metrics()["made"]["numpy"] == 3
        assert pool.run(alive(box))
        pool.run(box.kill())
        unclaimed(pool, replace(default(Profile.NUMPY), files_mb=7))  # nobody else asks for one like that
        until(lambda: pool.metrics()["made"]["numpy"] == 4)
        until(lambda: not pool._burials)
        assert pool.metrics()["leased"] == 0
        unclaimed(pool)  # and one is being made when the pool closes


async def alive(box: Box) -> bool:
    return (await Drive(box, output_kb=16).cell("1 + 1", deadline=5)).end is CellEnd.FINISHED


def test_a_warm_box_that_died_is_never_handed_out(pool: Pool) -> None:
    until(lambda: warm(pool) == 2)
    waiting = [box for _, box in pool._ready[Profile.NUMPY]]
    for box in waiting:
        pool.run(box.kill())
    fresh = pool.run(pool.lease(Profile.NUMPY))
    assert fresh not in waiting
    assert not fresh.dead.is_set()
    pool.run(fresh.kill())


def test_an_old_warm_box_is_replaced(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    until(lambda: warm(pool) == 2)
    old = {box for _, box in pool._ready[Profile.NUMPY]}
    monkeypatch.setattr("grader.sandbox.pool.MOST_AGE_SECONDS", 0.0)
    pool.loop.call_soon_threadsafe(pool._wake.set)
    until(lambda: all(box.dead.is_set() for box in old))


def test_a_refill_waits_while_somebody_may_get_a_verdict_any_moment(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.sandbox.pool.SHORT_SECONDS", 1.5)
    until(lambda: warm(pool) == 2)
    box = pool.run(pool.lease(Profile.NUMPY))
    made = pool.metrics()["made"]["numpy"]
    time.sleep(0.5)
    assert pool.metrics()["made"]["numpy"] == made
    pool.run(box.kill())
    until(lambda: warm(pool) == 2)


def test_a_box_that_works_for_long_is_not_waited_for(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.sandbox.pool.PATIENCE_SECONDS", 60.0)
    until(lambda: warm(pool) == 2)
    box = pool.run(pool.lease(Profile.NUMPY))
    until(lambda: warm(pool) == 2)
    assert not box.dead.is_set()
    pool.run(box.kill())


@pytest.mark.parametrize("mode", marked("docker", "bubblewrap"), indirect=True)
def test_a_box_that_works_for_long_yields_the_processor_to_those_that_begin(pool: Pool) -> None:
    def weight(box: Box) -> str:
        assert isinstance(box, _Jail)
        assert box.group is not None
        folder = box.group.folders["cpu"]
        assert (folder / "cpu.idle").read_text().strip() == "0"  # what is idle yields to the whole host
        name = "cpu.shares" if (folder / "cpu.shares").exists() else "cpu.weight"
        return (folder / name).read_text().strip()

    box = pool.run(pool.lease(Profile.NUMPY))
    assert weight(box) in ("1024", "100")
    until(lambda: weight(box) in ("128", "12"))
    author = pool.run(pool.lease(Profile.NUMPY, AUTHOR))
    time.sleep(2 * SHORT_SECONDS)
    assert weight(author) in ("1024", "100")
    pool.run(author.kill())
    pool.run(box.kill())


@pytest.mark.parametrize("mode", marked("bubblewrap"), indirect=True)
def test_more_are_kept_warm_while_many_arrive(pool: Pool) -> None:
    assert pool.metrics()["wanted"] == {"numpy": 2}
    for _ in range(12):
        pool.run(pool.run(pool.lease(Profile.NUMPY)).kill())
    until(lambda: warm(pool) > 2)
    assert 2 < pool.metrics()["wanted"]["numpy"] <= 8


@pytest.mark.parametrize("mode", marked("bubblewrap"), indirect=True)
def test_a_box_that_somebody_forgot_is_killed_in_the_end(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    box = pool.run(pool.lease(Profile.NUMPY))
    monkeypatch.setattr("grader.sandbox.pool.MOST_LEASE_SECONDS", 0.0)
    pool.loop.call_soon_threadsafe(pool._wake.set)
    until(box.dead.is_set)


def test_a_profile_that_is_not_there_is_refused_with_a_reason(pool: Pool) -> None:
    with pytest.raises(BoxError, match="gpu"):
        pool.run(pool.lease(Profile.GPU))
    assert sum(pool.metrics()["refusals"].values()) == 1


def test_many_threads_may_use_one_pool(pool: Pool) -> None:
    found: list[str] = []

    def grade(n: int) -> None:
        async def go() -> str:
            box = await pool.lease(Profile.NUMPY)
            try:
                return (await Drive(box, output_kb=64).cell(f"print({n} ** 2)", deadline=20)).stdout
            finally:
                await box.kill()

        found.append(pool.run(go()))

    threads = [threading.Thread(target=grade, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(f"{n * n}\n" for n in range(6))


def test_closing_destroys_leased_boxes_too(mode: str) -> None:
    pool = Pool(choose_backend(mode, home=HOME), warm={Profile.NUMPY: 1})
    pool.start()
    box = pool.run(pool.lease(Profile.NUMPY))
    until(lambda: warm(pool) == 1)
    pool.close()
    assert box.dead.is_set()
    assert warm(pool) == 0


OWNER = """
import sys, time
from pathlib import Path
from grader.sandbox.box import Profile
from grader.sandbox.choose import choose_backend
from grader.sandbox.drive import Drive
from grader.sandbox.pool import Pool
pool = Pool(choose_backend(sys.argv[1], home=Path(sys.argv[2])), warm={Profile.NUMPY: 2})
pool.start()
box = pool.run(pool.lease(Profile.NUMPY))
drive = Drive(box, output_kb=64)
while pool.metrics()["warm"]["numpy"] < 2:
    time.sleep(0.05)
print("ready", flush=True)
name = sys.argv[3]
spin = f"import ctypes\\nctypes.CDLL(None).prctl(15, b'{name}', 0, 0, 0)\\nwhile True: pass"
pool.run(drive.cell(spin, deadline=99))
"""


def running(name: str) -> list[str]:
    """Live processes of this host that carry a name."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            before, _, after = path.read_text().rpartition(")")
        except OSError:
            continue
        if before.endswith(f"({name}") and after.split()[0] not in "ZX":
            found.append(path.parent.name)
    return found


def test_nothing_survives_a_worker_that_is_killed(mode: str) -> None:
    name = f"zg-{os.getpid()}-{mode[:4]}"
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, mode, str(HOME), name],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}/platform:{ROOT}"},
    )
    assert owner.stdout is not None
    with owner:
        assert owner.stdout.readline() == "ready\n"
        until(lambda: bool(running(name)))
        before = children_of(owner.pid)
        owner.send_signal(signal.SIGKILL)
    until(lambda: not running(name), 10)
    until(lambda: not any(Path(f"/proc/{pid}").exists() and not zombie(pid) for pid in before), 10)
    # What the killed one left on disk, in control groups and in the engine, the next one removes.
    with Pool(choose_backend(mode, home=HOME), warm={}) as pool:
        box = pool.run(pool.lease(Profile.NUMPY))
        assert pool.run(Drive(box, output_kb=64).cell("print(1)", deadline=10)).end is CellEnd.FINISHED
        pool.run(box.kill())
    assert not list(Path("/sys/fs/cgroup/memory/zero-to-gpt").glob(f"*-{owner.pid}-*"))
    if mode in ("docker", "container"):
        until(lambda: str(owner.pid) not in labels(), 10)


def labels() -> str:
    command = ["docker", "ps", "-a", "--format", '{{.Label "zero-to-gpt.owner"}}']
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def children_of(pid: int) -> list[int]:
    """All descendants of a process."""
    found = []
    with suppress(OSError):  # they come and go
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *children_of(int(child))]
    return found


@pytest.mark.parametrize("mode", marked("docker", "bubblewrap"), indirect=True)
def test_a_zygote_that_is_killed_takes_its_jails_and_is_replaced(pool: Pool) -> None:
    until(lambda: warm(pool) == 2)
    box = pool.run(pool.lease(Profile.NUMPY))
    zygote = pool.backend._zygotes[Profile.NUMPY]  # type: ignore[attr-defined]
    waiting = [box for _, box in pool._ready[Profile.NUMPY]]
    pool.run(zygote.close())
    until(lambda: box.dead.is_set() and all(other.dead.is_set() for other in waiting))
    fresh = pool.run(pool.lease(Profile.NUMPY))
    assert pool.run(Drive(fresh, output_kb=64).cell("print(1)", deadline=10)).stdout == "1\n"
    pool.run(fresh.kill())


@pytest.mark.parametrize("mode", marked("docker", "bubblewrap"), indirect=True)
def test_a_worn_zygote_is_replaced_without_losing_a_box(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    box = pool.run(pool.lease(Profile.NUMPY))
    first = pool.backend._zygotes[Profile.NUMPY]  # type: ignore[attr-defined]
    monkeypatch.setattr("grader.sandbox.jails.MOST_FORKS", 1)
    other = pool.run(pool.lease(Profile.NUMPY, Limits(memory_mb=300)))
    zygotes = pool.backend._zygotes  # type: ignore[attr-defined]
    until(lambda: zygotes.get(Profile.NUMPY) not in (None, first))
    for each in (box, other):
        assert pool.run(Drive(each, output_kb=64).cell("print(1)", deadline=10)).stdout == "1\n"
        pool.run(each.kill())


def test_the_self_test_finds_every_wall_up(mode: str) -> None:
    async def examine() -> object:
        backend = choose_backend(mode, home=HOME)
        try:
            return await backend.selftest()
        finally:
            await backend.close()

    result = asyncio.run(examine())
    assert (result.sandbox, result.usable) == (mode, True), result  # type: ignore[attr-defined]
    down = {wall.name for wall in result.walls if not wall.up}  # type: ignore[attr-defined]
    assert down <= ({"control_group"} if mode == "bubblewrap-single" else set())
