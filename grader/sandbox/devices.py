"""Slices of GPUs: which there are, who has which, and whether the next learner may have one.

A slice is a whole GPU or a MIG slice. One job has it at a time, on this host; between two jobs it is
*renewed*: wiped, searched for what was left, and asked for the result of a kernel that is known. Whatever
is not exactly right about that puts it into quarantine until a person readmits it. What a card is, nvidia.py
and fakes.py say; here is what holds for both.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, ClassVar, Protocol

from grader.sandbox.box import Backend, Box, BoxError, Limits, Profile

log = logging.getLogger(__name__)

RENEW_SECONDS = 60.0
"""How long wiping and checking a slice may take together, a context made from cold included."""
MADE_SECONDS = 120.0
"""Longer than a box is waited for until it is ready."""
DIE_SECONDS = 15.0
"""How long a killed process may hold on to a slice: a driver waits for what is on the card to stop."""
LOOK_SECONDS = 0.1
MOST_HISTORY = 40


class DeviceFault(Exception):
    """A slice is not fit for anybody: one sentence that a person can act on."""


class NoSlice(Exception):
    """Nothing can be leased now: one sentence that says why."""


class State(StrEnum):
    """Where a slice stands."""

    FREE = "free"
    LEASED = "leased"
    CHECKING = "checking"
    LEFT = "left"
    """Its holder ended without giving it back: it is renewed before anybody has it."""
    QUARANTINED = "quarantined"


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One GPU, or one MIG slice of one. `memory_mb` is the most that a job may have on it."""

    uuid: str
    name: str
    memory_mb: int
    mig: bool = False


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What this host has, asked now. `problem`: why nothing of it may be used; empty if it may.

    `cards`: the whole GPUs that the slices are of.
    """

    slices: tuple[Slice, ...] = ()
    cards: tuple[str, ...] = ()
    driver: str = ""
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """That a slice was wiped, searched and checked: how much of it, and how long that took."""

    wiped_mb: int
    seconds: float


class Devices(Protocol):
    """One kind of card. Every method but `box` may block."""

    name: str
    fake: bool
    sandbox: str
    """Which sandbox its boxes are, if not the pool's own."""

    def inventory(self) -> Inventory: ...

    def renew(self, slice_: Slice, seconds: float) -> Renewal:
        """Wipe, search, check. Raises DeviceFault, also where it did not end within so many seconds."""

    def begin(self, slice_: Slice) -> None:
        """A job begins on it."""

    async def box(self, slice_: Slice, backend: Backend, profile: Profile, limits: Limits) -> Box:
        """A learner's box with this slice and no other. Raises BoxError."""

    async def close(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known of a slice, kept in a file: it outlives whoever wrote it, and a power cut."""

    state: State = State.FREE
    reason: str = ""
    since: float = 0.0
    job: str = ""
    holder: int = 0
    jobs: int = 0
    clean: bool = False
    """Whether it was renewed since its last job: otherwise that comes before the next one."""
    history: tuple[tuple[float, str], ...] = field(default_factory=tuple)
    """(when, what happened), the newest last; seconds since 1970."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"history": [list(each) for each in self.history]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Standing:
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        known["state"] = State(known.get("state", State.FREE))
        known["history"] = tuple((float(at), str(what)) for at, what in known.get("history", ()))
        return cls(**known)


class Slices:
    """The slices of this host, shared with every process that uses the same folder."""

    _here: ClassVar[set[Path]] = set()
    """Locks that this process holds: a record lock knows no threads, and is lost with a second file."""
    _threads: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, devices: Devices, folder: Path) -> None:
        self.devices = devices
        self.folder = folder / devices.name
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _settle(folder)

    def lease(self, job: str, *, wait: float = 0.0) -> Lease:
        """A slice for one job, exclusively, renewed since the last one. Raises NoSlice with a sentence."""
        until = time.monotonic() + wait
        while True:
            for slice_, standing in self._by_rest():
                if standing.state is State.QUARANTINED:
                    continue
                lock = self._lock(slice_)
                if lock is None:
                    continue
                lease = Lease(self, slice_, lock)
                if lease.begin(job):
                    return lease
            if time.monotonic() >= until:
                raise NoSlice(self.why_none())
            time.sleep(LOOK_SECONDS)

    def standings(self) -> list[tuple[Slice, Standing]]:
        """Every slice that is there or was, as it stands now."""
        found = {slice_.uuid: slice_ for slice_ in self.devices.inventory().slices}
        for file in sorted(self.folder.glob("*.json")):
            data = _read(file)
            if data and data["slice"]["uuid"] not in found:
                found[data["slice"]["uuid"]] = Slice(**data["slice"])
        return [(slice_, self.standing(slice_)) for slice_ in found.values()]

    def standing(self, slice_: Slice) -> Standing:
        data = _read(self._file(slice_))
        standing = Standing.from_json(data["standing"]) if data else Standing()
        if standing.state in (State.LEASED, State.CHECKING) and not self._held(slice_):
            return replace(standing, state=State.LEFT, reason="its holder ended without giving it back")
        return standing

    def readmit(self, uuid: str) -> Renewal:
        """Renew a slice that is in quarantine, by a person's word. Raises DeviceFault if it is unfit."""
        for slice_ in self.devices.inventory().slices:
            if slice_.uuid == uuid:
                lock = self._lock(slice_)
                if lock is None:
                    raise DeviceFault(f"{uuid} is in use.")
                return Lease(self, slice_, lock).readmit()
        known = next(
            (file for file in self.folder.glob("*.json") if (_read(file) or _NONE)["slice"]["uuid"] == uuid),
            None,
        )
        hint = f" To forget it, delete {known}." if known else ""
        raise DeviceFault(f"{uuid} is none of this host's slices.{hint}")

    def _by_rest(self) -> list[tuple[Slice, Standing]]:
        """What can be had first: those that are clean, and of these the one that rested longest."""
        inventory = self.devices.inventory()
        if inventory.problem:  # who does not answer names no slice, and none is gone for that
            return []
        there = {slice_.uuid for slice_ in inventory.slices}
        for slice_, standing in self.standings():
            if slice_.uuid not in there and standing.state is not State.QUARANTINED:
                self._vanished(slice_)
        found = [(slice_, self.standing(slice_)) for slice_ in inventory.slices]
        return sorted(found, key=lambda each: (not each[1].clean, each[1].since))

    def _vanished(self, slice_: Slice) -> None:
        lock = self._lock(slice_)
        if lock is not None:
            try:
                self.quarantine(slice_, GONE)
            finally:
                self.unlock(lock)

    def why_none(self) -> str:
        """Why no slice can be had now: one sentence."""
        if problem := self.devices.inventory().problem:
            return problem
        found = self.standings()
        if not found:
            return "This host has no GPU."
        bad = [standing for _, standing in found if standing.state is State.QUARANTINED]
        if len(bad) == len(found):
            return f"Every slice is in quarantine; the first: {bad[0].reason}"
        return "Every slice is in use."

    # -- what a lease does with the file of its slice ----------------------------------------------------

    def write(self, slice_: Slice, told: str, **changed: Any) -> None:
        """Change what is known of a slice, and keep what happened. Only who holds its lock may."""
        standing = self._known(slice_)
        now = time.time()
        if changed.get("state", standing.state) is not standing.state:
            changed.setdefault("reason", "")
            changed["since"] = now
        history = (*standing.history, (now, told))[-MOST_HISTORY:] if told else standing.history
        data = {
            "slice": asdict(slice_),
            "standing": replace(standing, **changed, history=history).to_json(),
        }
        _write(self._file(slice_), json.dumps(data))

    def _known(self, slice_: Slice) -> Standing:
        data = _read(self._file(slice_))
        return Standing.from_json(data["standing"]) if data else Standing()

    def quarantine(self, slice_: Slice, reason: str) -> None:
        """Nobody gets it any more. The log tells whoever runs this; the page of the fleet shows it."""
        self.write(
            slice_, f"quarantined: {reason}", state=State.QUARANTINED, reason=reason, clean=False, job=""
        )
        log.error("slice %s (%s) is in quarantine: %s", slice_.uuid, slice_.name, reason)

    def _file(self, slice_: Slice) -> Path:
        return self.folder / f"{_plain(slice_.uuid)}.json"

    def _lock(self, slice_: Slice) -> IO[str] | None:
        """The lock of a slice, or None where somebody has it. The kernel frees it with its process."""
        path = self.folder / f"{_plain(slice_.uuid)}.lock"
        with self._threads:
            if path in self._here:
                return None
            file = path.open("a")
            try:
                # A record lock: unlike others it does not pass to children that are forked.
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                return None
            self._here.add(path)
        return file

    def unlock(self, file: IO[str]) -> None:
        with self._threads:
            self._here.discard(Path(file.name))
            file.close()

    def _held(self, slice_: Slice) -> bool:
        lock = self._lock(slice_)
        if lock is None:
            return True
        self.unlock(lock)
        return False


