"""What a box may send: every message of a cell is taken here, checked, capped and charged to a budget."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from nbclient.exceptions import CellExecutionComplete

from grader.sandbox.cells import DARK_PNG, DRAWING, METRIC, PNG, CellEnd, Display, RawError, RawValue
from grader.sandbox.link import CHARGE_AT_LEAST, Message

VALUE = "application/x-zero-to-gpt-value"
SHOWN = (PNG, "text/plain", METRIC, DRAWING, DARK_PNG)
ENVELOPE = 256  # what the headers of an honest message take at most
NOT_A_MESSAGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What reading a message raises that has not the form of one."""
MOST_VALUE_TEXT = 64 * 1024
MOST_VALUES = 64 * 1024 * 1024


class OverBudgetError(Exception):
    """The box sent more than it may."""


class Account(Protocol):
    """What all cells of one box may still send, and who hears it at once: the `Drive` of the box."""

    budget: int
    """Bytes that it may still send."""
    room: int
    """Characters that are still kept."""
    on_output: Callable[[str], None] | None
    on_display: Callable[[Display], None] | None


class Allowance:
    """What one cell sent, kept up to a budget. The budget is shared by all cells of a box."""

    def __init__(self, account: Account, calls: int, nonce: str) -> None:
        self.account = account
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
            self._say(content["text"][: self.account.room])
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
        self.account.room -= len(text)
        self.text.append(text)
        if self.account.on_output is not None:
            self.account.on_output(text)

    def _charge(self, message: Message) -> None:
        """Text costs its size; a figure, which is large by nature, a part of it, and so does a drawing."""
        size = max(CHARGE_AT_LEAST, message["size"] - ENVELOPE)
        if DRAWING in _data(message["content"]):
            self.account.budget -= CHARGE_AT_LEAST + size // 16
            if self.account.budget < 0:
                raise OverBudgetError
            return
        if message["msg_type"] == "display_data" and size > 16 * 1024:
            size = 16 * 1024 + size // 16
        self.account.budget -= size
        if self.account.budget < 0:
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
                if self.account.on_display is not None:
                    self.account.on_display(display)
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
