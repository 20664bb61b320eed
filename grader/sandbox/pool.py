"""Warm boxes: made before anybody asks, handed out once, destroyed after use.

The pool owns a thread with one asyncio loop; every box lives on that loop, and other threads come in
through `run`. A refill happens while nobody is about to get a verdict: it waits while boxes were leased
a moment ago, unless nothing is warm.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
import time
from collections import Counter, deque
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, TypeVar

from grader.sandbox.box import AUTHORS, Backend, Box, BoxError, Limits, Profile
from grader.sandbox.devices import PLACED, Work
from grader.sandbox.limits import AUTHOR, default
from grader.sandbox.notebook_client import warm_up

T = TypeVar("T")

MOST_AGE_SECONDS = 600.0
MOST_LEASE_SECONDS = 3600.0
RECENT_SECONDS = 10.0
SHORT_SECONDS = 0.1
"""Most verdicts are there by then. A box that still works yields the processor to those that begin, and
is not waited for by a refill."""
RETRY_SECONDS = 5.0
IDLE_SECONDS = 0.5
PATIENCE_SECONDS = 2.0

_CLOSED = "the boxes of this process are being ended"


class Pool:
    """Warm boxes of one back-end. `start` it once per process; `close` destroys every box."""

    def __init__(
        self, backend: Backend, *, warm: Mapping[Profile, int], limits: Limits | None = None
    ) -> None:
        self.backend = backend
        self.warm = dict(warm)
        self.limits = limits
        self.loop = asyncio.new_event_loop()
        self._ready: dict[Profile, deque[tuple[float, Box]]] = {profile: deque() for profile in Profile}
        self._arrivals: dict[Profile, deque[float]] = {p: deque(maxlen=64) for p in Profile}
        self._leased: dict[Box, float] = {}
        self._burials: dict[Box, asyncio.Task[None]] = {}
        self._made: Counter[Profile] = Counter()
        self._refusals: Counter[str] = Counter()
        self._refill_seconds: deque[float] = deque(maxlen=200)
        self._thread: threading.Thread | None = None
        self._wake = asyncio.Event()
        self._refiller: asyncio.Task[None] | None = None
        self._filling: dict[Profile, asyncio.Task[None]] = {}
        self._unclaimed: dict[asyncio.Task[Box], Profile | None] = {}
        self._making: set[asyncio.Task[Box]] = set()
        self._closing = False
        self._stopped = False

    # -- from any thread --------------------------------------------------------------------------

    def start(self) -> None:
        self._thread = threading.Thread(target=self._serve, name="boxes", daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            return
        try:
            self.run(self._close())
        finally:
            self._stopped = True
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join()
            self.loop.run_until_complete(self._drop_the_rest())
            self.loop.close()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run on the pool's loop and wait for the result. Raises BoxError where the pool was closed first."""
        if self._stopped:
            coroutine.close()
            raise BoxError(_CLOSED)
        future = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            if self._stopped:
                raise BoxError(_CLOSED) from None
            raise
        except KeyboardInterrupt:
            future.cancel()
            raise

    def __enter__(self) -> Pool:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def closing(self) -> bool:
        """Whether its boxes are being destroyed: what ends now, ends because of us."""
        return self._closing

    @property
    def idle(self) -> bool:
        """Whether nobody has a box, and nobody asked for one a moment ago."""
        since = time.monotonic() - IDLE_SECONDS
        return not self._leased and all(not a or a[-1] < since for a in self._arrivals.values())

    def metrics(self) -> dict[str, Any]:
        """Numbers for the fleet page."""
        times = sorted(self._refill_seconds)
        return {
            "sandbox": self.backend.name,
            "warm": {str(profile): len(self._ready[profile]) for profile in self.warm},
            "wanted": {str(profile): self._wanted(profile) for profile in self.warm},
            "leased": len(self._leased),
            "made": {str(profile): count for profile, count in self._made.items()},
            "refill_seconds_p50": times[len(times) // 2] if times else None,
            "refill_seconds_max": times[-1] if times else None,
            "refusals": dict(self._refusals),
        }

    def is_warm(self, profile: Profile, limits: Limits | None = None) -> bool:
        """Whether who asks now most likely gets a box that is there."""
        is_placed = profile not in AUTHORS and PLACED.get() is not None
        return not is_placed and limits in (None, self._limits(profile)) and bool(self._ready[profile])

    # -- on the loop ------------------------------------------------------------------------------

    async def lease(self, profile: Profile, limits: Limits | None = None) -> Box:
        """A box of one's own: warm if it has the pool's limits, made now otherwise.

        Where the caller's work is `placed` on a slice of a GPU, a learner's box is one with that slice.
        """
        if self._closing:
            raise BoxError(_CLOSED)
        self._arrivals[profile].append(time.monotonic())
        wanted = self._limits(profile)
        work = None if profile in AUTHORS or limits == AUTHOR else PLACED.get()
        usual = work is None and limits in (None, wanted)
        box = self._take(profile) if usual else None
        if box is None:
            box = await self._made_now(profile, limits or wanted, work, usual=usual)
            if box.dead.is_set():  # before anything was asked of it
                raise BoxError(_CLOSED if self._closing else "the box ended as soon as it was made")
        self._leased[box] = time.monotonic()
        if limits != AUTHOR:
            self.loop.call_later(SHORT_SECONDS, box.yield_to_others)
        self._wake.set()
        return box

    def _limits(self, profile: Profile) -> Limits:
        return self.limits if self.limits is not None and profile not in AUTHORS else default(profile)

    def _take(self, profile: Profile) -> Box | None:
        waiting = self._ready[profile]
        while waiting:
            _, box = waiting.popleft()
            if not box.dead.is_set():
                return box
        return None

    async def _made_now(self, profile: Profile, limits: Limits, work: Work | None, *, usual: bool) -> Box:
        """A box that is made while somebody waits. To make one is never broken off: where nobody waits for it
        any more it is the next one's, or warm; and one with limits of its own, or on a slice, is ended.
        """
        left = next((task for task, which in self._unclaimed.items() if usual and which is profile), None)
        if left is None:
            making = self.loop.create_task(self._make(profile, limits, work))
            self._making.add(making)
            making.add_done_callback(self._making.discard)
        else:
            making = left
            self._unclaimed.pop(left)
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            self._unclaimed[making] = profile if usual else None
            making.add_done_callback(self._keep_unclaimed)
            raise

    def _keep_unclaimed(self, making: asyncio.Task[Box]) -> None:
        if making not in self._unclaimed:
            return  # somebody waits for it again
        profile = self._unclaimed.pop(making)
        if making.cancelled() or making.exception() is not None:
            return
        if profile is None:
            self._ending = self.loop.create_task(making.result().kill())
        else:
            self._ready[profile].append((time.monotonic(), making.result()))
            self._wake.set()

    async def _bury(self, box: Box) -> None:
        """Wait for the end of a box, however it comes, and until all that was its own is gone."""
        await box.dead.wait()
        self._leased.pop(box, None)
        self._wake.set()
        await box.kill()
        self._burials.pop(box)

    async def _make(self, profile: Profile, limits: Limits, work: Work | None = None) -> Box:
        started = time.monotonic()
        try:
            if work is not None:
                box = await work.make(self.backend, profile, limits)
            else:
                box = await self.backend.make(profile, limits)
        except Exception as error:
            refusal = error if isinstance(error, BoxError) else BoxError(f"a box could not be made: {error}")
            self._refusals[str(refusal)[:200]] += 1
            raise refusal from error
        self._burials[box] = asyncio.ensure_future(self._bury(box))
        self._made[profile] += 1
        self._refill_seconds.append(time.monotonic() - started)
        return box

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        warm_up()
        self._refiller = self.loop.create_task(self._refill())
        self.loop.run_forever()

    async def _refill(self) -> None:
        while not self._closing:
            await self._retire()
            profile = self._neediest()
            if profile is not None:
                await self._wait_for_idle(profile)
                # On its own: what starts slowly in one profile must not leave another without boxes.
                self._filling[profile] = self.loop.create_task(self._fill(profile))
                continue
            await self._pause(RETRY_SECONDS)
        await asyncio.gather(*self._filling.values(), return_exceptions=True)

    async def _fill(self, profile: Profile) -> None:
        try:
            box = await self._make(profile, self._limits(profile))
        except BoxError:
            until = time.monotonic() + RETRY_SECONDS
            while not self._closing and time.monotonic() < until:
                await asyncio.sleep(0.1)
        else:
            self._ready[profile].append((time.monotonic(), box))
        finally:
            self._filling.pop(profile)
            self._wake.set()

    async def _pause(self, seconds: float) -> None:
        """Until something happens, or so long."""
        self._wake.clear()
        if not self._closing:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)

    def _neediest(self) -> Profile | None:
        lacking = {}
        for profile in self.warm:
            count = self._wanted(profile)
            if profile in self._filling:
                continue
            if len(self._ready[profile]) < count and self.backend.has_profile(profile):
                lacking[profile] = len(self._ready[profile]) / count
        return min(lacking, key=lambda profile: lacking[profile]) if lacking else None

    def _wanted(self, profile: Profile) -> int:
        """How many to keep warm: what was configured, and up to four times that while many arrive."""
        since = time.monotonic() - RECENT_SECONDS
        recent = sum(at > since for at in self._arrivals[profile])
        return min(4 * self.warm[profile], max(self.warm[profile], recent // 2))

    async def _wait_for_idle(self, profile: Profile) -> None:
        """A refill must not delay a verdict: let leased boxes finish first, but never starve."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self._ready[profile] and time.monotonic() < until:
            young = max(self._leased.values(), default=0.0) + SHORT_SECONDS - time.monotonic()
            if young <= 0:
                return
            await self._pause(young)
            if self._closing:
                return

    async def _retire(self) -> None:
        """Old and dead warm boxes go, and leased ones that somebody forgot to kill."""
        for box, since in list(self._leased.items()):
            if time.monotonic() - since > MOST_LEASE_SECONDS:
                await box.kill()
        for waiting in self._ready.values():
            oldest = time.monotonic() - MOST_AGE_SECONDS
            for entry in [entry for entry in waiting if entry[1].dead.is_set() or entry[0] < oldest]:
                if entry in waiting:  # nobody took it while another one was killed
                    waiting.remove(entry)
                    await entry[1].kill()

    async def _close(self) -> None:
        self._closing = True
        self._wake.set()
        if self._refiller is not None:
            await self._refiller
        await asyncio.gather(*self._making, *self._unclaimed, return_exceptions=True)
        for waiting in self._ready.values():
            waiting.clear()
        for box, burial in list(self._burials.items()):
            await box.kill()
            await burial
        await self.backend.close()

    async def _drop_the_rest(self) -> None:
        """Whoever still waits for something on the loop is told that it does not come."""
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
