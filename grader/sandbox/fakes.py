"""Slices that are made of files: what tests and a demonstration have instead of a GPU.

Nothing here computes faster than the processor does, and it says so wherever it is shown. Boxes on it are
the ordinary ones of their profile. It can be told to go wrong in each way in which a card can; then the same
code that looks after cards has to notice. Told is it by a file, so that it can be told by any process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from grader.sandbox import fake_card
from grader.sandbox.box import Backend, Box, Limits, Profile
from grader.sandbox.devices import DeviceFault, Inventory, Renewal, Slice

PROGRAM = Path(fake_card.__file__)
NAME = "fake slice on the processor"
FILE_MB = 4
"""So much of a slice's memory is really there, as a file: enough to be filled, wiped and searched."""
MEMORY_MB = 512
FULL_MB = 16
"""What is left on a slice that was told to be out of memory."""
PATTERN = b"what a job left in the memory of its slice "
FAULTS = "faults.json"


class Fault(StrEnum):
    """The ways in which a fake slice goes wrong."""

    NONE = ""
    OUT_OF_MEMORY = "out_of_memory"
    HANG = "hang"
    RESIDUE = "residue"
    FAILS = "fails"
    VANISHES = "vanishes"


class FakeDevices:
    """Implements `Devices` with `count` slices; 0: with those that are there already. `folder` is theirs, and
    outlives this process."""

    name = "fake"
    fake = True
    sandbox = ""

    def __init__(self, folder: Path, count: int = 1) -> None:
        self.folder = folder / "fake-cards"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.count = count
        for slice_ in self._all():
            memory = self.memory(slice_)
            if not memory.exists():
                memory.write_bytes(bytes(FILE_MB << 20))

    def tell(self, faults: Mapping[str, Fault]) -> None:
        """From now on these slices go wrong in these ways, and all others work."""
        (self.folder / FAULTS).write_text(json.dumps({uuid: str(fault) for uuid, fault in faults.items()}))

    def fault(self, slice_: Slice) -> Fault:
        try:
            return Fault(json.loads((self.folder / FAULTS).read_text())[slice_.uuid])
        except (OSError, ValueError, KeyError, TypeError):
            return Fault.NONE

    def memory(self, slice_: Slice) -> Path:
        """The file that stands for its memory."""
        return self.folder / f"{slice_.uuid}.memory"

    def inventory(self) -> Inventory:
        there = tuple(slice_ for slice_ in self._all() if self.fault(slice_) is not Fault.VANISHES)
        return Inventory(slices=there, driver="none: these slices are made of files")

    def renew(self, slice_: Slice, seconds: float) -> Renewal:
        if self.fault(slice_) is Fault.VANISHES:
            raise DeviceFault("it does not answer any more.")
        began = time.monotonic()
        command = [sys.executable, "-I", "-S", str(PROGRAM), str(self.memory(slice_)), self.fault(slice_)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            raise DeviceFault(f"the known kernel did not end within {seconds:.3g} s.") from None
        if done.returncode != 0:
            raise DeviceFault("the program that checks it ended without a result.")
        told = json.loads(done.stdout)
        if "residue" in told:
            raise DeviceFault(f"{told['residue']} bytes of an earlier job are still in its memory.")
        if told["total"] != fake_card.RIGHT:
            raise DeviceFault("the known kernel returned a wrong number.")
        return Renewal(wiped_mb=told["wiped_mb"], seconds=time.monotonic() - began)

    def begin(self, slice_: Slice) -> None:
        """Fills its memory, as a job does: what is not wiped is found."""
        whole = FILE_MB << 20
        self.memory(slice_).write_bytes((PATTERN * (whole // len(PATTERN) + 1))[:whole])

    async def box(self, slice_: Slice, backend: Backend, profile: Profile, limits: Limits) -> Box:
        """An ordinary box, in which a job has as much memory as its slice has."""
        full = self.fault(slice_) is Fault.OUT_OF_MEMORY
        room = FULL_MB if full else slice_.memory_mb
        box = await backend.make(profile, limits)
        box.client.most_memory_mb = room
        return box

    async def close(self) -> None:
        """Nothing is open."""

    def _all(self) -> list[Slice]:
        names = [f"fake-{number}" for number in range(self.count)]
        names = names or sorted(path.stem for path in self.folder.glob("*.memory"))
        return [Slice(uuid=name, name=NAME, memory_mb=MEMORY_MB, mig=True) for name in names]
