"""How the interpreter of a server is set: for short answers, not for long computations."""

from __future__ import annotations

import gc
import sys

SWITCH_SECONDS = 0.0005
"""Python's own 5 ms are half a request: a thread that computes would keep others waiting so long."""
MORE_OBJECTS = 20_000
"""New ones before garbage is looked for; Python's own 700 are a part of one query."""


def for_short_answers() -> None:
    """Once, when everything is imported: what is there now is never looked through for garbage again."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(MORE_OBJECTS, 20, 20)
