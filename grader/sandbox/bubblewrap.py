"""Rings made by bubblewrap: no engine, no root.

A ring has all namespaces of its own over the host's `/usr`, read-only, and one folder of libraries.
`BubblewrapRing` holds a zygote that forks jails; `BubblewrapSingle` is one ring per box, for hosts
whose kernel policy forbids namespaces inside namespaces. bwrap is always launched as an unprivileged
user: launched as root, it keeps privileges that nothing in here needs, and a nested /proc is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from grader.sandbox import libraries
from grader.sandbox.box import Box, BoxError, Limits, Profile, SelfTest
from grader.sandbox.cgroups import Group, Groups, bounded
from grader.sandbox.limits import BASELINE_MB, READY_SECONDS
from grader.sandbox.link import Link
from grader.sandbox.owners import fresh_user, run_folder
from grader.sandbox.running import RunningBox, link_pair
from grader.sandbox.selftest import examine

NOBODY = 65534
PYTHON = "/usr/bin/python3"
SYSTEM = ("/usr/lib", "/usr/lib64", "/usr/bin", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime")
MASKED = "python3*/pydoc_data"
"""Below /usr/lib: the text of `corpus.txt`, with the part that trained models are asked about."""
DEVICES = ("null", "random", "urandom")
ENVIRONMENT = {
    "PATH": "/usr/bin",
    "HOME": "/tmp",  # noqa: S108  a fresh tmpfs of the box
    "LANG": "C.UTF-8",
    "PYTHONPATH": "/box/inside:/box/libraries",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "MPLBACKEND": "agg",
    "MPLCONFIGDIR": "/tmp",  # noqa: S108  as above
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


class _Rings:
    """What both need: a folder that the unprivileged user can read, and the command line."""

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.run = run_folder()
        self.run.chmod(0o755)
        # Ours may lie where the unprivileged user cannot look (a checkout below /root).
        shutil.copytree(libraries.INSIDE, self.run / "inside", ignore=shutil.ignore_patterns("__pycache__"))
        (self.run / "libraries").mkdir()

    def has_profile(self, profile: Profile) -> bool:
        return profile is not Profile.GPU and libraries.has(profile, self.home)

    def launch(
        self,
        profile: Profile,
        limits: Limits,
        program: Sequence[str],
        inherited: int,
        *,
        nested: bool,
        user: int = NOBODY,
        group: Group | None = None,
    ) -> Launched:
        """Start a ring around `program` of ours, in a control group from its first moment if one is given;
        the descriptor `inherited` stays open in it."""
        errors = tempfile.TemporaryFile(dir=self.run)  # noqa: SIM115  it lives as long as the ring
        try:
            process = subprocess.Popen(
                joining(group, self._command(profile, limits, program, nested=nested, user=user)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(inherited,),
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                cwd="/",
            )
        except OSError as error:
            errors.close()
            raise BoxError(f"bubblewrap could not be started: {error}") from None
        return Launched(process, errors)

    def _command(
        self, profile: Profile, limits: Limits, program: Sequence[str], *, nested: bool, user: int
    ) -> list[str]:
        command = ["bwrap", "--unshare-all", "--unshare-user", "--as-pid-1"]
        if not nested:
            command += ["--disable-userns"]
        command += ["--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "box", "--cap-drop", "ALL"]
        command += ["--die-with-parent", "--new-session", "--clearenv"]
        for name, value in ENVIRONMENT.items():
            command += ["--setenv", name, value]
        for path in SYSTEM:
            command += ["--ro-bind-try", path, path]
        for hidden in sorted(Path("/usr/lib").glob(MASKED)):
            command += ["--size", "4096", "--tmpfs", str(hidden), "--remount-ro", str(hidden)]
        for name in ("bin", "lib", "lib64"):
            command += ["--symlink", f"usr/{name}", f"/{name}"]
        folder = libraries.folder(profile, self.home)
        mounts: list[tuple[Path, Path]] = []
        if os.geteuid() == 0 and not _open_to_all(folder):
            mounts.append((folder, self.run / "libraries"))
            folder = self.run / "libraries"
        command += [
            "--ro-bind",
            str(self.run / "inside"),
            "/box/inside",
            "--ro-bind",
            str(folder),
            "/box/libraries",
        ]
        size = str(limits.files_mb * 1024 * 1024)
        if nested:  # for the zygote; a jail covers it, and a box of its own has none from the start
            command += ["--proc", "/proc"]
        command += ["--size", "65536", "--tmpfs", "/dev"]
        for name in DEVICES:  # no terminals: they would be shared by all jails of a ring
            command += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
        command += ["--size", size, "--tmpfs", "/tmp", "--size", size, "--tmpfs", "/dev/shm"]  # noqa: S108
        command += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--"]  # noqa: S108
        return as_nobody([*command, PYTHON, "-S", "-s", "-B", *program], mounts, user)

    def remove(self) -> None:
        shutil.rmtree(self.run, ignore_errors=True)


class Launched:
    """A bwrap process and what it says when it fails."""

    def __init__(self, process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
        self.process = process
        self.errors = errors

    def wait(self) -> int:
        """Collect it; it must be gone or going."""
        return self.process.wait()

    def last_words(self) -> str:
        self.errors.seek(0)
        text = self.errors.read(20_000).decode("utf-8", "replace")
        lines = [line for line in text.splitlines() if line.strip()]
        return lines[-1][:300] if lines else "it said nothing"

    async def end(self) -> str:
        """Kill it and everything inside; its last words."""
        self.process.kill()
        await asyncio.to_thread(self.process.wait)
        words = self.last_words()
        self.errors.close()
        return words


class BubblewrapRing:
    """Implements `Outer` for jails.py."""

    name = "bubblewrap"

    def __init__(self, home: Path) -> None:
        self.rings = _Rings(home)

    def has_profile(self, profile: Profile) -> bool:
        return self.rings.has_profile(profile)

    async def start(self, profile: Profile) -> tuple[socket.socket, Callable[[], Awaitable[str]], int]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = ["/box/inside/zygote.py", profile, str(theirs.fileno())]
        try:
            launched = self.rings.launch(profile, Limits(), program, theirs.fileno(), nested=True)
        except BoxError:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours, launched.end, launched.process.pid

    async def close(self) -> None:
        self.rings.remove()


class BubblewrapSingle:
    """Implements `Backend` with one ring per box and no zygote."""

    name = "bubblewrap-single"

    def __init__(self, home: Path) -> None:
        self.rings = _Rings(home)
        self.groups = Groups.open()
        self._boxes: set[RunningBox] = set()

    def box_digest(self, profile: Profile) -> str:
        return libraries.box_digest(profile)

    def libraries(self, profile: Profile) -> Mapping[str, str]:
        return libraries.versions(profile)

    def has_profile(self, profile: Profile) -> bool:
        return self.rings.has_profile(profile)

    async def make(self, profile: Profile, limits: Limits) -> Box:
        if not self.has_profile(profile):
            raise BoxError(f"the libraries of the {profile} profile are not there yet")
        group = await asyncio.to_thread(self._group, profile, limits)
        try:
            box = await self._launch(profile, bounded(limits, self.groups), group)
        except BaseException:
            if group is not None:
                await asyncio.to_thread(group.remove)
            raise
        return box

    def _group(self, profile: Profile, limits: Limits) -> Group | None:
        if self.groups is None:
            return None
        memory = limits.memory_mb + limits.files_mb + BASELINE_MB[profile]
        try:
            return self.groups.make(memory_mb=memory, processes=limits.processes + 4, cpus=limits.cpus)
        except OSError as error:
            raise BoxError(f"a control group could not be made: {error}") from None

    async def _launch(self, profile: Profile, limits: Limits, group: Group | None) -> Box:
        ours, theirs = link_pair()
        program = ["/box/inside/boot.py", profile, str(theirs.fileno())]
        program += [str(limits.processes), str(limits.files_mb)]
        try:
            launched = self.rings.launch(
                profile,
                limits,
                program,
                theirs.fileno(),
                nested=False,
                user=fresh_user(),
                group=group,
            )
        except BoxError:
            ours.close()
            raise
        finally:
            theirs.close()

        async def collect(box: RunningBox) -> None:
            box.status = launched.wait()
            with contextlib.suppress(TimeoutError):  # bwrap is gone; what was in it goes a moment later
                async with asyncio.timeout(2):
                    await box.link.closed.wait()
            await box.settle_group()
            self._boxes.discard(box)

        box = RunningBox(
            sandbox=self.name,
            profile=profile,
            pidfd=os.pidfd_open(launched.process.pid),
            link=await Link.over(ours),
            on_end=collect,
        )
        box.group = group
        self._boxes.add(box)
        try:
            await box.ready(READY_SECONDS[profile])
        except BoxError as error:
            raise BoxError(f"{error}: {launched.last_words()}") from None
        finally:
            launched.errors.close()
        return box

    async def selftest(self) -> SelfTest:
        return await examine(self)

    async def close(self) -> None:
        for box in list(self._boxes):
            await box.kill()
        self.rings.remove()


def joining(group: Group | None, command: list[str]) -> list[str]:
    """The command as a process that is in a control group before it begins."""
    if group is None:
        return command
    doors = " && ".join(f"echo $$ > {shlex.quote(str(door))}" for door in group.doors)
    return ["sh", "-c", f"{doors} && exec {shlex.join(command)}"]


def as_nobody(command: Sequence[str], mounts: Sequence[tuple[Path, Path]], user: int = NOBODY) -> list[str]:
    """The command as an unprivileged user; with `mounts` first made in a mount namespace of its own."""
    if os.geteuid() != 0:
        return list(command)
    # Said by root, the score for the want of memory can be lowered again by nobody inside.
    drop = ["choom", "-n", "1000", "--", "setpriv", f"--reuid={user}", f"--regid={user}"]
    drop += ["--clear-groups", "--no-new-privs"]
    if not mounts:
        return [*drop, *command]
    binds = [f"mount --bind {shlex.quote(str(a))} {shlex.quote(str(b))}" for a, b in mounts]
    script = " && ".join([*binds, f"exec {shlex.join([*drop, *command])}"])
    return ["unshare", "--mount", "--propagation", "slave", "sh", "-c", script]


def _open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))
