"""A pool whose back-end fails, and one that is closed while somebody waits: nobody waits for ever."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox import pool as pools
from grader.sandbox.box import BoxError, Limits, Profile
from grader.sandbox.cells import CellEnd, CellRun
from grader.sandbox.cgroups import Groups
from grader.sandbox.choose import choose_backend
from grader.sandbox.drive import Drive
from grader.sandbox.jails import Jails
from grader.sandbox.owners import mine
from grader.sandbox.pool import Pool
from tests.boxes.conftest import HOME, marked


class _Box:
    def __init__(self) -> None:
        self.dead = asyncio.Event()

    async def kill(self) -> None:
        self.dead.set()

    def yield_to_others(self) -> None: ...


class _Backend:
    """As a back-end, but for what making a box comes to."""

    name = "fake"

    def __init__(self, made: Callable[[], Any], seconds: float = 0.0) -> None:
        self.made, self.seconds, self.tries, self.closed = made, seconds, 0, False

    def has_profile(self, profile: Profile) -> bool:
        return True

    async def make(self, profile: Profile, limits: Limits) -> Any:
        self.tries += 1
        await asyncio.sleep(self.seconds)
        return self.made()

    async def close(self) -> None:
        self.closed = True


def refused() -> None:
    raise BoxError("late")


def no_space() -> None:
    raise OSError(28, "No space left on device")


def leasing(pool: Pool, said: list[str]) -> threading.Thread:
    def lease() -> None:
        try:
            pool.run(pool.lease(Profile.NUMPY))
            said.append("a box")
        except BoxError as error:
            said.append(str(error))

    thread = threading.Thread(target=lease, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("made", [refused, no_space, _Box])
def test_a_lease_under_way_ends_with_the_pool(made: Callable[[], Any]) -> None:
    backend = _Backend(made, seconds=0.5)
    pool = Pool(backend, warm={})  # type: ignore[arg-type]
    pool.start()
    said: list[str] = []
    threads = [leasing(pool, said) for _ in range(3)]
    time.sleep(0.2)
    pool.close()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert len(said) == 3
    assert backend.closed
    with pytest.raises(BoxError, match="are being ended"):
        pool.run(pool.lease(Profile.NUMPY))


def test_a_back_end_without_space_is_tried_again_after_a_pause_and_told() -> None:
    backend = _Backend(no_space)
    pool = Pool(backend, warm={Profile.NUMPY: 1})  # type: ignore[arg-type]
    with pool:
        time.sleep(1)
        assert backend.tries == 1
        assert list(pool.metrics()["refusals"]) == [
            "a box could not be made: [Errno 28] No space left on device"
        ]
        with pytest.raises(BoxError, match="No space left"):
            pool.run(pool.lease(Profile.NUMPY))
    assert backend.closed


def test_a_box_that_ends_as_soon_as_it_is_made_is_leased_to_nobody() -> None:
    def dying() -> _Box:
        box = _Box()
        asyncio.get_running_loop().call_soon(box.dead.set)
        return box

    with Pool(_Backend(dying), warm={}) as pool:  # type: ignore[arg-type]
        with pytest.raises(BoxError, match="ended as soon as it was made"):
            pool.run(pool.lease(Profile.NUMPY))
        time.sleep(pools.IDLE_SECONDS + 0.2)
        assert pool.metrics()["leased"] == 0
        assert pool.idle


# ---- real boxes ----------------------------------------------------------------------------------------


@pytest.fixture(params=marked("bubblewrap", "bubblewrap-single"))
def pool(request: pytest.FixtureRequest, prepared: None) -> Iterator[Pool]:
    with Pool(choose_backend(str(request.param), home=HOME), warm={Profile.NUMPY: 1}) as pool:
        yield pool


def ran(pool: Pool, source: str) -> CellRun:
    async def run() -> CellRun:
        box = await pool.lease(Profile.NUMPY)
        try:
            drive = Drive(box, output_kb=1024)
            await drive.limits(memory_mb=256, seed=0)
            return await drive.cell(source, deadline=20)
        finally:
            await box.kill()

    return pool.run(run())


def test_threads_that_lease_while_the_pool_is_closed_come_back(pool: Pool) -> None:
    said: list[str] = []
    threads = [leasing(pool, said) for _ in range(6)]
    pool.close()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert len(said) == 6


def test_what_a_box_said_last_is_read(pool: Pool) -> None:
    last = (
        "import os\nfor _ in range(40): print('x' * 9000, flush=True)\nprint('LAST', flush=True)\nos._exit(1)"
    )
    for _ in range(15):
        run = ran(pool, last)
        assert run.end is CellEnd.DIED
        assert "LAST" in run.stdout


def test_a_box_that_its_pool_ends_is_no_fault_of_the_code_in_it(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "MOST_LEASE_SECONDS", 0.3)
    monkeypatch.setattr(pools, "RETRY_SECONDS", 0.2)
    with pytest.raises(BoxError, match="the pool ended the box"):
        ran(pool, "import time\ntime.sleep(10)")


def test_a_jail_that_dies_before_it_is_enrolled_leaves_no_group(
    prepared: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = Groups.open()
    parents = set(groups.parents.values()) if groups is not None else set()

    def left() -> list[Path]:
        return [folder for parent in parents for folder in parent.glob(f"{mine()}-*")]

    def gone(pidfd: int) -> int:
        raise ProcessLookupError(3, "No such process")

    with Pool(choose_backend("bubblewrap", home=HOME), warm={}) as pool:
        before = set(left())
        monkeypatch.setattr("grader.sandbox.jails.pid_of", gone)
        if parents:  # nobody is enrolled where there are none
            with pytest.raises(BoxError, match="the box did not start"):
                pool.run(pool.lease(Profile.NUMPY))
        assert set(left()) == before


def test_whoever_waits_for_a_zygote_that_is_not_started_any_more_is_told(prepared: None) -> None:
    backend = choose_backend("bubblewrap", home=HOME)
    assert isinstance(backend, Jails)

    async def waits() -> str:
        waiting = asyncio.ensure_future(backend.make(Profile.NUMPY, Limits()))
        await asyncio.sleep(0.01)
        for starting in backend._starting.values():
            starting.cancel()
        try:
            box = await waiting
        except BoxError as error:
            return str(error)
        await box.kill()
        return "a box"

    pool = Pool(backend, warm={})
    with pool:
        assert "is not started any more" in pool.run(waits())
