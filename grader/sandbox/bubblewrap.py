"""Boxes made by bubblewrap: no engine, no root.

Each box is a fresh `bwrap` with all namespaces of its own over the host's `/usr`, read-only, and one
folder of libraries. It is always launched as an unprivileged user: launched as root, bwrap keeps
privileges that nothing in here needs, and a nested /proc is refused.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from grader.sandbox import libraries
from grader.sandbox.box import Box, BoxError, Limits, Profile, SelfTest
from grader.sandbox.client import Link
from grader.sandbox.limits import READY_SECONDS
from grader.sandbox.running import RunningBox, link_pair

NOBODY = 65534
PYTHON = "/usr/bin/python3"
SYSTEM = ("/usr/lib", "/usr/lib64", "/usr/bin", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime")
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


class Bubblewrap:
    """Implements `Backend` with one bwrap per box."""

    name = "bubblewrap"

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self._boxes: set[RunningBox] = set()
        self._run = Path(tempfile.mkdtemp(prefix="zg-"))
        self._run.chmod(0o755)
        # Ours may lie where the unprivileged user cannot look (a checkout below /root).
        self._inside = self._run / "inside"
        shutil.copytree(libraries.INSIDE, self._inside, ignore=shutil.ignore_patterns("__pycache__"))

    def box_digest(self, profile: Profile) -> str:
        return libraries.box_digest(profile)

    def libraries(self, profile: Profile) -> Mapping[str, str]:
        return libraries.versions(profile)

    def has_profile(self, profile: Profile) -> bool:
        return profile is not Profile.GPU and libraries.has(profile, self.home)

    async def make(self, profile: Profile, limits: Limits) -> Box:
        if not self.has_profile(profile):
            raise BoxError(f"the libraries of the {profile} profile are not there yet")
        ours, theirs = link_pair()
        with tempfile.TemporaryFile(dir=self._run) as errors:
            command = self._command(profile, limits, theirs.fileno())
            try:
                process = subprocess.Popen(  # noqa: ASYNC220  a fork of milliseconds, bound to this thread
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    pass_fds=(theirs.fileno(),),
                    env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                    cwd="/",
                )
            except OSError as error:
                ours.close()
                raise BoxError(f"bubblewrap could not be started: {error}") from None
            finally:
                theirs.close()

            async def collect(box: RunningBox) -> None:
                box.status = process.wait()
                self._boxes.discard(box)

            box = RunningBox(
                sandbox=self.name,
                profile=profile,
                pidfd=os.pidfd_open(process.pid),
                link=await Link.over(ours),
                on_end=collect,
            )
            self._boxes.add(box)
            try:
                await box.ready(READY_SECONDS[profile])
            except BoxError as error:
                raise BoxError(f"{error}: {_last_line(errors)}") from None
        return box

    def _command(self, profile: Profile, limits: Limits, link: int) -> list[str]:
        folder = libraries.folder(profile, self.home)
        command = ["bwrap", "--unshare-all", "--unshare-user", "--disable-userns"]
        command += ["--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "box", "--cap-drop", "ALL"]
        command += ["--die-with-parent", "--new-session", "--clearenv"]
        for name, value in ENVIRONMENT.items():
            command += ["--setenv", name, value]
        for path in SYSTEM:
            command += ["--ro-bind-try", path, path]
        command += ["--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"]
        command += ["--symlink", "usr/lib64", "/lib64"]
        command += ["--ro-bind", str(self._inside), "/box/inside"]
        size = str(limits.files_mb * 1024 * 1024)
        private = folder
        mounts: list[tuple[Path, Path]] = []
        if os.geteuid() == 0 and not _open_to_all(folder):
            private = self._run / "libraries"
            private.mkdir(exist_ok=True)
            mounts.append((folder, private))
        command += ["--ro-bind", str(private), "/box/libraries"]
        command += ["--proc", "/proc", "--dev", "/dev"]
        command += ["--size", size, "--tmpfs", "/tmp", "--size", size, "--tmpfs", "/dev/shm"]  # noqa: S108
        command += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--"]  # noqa: S108
        command += [PYTHON, "-S", "-s", "-B", "/box/inside/boot.py", profile, str(link)]
        command += [str(limits.processes), str(limits.files_mb)]
        return as_nobody(command, mounts)

    async def selftest(self) -> SelfTest:
        raise NotImplementedError

    async def close(self) -> None:
        for box in list(self._boxes):
            await box.kill()
        shutil.rmtree(self._run, ignore_errors=True)


def as_nobody(command: Sequence[str], mounts: Sequence[tuple[Path, Path]]) -> list[str]:
    """The command as an unprivileged user; with `mounts` first made in a mount namespace of its own."""
    if os.geteuid() != 0:
        return list(command)
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs"]
    if not mounts:
        return [*drop, *command]
    binds = [f"mount --bind {shlex.quote(str(a))} {shlex.quote(str(b))}" for a, b in mounts]
    script = " && ".join([*binds, f"exec {shlex.join([*drop, *command])}"])
    return ["unshare", "--mount", "--propagation", "slave", "sh", "-c", script]


def _open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = [line for line in errors.read(20_000).decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"
