"""The short size of an exercise that trains: the same probes on less work, for all that is asked many times.

Automatic mutants, wrappers, cheats and most named mutants do not need a whole training to be noticed. Each
probe with `short={...}` gets those inputs instead of what `make` returned, and `short_judge` for its bound;
what this exercise is asked is another exercise to every store, with a grading digest of its own.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from grader.exercise.folder import Exercise
from grader.exercise.probes import Probe

_ANY = 1e300
"""No number that means anything is larger; one that is not finite meets no bound."""

_MAKE = """

_whole = make


def make(rng):
    made, sizes = _whole(rng), %(short)r
    cases = made["cases"] if set(made) == {"cases"} and isinstance(made["cases"], list) else [made]
    for case in cases:
        unknown = sorted(set(sizes) - set(case))
        if unknown:
            raise KeyError("short names the input " + repr(unknown[0]) + ", which make does not return")
        case.update(sizes)
    return made
"""


def has_short(exercise: Exercise) -> bool:
    return any(probe.short for probe in exercise.probes)


def shortened(exercise: Exercise) -> Exercise:
    """The same exercise in its short size; itself where it has none."""
    if not has_short(exercise):
        return exercise
    digest = hashlib.sha256(f"short {exercise.grading_digest}".encode()).hexdigest()
    probes = tuple(_shortened(probe, exercise) for probe in exercise.probes)
    return replace(exercise, probes=probes, grading_digest=digest)


def _shortened(probe: Probe, exercise: Exercise) -> Probe:
    first = next((one for one in exercise.probes if one.name == probe.after), None)
    if not probe.short and not (first is not None and first.short):
        return probe
    bound = probe.short_bound
    if bound is None and probe.bound is not None:
        bound = replace(probe.bound, low=-_ANY, high=_ANY)
    source = probe.author_source
    if probe.short:
        source += _MAKE % {"short": dict(probe.short)}
    return replace(probe, author_source=source, bound=bound)
