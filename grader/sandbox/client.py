"""Driving one box with nbclient: the kernel client, and the hardened notebook client.

A box can send anything, so every message is charged to a budget. The only clock is ours (clock.py): one
deadline for a cell, in charged time, after which the box is killed. What a box says about itself is never
a verdict: `CellRun` holds values and text, and how the cell *ended* as seen from outside.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from queue import Empty
from typing import Any, cast

from jupyter_client.asynchronous.client import AsyncKernelClient
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete, DeadKernelError
from nbformat import NotebookNode
from traitlets import Any as AnyTrait

from grader.sandbox.box import Box, BoxError, Death
from grader.sandbox.clock import BETWEEN_LOOKS, NOT_BEFORE, Reading
from grader.sandbox.link import CHARGE_AT_LEAST, Link, Message
from grader.sandbox.pictures import redrawn, weight
from sandbox_images.inside import frames

VALUE = "application/x-zero-to-gpt-value"
METRIC = "application/x-zero-to-gpt-metric"
DRAWING = "application/x-zero-to-gpt-drawing"
PNG = "image/png"
DARK_PNG = "application/x-zero-to-gpt-dark-png"
SHOWN = (PNG, "text/plain", METRIC, DRAWING, DARK_PNG)
ENVELOPE = 256  # what the headers of an honest message take at most
GRACE_SECONDS = 1.0
INTERRUPT_SECONDS = 0.3
"""How long interrupted code may take to say where it was, before its box is killed."""
OUR_DELAY = 0.02
"""What came before a deadline is read after it where we are late ourselves."""
NOT_A_MESSAGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
MOST_VALUE_TEXT = 64 * 1024
MOST_VALUES = 64 * 1024 * 1024


class CellEnd(StrEnum):
    """How a cell ended, as seen from outside. All but `finished` leave a box that is gone."""

    FINISHED = "finished"
    DIED = "died"
    TIMED_OUT = "timed_out"
    TOO_MUCH_OUTPUT = "too_much_output"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class RawError:
    """An exception as the box told it: text to show, never to believe."""

    type: str
    message: str
    line: int | None = None
    code: str = ""
    traceback: str = ""


@dataclass(frozen=True)
class RawValue:
    """The answer to call number `call` of a probe, still encoded. `at`: when it came, monotonic."""

    call: int
    result: bytes
    changed: bytes
    error: RawError | None
    at: float


@dataclass(frozen=True)
class Display:
    """A figure (base64 PNG; a lesson's once more, for dark pages), the text of a last expression, a metric
    or a drawing (JSON text)."""

    mime: str
    data: str

    @property
    def png(self) -> bytes | None:
        """The pixels of a figure as a PNG of our own making, if this is a sound one."""
        if self.mime not in (PNG, DARK_PNG):
            return None
        try:
            return redrawn(base64.b64decode(self.data, validate=True))
        except ValueError:
            return None

    @property
    def weight(self) -> int:
        """Bytes of a figure's pixels before they are packed; 0 where nothing tells."""
        try:
            return weight(base64.b64decode(self.data[:64], validate=True))
        except ValueError:
            return 0

    @property
    def text(self) -> str:
        """The text of a last expression."""
        return self.data if self.mime == "text/plain" else ""


@dataclass(frozen=True)
class CellRun:
    """What one cell did. `started` and `at` of its values are on the same monotonic clock.

    `stopped` is where the code was when its time was over, if that was asked and it told.

    `seconds` is wall time, `charged` what of it counts for a deadline or a ratio of times.
    """

    ok: bool
    stdout: str
    truncated: bool
    error: RawError | None
    values: tuple[RawValue, ...]
    displays: tuple[Display, ...]
    started: float
    seconds: float
    charged: float
    end: CellEnd
    stopped: RawError | None = None


class LinkChannel:
    """A channel as jupyter_client and nbclient know it, over the link."""

    def __init__(self, link: Link, channel: bytes) -> None:
        self.link = link
        self.channel = channel

    async def get_msg(self, timeout: float | None = None) -> Message:
        return await self.link.next(self.channel, timeout)

    def send(self, message: Message, buffers: Sequence[bytes] = ()) -> None:
        names = ("header", "parent_header", "metadata", "content")
        parts = [json.dumps(message[name], default=str).encode() for name in names]
        self.link.send(self.channel, [*parts, *buffers])

    def start(self) -> None:
        """Nothing to start: the link is connected."""

    def stop(self) -> None:
        self.link.close()

    def is_alive(self) -> bool:
        return not self.link.closed.is_set()


class BoxKernelClient(AsyncKernelClient):
    """The connected client of one box. `with_request` dresses the next execute request.

    `most_memory_mb`: no cap that is set is larger, where the box's device has no more.
    """

    link = AnyTrait()

    def attach(self, link: Link) -> BoxKernelClient:
        self.link = link
        self._shell_channel = LinkChannel(link, frames.SHELL)
        self._iopub_channel = LinkChannel(link, frames.IOPUB)
        self._control_channel = LinkChannel(link, frames.CONTROL)
        self._dress: tuple[dict[str, Any], Sequence[bytes]] = ({}, ())
        self.most_memory_mb: int | None = None
        self.allow_stdin = False
        return self

    def with_request(self, metadata: dict[str, Any], buffers: Sequence[bytes] = ()) -> None:
        how = metadata.get("zg", {})
        if self.most_memory_mb is not None and "memory_mb" in how:
            how = how | {"memory_mb": min(how["memory_mb"], self.most_memory_mb)}
            metadata = metadata | {"zg": how}
        self._dress = (metadata, buffers)

    def execute(
        self, code: str, *_: Any, store_history: bool = True, stop_on_error: bool = True, **__: Any
    ) -> str:
        metadata, buffers = self._dress
        self._dress = ({}, ())
        content = {
            "code": code,
            "silent": False,
            "store_history": store_history,
            "stop_on_error": stop_on_error,
        }
        message = {
            "header": {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3"},
            "parent_header": {},
            "metadata": metadata,
            "content": content | {"allow_stdin": False, "user_expressions": {}},
        }
        self.shell_channel.send(message, buffers)
        return str(message["header"]["msg_id"])

    async def ready(self) -> None:
        """Wait for the first word of a kernel that has rehearsed. Raises EOFError when none will come."""
        while True:
            try:
                message = await self.link.next(frames.IOPUB, 60.0)
            except Empty:
                if self.link.closed.is_set():
                    raise EOFError from None
                continue
            if message["msg_type"] == "status":
                return

    async def is_alive(self) -> bool:
        return not self.link.closed.is_set()


class _RunningKernel:
    """The manager of a kernel that somebody else started and somebody else will kill."""

    has_kernel = True
    ipykernel = False

    async def is_alive(self) -> bool:
        return True

    async def interrupt_kernel(self) -> None:
        """Never: a learner can swallow an interrupt; the deadline kills."""


class GradeClient(NotebookClient):
    """nbclient with budgets, with death noticed at once, and with results kept as data."""

    def begin(self, box: Box, client: BoxKernelClient, allowance: Allowance) -> None:
        self.box = box
        self.km = cast(Any, _RunningKernel())
        self.kc = self.box_client = client
        self.allowance = allowance

    async def _async_poll_kernel_alive(self) -> None:
        """nbclient asks once a second; a pidfd and the end of the stream tell at once."""
        await self.box_client.link.lost.wait()
        self.stop()

    def stop(self) -> None:
        """End the wait for the cell that is executing."""
        task = self.task_poll_for_reply
        if task is not None:
            task.cancel()

    async def _async_poll_output_msg(self, parent_msg_id: str, cell: Any, cell_index: int) -> None:
        while True:
            try:
                message = await self.box_client.link.next(frames.IOPUB, None)
                self.allowance.take(message, parent_msg_id)
            except CellExecutionComplete:
                return
            except (OverBudgetError, *NOT_A_MESSAGE) as error:
                is_flood = isinstance(error, OverBudgetError)
                if self.allowance.end is CellEnd.FINISHED:
                    self.allowance.end = CellEnd.TOO_MUCH_OUTPUT if is_flood else CellEnd.MALFORMED
                self.stop()
                return


class OverBudgetError(Exception):
    """The box sent more than it may."""


class Allowance:
    """What one cell sent, kept up to a budget. The budget is shared by all cells of a box."""

    def __init__(self, drive: Drive, calls: int, nonce: str) -> None:
        self.drive = drive
        self.calls = calls
        self.nonce = nonce
        self.end = CellEnd.FINISHED
        self.text: list[str] = []
        self.values: dict[int, RawValue] = {}
        self.value_bytes = MOST_VALUES
        self.displays: list[Display] = []
        self.error: RawError | None = None
        self.stopped: RawError | None = None

    def take(self, message: Message, parent: str) -> None:
        """Keep what a message brings, or raise. Every byte of JSON costs, wherever in it it stands."""
        kind, content = message["msg_type"], message["content"]
        ours = message["parent_header"].get("msg_id") == parent
        if kind == "display_data" and ours and self._value(message):
            return
        if kind == "stream" and ours and isinstance(content.get("text"), str):
            self._say(content["text"][: self.drive.room])
            self._charge(message)
            return
        self._charge(message)
        if not ours:
            return
        if kind == "status" and content.get("execution_state") == "idle":
            raise CellExecutionComplete
        if kind == "error":
            self._raised(raw_error(content.get("zg")))
        elif kind in ("display_data", "execute_result"):
            self._display(_data(content))

    def _raised(self, error: RawError | None) -> None:
        """What was raised after the end of its time is told by nothing but our interrupt."""
        if self.end is CellEnd.FINISHED:
            self.error = error
        elif error is not None and error.type == KeyboardInterrupt.__name__:
            self.stopped = self.stopped or error

    def _say(self, text: str) -> None:
        self.drive.room -= len(text)
        self.text.append(text)
        if self.drive.on_output is not None:
            self.drive.on_output(text)

    def _charge(self, message: Message) -> None:
        """Text costs its size; a figure, which is large by nature, a part of it, and so does a drawing."""
        size = max(CHARGE_AT_LEAST, message["size"] - ENVELOPE)
        if DRAWING in _data(message["content"]):
            self.drive.budget -= CHARGE_AT_LEAST + size // 16
            if self.drive.budget < 0:
                raise OverBudgetError
            return
        if message["msg_type"] == "display_data" and size > 16 * 1024:
            size = 16 * 1024 + size // 16
        self.drive.budget -= size
        if self.drive.budget < 0:
            raise OverBudgetError

    def _value(self, message: Message) -> bool:
        """Keep the first whole answer to each call that was asked; anything else is not a value."""
        told = _data(message["content"]).get(VALUE)
        if not isinstance(told, dict) or message["text_size"] > MOST_VALUE_TEXT:
            return False
        call = told.get("call")
        if told.get("nonce") != self.nonce or type(call) is not int or not 0 <= call < self.calls:
            return False
        if call in self.values or len(message["buffers"]) != 2:
            return False
        self.value_bytes -= message["size"]
        if self.value_bytes < 0:
            raise OverBudgetError
        if self.end is not CellEnd.FINISHED:
            self._raised(raw_error(told.get("error")))
            return True
        result, changed = message["buffers"]
        self.values[call] = RawValue(call, result, changed, raw_error(told.get("error")), message["at"])
        return True

    def _display(self, data: dict[str, Any]) -> None:
        for mime in SHOWN:
            shown = data.get(mime)
            if shown is not None:
                text = shown if isinstance(shown, str) else json.dumps(shown)
                display = Display(mime, text)
                self.displays.append(display)
                if self.drive.on_display is not None:
                    self.drive.on_display(display)
                return


def _data(content: dict[str, Any]) -> dict[str, Any]:
    data = content.get("data")
    return data if isinstance(data, dict) else {}


def raw_error(told: Any) -> RawError | None:
    """An error as the box told it, every part checked and capped."""
    if not isinstance(told, dict):
        return None
    line = told.get("line")
    return RawError(
        type=_text(told.get("type"), 200) or "Exception",
        message=_text(told.get("message"), 2_000),
        line=line if type(line) is int and 0 < line < 10**6 else None,
        code=_text(told.get("code"), 500),
        traceback=_text(told.get("traceback"), 10_000),
    )


def _text(value: Any, most: int) -> str:
    return value[:most] if isinstance(value, str) else ""


def _notebook() -> NotebookNode:
    return NotebookNode(nbformat=4, nbformat_minor=5, metadata=NotebookNode(), cells=[_cell("")])


def _cell(source: str) -> NotebookNode:
    """Made directly: nbformat's own maker validates against a schema, which costs more than the cell."""
    parts: dict[str, Any] = {"cell_type": "code", "id": "cell", "source": source}
    parts |= {"execution_count": None, "outputs": []}
    return NotebookNode(parts, metadata=NotebookNode())


def warm_up() -> None:
    """Make one client for nothing: the first costs fifty times the second."""
    GradeClient(_notebook())


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
        self._notebook = _notebook()
        self._runner = GradeClient(self._notebook, allow_errors=True, timeout=None, iopub_timeout=10**6)
        self._runner.log.setLevel(logging.CRITICAL)
        # What children run is lost with them where no group counts it: then it matters who is here now.
        look = None if box.counted else box.look()
        self._known = look.processes if look is not None else frozenset()

    async def limits(self, *, memory_mb: int, seed: int) -> None:
        """Hard caps and fresh random streams; before any code of a learner, once."""
        run = await self._run("limits", {"op": "limits", "memory_mb": memory_mb, "seed": seed}, (), "", 10.0)
        if not run.ok:
            raise LimitsError(run.error.message if run.error else run.end)

    async def compile(self, source: str, *, filename: str = "<answer>", deadline: float) -> CellRun:
        """Compile the cell that comes next, and execute none of it: the error is one of its text."""
        return await self._run(source, {"op": "compile", "filename": filename}, (), "", deadline)

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
    ) -> CellRun:
        """Ask a probe for each encoded input; the answers are in `values`, in the order they came.

        `timed`: what is charged is wanted to the millisecond, from the first moment. `where` as for a cell;
        never for an input that is hidden.
        """
        nonce = uuid.uuid4().hex
        how = {"op": "probe", "nonce": nonce, "calls": len(inputs), "pure": pure}
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
        self._runner.begin(self.box, self.client, allowance)
        self.client.with_request({"zg": how}, buffers)
        cell = _cell(source if source.strip() else "None;")
        started = time.monotonic()
        end = CellEnd.FINISHED
        self._runner.reset_execution_trackers()
        self._notebook.cells[0] = cell
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
        if end is not CellEnd.FINISHED:
            await self.box.kill()
            if self.box.death() is Death.LOST:
                raise BoxError("the box ended with its ring, or somebody outside ended it")
        return CellRun(
            ok=end is CellEnd.FINISHED and allowance.error is None,
            stdout="".join(allowance.text),
            truncated=end is CellEnd.TOO_MUCH_OUTPUT,
            error=allowance.error,
            values=tuple(allowance.values.values()),
            displays=tuple(allowance.displays),
            started=started,
            seconds=seconds,
            charged=charged,
            end=end,
            stopped=allowance.stopped,
        )


class LimitsError(Exception):
    """The caps of a box could not be set."""
