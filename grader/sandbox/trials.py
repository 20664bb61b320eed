"""Whether GPUs may be offered on this host: only after they were tried here, on a real card, with a record.

`attempt` leases a slice and does to it what learners will do; `refusal` says why the record does not hold:
there is none, something in it failed, or the cards, the driver or what is in the boxes are others now.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.sandbox import libraries
from grader.sandbox.box import BoxError, Limits, Profile
from grader.sandbox.cells import CellEnd, CellRun
from grader.sandbox.devices import DeviceFault, Inventory, Lease, NoSlice, Slices, State, Work, placed
from grader.sandbox.drive import Drive
from grader.sandbox.pool import Pool

RECORD = "gpu-trial.json"
COMMAND = "python -m grader sandbox --try-gpu"
NEVER = f"GPUs were not tried on this host yet, so none is offered: {COMMAND} tries them on a real card."
LIMITS = Limits(memory_mb=2048)
PATTERN = 173

CONTEXT = """import torch
i = torch.arange(64, device="cuda")
print(torch.cuda.get_device_name(0), int(((i[:, None] * i).float() @ torch.ones(64, 1, device="cuda")).sum()))
"""
CONTEXT_SUM = 4_064_256
"""(0 + 1 + ... + 63) squared."""
ALL = """import torch
held, size = [], 64 * 2**20
while size >= 2**20:
    try:
        held.append(torch.empty(size, dtype=torch.uint8, device="cuda"))
    except RuntimeError:
        size //= 2
"""
FILL = ALL + f"for each in held: each.fill_({PATTERN})\nprint(sum(each.numel() for each in held) >> 20)\n"
SEARCH = (
    ALL.replace("64 * 2**20", "16 * 2**20")
    + f"""
spare = held[:8]
found = sum(int((each == {PATTERN}).sum()) for each in spare)
del spare, held[:8]
print(found + sum(int((each == {PATTERN}).sum()) for each in held))
"""
)
"""Counting takes memory too: what the first eight had, once they are searched."""
TOO_MUCH = """import torch
held = [torch.empty(2**30, dtype=torch.uint8, device="cuda") for _ in range(10**4)]
"""
ENDLESS = "import torch\nwhile True:\n    torch.cuda._sleep(2**40)\n    torch.cuda.synchronize()\n"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that was tried: did it hold, and what was seen."""

    name: str
    up: bool
    seen: str
    seconds: float


class Learner:
    """A box of a learner on a slice, as the grader drives one."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        began = time.monotonic()
        self.box = pool.run(pool.lease(Profile.TORCH, LIMITS))
        self.seconds = time.monotonic() - began
        self.drive = Drive(self.box, output_kb=64)
        pool.run(self.drive.limits(memory_mb=LIMITS.memory_mb, seed=0))

    def cell(self, source: str, deadline: float = 30.0) -> CellRun:
        return self.pool.run(self.drive.cell(source, deadline=deadline))

    def end(self) -> None:
        self.pool.run(self.box.kill())


def attempt(slices: Slices, pool: Pool, tell: Callable[[Step], None]) -> list[Step]:
    """Try one slice in every way. Raises NoSlice where there is none to try."""
    steps: list[Step] = []

    def step(name: str, test: Callable[[], tuple[bool, str]]) -> None:
        began = time.monotonic()
        try:
            up, seen = test()
        except (BoxError, DeviceFault, ValueError) as error:
            up, seen = False, str(error)
        steps.append(Step(name=name, up=up, seen=seen[:300], seconds=round(time.monotonic() - began, 3)))
        tell(steps[-1])

    lease = slices.lease("a trial", wait=5.0)
    with placed(lease, pool.run) as work:
        step("context", lambda: context(pool))
        step("residue", lambda: residue(pool))
        step("out of memory", lambda: out_of_memory(pool))
        step("endless kernel", lambda: endless(pool, work, lease))
    step("given back", lambda: given_back(slices, lease))
    return steps


def context(pool: Pool) -> tuple[bool, str]:
    """A box with the slice starts, and computes what is known."""
    learner = Learner(pool)
    try:
        run = learner.cell(CONTEXT)
    finally:
        learner.end()
    right = run.ok and run.stdout.split()[-1:] == [str(CONTEXT_SUM)]
    return right, f"{_shown(run)}; ready after {learner.seconds:.2f} s"


def residue(pool: Pool) -> tuple[bool, str]:
    """What one learner's tensors held, no later box finds in the memory that it is given."""
    first = Learner(pool)
    try:
        filled = first.cell(FILL)
    finally:
        first.end()
    second = Learner(pool)
    try:
        found = second.cell(SEARCH)
    finally:
        second.end()
    good = filled.ok and int(filled.stdout) > 0 and found.ok and int(found.stdout) == 0
    return good, f"filled: {_shown(filled)} MB; found by the next one: {_shown(found)} bytes"


