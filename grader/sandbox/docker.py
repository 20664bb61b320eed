"""Boxes that are Docker containers, and the engine behind them. The only file that imports docker.

`Container` is the strict mode: one hardened container per grading, made before any student code
exists, used once, removed. `Engine` is what it asks of Docker: images, containers, leftovers.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests.exceptions

from grader.sandbox import libraries
from grader.sandbox.box import Box, BoxError, Death, Limits, Profile, SelfTest
from grader.sandbox.bubblewrap import ENVIRONMENT, NOBODY
from grader.sandbox.cgroups import started
from grader.sandbox.client import Link
from grader.sandbox.limits import BASELINE_MB, READY_SECONDS
from grader.sandbox.running import RunningBox

LABEL = "zero-to-gpt.owner"
REPOSITORY = "zero-to-gpt-box"
BASE = "zero-to-gpt-base:bookworm"
PUBLIC_BASE = "debian:bookworm-slim"
LINK = "/box/link"
FAULTS = (docker.errors.DockerException, requests.exceptions.RequestException, OSError)


def owner() -> str:
    """This process, such that a later process with the same number is not taken for it."""
    return f"{socket.gethostname()}/{os.getpid()}/{started(os.getpid())}"


def _is_gone(name: str) -> bool:
    host, pid, start = name.rsplit("/", 2)
    return host == socket.gethostname() and started(int(pid)) != start


class Engine:
    """A Docker engine that answers. Every method may block: call them in a thread."""

    def __init__(self) -> None:
        try:
            self.client = docker.from_env(timeout=120)
            self.client.ping()
        except FAULTS as error:
            raise BoxError(f"no Docker engine answers: {_plain(error)}") from None

    def close(self) -> None:
        self.client.close()

    def has_image(self, tag: str) -> bool:
        try:
            self.client.images.get(tag)
        except docker.errors.ImageNotFound:
            return False
        return True

    def sweep(self) -> int:
        """Remove the containers of owners that are gone; how many there were."""
        swept = 0
        for container in self.client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True):
            if _is_gone(container.labels[LABEL]):
                with contextlib.suppress(docker.errors.APIError):
                    container.remove(force=True)
                    swept += 1
        return swept


def image_tag(profile: Profile) -> str:
    return f"{REPOSITORY}:{libraries.box_digest(profile)}"


def ensure_image(
    profile: Profile, home: Path, progress: Callable[[str], None] = print, *, base: str = ""
) -> str:
    """The image of a profile, built if it is not there. Raises BoxError with the builder's last words."""
    engine = Engine()
    try:
        tag = image_tag(profile)
        if engine.has_image(tag):
            return tag
        folder = libraries.ensure(profile, home, progress)
        base = base or _base(engine, home, progress)
        progress(f"Building the image of the {profile} profile over {base} ...")
        with tempfile.TemporaryDirectory(prefix=".image-", dir=home) as context:
            kind = "gpu" if profile is Profile.GPU else "cpu"
            shutil.copy(libraries.ROOT / "sandbox_images" / kind / "Dockerfile", context)
            shutil.copytree(folder, f"{context}/libraries", copy_function=os.link)
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(libraries.INSIDE, f"{context}/inside", ignore=ignore)
            try:
                engine.client.images.build(path=context, tag=tag, buildargs={"BASE_IMAGE": base}, rm=True)
            except FAULTS as error:
                raise BoxError(
                    f"the image of the {profile} profile could not be built: {_plain(error)}"
                ) from None
        progress(f"The image of the {profile} profile is ready.")
        return tag
    finally:
        engine.close()


def _base(engine: Engine, home: Path, progress: Callable[[str], None]) -> str:
    """The base image: ours if it was made before, else the public one, else made from Debian's packages."""
    for tag in (BASE, PUBLIC_BASE):
        if engine.has_image(tag):
            return tag
    with contextlib.suppress(*FAULTS):
        progress(f"Fetching {PUBLIC_BASE} ...")
        engine.client.images.pull(*PUBLIC_BASE.split(":"))
        return PUBLIC_BASE
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise BoxError("no image registry answers, and making a base image needs root and debootstrap")
    progress("No image registry answers: making a base from Debian's packages (about 40 s) ...")
    with tempfile.TemporaryDirectory(prefix=".base-", dir=home) as folder:
        command = ["debootstrap", "--variant=minbase", "--include=python3,libstdc++6", "bookworm", folder]
        done = subprocess.run([*command, *_mirror()], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BoxError(f"debootstrap failed: {(done.stdout.strip().splitlines() or ['?'])[-1]}")
        for unused in (
            "var/cache/apt",
            "var/lib/apt/lists",
            "usr/share/doc",
            "usr/share/locale",
            "usr/share/man",
        ):
            shutil.rmtree(Path(folder, unused), ignore_errors=True)
        with subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE) as tar:
            name, version = BASE.split(":")
            engine.client.api.import_image_from_stream(tar.stdout, repository=name, tag=version)
    return BASE


def _mirror() -> list[str]:
    """The first mirror that this host's apt uses, if it says one."""
    command = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.split()[:1]


def _plain(error: BaseException) -> str:
    text = str(getattr(error, "explanation", None) or getattr(error, "msg", None) or error)
    return " ".join(text.split())[:300] or type(error).__name__


