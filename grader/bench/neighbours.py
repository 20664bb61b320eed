"""What a learner waits while others attack: with a fork bomb, a memory bomb and a flood of output, or with
the answers that cost us most to read and compare.

Quiet and loaded in turns, in one process and one pool as in a worker with four slots. Each attacker
submits again as soon as its verdict is there, but not more than once a second, which is what the
limits of the site allow.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
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
WORST_VALUE = """
import struct
import kernel, wire
{make}
_publish = kernel.Kernel.publish
def _forged(self, kind, content, metadata=None, buffers=()):
    if buffers:
        buffers = [_blob, buffers[1]]
    _publish(self, kind, content, metadata, buffers)
kernel.Kernel.publish = _forged
"""
"""Whatever the probes ask, the box itself answers with one value of the attacker's making."""
CONGRUENT = """
_keys = [n * (2**61 - 1) for n in range(9_928)] + list(range(1, 89_000))
_items = b"".join(b"I\\t\\0\\0\\0" + key.to_bytes(9, "little") for key in _keys)
_blob = b"ZG1E" + struct.pack("<I", len(_keys)) + _items
"""
IN_EIGHTS = """
_keys = [n + (2**61 - 1) * k for n in range(12_400) for k in range(8)]
_items = b"".join(b"I\\t\\0\\0\\0" + key.to_bytes(9, "little") for key in _keys)
_blob = b"ZG1E" + struct.pack("<I", len(_keys)) + _items
"""
MANY_ITEMS = """
_blob = wire.encode([[[]]] * 33_000)
"""
VALUES = {
    "congruent keys": WORST_VALUE.format(make=CONGRUENT),
    "keys of one hash in eights": WORST_VALUE.format(make=IN_EIGHTS),
    "a hundred thousand lists": WORST_VALUE.format(make=MANY_ITEMS),
}
ROUNDS = 7
GRADINGS = 30
PAUSE_SECONDS = 0.05
BETWEEN_SECONDS = 1.0


@contextmanager
def attacked(b: Bench, attacks: Mapping[str, str] = ATTACKS) -> Iterator[None]:
    """While the body runs, three attackers do too; they are all busy before it begins."""
    stop = threading.Event()
    failures: list[str] = []

    def attack(source: str) -> None:
        while not stop.is_set():
            began = time.monotonic()
            try:
                if b.grade(source, b.warm_pool).word is Word.PASSED:
                    failures.append(f"an attack passed: {source}")
            except Exception as error:  # noqa: BLE001  then nobody is attacked any more
                failures.append(f"an attacker ended: {type(error).__name__}: {error}")
                return
            stop.wait(began + BETWEEN_SECONDS - time.monotonic())

    threads = [threading.Thread(target=attack, args=(source,)) for source in attacks.values()]
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
        raise RuntimeError(failures[0])


def neighbours(b: Bench) -> list[Case]:
    """Latency alone and beside attackers, and how many times the one is the other, round by round."""
    names = list(ATTACKS)
    bombs = f"beside a {', a '.join(names[:-1])} and an {names[-1]}"
    return [
        *_beside(b, bombs, ATTACKS, ("p50 <= 1.5", "p50 <= 2")),
        *_beside(b, "beside the worst values", worst_values(b), ("p50 <= 1.5", "p50 <= 3")),
    ]


def worst_values(b: Bench) -> dict[str, str]:
    """Attacks that define what is asked for, and answer with something else."""
    return {name: f"{b.exercise.reference}\n{source}" for name, source in VALUES.items()}


def _beside(b: Bench, beside: str, attacks: Mapping[str, str], bars: tuple[str, str]) -> list[Case]:
    """`bars` are those of the two ratios: of the medians, and of the 95th percentiles."""
    quiet: list[list[float]] = []
    loaded: list[list[float]] = []
    for _ in range(ROUNDS):
        quiet.append(_some(b))
        with attacked(b, attacks):
            loaded.append(_some(b))
    cases = [
        case(f"grading alone, every {PAUSE_SECONDS:.2f} s ({b.about})", [ms for one in quiet for ms in one]),
        case(f"the same {beside} ({b.about})", [ms for one in loaded for ms in one]),
    ]
    for name, share, bar in (("p50", 0.5, bars[0]), ("p95", 0.95, bars[1])):
        slow, fast = ([percentile(one, share) for one in many] for many in (loaded, quiet))
        cases.append(ratio(f"{name} {beside}: times that alone ({b.about})", slow, fast, bar=bar))
    return cases


def _some(b: Bench) -> list[float]:
    taken = []
    for _ in range(GRADINGS):
        taken.append(b.once())
        time.sleep(PAUSE_SECONDS)
    return taken
