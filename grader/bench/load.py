"""Many gradings: how many a second two cores bear, a burst of a hundred, and what a warm box holds.

Every grading has a fresh jail, as in the worker: as many threads as slots, one pool, one process.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grader.bench.alone import Bench
from grader.bench.measure import Case, Unmeasurable, case, ratio
from grader.sandbox.box import Box
from grader.sandbox.running import RunningBox

WINDOW_SECONDS = 2.0
WINDOWS = 7
BURST = 100
BOXES = 32
ALONE = 11


def sustained(b: Bench) -> list[Case]:
    """Gradings per second, counted in windows of two seconds while as many run as there are cores; and in
    times of what that many cores would do that grade one after the other, as measured just before.
    """
    alone = statistics.median(b.warm() for _ in range(ALONE)) / 1000
    stop = threading.Event()
    done: list[float] = []

    def work() -> None:
        while not stop.is_set():
            b.once()
            done.append(time.monotonic())

    began = time.monotonic()
    slots = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(slots) as threads:
        workers = [threads.submit(work) for _ in range(slots)]
        time.sleep(WINDOW_SECONDS * (WINDOWS + 1))  # the first window is for the pool to find its size
        stop.set()
        for worker in workers:
            worker.result()
    edges = [began + WINDOW_SECONDS * number for number in range(1, WINDOWS + 2)]
    rates = [sum(low <= at < high for at in done) / WINDOW_SECONDS for low, high in itertools.pairwise(edges)]
    name = f"sustained, a fresh box each, {slots} at a time ({b.about})"
    share = [rate * alone / slots for rate in rates]
    return [
        case(name, rates, unit="per s"),
        case(f"{name}: times cores / grading alone", share, unit="times", bar="p50 >= 0.8"),
    ]


def burst(b: Bench) -> list[Case]:
    """A hundred submissions at once: when each has its verdict, and when the last one has."""
    slots = len(os.sched_getaffinity(0))
    last: list[float] = []
    every: list[float] = []
    for _ in range(3):
        b.rest()
        began = time.perf_counter()

        def one(began: float = began) -> float:
            b.once()
            return (time.perf_counter() - began) * 1000

        with ThreadPoolExecutor(slots) as threads:
            finished = list(threads.map(lambda _: one(), range(BURST)))
        every += finished
        last.append(max(finished))
    return [
        case(f"burst: {BURST} submissions at once, each one's verdict ({b.about})", every),
        case(f"burst: {BURST} submissions at once, the last verdict ({b.about})", last),
    ]


def warm_boxes(b: Bench) -> list[Case]:
    """Private memory of warm boxes, and the time to replace one, while 32 are there.

    Private memory is what the kernel counts for the processes of a box alone (Private_Clean and
    Private_Dirty of `/proc/PID/smaps_rollup`), read from outside.
    """
    alone = [b.warm() for _ in range(BOXES)]
    held, seconds, ending = b.cold_pool.run(_warm_boxes(b))
    replacing = f"replacing a warm box, n = {BOXES}"
    return [
        case(f"a warm box's private memory, n = {BOXES} ({b.about})", held, unit="MB", bar="p50 <= 6"),
        case(f"{replacing} ({b.about})", seconds),
        ratio(f"{replacing}: times grading alone ({b.about})", seconds, alone, bar="p50 <= 1"),
        case(f"ending {BOXES} boxes, for each ({b.about})", [ending]),
    ]


async def _warm_boxes(b: Bench) -> tuple[list[float], list[float], float]:
    """MB of each box, milliseconds of each replacement, and of ending one of all at once."""
    pool, profile = b.cold_pool, b.exercise.profile
    boxes: list[Box] = []
    try:
        boxes.extend([await pool.lease(profile) for _ in range(BOXES)])
        held = [_private_mb(box) for box in boxes]
        seconds = []
        for _ in range(BOXES):
            await boxes.pop(0).kill()
            began = time.perf_counter()
            boxes.append(await pool.lease(profile))
            seconds.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        await asyncio.gather(*(box.kill() for box in boxes))
        boxes = []
        ending = (time.perf_counter() - began) * 1000 / BOXES
    finally:
        for box in boxes:
            await box.kill()
    return held, seconds, ending


def _private_mb(box: Box) -> float:
    if not isinstance(box, RunningBox):
        raise Unmeasurable("the memory of this kind of box cannot be read")
    try:
        text = Path(f"/proc/{box.pid}/smaps_rollup").read_text()
    except OSError as error:
        raise Unmeasurable(f"the memory of a box cannot be read here: {error}") from None
    return sum(int(found) for found in re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.MULTILINE)) / 1024