class Container:
    """Implements `Backend`: one single-use container per box, with any runtime the engine has."""

    name = "container"

    def __init__(self, home: Path, *, runtime: str = "") -> None:
        self.home = home.resolve()
        self.runtime = runtime
        self.engine = Engine()
        self.engine.sweep()
        self._boxes: dict[RunningBox, Any] = {}
        self._run = Path(tempfile.mkdtemp(prefix="zg-"))
        self._run.chmod(0o711)

    def box_digest(self, profile: Profile) -> str:
        return libraries.box_digest(profile)

    def libraries(self, profile: Profile) -> Mapping[str, str]:
        return libraries.versions(profile)

    def has_profile(self, profile: Profile) -> bool:
        return self.engine.has_image(image_tag(profile))

    async def make(self, profile: Profile, limits: Limits) -> Box:
        if not await asyncio.to_thread(self.has_profile, profile):
            raise BoxError(f"the image of the {profile} profile is not built yet")
        folder = self._run / secrets.token_hex(8)
        folder.mkdir()
        folder.chmod(0o755)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        container: Any = None
        try:
            listener.bind(str(folder / "socket"))
            (folder / "socket").chmod(0o666)
            listener.listen(1)
            listener.setblocking(False)
            container = await asyncio.to_thread(self._create, profile, limits, folder)
            until = time.monotonic() + READY_SECONDS[profile]
            link, pidfd = await self._accept(listener, container, until)
        except BaseException as error:
            if container is not None:
                await asyncio.to_thread(_remove, container)
            if isinstance(error, FAULTS):
                raise BoxError(f"Docker could not start a box: {_plain(error)}") from None
            raise
        finally:
            listener.close()
            shutil.rmtree(folder, ignore_errors=True)
        box = _ContainerBox(
            sandbox=self.name, profile=profile, pidfd=pidfd, link=await Link.over(link), on_end=self._collect
        )
        box.container = container
        self._boxes[box] = container
        await box.ready(until - time.monotonic())
        return box

    def _create(self, profile: Profile, limits: Limits, folder: Path) -> Any:
        files = limits.files_mb * 1024 * 1024
        memory = (limits.memory_mb + limits.files_mb + BASELINE_MB[profile]) * 1024 * 1024
        settings: dict[str, Any] = {
            "user": f"{NOBODY}:{NOBODY}",
            "network_mode": "none",
            "hostname": "box",
            "ipc_mode": "private",
            "read_only": True,
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges"],
            "mem_limit": memory,
            "memswap_limit": memory,
            "pids_limit": limits.processes + 4,
            "nano_cpus": 10**9,
            "shm_size": files,
            "tmpfs": {"/tmp": f"rw,nosuid,nodev,size={files},nr_inodes=8192,mode=1777"},  # noqa: S108
            "volumes": {str(folder): {"bind": LINK, "mode": "ro"}},
            "environment": ENVIRONMENT,
            "log_config": {"type": "none"},
            "labels": {LABEL: owner()},
            "working_dir": "/tmp",  # noqa: S108
        }
        if self.runtime:
            settings["runtime"] = self.runtime
        arguments = [profile, f"{LINK}/socket", str(limits.processes), str(limits.files_mb)]
        command = ["python3", "-S", "-s", "-B", "/box/inside/boot.py", *arguments]
        container = self.engine.client.containers.create(image_tag(profile), command, **settings)
        try:
            container.start()
        except BaseException:
            _remove(container)
            raise
        return container

    async def _accept(
        self, listener: socket.socket, container: Any, until: float
    ) -> tuple[socket.socket, int]:
        """The connection of the container's first process, and a pidfd for it."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(until - time.monotonic()):
                link, _ = await loop.sock_accept(listener)
        except TimeoutError:
            logs = "it did not connect"
            await asyncio.to_thread(container.reload)
            raise BoxError(f"the container was not ready: {container.status}, {logs}") from None
        pid = int.from_bytes(link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)[:4], "little")
        try:
            pidfd = os.pidfd_open(pid)
            if container.id not in Path(f"/proc/{pid}/cgroup").read_text():
                await asyncio.to_thread(container.reload)
                if container.attrs["State"]["Pid"] != pid:
                    raise BoxError("something that is not the container connected to its socket")
        except (OSError, ValueError):
            link.close()
            raise BoxError(
                "the worker cannot see the container's process: give it the host's pid namespace"
            ) from None
        return link, pidfd

    async def _collect(self, box: RunningBox) -> None:
        container = self._boxes.pop(box, None)
        if container is None:
            return
        with contextlib.suppress(*FAULTS):
            state = await asyncio.to_thread(_wait, container)
            box.status = state["ExitCode"]
            box.out_of_memory = bool(state["OOMKilled"]) and not box.killed
        asyncio.get_running_loop().run_in_executor(None, _remove, container)

    async def selftest(self) -> SelfTest:
        raise NotImplementedError

    async def close(self) -> None:
        for box in list(self._boxes):
            await box.kill()
        shutil.rmtree(self._run, ignore_errors=True)
        await asyncio.to_thread(self.engine.sweep)
        self.engine.close()


class _ContainerBox(RunningBox):
    """A box whose process only the engine may kill when we are not root."""

    container: Any

    async def kill(self) -> None:
        try:
            await super().kill()
        except PermissionError:
            with contextlib.suppress(*FAULTS):
                await asyncio.to_thread(self.container.kill)
            await self.ended.wait()

    def death(self) -> Death | None:
        return super().death()


def _wait(container: Any) -> dict[str, Any]:
    container.wait(timeout=10)
    container.reload()
    state: dict[str, Any] = container.attrs["State"]
    return state


def _remove(container: Any) -> None:
    with contextlib.suppress(*FAULTS):
        container.remove(force=True)
