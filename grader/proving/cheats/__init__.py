"""The standard cheats: submissions that try to be paid without solving anything. None may gain a point.

Each `*.py.txt` beside this file is the text of one submission (not a module: nothing of ours imports
it). Before it is graded, `NAMES`, the names that the exercise's probes call, is put in front of it.

Two more are made anew for each exercise from what anybody may know of it, its public inputs: one answers
those rightly and everything else wrongly, in every way of which the exercise has a mutant; the other
learns on them where in what it is handed an answer lies, and looks there when the inputs are hidden.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grader.exercise.folder import Exercise

_FOLDER = Path(__file__).parent
MOST_BYTES = 40_000
"""Public inputs beyond this are not learnt from: the text must stay one that a learner could hand in."""

PublicInputs = Mapping[str, Sequence[bytes]]
"""For each probe the encoded inputs of its public seeds."""


@dataclass(frozen=True)
class Cheat:
    """One cheat, as text."""

    name: str
    text: str

    def source(self, exercise: Exercise) -> str:
        """The submission for one exercise."""
        return f"NAMES = {_names(exercise)!r}\n{self.text}"


def _names(exercise: Exercise) -> list[str]:
    return sorted({name for probe in exercise.probes for name in probe.functions})


def arbitrary(exercise: Exercise) -> str:
    """A submission that answers everything, and nothing rightly."""
    text = (_FOLDER / "constants.py.txt").read_text(encoding="utf-8")
    return Cheat("constants", text).source(exercise)


def right_on_public_inputs(exercise: Exercise, public: PublicInputs, wrong: str) -> str:
    """A submission that is the reference on public inputs and `wrong`, another solution's text, elsewhere."""
    known = sorted({hashlib.sha256(blob).hexdigest()[:24] for blobs in public.values() for blob in blobs})
    head = {"NAMES": _names(exercise), "PUBLIC": set(known), "GIVEN": exercise.given}
    return _with(head | {"RIGHT": exercise.reference, "WRONG": wrong}, "knows_public_inputs.txt")


def searching(exercise: Exercise, public: PublicInputs) -> str:
    """A submission that learns on public inputs where the answer lies in what it is handed."""
    asked, left = [], MOST_BYTES
    for probe in exercise.probes:
        blobs = []
        for blob in public.get(probe.name, ()):
            if len(blob) <= left:
                blobs.append(blob)
                left -= len(blob)
        asked.append((probe.ask_source, blobs))
    head = {"NAMES": _names(exercise), "GIVEN": exercise.given, "RIGHT": exercise.reference, "ASKED": asked}
    return _with(head, "searches_what_it_is_handed.txt")


def _with(head: Mapping[str, object], file: str) -> str:
    lines = [f"{name} = {value!r}" for name, value in head.items()]
    return "\n".join([*lines, (_FOLDER / file).read_text(encoding="utf-8")])


@cache
def standard() -> tuple[Cheat, ...]:
    """All standard cheats, by name."""
    return tuple(
        Cheat(path.name.removesuffix(".py.txt"), path.read_text(encoding="utf-8"))
        for path in sorted(_FOLDER.glob("*.py.txt"))
    )
