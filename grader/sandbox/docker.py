"""Boxes that are Docker containers.

`Container` is the strict mode: one hardened container per grading, made before any student code
exists, used once, removed. `DockerRing` is the container around jails. The engine itself is in engine.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from grader.sandbox import libraries
from grader.sandbox.box import Box, BoxError, Limits, Profile, SelfTest
from grader.sandbox.bubblewrap import ENVIRONMENT, NOBODY
from grader.sandbox.cgroups import of_process
from grader.sandbox.devices import Slice
from grader.sandbox.engine import FAULTS, LABEL, Engine, image_tag, plain, remove
from grader.sandbox.limits import BASELINE_MB, READY_SECONDS
from grader.sandbox.link import Link
from grader.sandbox.owners import fresh_user, mine, run_folder
from grader.sandbox.running import RunningBox, pid_of
from grader.sandbox.selftest import examine

KILLED = (128 + 9, 255)
"""Its first process was killed, or the kernel that this one waits for was."""
APPARMOR = "zero-to-gpt-ring"
LINK = "/box/link"
MASKED = """
acpi asound bus fs irq kallsyms kcore keys latency_stats modules sched_debug scsi sys sysrq-trigger timer_list
timer_stats
"""
DRIVER_THREADS = 16
MOST_TOLD = 64 * 1024
MASKED_WHOLE = ("/sys", "/dev/pts", "/dev/mqueue")
"""Docker's own list and a few more; setting one replaces the other."""
WITH_GPU = {"CUDA_CACHE_DISABLE": "1", "NVIDIA_DRIVER_CAPABILITIES": "compute"}
"""No compiled kernels are kept, and of the driver's libraries those that compute."""
RING_MB = {
    Profile.NUMPY: 8192,
    Profile.TORCH: 12288,
    Profile.GPU: 16384,
    Profile.AUTHOR: 8192,
    Profile.AUTHOR_TORCH: 12288,
}
"""What all jails of one ring may take together, where their own groups cannot be made."""


# What a ring may not do. Ours is the only code in it, and a jail has a filter of its own that allows less;
# but clone3, unshare and mount must pass, which Docker's default filter forbids.
FORBIDDEN_IN_RING = """
acct add_key adjtimex afs_syscall bpf chroot clock_adjtime clock_settime create_module delete_module
fanotify_init finit_module fsconfig fsmount fsopen fspick get_kernel_syms init_module io_uring_enter
io_uring_register io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mknod
mknodat migrate_pages mount_setattr move_mount move_pages name_to_handle_at nfsservctl open_by_handle_at
open_tree perf_event_open pidfd_getfd pivot_root process_madvise process_vm_readv process_vm_writev
ptrace query_module quotactl reboot request_key setdomainname setns settimeofday stime swapoff swapon
sysfs syslog uselib userfaultfd ustat vhangup vm86 vm86old vmsplice
"""


RING_FILTER = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [{"names": FORBIDDEN_IN_RING.split(), "action": "SCMP_ACT_ERRNO"}],
}


