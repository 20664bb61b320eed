"""Driving one box: cell by cell, with one deadline for each.

The only clock is ours (clock.py): a deadline in charged time, after which the box is killed. What a box
sends is charged to a budget (allowance.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from nbclient.exceptions import DeadKernelError

from grader.sandbox.allowance import NOT_A_MESSAGE, Allowance
from grader.sandbox.box import Box, BoxError, Death
from grader.sandbox.cells import CellEnd, CellRun, Display
from grader.sandbox.clock import BETWEEN_LOOKS, NOT_BEFORE, Reading
from grader.sandbox.notebook_client import code_cell

GRACE_SECONDS = 1.0
"""How long the process of a stream that ended may take to be gone."""
INTERRUPT_SECONDS = 0.3
"""How long interrupted code may take to say where it was, before its box is killed."""
OUR_DELAY = 0.02
"""What came before a deadline is read after it where we are late ourselves."""
_NO_LIMITS = "the caps of a box could not be set: {}"  # no learner's code has run yet, so this is ours


class Drive:
    """One leased box driven cell by cell through nbclient. Not reusable for a second learner."""

    def __init__(
        self,
        box: Box,
        *,
        output_kb: int,
        on_output: Callable[[str], None] | None = None,
        on_display: Callable[[Display], None] | None = None,
    ) -> None:
        self.box = box
        self.client = box.client
        self.budget = output_kb * 1024  # bytes that it may still send
        self.room = output_kb * 1024  # characters that are still kept
        self.on_output = on_output
        self.on_display = on_display
        self._runner = box.notebook_client
        self._warned = ""  # while the cell was compiled
        # What children run is lost with them where no group counts it: then it matters who is here now.
        look = None if box.counted else box.look()
        self._known = look.processes if look is not None else frozenset()

    async def limits(self, *, memory_mb: int, seed: int) -> None:
        """Hard caps and fresh random streams; before any code of a learner, once. Raises BoxError."""
        run = await self._run("limits", {"op": "limits", "memory_mb": memory_mb, "seed": seed}, (), "", 10.0)
        if not run.ok:
            raise BoxError(_NO_LIMITS.format(run.error.message if run.error else run.end))

    async def compile(self, source: str, *, memory_mb: int, seed: int, deadline: float) -> CellRun:
        """The same, and within these caps the cell that comes next compiled. None of it is executed, so the
        error is one of its text. What Python warns of is told with the cell. Raises BoxError."""
        how = {"op": "limits", "memory_mb": memory_mb, "seed": seed, "compile": True}
        told, self.on_output = self.on_output, None
        try:
            run = await self._run(source, how, (), "", deadline)
        finally:
            self.on_output = told
        self._warned = run.stdout
        if run.error is not None and run.error.type == "LimitsFailed":
            raise BoxError(_NO_LIMITS.format(run.error.message))
        return run

    async def cell(
        self,
        source: str,
        *,
        filename: str = "<answer>",
        deadline: float,
        where: bool = False,
        twice: bool = False,
    ) -> CellRun:
        """Execute a cell in the learner's namespace. `deadline`: seconds of charged time.

        `where`: after the deadline, ask the code where it is. `twice`: draw figures for a dark page, too.
        """
        if self._warned and self.on_output is not None:
            self.on_output(self._warned)
        self._warned = ""
        how = {"filename": filename, "twice": twice}
        return await self._run(source, how, (), "", deadline, where=where)

    async def piece(self, source: str, *, module: str, given: str, deadline: float) -> CellRun:
        """Execute an earlier answer as the module `mylib.<module>`, after what its exercise gives."""
        how = {"op": "piece", "module": module, "given": given, "filename": f"{module}.py"}
        return await self._run(source, how, (), "", deadline)

    async def probe(
        self,
        source: str,
        inputs: Sequence[bytes],
        *,
        pure: bool,
        deadline: float,
        timed: bool = False,
        where: bool = False,
        together: bool = False,
    ) -> CellRun:
        """Ask a probe for each encoded input; the answers are in `values`, in the order they came.

        `timed`: what is charged is wanted to the millisecond, from the first moment. `where` as for a cell;
        never for an input that is hidden. `together`: small answers may come with the last one, so that of a
        box that dies meanwhile nothing tells which call it was.
        """
        nonce = self.client.nonce()
        how: dict[str, Any] = {"op": "probe", "nonce": nonce, "calls": len(inputs), "pure": pure}
        if together:
            how["together"] = True
        return await self._run(source, how, inputs, nonce, deadline, timed=timed, where=where)

    async def _expire(self, allowance: Allowance, reading: Reading, deadline: float, where: bool) -> None:
        """Ends the cell when its deadline is over in charged time: looks, and waits for what is left."""
        while left := reading.left(deadline):
            # Children leave no trace where no group counts them: there it must be looked for them.
            counted = reading.first is not None and reading.first.whole
            await asyncio.sleep(left if counted else min(left, BETWEEN_LOOKS))
        await asyncio.sleep(OUR_DELAY)
        allowance.end = CellEnd.TIMED_OUT
        if where:
            self.box.interrupt()
            until = time.monotonic() + INTERRUPT_SECONDS
            while allowance.stopped is None and time.monotonic() < until:
                await asyncio.sleep(OUR_DELAY)
        self._runner.stop()

    async def _run(
        self,
        source: str,
        how: dict[str, Any],
        buffers: Sequence[bytes],
        nonce: str,
        deadline: float,
        *,
        timed: bool = False,
        where: bool = False,
    ) -> CellRun:
        allowance = Allowance(self, len(buffers), nonce)
        self._runner.begin(self.client, allowance)
        self.client.with_request({"zg": how}, buffers)
        cell = code_cell(source if source.strip() else "None;")
        started = time.monotonic()
        end = CellEnd.FINISHED
        self._runner.reset_execution_trackers()
        self._runner.nb.cells[0] = cell
        reading = Reading(self.box.look, known=self._known, began=started)
        if timed:
            reading.look()
        watch: list[asyncio.Task[None]] = []  # most cells end before it begins

        def begin() -> None:
            watch.append(asyncio.ensure_future(self._expire(allowance, reading, deadline, where)))

        timer = asyncio.get_running_loop().call_later(min(NOT_BEFORE, deadline / 4), begin)
        try:
            await self._runner.async_execute_cell(cell, 0)
        except DeadKernelError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # nbclient takes any cancellation for a death
                raise asyncio.CancelledError from None
            end = CellEnd.MALFORMED if self.client.link.problem else CellEnd.DIED
        except NOT_A_MESSAGE:
            end = CellEnd.MALFORMED  # the reply had not the form of a reply
        finally:
            timer.cancel()
            for task in watch:
                task.cancel()
        if allowance.end is not CellEnd.FINISHED:
            end = allowance.end
        if timed or reading.first is not None:
            reading.look()
        seconds, charged = reading.wall, reading.charged()
        if end is CellEnd.DIED:
            # The stream ends a moment before the process does, and how it ended by itself must be seen.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.box.dead.wait(), GRACE_SECONDS)
        was_dead = self.box.dead.is_set()
        if end is not CellEnd.FINISHED:
            await self.box.kill()
            if end is CellEnd.DIED and was_dead and self.box.death() is Death.KILLED_BY_US:
                raise BoxError("the pool ended the box while a cell ran in it")
            if self.box.death() is Death.LOST:
                raise BoxError("the box ended with its ring, or somebody outside ended it")
        return CellRun(
            ok=end is CellEnd.FINISHED and allowance.error is None,
            stdout="".join(allowance.text),
            error=allowance.error,
            values=tuple(allowance.values.values()),
            displays=tuple(allowance.displays),
            started=started,
            seconds=seconds,
            charged=charged,
            end=end,
            stopped=allowance.stopped,
        )
