"""Control groups for jails, where this process may write them: memory, processes, processor; v1 and v2.

Without them (an ordinary user, a host that delegates nothing) only the caps of single processes hold,
and a box tells no peak. Each group is named by its owner, so that a later start can remove what a
killed one left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import os
import re
import signal
import time
from pathlib import Path

from grader.sandbox.box import Limits
from grader.sandbox.clock import Look, look_at_threads
from grader.sandbox.owners import is_gone, mine

ROOT = Path("/sys/fs/cgroup")
PARENT = "zero-to-gpt"
CONTROLLERS = ("memory", "pids", "cpu")
COUNTING = "cpuacct"
"""In v1 a controller of its own, often mounted together with `cpu`; in v2 `cpu` counts."""
ALL = " ".join(f"+{name}" for name in CONTROLLERS)
PERIOD = 100_000
PROCESSES_WITHOUT = 8
AT_THE_LIMIT = 4 * 2**20
"""Bytes. The kernel charges a group in batches, so that the last ones may not have come."""


class Group:
    """The control group of one jail: one folder in v2, one for each controller in v1."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self.folders = folders

    def _read(self, *names: str) -> str:
        for name in names:
            with contextlib.suppress(OSError, KeyError):
                return (self.folders["memory"] / name).read_text()
        return ""

    @property
    def doors(self) -> list[Path]:
        """The files that take the number of a process which joins."""
        return sorted(folder / "cgroup.procs" for folder in set(self.folders.values()))

    def add(self, pid: int) -> None:
        for door in self.doors:
            door.write_text(str(pid))

    def yield_to_others(self) -> None:
        """From now on an eighth of the weight of a box that begins.

        Only among boxes: what is not a box competes with the parent of all groups, whose weight stays. Not
        the idle class: beside boxes that begin, one after the other, that is no processor at all.
        """
        for name, value in (("cpu.weight", "12"), ("cpu.shares", "128")):
            with contextlib.suppress(OSError, KeyError):
                if (self.folders["cpu"] / name).exists():
                    (self.folders["cpu"] / name).write_text(value)

    def look(self) -> Look | None:
        """What the threads in here ran and waited; None where nothing counts what those that are gone ran."""
        folder = next(iter(self.folders.values()))
        for name in ("cgroup.threads", "tasks"):
            with contextlib.suppress(OSError):
                threads = [int(thread) for thread in (folder / name).read_text().split()]
                return look_at_threads(threads, self._used, self._throttled())
        return None

    @property
    def counts(self) -> bool:
        """Whether it tells what ever ran in here."""
        return self._used() is not None

    def _used(self) -> float | None:
        """Seconds of processor time of everything that ever ran in here."""
        with contextlib.suppress(OSError, KeyError):
            return int((self.folders["cpuacct"] / "cpuacct.usage").read_text()) / 1e9
        with contextlib.suppress(OSError, KeyError, StopIteration):
            return self._stat("usage_usec") / 1e6
        return None

    def _throttled(self) -> float:
        """Seconds in which it stood still for having had its share, added up over processors."""
        for name, unit in (("throttled_usec", 1e6), ("throttled_time", 1e9)):
            with contextlib.suppress(OSError, KeyError, StopIteration):
                return self._stat(name) / unit
        return 0.0

    def _stat(self, name: str) -> int:
        lines = (self.folders["cpu"] / "cpu.stat").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.split()[0] == name)

    def peak_mb(self) -> float | None:
        text = self._read("memory.peak", "memory.max_usage_in_bytes").strip()
        return int(text) / 2**20 if text.isdigit() else None

    def ran_out(self) -> bool:
        """Did the kernel kill anything in here because this group had no memory left? It also kills for
        want of the ring's or the host's memory, and that is not for whoever was in here to answer."""
        events = self._read("memory.events", "memory.oom_control")
        found = re.search(r"^oom_kill (\d+)$", events, re.MULTILINE)
        if found is None or int(found[1]) == 0:
            return False
        own = re.search(r"^oom (\d+)$", events, re.MULTILINE)  # v2: how often this group was at its end
        if own is not None:
            return int(own[1]) > 0
        # v1: its count of failures stays 0 on newer kernels, but who died of his own limit had reached it.
        limit, most = self._read("memory.limit_in_bytes"), self._read("memory.max_usage_in_bytes")
        return not limit or not most or int(most) >= int(limit) - AT_THE_LIMIT

    def remove(self) -> bool:
        """Remove the folders; False while something in here still dies."""
        done = True
        for folder in set(self.folders.values()):
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                done = False
        return done

    async def settle(self) -> None:
        """Remove the folders once all that is in here has died, within a second."""
        for _ in range(100):
            if self.remove():
                break
            await asyncio.sleep(0.01)


