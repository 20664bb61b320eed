"""What a learner waits while three others attack: a fork bomb, a memory bomb and a flood of output.

Quiet and loaded in turns, in one process and one pool as in a worker with four slots. Each attacker
submits again as soon as its verdict is there, but not more than once a second, which is what the
limits of the site allow.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from grader.bench.alone import Bench
from grader.bench.measure import Case, case, percentile, ratio
from grader.verdict import Word

FORK_BOMB = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
MEMORY_BOMB = """
import os
import numpy as np
for _ in range(12):
    if os.fork() == 0:
        break
kept = []
while True:
    try:
        kept.append(np.ones(1_000_000))
    except MemoryError:
        kept.clear()
"""
FLOOD = """
while True:
    print("x" * 100_000)
"""
ATTACKS = {"fork bomb": FORK_BOMB, "memory bomb": MEMORY_BOMB, "output flood": FLOOD}
ROUNDS = 7
GRADINGS = 30
PAUSE_SECONDS = 0.05
BETWEEN_SECONDS = 1.0


@contextmanager
def attacked(b: Bench) -> Iterator[None]:
    """While the body runs, three attackers do too; they are all busy before it begins."""
    stop = threading.Event()
    failures: list[str] = []

    def attack(source: str) -> None:
        while not stop.is_set():
            began = time.monotonic()
            if b.grade(source, b.warm_pool).word is Word.PASSED:
                failures.append(source)
            stop.wait(began + BETWEEN_SECONDS - time.monotonic())

    threads = [threading.Thread(target=attack, args=(source,)) for source in ATTACKS.values()]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.5)
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if failures:
        raise RuntimeError(f"an attack passed: {failures[0]}")


def neighbours(b: Bench) -> list[Case]:
    """Latency alone and beside the three, and how many times the one is the other, round by round."""
    quiet: list[list[float]] = []
    loaded: list[list[float]] = []
    for _ in range(ROUNDS):
        quiet.append(_some(b))
        with attacked(b):
            loaded.append(_some(b))
    beside = f"beside a {', a '.join(list(ATTACKS)[:-1])} and an {list(ATTACKS)[-1]}"
    cases = [
        case(f"grading alone, every {PAUSE_SECONDS:.2f} s ({b.about})", [ms for one in quiet for ms in one]),
        case(f"the same {beside} ({b.about})", [ms for one in loaded for ms in one]),
    ]
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        slow, fast = ([percentile(one, share) for one in many] for many in (loaded, quiet))
        cases.append(ratio(f"{name} {beside}: times that alone ({b.about})", slow, fast, bar="p50 <= 2"))
    return cases


def _some(b: Bench) -> list[float]:
    taken = []
    for _ in range(GRADINGS):
        taken.append(b.once())
        time.sleep(PAUSE_SECONDS)
    return taken
