"""The hardened notebook client: nbclient, told at once what a box sends, that it died, or sent too much."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbformat import NotebookNode

from grader.sandbox.allowance import NOT_A_MESSAGE, Allowance, OverBudgetError
from grader.sandbox.cells import CellEnd
from grader.sandbox.kernel_client import BoxKernelClient
from grader.sandbox.link import Link, Message
from sandbox_images.inside import frames


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

    _waits = False  # for its turn among the boxes

    @classmethod
    def make(cls) -> GradeClient:
        """One with a notebook of one cell, which is replaced by each that is executed."""
        notebook = NotebookNode(nbformat=4, nbformat_minor=5, metadata=NotebookNode(), cells=[code_cell("")])
        made = cls(notebook, allow_errors=True, timeout=None, record_timing=False)
        made.log.setLevel(logging.CRITICAL)
        return made

    def begin(self, client: BoxKernelClient, allowance: Allowance) -> None:
        self.km = cast(Any, _RunningKernel())
        self.kc = self.box_client = client
        self.allowance = allowance

    def stop(self) -> None:
        """End the wait for the cell that is executing."""
        task = self.task_poll_for_reply
        if task is not None:
            task.cancel()

    # nbclient has a task for each of three waits: that the kernel dies (it asks once a second), that the last
    # output has come, that the reply has (with time-outs around each). Here all three are news of one link,
    # taken as they come, and the only clock is that of `Drive`. What it waits for is the reply, and that is
    # there when the outputs are.

    def _async_poll_kernel_alive(self) -> Any:
        return asyncio.get_running_loop().create_future()

    def _async_poll_output_msg(self, parent_msg_id: str, cell: Any, cell_index: int) -> Any:
        return asyncio.get_running_loop().create_future()

    def _async_poll_for_reply(
        self,
        msg_id: str,
        cell: Any,
        timeout: int | None,
        task_poll_output_msg: asyncio.Future[Any],
        task_poll_kernel_alive: asyncio.Future[Any],
    ) -> Any:
        link = self.box_client.link
        self._asked = msg_id
        self._is_idle = False
        self._reply: Message | None = None
        self._whole: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        link.on_news = self._hear
        self._wait_for_turn()  # for what came between two cells
        return self._whole

    def _wait_for_turn(self) -> None:
        if not self._waits:
            self._waits = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._waits = False
        self._hear()

    def _hear(self) -> None:
        """Take what has come for this cell. After so much of it the other boxes have their turn."""
        if self._waits:
            return
        link = self.box_client.link
        while not self._whole.done():
            if link.is_others_turn():
                self._wait_for_turn()
                return
            try:
                if not self._take(link):
                    break
            except (OverBudgetError, *NOT_A_MESSAGE) as error:
                is_flood = isinstance(error, OverBudgetError)
                if self.allowance.end is CellEnd.FINISHED:
                    self.allowance.end = CellEnd.TOO_MUCH_OUTPUT if is_flood else CellEnd.MALFORMED
                self.stop()
                return
        if link.lost.is_set():
            self.stop()

    def _take(self, link: Link) -> bool:
        """Take one message; whether there was one that this cell waits for."""
        if not self._is_idle and (message := link.take(frames.IOPUB)) is not None:
            try:
                self.allowance.take(message, self._asked)
            except CellExecutionComplete:
                self._is_idle = True
        elif self._reply is None and (message := link.take(frames.SHELL)) is not None:
            if message["parent_header"].get("msg_id") == self._asked:
                self._reply = message
        else:
            return False
        if self._is_idle and self._reply is not None:
            self._whole.set_result(self._reply)
        return True


def code_cell(source: str) -> NotebookNode:
    """Made directly: nbformat's own maker validates against a schema, which costs more than the cell."""
    parts: dict[str, Any] = {"cell_type": "code", "id": "cell", "source": source}
    parts |= {"execution_count": None, "outputs": []}
    return NotebookNode(parts, metadata=NotebookNode())


def warm_up() -> None:
    """Make one client for nothing: the first costs fifty times the second."""
    GradeClient.make()
