"""A thread that looks at something again and again while some work is done: renewing a lease, say."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType

from django.db import DatabaseError, connection

log = logging.getLogger(__name__)


class Watch:
    """Calls `look` every so many seconds while it is entered; never after it was left.

    A look that fails is logged, and the next one comes all the same.
    """

    def __init__(self, look: Callable[[], object], *, every: float) -> None:
        self._look = look
        self._every = every
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._looking, name="watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _looking(self) -> None:
        looked = False
        while not self._done.wait(self._every):
            looked = True
            try:
                self._look()
            except DatabaseError as error:  # away for a moment; a lease outlives some missed looks
                log.warning("a look failed: %s", error)
                connection.close()
            except Exception:  # a watch that ended in silence would be worse than one that fails aloud
                log.exception("a look failed")
        if looked:
            connection.close()