class _Containers:
    """What both modes need: hardened containers of our image with one socket to us."""

    def __init__(self, home: Path, runtime: str) -> None:
        self.home = home.resolve()
        self.runtime = runtime
        self.engine = Engine()
        self.engine.sweep()
        self.run = run_folder()
        self.run.chmod(0o711)
        self._seen: set[Profile] = set()

    def has_profile(self, profile: Profile) -> bool:
        """Whether its image is there, as far as an engine says; one that was seen is not asked for again."""
        if profile not in self._seen:
            with contextlib.suppress(BoxError):
                if self.engine.has_image(image_tag(profile)):
                    self._seen.add(profile)
        return profile in self._seen

    async def launch(
        self,
        profile: Profile,
        kind: socket.SocketKind,
        program: list[str],
        settings: dict[str, Any],
        masked: bool,
    ) -> tuple[Any, socket.socket, int | None]:
        """A started container, the connection from its first process, and a pidfd for that if we see it."""
        if not await asyncio.to_thread(self.engine.has_image, image_tag(profile)):
            raise BoxError(f"the image of the {profile} profile is not built yet")
        folder = self.run / secrets.token_hex(8)
        folder.mkdir()
        folder.chmod(0o755)
        listener = socket.socket(socket.AF_UNIX, kind)
        container: Any = None
        try:
            listener.bind(str(folder / "socket"))
            (folder / "socket").chmod(0o666)
            listener.listen(1)
            listener.setblocking(False)
            create = asyncio.to_thread(self._create, profile, folder, program, settings, masked)
            container = await create
            link, pidfd = await self._accept(listener, container, READY_SECONDS[profile])
        except BaseException as error:
            if container is not None:
                await asyncio.to_thread(remove, container)
            if isinstance(error, FAULTS):
                raise BoxError(f"Docker could not start a box: {plain(error)}") from None
            raise
        finally:
            listener.close()
            shutil.rmtree(folder, ignore_errors=True)
        return container, link, pidfd

    def _create(
        self, profile: Profile, folder: Path, program: list[str], settings: dict[str, Any], masked: bool
    ) -> Any:
        user = fresh_user() if masked else NOBODY
        api = self.engine.client.api
        host: dict[str, Any] = {
            "network_mode": "none",
            "ipc_mode": "private",
            "read_only": True,
            "cap_drop": ["ALL"],
            "binds": {str(folder): {"bind": LINK, "mode": "ro"}},
            "log_config": {"type": "none"},
            "oom_score_adj": 1000,  # said by the engine, it can be lowered again by nobody inside
        } | settings
        if self.runtime:
            host["runtime"] = self.runtime
        config = api.create_host_config(**host)
        if masked:
            config["MaskedPaths"] = [*(f"/proc/{name}" for name in MASKED.split()), *MASKED_WHOLE]
        else:
            # A jail mounts a /proc of its own: allowed only where nothing of the ring's is covered.
            config |= {"MaskedPaths": [], "ReadonlyPaths": []}
        made = api.create_container(
            image_tag(profile),
            ["python3", "-S", "-s", "-B", *program],
            user=f"{user}:{user}",
            hostname="box",
            environment=ENVIRONMENT | (WITH_GPU if profile is Profile.GPU else {}),
            labels={LABEL: mine()},
            working_dir="/tmp",  # noqa: S108  a fresh tmpfs
            host_config=config,
        )
        container = self.engine.client.containers.get(made["Id"])
        try:
            container.start()
        except BaseException:
            remove(container)
            raise
        return container

    async def _accept(
        self, listener: socket.socket, container: Any, seconds: float
    ) -> tuple[socket.socket, int | None]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                link, _ = await loop.sock_accept(listener)
        except TimeoutError:
            await asyncio.to_thread(container.reload)
            raise BoxError(f"the container did not become ready; it is {container.status}") from None
        pid = int.from_bytes(link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)[:4], "little")
        if pid == 0:  # this process is in a container itself, beside that one
            return link, None
        await asyncio.to_thread(container.reload)
        if container.attrs["State"]["Pid"] != pid:
            link.close()
            raise BoxError("something that is not the container connected to its socket")
        return link, os.pidfd_open(pid)

    async def close(self) -> None:
        shutil.rmtree(self.run, ignore_errors=True)
        with contextlib.suppress(BoxError):  # an engine that is away is swept at the next start
            await asyncio.to_thread(self.engine.sweep)
        self.engine.close()