def out_of_memory(pool: Pool) -> tuple[bool, str]:
    """Asking for more than the slice has is an error with a line, and the box lives."""
    learner = Learner(pool)
    try:
        run = learner.cell(TOO_MUCH)
        after = learner.cell("held = None\nprint('alive')")
    finally:
        learner.end()
    error = run.error
    good = error is not None and error.type == "OutOfMemoryError" and error.line == 2 and after.ok
    return good, _shown(run)


def endless(pool: Pool, work: Work, lease: Lease) -> tuple[bool, str]:
    """A kernel that does not end is killed at the deadline, and the slice is fit again afterwards."""
    learner = Learner(pool)
    run = learner.cell(ENDLESS, deadline=2.0)
    fault = pool.run(work.over())
    if fault or run.end is not CellEnd.TIMED_OUT:
        return False, fault or _shown(run)
    lease.again()
    return True, f"killed after {run.seconds:.1f} s; the known kernel is right afterwards"


def given_back(slices: Slices, lease: Lease) -> tuple[bool, str]:
    standing = slices.standing(lease.slice)
    return standing.state is State.FREE, standing.reason or standing.state


def _shown(run: CellRun) -> str:
    if run.error is not None:
        return f"{run.error.type}: {run.error.message}"
    return run.stdout.strip() or run.end


# ---- the record ----------------------------------------------------------------------------------------


def record(home: Path, slices: Slices, engine: str, steps: list[Step]) -> dict[str, Any]:
    """Keep what was tried. Raises NoSlice for slices that are no cards."""
    if slices.devices.fake:
        raise NoSlice("These slices are fake: what is tried on them says nothing of a card.")
    inventory = slices.devices.inventory()
    data = {
        "cards": sorted(inventory.cards),
        "driver": inventory.driver,
        "card": inventory.slices[0].name,
        "engine": engine,
        "box_digest": libraries.box_digest(Profile.GPU),
        "at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "steps": [asdict(step) for step in steps],
    }
    (home / RECORD).write_text(json.dumps(data, indent=1) + "\n")
    return data


def read(home: Path) -> dict[str, Any]:
    """The record of this home, or an empty one."""
    try:
        data = json.loads((home / RECORD).read_text())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def refusal(home: Path, found: Inventory) -> str:
    """Why GPUs are not offered here, a sentence; empty if they were tried as they are now."""
    data = read(home)
    steps = data.get("steps")
    if not isinstance(steps, list) or not steps:
        return NEVER
    when = f"GPUs were tried here on {data.get('at')}"
    if failed := [str(step.get("name")) for step in steps if step.get("up") is not True]:
        return f"{when}, and this did not hold: {', '.join(failed)}. None is offered."
    now = {
        "cards": (sorted(found.cards), "with other cards"),
        "driver": (found.driver, f"with driver {data.get('driver')}"),
        "box_digest": (libraries.box_digest(Profile.GPU), "with other boxes"),
    }
    for what, (value, other) in now.items():
        if data.get(what) != value:
            return f"{when} {other}, so none is offered: {COMMAND} tries again."
    return ""
