"""Python text to a syntax tree, from any thread.

CPython 3.11 before 3.11.5 counts the depth of the tree it builds in one place for all threads: two
threads that parse at once may both get a SystemError for text that is perfectly fine. A worker grades
in several threads, so one lock stands around every parse; a parse that is hit all the same, because
something outside this package parsed at that moment, is repeated.
"""

from __future__ import annotations

import ast
import threading

_LOCK = threading.RLock()
_TRIES = 5


def parse(text: str) -> ast.Module:
    """`ast.parse`, one at a time. Raises what `ast.parse` raises for a text that cannot be read."""
    with _LOCK:
        for _ in range(_TRIES - 1):
            try:
                return ast.parse(text)
            except SystemError:
                continue
        return ast.parse(text)
