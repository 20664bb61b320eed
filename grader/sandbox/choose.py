"""Which back-end makes the boxes on this host."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from grader.sandbox.box import Backend, BoxError
from grader.sandbox.bubblewrap import Bubblewrap

NAMES = ("bubblewrap",)


def choose_backend(name: str | None = None, *, home: Path) -> Backend:
    """The named back-end, or the strongest that works here. Raises BoxError with one sentence."""
    if name is not None and name not in NAMES:
        raise BoxError(f"there is no sandbox called {name!r}; choose one of {', '.join(NAMES)}")
    if shutil.which("bwrap", path=f"{os.environ.get('PATH', '')}:/usr/bin") is None:
        raise BoxError("bubblewrap is not installed (on Debian: apt-get install bubblewrap)")
    return Bubblewrap(home)
