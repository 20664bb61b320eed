"""Slices of NVIDIA's GPUs: named by `nvidia-smi`, given to containers by the engine, checked in one.

Written after NVIDIA's and Docker's documentation; no card has been seen by this code yet. Therefore nothing
is offered before `trial.py` has tried it on this very host, with this driver and these boxes.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import dataclasses
import json
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from grader.sandbox.box import Backend, Box, BoxError, Limits, Profile
from grader.sandbox.devices import DeviceFault, Inventory, Renewal, Slice
from grader.sandbox.docker import Container
from grader.sandbox.trials import refusal

ASK_SECONDS = 20.0
KEPT_SECONDS = 2.0
"""So long an inventory is believed: a worker asks for every job and every sign of life."""
BUSY_SECONDS = 10.0
COVERED = 0.85
"""The share of a slice that must be free and wiped: what is missing is the context that wipes, or somebody
who is still there."""
KNOWN = 2_013_253_615
"""The sum of the product that `sandbox_images/gpu/renew.py` computes; a test works it out another way."""
RENEW = ["/box/gpu/renew.py"]

_GPU = re.compile(r"^GPU \d+: (?P<name>.+) \(UUID: (?P<uuid>GPU-[0-9a-fA-F-]+)\)$")
_MIG = re.compile(r"^\s+MIG (?P<kind>\S+)\s+Device\s+\d+: \(UUID: (?P<uuid>MIG-[0-9a-zA-Z/-]+)\)$")
_GIGABYTES = re.compile(r"\.(\d+)gb")


def ask(*arguments: str) -> str:
    """What `nvidia-smi` says. Raises DeviceFault with a sentence."""
    program = shutil.which("nvidia-smi")
    if program is None:
        raise DeviceFault("nvidia-smi is not installed: this host has no NVIDIA driver.")
    try:
        done = subprocess.run(
            [program, *arguments], capture_output=True, text=True, timeout=ASK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DeviceFault(f"nvidia-smi does not answer: {error}") from None
    if done.returncode != 0:
        last = (f"{done.stdout}\n{done.stderr}".strip().splitlines() or ["it said nothing"])[-1]
        raise DeviceFault(f"nvidia-smi failed: {last[:300]}")
    return done.stdout


def read(listed: str, queried: str) -> Inventory:
    """The slices of a host, from what `nvidia-smi -L` and the query of `QUERY` say.

    A GPU in MIG mode is its slices: all of it is nobody's, and one without slices is not there.
    """
    about: dict[str, tuple[int, bool]] = {}
    driver = ""
    for row in csv.reader(queried.splitlines(), skipinitialspace=True):
        if len(row) == 4:
            uuid, memory, driver, mode = row
            about[uuid] = (int(memory) if memory.isdigit() else 0, mode == "Enabled")
    slices: list[Slice] = []
    cards: list[str] = []
    empty: list[str] = []
    name = ""
    for line in listed.splitlines():
        if whole := _GPU.match(line):
            name, uuid = whole["name"], whole["uuid"]
            cards.append(uuid)
            memory_mb, in_mig_mode = about.get(uuid, (0, False))
            if in_mig_mode:
                empty.append(name)
            elif memory_mb:
                slices.append(Slice(uuid=uuid, name=name, memory_mb=memory_mb))
        elif (part := _MIG.match(line)) and (size := _GIGABYTES.search(part["kind"])):
            empty.clear()
            slices.append(
                Slice(
                    uuid=part["uuid"],
                    name=f"{name} MIG {part['kind']}",
                    memory_mb=int(size[1]) * 1024,
                    mig=True,
                )
            )
    problem = "" if slices else "nvidia-smi names no GPU that can be used."
    if not slices and empty:
        problem = f"{empty[0]} is in MIG mode and has no slices: make some with nvidia-smi mig -cgi."
    return Inventory(slices=tuple(slices), cards=tuple(cards), driver=driver, problem=problem)


QUERY = ("--query-gpu=uuid,memory.total,driver_version,mig.mode.current", "--format=csv,noheader,nounits")


class NvidiaDevices:
    """Implements `Devices`. `tried`: only what was tried on this host is offered; a trial asks for all."""

    name = "nvidia"
    fake = False
    sandbox = Container.name

    def __init__(self, home: Path, *, runtime: str = "", tried: bool = True) -> None:
        self.home = home
        self.runtime = runtime
        self.tried = tried
        self._lock = threading.Lock()
        self._known: tuple[float, Inventory] | None = None
        self._containers: dict[str, Container] = {}

    def inventory(self) -> Inventory:
        with self._lock:
            if self._known is None or time.monotonic() > self._known[0] + KEPT_SECONDS:
                self._known = (time.monotonic(), self._ask())
            return self._known[1]

    def _ask(self) -> Inventory:
        try:
            found = read(ask("-L"), ask(*QUERY))
        except DeviceFault as fault:
            return Inventory(problem=str(fault))
        if found.problem or not self.tried:
            return found
        return dataclasses.replace(found, problem=refusal(self.home, found))

    def renew(self, slice_: Slice, seconds: float) -> Renewal:
        """In a container of its own on the slice, which ends with it. Whoever still holds memory there is
        waited for a moment: a process that was killed goes when its card lets it."""
        began = time.monotonic()
        while True:
            told = self._renewed(slice_, seconds - (time.monotonic() - began))
            free = int(told["wiped_mb"]) >= COVERED * slice_.memory_mb
            if free or time.monotonic() > began + BUSY_SECONDS:
                break
            time.sleep(0.5)
        if not free:
            raise DeviceFault(
                f"only {told['wiped_mb']} of its {slice_.memory_mb} MB could be wiped: somebody is on it."
            )
        if told["left"]:
            raise DeviceFault(f"{told['left']} bytes of an earlier job are still in its memory.")
        if told["known"] != KNOWN:
            raise DeviceFault("the known kernel returned a wrong number.")
        return Renewal(wiped_mb=int(told["wiped_mb"]), seconds=time.monotonic() - began)

    def _renewed(self, slice_: Slice, seconds: float) -> dict[str, Any]:
        try:
            said = asyncio.run(self.container(slice_).tell(RENEW, seconds=max(seconds, 1.0)))
            told: dict[str, Any] = json.loads(said)
        except TimeoutError:
            raise DeviceFault(f"the known kernel did not end within {seconds:.3g} s.") from None
        except BoxError as error:
            raise DeviceFault(f"the container that checks it could not be made: {error}.") from None
        except ValueError:
            raise DeviceFault("the program that checks it ended without a result.") from None
        if problem := told.get("problem"):
            raise DeviceFault(f"the program that checks it failed: {problem}.")
        return told

    def begin(self, slice_: Slice) -> None:
        """Nothing: a job brings its own context."""

    async def box(self, slice_: Slice, backend: Backend, profile: Profile, limits: Limits) -> Box:
        """A container with the slice, whatever the pool's own boxes are."""
        container = await asyncio.to_thread(self.container, slice_)
        return await container.make(Profile.GPU, limits)

    def container(self, slice_: Slice) -> Container:
        """Makes the boxes of one slice. Raises BoxError where no engine answers."""
        with self._lock:
            if slice_.uuid not in self._containers:
                self._containers[slice_.uuid] = Container(self.home, runtime=self.runtime, slice_=slice_)
            return self._containers[slice_.uuid]

    async def close(self) -> None:
        for container in self._containers.values():
            with contextlib.suppress(BoxError):
                await container.close()
        self._containers.clear()
