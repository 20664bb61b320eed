"""The hardened notebook client: nbclient, told at once that a box died or sent more than it may."""

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
from grader.sandbox.link import Message
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

    async def _async_poll_kernel_alive(self) -> None:
        """nbclient asks once a second; a pidfd and the end of the stream tell at once."""
        await self.box_client.link.lost.wait()
        self.stop()

    def stop(self) -> None:
        """End the wait for the cell that is executing."""
        task = self.task_poll_for_reply
        if task is not None:
            task.cancel()

    async def _async_poll_for_reply(
        self,
        msg_id: str,
        cell: Any,
        timeout: int | None,
        task_poll_output_msg: asyncio.Future[Any],
        task_poll_kernel_alive: asyncio.Future[Any],
    ) -> Message:
        """nbclient's has time-outs of its own around each wait; here the only clock is that of `Drive`."""
        while True:
            message: Message = await self.box_client.link.next(frames.SHELL, None)
            if message["parent_header"].get("msg_id") == msg_id:
                await task_poll_output_msg
                task_poll_kernel_alive.cancel()
                return message

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


def code_cell(source: str) -> NotebookNode:
    """Made directly: nbformat's own maker validates against a schema, which costs more than the cell."""
    parts: dict[str, Any] = {"cell_type": "code", "id": "cell", "source": source}
    parts |= {"execution_count": None, "outputs": []}
    return NotebookNode(parts, metadata=NotebookNode())


def warm_up() -> None:
    """Make one client for nothing: the first costs fifty times the second."""
    GradeClient.make()