class Container:
    """Implements `Backend`: one single-use container per box, with any runtime the engine has.

    With a `slice_` its boxes of the GPU profile have exactly that one; without, they are not made at all.
    """

    name = "container"

    def __init__(self, home: Path, *, runtime: str = "", slice_: Slice | None = None) -> None:
        self.containers = _Containers(home, runtime)
        self.slice = slice_
        self._boxes: dict[RunningBox, Any] = {}
        self._removals: set[asyncio.Future[None]] = set()

    def box_digest(self, profile: Profile) -> str:
        return libraries.box_digest(profile)

    def libraries(self, profile: Profile) -> Mapping[str, str]:
        return libraries.versions(profile)

    def has_profile(self, profile: Profile) -> bool:
        return self.containers.has_profile(profile)

    async def make(self, profile: Profile, limits: Limits) -> Box:
        until = time.monotonic() + READY_SECONDS[profile]
        slice_ = self._slice_for(profile)
        files = limits.files_mb * 1024 * 1024
        memory = (limits.memory_mb + limits.files_mb + BASELINE_MB[profile]) * 1024 * 1024
        settings = {
            "security_opt": ["no-new-privileges"],
            "mem_limit": memory,
            "memswap_limit": memory,
            "pids_limit": limits.processes + 4,
            "nano_cpus": int(limits.cpus * 10**9),
            "shm_size": files,
            "tmpfs": {"/tmp": f"rw,nosuid,nodev,noexec,size={files},nr_inodes=8192,mode=1777"},  # noqa: S108
        }
        program = ["/box/inside/boot.py", profile, f"{LINK}/socket"]
        program += ["0", str(limits.files_mb)]
        if slice_ is not None:
            program = ["/box/gpu/begin.py", *program[1:], str(slice_.memory_mb)]
            settings |= request(slice_) | {"pids_limit": limits.processes + 4 + DRIVER_THREADS}
        container, link, pidfd = await self.containers.launch(
            profile, socket.SOCK_STREAM, program, settings, masked=True
        )
        if pidfd is None:
            link.close()
            await asyncio.to_thread(remove, container)
            raise BoxError("this process needs the host's pid namespace to hold its boxes")
        group = of_process(pid_of(pidfd))
        box = _ContainerBox(
            sandbox=self.name, profile=profile, pidfd=pidfd, link=await Link.over(link), on_end=self._collect
        )
        box.container, box.group = container, group
        box.counted = group is not None and group.counts
        self._boxes[box] = container
        await box.ready(until - time.monotonic())
        return box

    def _slice_for(self, profile: Profile) -> Slice | None:
        if profile is not Profile.GPU:
            return None
        if self.slice is None:
            raise BoxError("a box of the gpu profile needs a slice of a GPU, and none was leased for it")
        return self.slice

    async def tell(self, program: list[str], *, seconds: float) -> bytes:
        """What a program of ours says that runs alone in a container with the slice: at most MOST_TOLD bytes.
        Raises BoxError, and TimeoutError when it does not end."""
        slice_ = self._slice_for(Profile.GPU)
        memory = BASELINE_MB[Profile.GPU] * 4 * 2**20
        settings = request(slice_) if slice_ is not None else {}
        settings |= {
            "security_opt": ["no-new-privileges"],
            "mem_limit": memory,
            "memswap_limit": memory,
            "pids_limit": 64,
            "tmpfs": {"/tmp": "rw,nosuid,nodev,noexec,size=16777216,mode=1777"},  # noqa: S108
        }
        container, link, pidfd = await self.containers.launch(
            Profile.GPU, socket.SOCK_STREAM, [*program, f"{LINK}/socket"], settings, masked=True
        )
        try:
            told = b""
            async with asyncio.timeout(seconds):
                while part := await asyncio.get_running_loop().sock_recv(link, 4096):
                    told += part
                    if len(told) > MOST_TOLD:
                        raise BoxError("the program that checks a slice says too much")
            return told
        except OSError as error:
            raise BoxError(f"the program that checks a slice is gone: {error}") from None
        finally:
            link.close()
            if pidfd is not None:
                os.close(pidfd)
            await asyncio.to_thread(remove, container)

    async def _collect(self, box: RunningBox) -> None:
        container = self._boxes.pop(box)
        with contextlib.suppress(*FAULTS):
            if not box.killed:
                state = await asyncio.to_thread(_wait, container)
                box.status, box.out_of_memory = state["ExitCode"], bool(state["OOMKilled"])
        removal = asyncio.ensure_future(asyncio.to_thread(remove, container))
        self._removals.add(removal)
        removal.add_done_callback(self._removals.discard)

    async def selftest(self) -> SelfTest:
        return await examine(self)

    async def close(self) -> None:
        for box in list(self._boxes):
            await box.kill()
        await asyncio.gather(*self._removals)
        await self.containers.close()