GONE = "it is no longer among this host's devices"


class Lease:
    """One slice that is ours until `end`. Only `Slices.lease` makes these."""

    def __init__(self, slices: Slices, slice_: Slice, lock: IO[str]) -> None:
        self.slices = slices
        self.slice = slice_
        self.ended = False
        self.fault = ""
        self._file = lock

    def begin(self, job: str) -> bool:
        """Take it for a job, renewed first where it is not clean. False: it is unfit, and in quarantine."""
        standing = self.slices.standing(self.slice)
        if standing.state is State.QUARANTINED:  # since it was looked at
            self._let_go()
            return False
        try:
            if not standing.clean:
                self.renew()
            self._write(
                f"leased for {job}",
                state=State.LEASED,
                job=job,
                holder=os.getpid(),
                jobs=standing.jobs + 1,
                clean=False,
            )
            self.slices.devices.begin(self.slice)
        except DeviceFault as fault:
            self._unfit(fault)
            return False
        except BaseException:
            self._let_go()
            raise
        return True

    def renew(self) -> Renewal:
        """Wipe it, search it, check it. Raises DeviceFault."""
        self._write("", state=State.CHECKING)
        renewal = self.slices.devices.renew(self.slice, RENEW_SECONDS)
        self._write(
            f"wiped {renewal.wiped_mb} MB, nothing found, the known kernel is right ({renewal.seconds:.2f} s)"
        )
        return renewal

    def again(self) -> None:
        """Between two boxes of one job, where the first saw what the second may show. Raises BoxError."""
        try:
            self.renew()
        except DeviceFault as fault:
            self.fault = str(fault)  # a check that it passes afterwards proves nothing
            raise BoxError(f"a slice failed between two boxes: {fault}") from None
        self._write("", state=State.LEASED)

    def end(self, fault: str = "") -> None:
        """Give it back, once: renewed, or in quarantine. `fault`: why it is not even tried."""
        if self.ended:
            return
        self.ended = True
        try:
            if fault or self.fault:
                raise DeviceFault(fault or self.fault)
            self.renew()
            self._write("given back", state=State.FREE, job="", holder=0, clean=True)
            self._let_go()
        except DeviceFault as unfit:
            self._unfit(unfit)
        except BaseException:
            self._let_go()
            raise

    def readmit(self) -> Renewal:
        try:
            renewal = self.renew()
        except DeviceFault as fault:
            self._unfit(fault)
            raise
        except BaseException:
            self._let_go()
            raise
        self._write("readmitted by hand", state=State.FREE, job="", holder=0, clean=True)
        self._let_go()
        return renewal

    def _write(self, told: str, **changed: Any) -> None:
        self.slices.write(self.slice, told, **changed)

    def _unfit(self, fault: DeviceFault) -> None:
        try:
            self.slices.quarantine(self.slice, str(fault))
        finally:  # what cannot be written is found again: whoever has it next renews it first
            self._let_go()

    def _let_go(self) -> None:
        self.slices.unlock(self._file)


