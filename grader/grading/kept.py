"""What open probes left in their box for the hidden ones after them: who may ask it, and what is said.

A trained model is an object of the learner's code and never leaves its box. So the probes after an open
one are asked in that very box, directly after all open ones, and only if theirs passed.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.exercise.probes import Probe
from grader.grading.job import Event
from grader.grading.outcome import Asked, Call
from grader.sandbox.box import Box

LONG_SECONDS = 2.0
"""Whoever waits longer for one probe is told for what, and about how long it takes."""


class Kept:
    """The boxes in which open probes passed."""

    def __init__(self) -> None:
        self._boxes: dict[str, Box] = {}

    def asked(self, asked: Asked, box: Box | None) -> None:
        """Remember where what an open probe made lies: nowhere if it failed, or ended its box."""
        if asked.probe.open and asked.passed and box is not None:
            self._boxes[asked.probe.name] = box

    def missing(self, probe: Probe, probes: Sequence[Probe], box: Box | None) -> str:
        """Why a probe after an open one cannot be asked in a box; empty when it can."""
        if not probe.after:
            return ""
        title = next(one.title for one in probes if one.name == probe.after)
        if probe.after not in self._boxes:
            return f'Not run: it asks what the check "{title}" makes, and that one did not pass.'
        if self._boxes[probe.after] is not box:
            return f'Not run: a check in between ended the Python process that held what "{title}" made.'
        return ""


def is_long(probe: Probe, calls: Sequence[Call]) -> bool:
    """Whether one waits for a probe long enough to be told so."""
    return probe.open or _needs(calls) >= LONG_SECONDS


def announced(probe: Probe, calls: Sequence[Call], limit: float, done: int, total: int) -> Event | None:
    """That a probe begins for which one waits, and about how many seconds the reference needs for it.

    Its time is measured on public seeds, so it says nothing of the inputs that are asked.
    """
    if not is_long(probe, calls):
        return None
    needs = _needs(calls)
    about = {"about": max(1, round(needs))} if needs else {}
    named = {"name": probe.name, "title": probe.title, "task": probe.task, "open": probe.open}
    return Event("asking", {**named, "done": done, "total": total, "limit": round(limit), **about})


def _needs(calls: Sequence[Call]) -> float:
    return max((call.case.reference_seconds or 0.0 for call in calls), default=0.0) * len(calls)
