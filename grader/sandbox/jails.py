"""Jails: boxes forked from a zygote that an outer ring holds.

The outer ring (bubblewrap here, a container in docker.py) is made by us before any student code
exists. Its zygote answers a request within milliseconds with a pidfd of a fresh jail, in namespaces
of its own, and its link. Both rings are needed: the inner one separates one learner from the next, the
outer one stands between all of them and the host.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from grader.sandbox import libraries
from grader.sandbox.box import Box, BoxError, Limits, Profile, SelfTest
from grader.sandbox.cgroups import Group, Groups, bounded
from grader.sandbox.clock import Look, look_at_processes, look_at_tree, within
from grader.sandbox.limits import BASELINE_MB, READY_SECONDS
from grader.sandbox.link import Link
from grader.sandbox.running import RunningBox, link_pair, pid_of
from grader.sandbox.selftest import examine

MOST_FORKS = 5000
FORK_SECONDS = 10.0
MOST_ANSWER = 4096


class Outer(Protocol):
    """Makes outer rings with a zygote in them."""

    name: str

    def has_profile(self, profile: Profile) -> bool: ...

    async def start(self, profile: Profile) -> tuple[socket.socket, Callable[[], Awaitable[str]], int]:
        """The control socket of a zygote that is starting, how to end it and hear its last words, and the
        first process around it as this process sees it (0 where it does not)."""

    async def close(self) -> None: ...


class Zygote:
    """Our side of one zygote."""

    def __init__(self, control: socket.socket, end: Callable[[], Awaitable[str]], pid: int) -> None:
        control.setblocking(False)
        self.control = control
        self.end = end
        self.pid = pid
        self.gone = asyncio.Event()
        self.ready = asyncio.Event()
        self.forks = 0
        self.problem = ""
        self.jails: set[int] = set()
        self.processes: frozenset[int] = frozenset()
        self._numbers = itertools.count(1)
        self._forked: dict[int, asyncio.Future[int]] = {}
        self._statuses: dict[int, asyncio.Future[int]] = {}
        asyncio.get_running_loop().add_reader(control.fileno(), self._hear)

    async def fork(self, limits: Limits, link: socket.socket) -> tuple[int, int]:
        """(number, pidfd) of a fresh jail that holds the link. Raises BoxError."""
        loop = asyncio.get_running_loop()
        number = next(self._numbers)
        forked = self._forked[number] = loop.create_future()
        self._statuses[number] = loop.create_future()
        self.forks += 1
        self.jails.add(number)
        request = {"id": number, "processes": limits.processes, "files_mb": limits.files_mb}
        try:
            socket.send_fds(self.control, [json.dumps(request).encode()], [link.fileno()])
            return number, await within(self._answer(forked), FORK_SECONDS, self.look)
        except BaseException as error:
            self.forget(number)
            if isinstance(error, OSError | TimeoutError):
                raise BoxError(f"the zygote does not answer: {error or 'too slow'}") from None
            raise
        finally:
            self._forked.pop(number, None)

    async def _answer(self, forked: asyncio.Future[int]) -> int:
        return await forked

    def look(self) -> Look | None:
        """Its counters, without those of the jails in it."""
        if self.gone.is_set():
            return None
        return look_at_processes(self.processes) if self.processes else look_at_tree(self.pid)

    async def status(self, number: int) -> int | None:
        """How a jail ended, as the zygote saw it."""
        with contextlib.suppress(TimeoutError, BoxError):
            async with asyncio.timeout(2):
                return await self._statuses[number]
        return None

    def kill(self, number: int) -> None:
        """Kill a jail whose process we may not signal ourselves."""
        self._post({"kill": number})

    def interrupt(self, number: int) -> None:
        """Ctrl+C for a jail whose process we may not signal ourselves."""
        self._post({"interrupt": number})

    def _post(self, request: dict[str, int]) -> None:
        """Once there is room for it: the zygote reads between two forks."""
        try:
            self.control.send(json.dumps(request).encode())
        except BlockingIOError:
            asyncio.get_running_loop().call_later(0.01, self._post, request)
        except OSError:
            return  # it is gone, and all its jails with it

    def forget(self, number: int) -> None:
        self.jails.discard(number)
        self._statuses.pop(number, None)

    def _hear(self) -> None:
        while True:
            try:
                data, descriptors, _, _ = socket.recv_fds(self.control, MOST_ANSWER, 1)
            except BlockingIOError:
                return
            except OSError:
                data, descriptors = b"", []
            if not data:
                self._lost()
                return
            self._take(json.loads(data), descriptors)

    def _take(self, told: dict[str, object], descriptors: list[int]) -> None:
        if "ready" in told:
            self.ready.set()
            return
        number = told["id"]
        assert isinstance(number, int)  # noqa: S101  the zygote runs no code but ours
        if "status" in told:
            waiting = self._statuses.get(number)
            if waiting is not None and not waiting.done():
                waiting.set_result(int(str(told["status"])))
            return
        forked = self._forked.get(number)
        if forked is None or forked.done():
            for descriptor in descriptors:
                os.close(descriptor)
            if "failed" in told:
                self.problem = str(told["failed"])
        elif "failed" in told:
            forked.set_exception(BoxError(f"a jail could not be made: {told['failed']}"))
        else:
            forked.set_result(descriptors[0])

    def _lost(self) -> None:
        asyncio.get_running_loop().remove_reader(self.control.fileno())
        self.control.close()
        self.gone.set()
        self.ready.set()
        for waiting in (*self._forked.values(), *self._statuses.values()):
            if not waiting.done():
                waiting.set_exception(BoxError("the zygote is gone"))
                waiting.exception()  # seen: nobody has to wait for it

    async def close(self) -> str:
        """End it, and every jail with it; its last words, the first time."""
        if not self.gone.is_set():
            self._lost()
        end, self.end = self.end, _nothing_more
        return await end()


async def _nothing_more() -> str:
    return ""


class Jails:
    """Implements `Backend`: jails inside one kind of outer ring."""

    def __init__(self, outer: Outer) -> None:
        self.name = outer.name
        self.outer = outer
        self.groups = Groups.open()
        self._zygotes: dict[Profile, Zygote] = {}
        self._old: list[Zygote] = []
        self._starting: dict[Profile, asyncio.Task[Zygote]] = {}
        self._boxes: set[_Jail] = set()

    def box_digest(self, profile: Profile) -> str:
        return libraries.box_digest(profile)

    def libraries(self, profile: Profile) -> Mapping[str, str]:
        return libraries.versions(profile)

    def has_profile(self, profile: Profile) -> bool:
        return self.outer.has_profile(profile)

    async def make(self, profile: Profile, limits: Limits) -> Box:
        zygote = await self._zygote(profile)
        ours, theirs = link_pair()
        try:
            number, pidfd = await zygote.fork(bounded(limits, self.groups), theirs)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        group: Group | None = None
        try:
            group = self._group(profile, limits)
            if group is not None:
                group.add(pid_of(pidfd))
            link = await Link.over(ours)
        except BaseException as error:
            zygote.kill(number)
            os.close(pidfd)
            ours.close()
            if group is not None:
                await group.settle()
            if isinstance(error, OSError):  # most likely it is gone, and has said why
                why = zygote.problem or f"it could not be put into its control group: {error}"
                raise BoxError(f"the box did not start: {why}") from None
            raise
        box = _Jail(sandbox=self.name, profile=profile, pidfd=pidfd, link=link, on_end=self._collect)
        box.zygote, box.number, box.group = zygote, number, group
        box.counted = group is not None and group.counts
        self._boxes.add(box)
        try:
            await box.ready(READY_SECONDS[profile])
        except BoxError as error:
            raise BoxError(f"{error}: {zygote.problem or 'it said nothing'}") from None
        return box

    def _group(self, profile: Profile, limits: Limits) -> Group | None:
        """A control group for a jail that is still empty of student code, where there are any."""
        if self.groups is None:
            return None
        memory = limits.memory_mb + limits.files_mb + BASELINE_MB[profile] // 4
        try:
            return self.groups.make(memory_mb=memory, processes=limits.processes + 1, cpus=limits.cpus)
        except OSError as error:
            raise BoxError(f"a control group could not be made: {error}") from None

    async def _zygote(self, profile: Profile) -> Zygote:
        """The zygote of a profile: running, starting, or started anew when it is gone or worn.

        Everybody waits for one start and shares its end: after one that failed, nobody begins his own wait.
        """
        zygote = self._zygotes.get(profile)
        if zygote is not None and not zygote.gone.is_set() and zygote.forks < MOST_FORKS:
            return zygote
        starting = self._starting.get(profile)
        if starting is None:
            starting = self._starting[profile] = asyncio.ensure_future(self._start(profile))
            starting.add_done_callback(lambda task: self._started(profile, task))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            if starting.cancelled():
                raise BoxError(f"the zygote of the {profile} profile is not started any more") from None
            raise

    def _started(self, profile: Profile, task: asyncio.Task[Zygote]) -> None:
        self._starting.pop(profile)
        if not task.cancelled():
            task.exception()  # seen: perhaps nobody waits any more

    async def _start(self, profile: Profile) -> Zygote:
        worn = self._zygotes.pop(profile, None)
        if worn is not None:
            self._old.append(worn)
            await self._retire()
        if not self.has_profile(profile):
            raise BoxError(f"the {profile} profile is not there yet")
        zygote = Zygote(*await self.outer.start(profile))
        try:
            await within(self._ready(zygote), READY_SECONDS[profile], zygote.look)
        except BaseException as error:
            await zygote.close()
            if isinstance(error, TimeoutError):
                raise BoxError(f"the zygote of the {profile} profile was not ready in time") from None
            raise
        if zygote.gone.is_set():
            raise BoxError(f"the zygote of the {profile} profile did not start: {await zygote.close()}")
        look = zygote.look()
        zygote.processes = look.processes if look is not None else frozenset()
        self._zygotes[profile] = zygote
        return zygote

    async def _ready(self, zygote: Zygote) -> None:
        await zygote.ready.wait()

    async def _retire(self) -> None:
        """End old zygotes whose last jail is gone."""
        for zygote in [old for old in self._old if not old.jails or old.gone.is_set()]:
            self._old.remove(zygote)
            await zygote.close()

    async def _collect(self, box: RunningBox) -> None:
        assert isinstance(box, _Jail)  # noqa: S101  this back-end makes nothing else
        self._boxes.discard(box)
        box.status = await box.zygote.status(box.number)
        box.zygote.forget(box.number)
        await box.settle_group()
        await self._retire()

    async def selftest(self) -> SelfTest:
        return await examine(self)

    async def close(self) -> None:
        for box in list(self._boxes):
            await box.kill()
        for starting in list(self._starting.values()):
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError, BoxError):
                await starting
        for zygote in (*self._zygotes.values(), *self._old):
            await zygote.close()
        await self.outer.close()


class _Jail(RunningBox):
    """A box that a zygote forked."""

    zygote: Zygote
    number: int

    async def kill(self) -> None:
        try:
            await super().kill()
        except OSError:  # another user's process, or one outside our pid namespace
            self.zygote.kill(self.number)
            await self.ended.wait()

    def interrupt(self) -> None:
        try:
            self._press_ctrl_c()
        except OSError:  # as above
            self.zygote.interrupt(self.number)
