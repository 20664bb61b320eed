"""The standard cheats: submissions that try to be paid without solving anything. None may gain a point.

Each `*.py.txt` beside this file is the text of one submission (not a module: nothing of ours imports
it). Before it is graded, `NAMES`, the names that the exercise's probes call, is put in front of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grader.exercise import Exercise


@dataclass(frozen=True)
class Cheat:
    """One cheat, as text."""

    name: str
    text: str

    def source(self, exercise: Exercise) -> str:
        """The submission for one exercise."""
        names = sorted({name for probe in exercise.probes for name in probe.functions})
        return f"NAMES = {names!r}\n{self.text}"


@cache
def standard() -> tuple[Cheat, ...]:
    """All standard cheats, by name."""
    folder = Path(__file__).parent
    return tuple(
        Cheat(path.name.removesuffix(".py.txt"), path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.py.txt"))
    )
