"""The clock of a box: wall time, less the time in which it wanted a processor and none of it had one.

Everything is read from outside, from the kernel's own counters (`/proc/THREAD/schedstat`: how long a
thread ran, and how long it stood in the queue for a processor). Sleeping, being stopped, being throttled
and running are charged. Waiting is not, unless another thread of the same box ran meanwhile: for each
thread, what it waited less what all the others ran is time in which the whole box stood still at most.
The largest of these is forgiven. So a box that runs is charged at least what it ran, and threads that
stand in each other's way, alive or gone by now, forgive each other nothing.

No box is forgiven without end: `MOST_TIMES` the deadline of wall time is the end of everything.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

MOST_TIMES = 4.0
"""Wall time that a deadline may take at most, in times of the deadline."""
NOT_BEFORE = 0.1
"""Seconds of a cell before the first look: nearly all end sooner, and pay nothing for this clock."""
BETWEEN_LOOKS = 0.1
"""Seconds between looks at a box without control groups: its children are seen only while they live."""
SHORTEST = 0.01


@dataclass(frozen=True, kw_only=True)
class Look:
    """The counters of a box at one moment, in seconds.

    `ran`: all its threads together, and those that are gone where `whole`. `threads`: how long each that
    lives ran and waited. `throttled`: how long the box was refused a processor for having had its share.
    """

    ran: float
    threads: dict[int, tuple[float, float]]
    processes: frozenset[int]
    throttled: float = 0.0
    whole: bool = True


Looker = Callable[[], Look | None]


class Reading:
    """How much one piece of work of a box is charged, from the first look on.

    `known`: the processes that a box had before it met a learner's code. What others ran is not counted
    once they are gone, unless a group does: a box that was seen with one more is charged wall time.
    """

    def __init__(
        self, looker: Looker, *, known: frozenset[int] | None = None, began: float | None = None
    ) -> None:
        self.looker = looker
        self.known = known
        self.began = time.monotonic() if began is None else began
        self.first: Look | None = None
        self.forgiven = 0.0
        self.ran = 0.0
        self.spoiled = False

    def look(self) -> None:
        """Take the counters once more; the first time, they are where counting begins."""
        now = self.looker()
        if now is None:
            return
        if self.known is not None and not now.whole and not now.processes <= self.known:
            self.spoiled = True
        if self.first is None:
            self.first = now
            return
        self.ran = max(self.ran, now.ran - self.first.ran)
        throttled = now.throttled - self.first.throttled
        for thread, (ran, waited) in now.threads.items():
            ran_before, waited_before = self.first.threads.get(thread, (0.0, 0.0))
            others = max(0.0, self.ran - (ran - ran_before))
            self.forgiven = max(self.forgiven, waited - waited_before - others - throttled)

    @property
    def wall(self) -> float:
        return time.monotonic() - self.began

    def charged(self) -> float:
        """Seconds up to now, as of the last look."""
        wall = self.wall
        forgiven = 0.0 if self.spoiled else self.forgiven
        return max(wall - forgiven, min(self.ran, wall))

    def left(self, deadline: float) -> float:
        """Looks, and tells in how many seconds the deadline can be over at the earliest; 0 when it is."""
        self.look()
        left = min(deadline - self.charged(), MOST_TIMES * deadline - self.wall)
        return max(SHORTEST, left) if left > 0 else 0.0


async def within(work: Coroutine[Any, Any, T], seconds: float, looker: Looker) -> T:
    """The result of what our own processes do; raises TimeoutError once they are charged so many seconds."""
    task = asyncio.ensure_future(work)
    reading = Reading(looker)
    left = min(NOT_BEFORE, seconds / 4)
    try:
        while left > 0:
            await asyncio.wait({task}, timeout=left)
            if task.done():
                return task.result()
            left = reading.left(seconds)
        raise TimeoutError
    finally:
        task.cancel()


# ---- the counters --------------------------------------------------------------------------------


def thread_times(thread: int) -> tuple[float, float] | None:
    """(ran, waited) of one thread, in seconds; None when it is gone."""
    try:
        ran, waited, _ = Path(f"/proc/{thread}/schedstat").read_text().split()
    except (OSError, ValueError):
        return None
    return int(ran) / 1e9, int(waited) / 1e9


def look_at_threads(threads: list[int], ran: Callable[[], float | None], throttled: float) -> Look | None:
    """A box whose group counts for it. What it ran is read last, so that it is never too little."""
    times = {thread: found for thread in threads if (found := thread_times(thread)) is not None}
    together = ran()
    if together is None or not times:
        return None
    return Look(ran=together, threads=times, processes=frozenset(), throttled=throttled)


def look_at_tree(pid: int) -> Look | None:
    """A box without a group: a process and all that descend from it and live."""
    found = [pid] if pid > 0 else []
    for process in found:  # grows while it is read
        for thread in _threads(process):
            with contextlib.suppress(OSError):
                found += map(int, Path(f"/proc/{process}/task/{thread}/children").read_text().split())
    return look_at_processes(found)


def look_at_processes(pids: Iterable[int]) -> Look | None:
    """Exactly these processes, as far as they live."""
    processes = frozenset(pids)
    threads = [thread for process in processes for thread in _threads(process)]
    times = {thread: found for thread in threads if (found := thread_times(thread)) is not None}
    if not times:
        return None
    ran = sum(_process_time(process) for process in processes)
    return Look(ran=ran, threads=times, processes=processes, whole=False)


def _threads(process: int) -> list[int]:
    try:
        return [int(name) for name in os.listdir(f"/proc/{process}/task")]  # noqa: PTH208
    except OSError:
        return []


def _process_time(pid: int) -> float:
    """What all threads of a process ran, those that are gone included; 0 when it is gone itself."""
    try:
        return time.clock_gettime((~pid << 3) | 2)  # as clock_getcpuclockid(3) makes the number
    except OSError:
        return 0.0