class DockerRing:
    """Implements `Outer` for jails.py: one hardened container per profile with a zygote in it.

    Not for the GPU profile: a zygote must not touch a card, and what a jail needs to do so was never tried.
    """

    name = "docker"

    def __init__(self, home: Path, *, runtime: str = "") -> None:
        self.containers = _Containers(home, runtime)

    def has_profile(self, profile: Profile) -> bool:
        return profile is not Profile.GPU and self.containers.has_profile(profile)

    async def start(self, profile: Profile) -> tuple[socket.socket, Callable[[], Awaitable[str]], int]:
        security = ["no-new-privileges", f"seccomp={json.dumps(RING_FILTER)}", *_apparmor()]
        settings = {
            "security_opt": security,
            "pids_limit": 4096,
            "mem_limit": RING_MB[profile] * 1024 * 1024,
            "memswap_limit": RING_MB[profile] * 1024 * 1024,
            "shm_size": 1024 * 1024,
            "tmpfs": {"/tmp": "rw,nosuid,nodev,noexec,size=67108864,mode=1777"},  # noqa: S108
        }
        program = ["/box/inside/zygote.py", profile, f"{LINK}/socket"]
        container, control, pidfd = await self.containers.launch(
            profile, socket.SOCK_SEQPACKET, program, settings, masked=False
        )
        pid = 0
        if pidfd is not None:
            pid = pid_of(pidfd)
            os.close(pidfd)

        async def end() -> str:
            with contextlib.suppress(*FAULTS):
                await asyncio.to_thread(container.reload)
            status = f"its container was {container.status}"
            await asyncio.to_thread(remove, container)
            return status

        return control, end, pid

    async def close(self) -> None:
        await self.containers.close()


def request(slice_: Slice) -> dict[str, Any]:
    """What the engine is asked for a container with exactly this slice, by its UUID."""
    wanted = {"driver": "nvidia", "device_ids": [slice_.uuid], "capabilities": [["gpu", "compute"]]}
    return {"device_requests": [wanted]}


def _apparmor() -> list[str]:
    """Our profile, where an administrator loaded it; else Docker's own, which may forbid jails."""
    try:
        loaded = Path("/sys/kernel/security/apparmor/profiles").read_text()
    except OSError:
        return []
    return [f"apparmor={APPARMOR}"] if f"{APPARMOR} " in loaded else []


class _ContainerBox(RunningBox):
    """A box whose process only the engine may kill when we are not root."""

    container: Any

    async def kill(self) -> None:
        self.peak_memory_mb()
        try:
            await super().kill()
        except PermissionError:
            with contextlib.suppress(*FAULTS):
                await asyncio.to_thread(self.container.kill)
            await self.ended.wait()

    def interrupt(self) -> None:
        with contextlib.suppress(OSError):  # as above; then nobody learns where the code was
            self._press_ctrl_c()


def _wait(container: Any) -> dict[str, Any]:
    """How a container ended. That it ran out of memory may reach the engine after the end itself."""
    container.wait(timeout=10)
    for _ in range(10):
        container.reload()
        state: dict[str, Any] = container.attrs["State"]
        if state["OOMKilled"] or state["ExitCode"] not in KILLED:
            break
        time.sleep(0.1)
    return state
