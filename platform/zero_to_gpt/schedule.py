"""The lock of one VAR_DIR: which process serves it and keeps its schedule."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Schedule:
    """Who holds it keeps the schedule of this folder. The kernel frees it with its holder."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "schedule.lock").open("a+")

    def take(self) -> bool:
        """Whether this process holds it now."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()
        return True

    def holder(self) -> str:
        """The process that holds it, or did last."""
        self._file.seek(0)
        return self._file.read().strip() or "?"

    def free(self) -> None:
        """Let another process have it."""
        self._file.close()
