"""What one cell of a box did: how it ended as seen from outside, and what it told, as data.

What a box says about itself is never a verdict: here are values still encoded, and text to show.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from enum import StrEnum

from grader.sandbox.pictures import redrawn, weight

METRIC = "application/x-zero-to-gpt-metric"
DRAWING = "application/x-zero-to-gpt-drawing"
PNG = "image/png"
DARK_PNG = "application/x-zero-to-gpt-dark-png"


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


@dataclass(frozen=True)
class CellRun:
    """What one cell did. `started` and `at` of its values are on the same monotonic clock.

    `stopped` is where the code was when its time was over, if that was asked and it told.

    `seconds` is wall time, `charged` what of it counts for a deadline or a ratio of times.
    """

    ok: bool
    stdout: str
    error: RawError | None
    values: tuple[RawValue, ...]
    displays: tuple[Display, ...]
    started: float
    seconds: float
    charged: float
    end: CellEnd
    stopped: RawError | None = None
