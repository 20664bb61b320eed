"""Each limit that `Limits` names, in each mode: the same case proves it, and the docs print the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from grader.sandbox.box import Limits, Profile
from grader.sandbox.limits import BASELINE_MB
from tests.boxes.conftest import MODES, Use

LIMITS = Limits(memory_mb=256, processes=12, cpus=0.5, files_mb=16)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
GROUP, OWN = "control group", "a container's own group"
HELD_BY = {
    "memory_mb": (GROUP, OWN, GROUP, GROUP, "the cap on each process"),
    "processes": (f"the namespace's cap, {GROUP}", OWN, *[f"the namespace's cap, {GROUP}"] * 2, "8 at most"),
    "cpus": (GROUP, OWN, GROUP, GROUP, "shared, not divided"),
    "files_mb": (*["size of its tmpfs"] * 4, "size of its tmpfs"),
}
FORK = """
import os, signal, time
began = time.monotonic()
children = []
def fork(does):
    child = os.fork()
    if child == 0:
        try: does()
        finally: os._exit(0)
    children.append(child)
def end():
    used = 0.0
    for child in children:
        os.kill(child, signal.SIGKILL)
        _, _, told = os.wait4(child, 0)
        used += told.ru_utime + told.ru_stime
    return used
"""


def memory_mb(use: Use) -> None:
    """Children of 60 MB each, which no cap of a single process sees."""
    drive = use.drive(use.box(Profile.NUMPY, LIMITS))
    source = (
        "def does():\n    held = bytearray(60 << 20)\n    held[::4096] = bytes(len(held[::4096]))\n"
        "    time.sleep(60)\nfor _ in range(11): fork(does)\ntime.sleep(3)"
    )
    run = use.cell(drive, FORK + source, deadline=40)
    peak = drive.box.peak_memory_mb()
    use.pool.run(drive.box.kill())
    assert peak is not None
    assert peak <= LIMITS.memory_mb + LIMITS.files_mb + BASELINE_MB[Profile.NUMPY] + 1
    assert peak > 120 or not run.ok  # more than one of them had its memory


def processes(use: Use) -> None:
    drive = use.drive(use.box(Profile.NUMPY, LIMITS))
    source = "try:\n    while True: fork(signal.pause)\nexcept OSError: print(len(children))"
    run = use.cell(drive, FORK + source, deadline=40)
    use.pool.run(drive.box.kill())
    assert LIMITS.processes - 3 <= int(run.stdout) <= LIMITS.processes + 3


def cpus(use: Use) -> None:
    drive = use.drive(use.box(Profile.NUMPY, LIMITS))
    source = (
        "def does():\n    while True: pass\nfor _ in range(4): fork(does)\n"
        "time.sleep(2)\nprint(end() / (time.monotonic() - began))"
    )
    run = use.cell(drive, FORK + source, deadline=40)
    use.pool.run(drive.box.kill())
    assert float(run.stdout) < LIMITS.cpus + 0.15


def files_mb(use: Use) -> None:
    drive = use.drive(use.box(Profile.NUMPY, LIMITS))
    source = (
        "def fill(folder):\n    written = 0\n    try:\n        for n in range(8):\n"
        "            with open(f'{folder}/{n}', 'wb', buffering=0) as file:\n"
        "                for _ in range(8): written += file.write(bytes(1 << 20))\n"
        "    except OSError: pass\n    return written >> 20\nprint(fill('/tmp'), fill('/dev/shm'))"
    )
    run = use.cell(drive, source, deadline=40)
    use.pool.run(drive.box.kill())
    assert [int(word) for word in run.stdout.split()] == [LIMITS.files_mb] * 2


CASES: tuple[Callable[[Use], None], ...] = (memory_mb, processes, cpus, files_mb)


def test_each_limit_holds(use: Use) -> None:
    for case in CASES:
        case(use)
    use.healthy()


def test_every_limit_has_its_case_and_its_row() -> None:
    named = [field.name for field in fields(Limits)]
    assert [case.__name__ for case in CASES] == named == list(HELD_BY)


def table() -> str:
    head = ["limit", *(f"`{mode}`" for mode in MODES), "without control groups"]
    rows = [[f"`{name}`", *held] for name, held in HELD_BY.items()]
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def test_the_table_in_the_docs_is_true() -> None:
    assert table() in PAGE.read_text()
