"""Which back-end makes the boxes on this host, and what must be built for it first."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from grader.sandbox import libraries
from grader.sandbox.box import Backend, BoxError, Limits, Profile
from grader.sandbox.bubblewrap import BubblewrapRing, BubblewrapSingle
from grader.sandbox.devices import Slices
from grader.sandbox.docker import Container, DockerRing
from grader.sandbox.engine import ensure_image
from grader.sandbox.fakes import FakeDevices
from grader.sandbox.jails import Jails
from grader.sandbox.nvidia import NvidiaDevices

NAMES = ("docker", "container", "bubblewrap", "bubblewrap-single")
"""From the strongest to the weakest. The first two need an engine; the first and third fork jails."""


def choose_backend(name: str | None = None, *, home: Path, runtime: str = "") -> Backend:
    """The named back-end, or the first of NAMES that makes a box here.

    Raises BoxError with one sentence that holds every reason. A named back-end is taken as it is: if one
    of its walls cannot be built it refuses to make boxes, and nothing weaker stands in for it.
    """
    if name is not None:
        if name not in NAMES:
            raise BoxError(f"there is no sandbox called {name!r}; choose one of {', '.join(NAMES)}")
        return _make(name, home, runtime)
    reasons = []
    for candidate in NAMES:
        try:
            asyncio.run(_try(_make(candidate, home, runtime)))
        except BoxError as error:
            reasons.append(f"{candidate}: {error}")
        else:
            return _make(candidate, home, runtime)
    raise BoxError(f"no sandbox works here ({'; '.join(reasons)})")


def prepare(
    profile: Profile,
    home: Path,
    *,
    name: str | None = None,
    progress: Callable[[str], None] = print,
) -> None:
    """Build what a profile needs: its library folder, and its image where an engine answers."""
    home.mkdir(parents=True, exist_ok=True)
    libraries.ensure(profile, home, progress)
    if name in (None, "docker", "container"):
        try:
            ensure_image(profile, home, progress)
        except BoxError as error:
            if name is not None:
                raise
            progress(f"Without containers: {error}.")


def _make(name: str, home: Path, runtime: str) -> Backend:
    if name == "docker":
        return Jails(DockerRing(home, runtime=runtime))
    if name == "container":
        return Container(home, runtime=runtime)
    if shutil.which("bwrap", path=f"{os.environ.get('PATH', '')}:/usr/bin") is None:
        raise BoxError("bubblewrap is not installed (on Debian: apt-get install bubblewrap)")
    return Jails(BubblewrapRing(home)) if name == "bubblewrap" else BubblewrapSingle(home)


def choose_devices(text: str, *, home: Path, runtime: str = "", tried: bool = True) -> Slices:
    """The slices of this host: `fake:N`, `fake` for those that are there already, or what an NVIDIA driver
    names, if that was `tried` here."""
    folder = home / "slices"
    kind, _, count = text.partition(":")
    if kind == "fake":
        return Slices(FakeDevices(folder, int(count or 0)), folder)
    if kind == "nvidia":
        return Slices(NvidiaDevices(home, runtime=runtime, tried=tried), folder)
    raise BoxError(f"there are no slices of the kind {text!r}; there are nvidia and fake")


async def _try(backend: Backend) -> None:
    try:
        box = await backend.make(Profile.NUMPY, Limits())
        await box.kill()
    finally:
        await backend.close()
