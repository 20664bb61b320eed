"""Which back-end makes the boxes on this host."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from grader.sandbox.box import Backend, BoxError
from grader.sandbox.bubblewrap import BubblewrapRing, BubblewrapSingle
from grader.sandbox.docker import Container, DockerRing
from grader.sandbox.jails import Jails

NAMES = ("docker", "container", "bubblewrap", "bubblewrap-single")


def choose_backend(name: str | None = None, *, home: Path, runtime: str = "") -> Backend:
    """The named back-end, or the strongest that answers here. Raises BoxError with one sentence."""
    if name is not None and name not in NAMES:
        raise BoxError(f"there is no sandbox called {name!r}; choose one of {', '.join(NAMES)}")
    problem = ""
    if name == "docker":
        return Jails(DockerRing(home, runtime=runtime))
    if name in (None, "container"):
        try:
            return Container(home, runtime=runtime)
        except BoxError as error:
            if name is not None:
                raise
            problem = f"{error}, and "
    if shutil.which("bwrap", path=f"{os.environ.get('PATH', '')}:/usr/bin") is None:
        raise BoxError(f"{problem}bubblewrap is not installed (on Debian: apt-get install bubblewrap)")
    if name == "bubblewrap-single":
        return BubblewrapSingle(home)
    return Jails(BubblewrapRing(home))