def bounded(limits: Limits, groups: Groups | None) -> Limits:
    """Without control groups memory is capped by the process: then few processes."""
    if groups is not None:
        return limits
    return dataclasses.replace(limits, processes=min(limits.processes, PROCESSES_WITHOUT))


def of_process(pid: int, root: Path = ROOT) -> Group | None:
    """The group that somebody else (an engine) put a process into; for reading only."""
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    except OSError:
        return None
    folders: dict[str, Path] = {}
    for line in lines:
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if path == "/":
            continue
        for name in controllers.split(",") if controllers else ("memory", "cpu"):
            folder = (root / name if controllers else root) / path[1:]
            if name in ("memory", "cpu", COUNTING) and folder.is_dir():
                folders.setdefault(name, folder)
    return Group(folders) if "memory" in folders else None


_numbers = itertools.count(1)


class Groups:
    """Makes groups below one parent; `None` from `open` where this process may not."""

    def __init__(self, parents: dict[str, Path], version: int) -> None:
        self.parents = parents
        self.version = version

    @classmethod
    def open(cls, root: Path = ROOT) -> Groups | None:
        """The groups of this host, leftovers of dead owners removed."""
        if (root / "cgroup.controllers").is_file():
            parents, version = dict.fromkeys(CONTROLLERS, root / PARENT), 2
        elif all((root / name).is_dir() for name in CONTROLLERS):
            counted = [COUNTING] if (root / COUNTING).is_dir() else []
            parents = {name: (root / name).resolve() / PARENT for name in (*CONTROLLERS, *counted)}
            version = 1
        else:
            return None
        try:
            if version == 2:
                (root / "cgroup.subtree_control").write_text(ALL)
            for parent in set(parents.values()):
                parent.mkdir(exist_ok=True)
            if version == 2:
                (root / PARENT / "cgroup.subtree_control").write_text(ALL)
        except OSError:
            return None
        if not all(os.access(parent, os.W_OK) for parent in parents.values()):
            return None  # another user's
        groups = cls(parents, version)
        groups.weigh()
        groups.sweep()
        return groups

    def weigh(self) -> None:
        """All boxes together weigh as much as one ordinary process on each processor.

        A group's weight is shared out over the processors, so the kernel's default for a group is that of
        one process on the whole host: honest work starved beside a handful of busy ones.
        """
        processors = os.cpu_count() or 1
        name, one = ("cpu.weight", 100) if self.version == 2 else ("cpu.shares", 1024)
        with contextlib.suppress(OSError):
            (self.parents["cpu"] / name).write_text(str(min(10_000, one * processors)))

    def make(self, *, memory_mb: int, processes: int, cpus: float) -> Group:
        """A fresh group with its limits. Raises OSError."""
        name = f"{mine()}-{next(_numbers)}"
        group = Group({controller: parent / name for controller, parent in self.parents.items()})
        try:
            self._fill(group, memory_mb, processes, cpus)
        except OSError:
            group.remove()
            raise
        return group

    def _fill(self, group: Group, memory_mb: int, processes: int, cpus: float) -> None:
        for folder in set(group.folders.values()):
            folder.mkdir()
        memory, pids = group.folders["memory"], group.folders["pids"]
        most = str(memory_mb * 2**20)
        if self.version == 2:
            (memory / "memory.max").write_text(most)
            with contextlib.suppress(OSError):  # no swap accounting
                (memory / "memory.swap.max").write_text("0")
        else:
            (memory / "memory.limit_in_bytes").write_text(most)
            with contextlib.suppress(OSError):
                (memory / "memory.memsw.limit_in_bytes").write_text(most)
        (pids / "pids.max").write_text(str(processes))
        quota = int(cpus * PERIOD)
        if self.version == 2:
            (group.folders["cpu"] / "cpu.max").write_text(f"{quota} {PERIOD}")
        else:
            (group.folders["cpu"] / "cpu.cfs_quota_us").write_text(str(quota))

    def sweep(self) -> int:
        """Remove the groups of owners that are gone, and whatever still runs in them."""
        swept = 0
        for parent in set(self.parents.values()):
            for folder in parent.glob("*-*-*-*"):
                if not is_gone(folder.name.rpartition("-")[0]):
                    continue
                _empty(folder)
                with contextlib.suppress(OSError):
                    folder.rmdir()
                    swept += 1
        return swept


def _empty(folder: Path) -> None:
    for _ in range(50):
        try:
            pids = (folder / "cgroup.procs").read_text().split()
        except OSError:  # another worker was faster
            return
        if not pids:
            return
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        time.sleep(0.02)
