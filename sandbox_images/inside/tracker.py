"""The run tracker: `from tracker import log`, then `log(step, loss=0.3, accuracy=0.9)` while training.

Each call may become an event that draws a curve on the page. Throttled, so that a fast loop sends what
an eye can follow, and capped; a number that is no number (NaN, infinite) is sent as None: a gap in the
curve. It decides nothing.
"""

from __future__ import annotations

import math
import time
from typing import Any

METRIC = "application/x-zero-to-gpt-metric"
MOST_SENT = 2_000
MOST_NAMES = 16
SECONDS_BETWEEN = 0.05

_sent = 0
_last = 0.0
_waiting: dict[str, Any] | None = None


def log(step: int, **metrics: float) -> None:
    """Tell the page where training stands: a step and some named numbers."""
    global _last, _waiting
    numbers: dict[str, float | None] = {}
    for name, value in list(metrics.items())[:MOST_NAMES]:
        number = float(value)
        numbers[name[:40]] = number if math.isfinite(number) else None
    _waiting = {"step": int(step), "values": numbers}
    now = time.monotonic()
    if now - _last >= SECONDS_BETWEEN or _sent < 20:
        _last = now
        flush()


def flush() -> None:
    """Send what waits; called at the end of every cell too, so that the last point is never lost."""
    global _sent, _waiting
    if _waiting is None or _sent >= MOST_SENT:
        return
    import kernel  # type: ignore[import-not-found]

    _sent += 1
    told, _waiting = _waiting, None
    kernel.current.publish("display_data", {"data": {METRIC: told}, "metadata": {}})
