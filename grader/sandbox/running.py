"""A box that runs: its process held by a pidfd, its link, and why it ended.

A pidfd cannot be reused by another process, is readable the moment its process is gone, and kills
without a race. The process behind it is the first of its pid namespace, so everything inside dies
with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

from grader.sandbox.box import BoxError, Death, Profile
from grader.sandbox.cgroups import Group
from grader.sandbox.clock import Look, look_at_tree, within
from grader.sandbox.kernel_client import BoxKernelClient
from grader.sandbox.link import Link
from grader.sandbox.notebook_client import GradeClient

UNREAD_SECONDS = 0.2
"""How long what a box has sent may stay unread once it is gone."""
KILLED = (128 + signal.SIGKILL, -signal.SIGKILL)
"""What somebody outside did. The first process of a pid namespace cannot be killed from within, not even by
itself, and neither can the one that waits for a box's kernel in a container (see `boot.guard`)."""


class RunningBox:
    """Implements `Box`. `on_end` lets a back-end collect the exit status and clean up, once."""

    def __init__(
        self,
        *,
        sandbox: str,
        profile: Profile,
        pidfd: int,
        link: Link,
        on_end: Callable[[RunningBox], Awaitable[None]],
    ) -> None:
        self.sandbox = sandbox
        self.profile = profile
        self.link = link
        self.client = BoxKernelClient().attach(link)
        self.notebook_client = GradeClient.make()  # now, while nobody waits for this box
        self.dead = asyncio.Event()
        self.ended = asyncio.Event()
        self.counted = False
        self.killed = False
        self.status: int | None = None
        self.out_of_memory = False
        self.peak_mb: float | None = None
        self.group: Group | None = None
        self._pidfd = pidfd
        self._on_end = on_end
        asyncio.get_running_loop().add_reader(pidfd, self._gone)

    async def ready(self, seconds: float) -> None:
        """Wait for the kernel's first word; kills the box and raises BoxError when it does not come.

        `seconds`: of charged time, because a busy host makes everybody late.
        """
        try:
            await within(self.client.ready(), seconds, self.look)
        except asyncio.CancelledError:
            await asyncio.shield(self.kill())
            raise
        except (TimeoutError, EOFError) as error:
            await self.kill()
            what = (
                f"was not ready after {seconds:.0f} s" if isinstance(error, TimeoutError) else "did not start"
            )
            raise BoxError(f"the box {what}") from None

    def _gone(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._pidfd = -1
        self.dead.set()
        if self.killed:
            self.link.lose()
        else:  # what it sent last may be unread, and the end of the stream comes after it
            asyncio.get_running_loop().call_later(UNREAD_SECONDS, self.link.lose)
        self._task = asyncio.ensure_future(self._end())

    async def _end(self) -> None:
        try:
            await self._on_end(self)
        finally:
            if not self.killed:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.link.closed.wait(), UNREAD_SECONDS)
            self.link.close()
            self.ended.set()

    async def kill(self) -> None:
        """Kill everything inside; returns when it is gone and cleaned up. Idempotent."""
        if not self.dead.is_set():
            self.killed = True
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        await self.ended.wait()

    @property
    def pid(self) -> int:
        """Its first process, as this process sees it; 0 when that is gone or not to be seen."""
        return 0 if self._pidfd < 0 else pid_of(self._pidfd)

    def look(self) -> Look | None:
        """Its counters: those of its group, or of the processes that this one can see."""
        if self.group is not None and not self.dead.is_set() and (look := self.group.look()) is not None:
            return look
        with contextlib.suppress(OSError, ValueError):  # it ends while it is looked at
            return None if self.dead.is_set() else look_at_tree(self.pid)
        return None

    def yield_to_others(self) -> None:
        """Nothing, where the processor is not ours to share out."""
        if self.group is not None and not self.dead.is_set():
            self.group.yield_to_others()

    def interrupt(self) -> None:
        """Nothing, where the process that is held is not the one that runs the code."""

    def _press_ctrl_c(self) -> None:
        """Raises OSError: another user's process, or one outside our pid namespace."""
        if not self.dead.is_set():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGINT)

    def death(self) -> Death | None:
        """Why it is gone; None while it runs."""
        if not self.dead.is_set():
            return None
        if self.out_of_memory:
            return Death.OUT_OF_MEMORY
        if self.killed:
            return Death.KILLED_BY_US
        if self.status is None or self.status in KILLED:
            return Death.LOST
        return Death.EXITED if 0 <= self.status < 128 else Death.SIGNALLED

    def peak_memory_mb(self) -> float | None:
        if self.group is not None and not self.dead.is_set():
            self.peak_mb = self.group.peak_mb()
        return self.peak_mb

    async def settle_group(self) -> None:
        """What its group says of its end; then the group goes."""
        if self.group is None:
            return
        self.peak_mb = self.group.peak_mb()
        self.out_of_memory = self.group.ran_out() and not self.killed
        await self.group.settle()


def pid_of(pidfd: int) -> int:
    """The number of a process that is held by a pidfd, as this process sees it."""
    fields = Path(f"/proc/self/fdinfo/{pidfd}").read_text().split()
    return int(fields[fields.index("Pid:") + 1])


def link_pair() -> tuple[socket.socket, socket.socket]:
    """(ours, the box's): the one way between the two."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 512 * 1024)
    return ours, theirs
