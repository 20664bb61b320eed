"""What a box is: the one interface behind which every sandbox stands.

A box is a running kernel inside walls, made before any student code exists, used for one grading
and then destroyed. Everything that measures or judges is outside (T3, T4). Back-ends make boxes;
the pool keeps some warm; the session drives one with nbclient.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from grader.sandbox.clock import Look
    from grader.sandbox.kernel_client import BoxKernelClient
    from grader.sandbox.notebook_client import GradeClient


class BoxError(Exception):
    """A wall could not be built or the engine failed: our fault, never the learner's."""


class Profile(StrEnum):
    """Which libraries are in the box. The authors' two never meet student code."""

    NUMPY = "numpy"
    TORCH = "torch"
    GPU = "gpu"
    AUTHOR = "author"
    AUTHOR_TORCH = "author-torch"


AUTHORS = frozenset({Profile.AUTHOR, Profile.AUTHOR_TORCH})
"""Profiles with libraries that no learner has: numpy, scipy and scikit-learn; the second one torch too."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one box may use, in every mode. Output and time are bounded by who drives it (`Drive`)."""

    memory_mb: int = 512
    processes: int = 32
    cpus: float = 1.0
    files_mb: int = 64


class Death(StrEnum):
    """Why a box is gone, as seen from outside."""

    EXITED = "exited"
    KILLED_BY_US = "killed_by_us"
    SIGNALLED = "signalled"
    OUT_OF_MEMORY = "out_of_memory"
    LOST = "lost"
    """Ended from outside, or with the ring around it: nothing that the code in it could have done."""


@dataclass(frozen=True, kw_only=True)
class Wall:
    """One wall of the self-test: is it up, and what was seen."""

    name: str
    up: bool
    seen: str = ""


@dataclass(frozen=True, kw_only=True)
class SelfTest:
    """The result of trying the walls of one back-end on this host."""

    sandbox: str
    usable: bool
    reason: str
    walls: tuple[Wall, ...] = field(default_factory=tuple)


class Box(Protocol):
    """A running, connected, single-use kernel.

    `client` is connected and proven ready; `notebook_client` is the nbclient that drives it. `dead` is set
    the moment the process behind the kernel is gone. `kill` is idempotent and kills everything inside.
    """

    sandbox: str
    profile: Profile
    client: BoxKernelClient
    notebook_client: GradeClient
    dead: asyncio.Event
    counted: bool
    """Whether a group of its own counts what it ran, children that are gone included."""

    async def kill(self) -> None: ...

    def look(self) -> Look | None:
        """The counters of its clock; None where they cannot be seen: then wall time is charged."""

    def yield_to_others(self) -> None:
        """It has had its turn: from now on boxes that were leased a moment ago come first, where they can."""

    def interrupt(self) -> None:
        """Ask the code in it to stop where it is, as Ctrl+C does. It need not; some boxes cannot be asked."""

    def death(self) -> Death | None: ...

    def peak_memory_mb(self) -> float | None:
        """The peak from the cgroup, or None where there is none."""


class Backend(Protocol):
    """Makes boxes of one kind."""

    name: str

    def box_digest(self, profile: Profile) -> str:
        """Identifies all code and libraries inside: inside/, pinned requirements, Python, arch."""

    def libraries(self, profile: Profile) -> Mapping[str, str]:
        """What a verdict records: name and version of Python and of every library in the box."""

    def has_profile(self, profile: Profile) -> bool:
        """Are the profile's libraries (or its image) there?"""

    async def make(self, profile: Profile, limits: Limits) -> Box:
        """A fresh box with its kernel ready. Raises BoxError with a reason a person can act on."""

    async def selftest(self) -> SelfTest: ...

    async def close(self) -> None:
        """Destroy everything this back-end made, leftovers of dead processes included."""
