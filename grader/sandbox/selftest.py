"""Are all walls up? Tried for real: one box from within (look.py), and what only the outside sees.

A back-end of which any required wall is down is not usable, and nothing falls back to something
weaker without saying so. What this host cannot give (control groups for an ordinary user) is a wall
that is shown as down, with what it means, but does not make the box unusable: a hard cap on each
process stands in its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from pathlib import Path

from grader.sandbox.box import Backend, Box, BoxError, Death, Limits, Profile, SelfTest, Wall
from grader.sandbox.cells import CellEnd
from grader.sandbox.drive import Drive

LOOK = Path(__file__).with_name("look.py")
OPTIONAL = frozenset({"control_group"})


async def examine(backend: Backend, profile: Profile = Profile.NUMPY) -> SelfTest:
    """Try every wall of a back-end. Never raises: what goes wrong is the reason."""
    try:
        walls = await _walls(backend, profile)
    except (BoxError, OSError, ValueError) as error:  # ValueError: it said what is no JSON
        return SelfTest(sandbox=backend.name, usable=False, reason=str(error) or type(error).__name__)
    down = [wall.name for wall in walls if not wall.up and wall.name not in OPTIONAL]
    weak = [wall.seen for wall in walls if not wall.up and wall.name in OPTIONAL]
    reason = f"walls that are down: {', '.join(down)}" if down else "; ".join(weak)
    return SelfTest(sandbox=backend.name, usable=not down, reason=reason, walls=tuple(walls))


async def _walls(backend: Backend, profile: Profile) -> list[Wall]:
    walls = []
    box = await backend.make(profile, Limits())
    try:
        drive = Drive(box, output_kb=256)
        await drive.limits(memory_mb=256, seed=0)
        run = await drive.cell(LOOK.read_text(), filename="<look>", deadline=60)
        if not run.ok:
            told = f"{run.error.type}: {run.error.message} ({run.error.code})" if run.error else run.end
            raise BoxError(f"the self-test did not finish: {told}")
        walls += [Wall(name=name, up=up, seen=what) for name, (up, what) in json.loads(run.stdout).items()]
        peak = box.peak_memory_mb()
        walls.append(
            Wall(
                name="control_group",
                up=peak is not None,
                seen=f"peak {peak:.0f} MB"
                if peak is not None
                else "no control group here: memory and processes are capped one process at a time",
            )
        )
        walls.append(await _deadline(drive, box))
    finally:
        await box.kill()
    walls.append(await _sudden_death(backend, profile))
    return walls


SPIN = """
import ctypes, os
ctypes.CDLL(None).prctl(15, b"{name}", 0, 0, 0)
os.fork()
os.fork()
while True:
    pass
"""


async def _deadline(drive: Drive, box: Box) -> Wall:
    name = f"zg-{secrets.token_hex(5)}"
    began = time.monotonic()
    run = await drive.cell(SPIN.format(name=name), deadline=0.2)
    seconds = time.monotonic() - began
    for _ in range(20):  # outside a pid namespace's own death, the last of them goes a moment later
        left = _named(name)
        if not left:
            break
        await asyncio.sleep(0.05)
    up = run.end is CellEnd.TIMED_OUT and box.death() is Death.KILLED_BY_US and seconds < 3 and not left
    return Wall(name="deadline", up=up, seen=f"killed after {seconds:.2f} s, {len(left)} processes left")


def _named(name: str) -> list[Path]:
    """The processes of this host that carry a name; those that are dead and not yet collected are gone."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            before, _, after = path.read_text().rpartition(")")
            if before.endswith(f"({name}") and after.split()[0] not in "ZX":
                found.append(path)
    return found


async def _sudden_death(backend: Backend, profile: Profile) -> Wall:
    """A box that ends itself is noticed at once and is no success."""
    box = await backend.make(profile, Limits())
    try:
        drive = Drive(box, output_kb=64)
        await drive.limits(memory_mb=256, seed=0)
        began = time.monotonic()
        run = await drive.cell("import os\nos._exit(0)", deadline=10)
        seconds = time.monotonic() - began
        up = run.end is CellEnd.DIED and not run.ok and seconds < 3
        return Wall(name="sudden_death", up=up, seen=f"noticed after {seconds * 1000:.0f} ms")
    finally:
        await box.kill()