class Work:
    """One job's boxes on one slice: what `Pool.lease` asks, not its own back-end, while a job is `placed`."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self._boxes: list[Box] = []
        self._making: set[asyncio.Future[None]] = set()

    async def make(self, backend: Backend, profile: Profile, limits: Limits) -> Box:
        """A learner's box with the slice. What was in a box before it is wiped away first: a box that saw
        hidden inputs must leave nothing for one whose values are shown."""
        made = asyncio.get_running_loop().create_future()
        self._making.add(made)
        try:
            alive = [box for box in self._boxes if not box.dead.is_set()]
            if self._boxes and not alive:
                await asyncio.to_thread(self.lease.again)
            lease = self.lease
            box = await lease.slices.devices.box(lease.slice, backend, profile, limits)
            self._boxes.append(box)
        finally:
            self._making.discard(made)
            made.set_result(None)
        return box

    async def over(self) -> str:
        """Kill what is left, a box that nobody waits for any more once it is there; why the slice must not be
        used again, if that did not work."""
        if self._making:
            await asyncio.wait(self._making, timeout=MADE_SECONDS)
        if self._making:
            return f"a box on it was not made within {MADE_SECONDS:.0f} s"
        try:
            async with asyncio.timeout(DIE_SECONDS):
                await asyncio.gather(*(box.kill() for box in self._boxes))
        except TimeoutError:
            return f"a process on it could not be ended within {DIE_SECONDS:.0f} s"
        return ""


PLACED: ContextVar[Work | None] = ContextVar("placed", default=None)
"""Where the learners' boxes of what this thread grades are made; None: by the pool's back-end."""


@contextlib.contextmanager
def placed(lease: Lease, run: Callable[[Any], Any]) -> Iterator[Work]:
    """Learners' boxes that this thread leases meanwhile are on this slice; afterwards it is given back.

    `run`: of the pool, to wait for what happens on its loop.
    """
    work = Work(lease)
    before = PLACED.set(work)
    fault = "its boxes could not be ended"
    try:
        yield work
    finally:
        PLACED.reset(before)
        try:
            fault = run(work.over())
        finally:
            lease.end(fault)


def _read(file: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(file.read_text())
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and {"slice", "standing"} <= data.keys() else None


def _write(file: Path, text: str) -> None:
    """The old text or the new one is in the file, whenever the power fails; after this, the new one."""
    fresh = file.with_suffix(".new")  # of who holds the lock of the slice: nobody else writes there
    try:
        with fresh.open("w") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        fresh.replace(file)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _settle(file.parent)


def _settle(folder: Path) -> None:
    """What was made or renamed in a folder stays so."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


_NONE: dict[str, Any] = {"slice": {"uuid": ""}}


def _plain(uuid: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "_", uuid)
