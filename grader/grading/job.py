"""What goes into a grading and what comes out of it: the job, its seeds, and the stream of events."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from grader.exercise.folder import Exercise
from grader.exercise.probes import Probe
from grader.grading.expected import PUBLIC_KEY, hidden_seeds, public_seeds
from grader.grading.pieces import Own
from grader.verdict import Json, Kind, Verdict

SHARE_OF_WHOLE = 3
"""All probes and replays together may take a third of what the probes may take one by one (twice the
longest at least), and once more what the cells may take."""


class GraderFault(Exception):
    """Grading itself failed: never the learner's fault, spends no try."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One submission to grade.

    `seeds` overrides the draw, so that a verdict can be replayed. `draw` gives those of the hidden probes
    once the learner's own cells have finished (what cannot be asked uses nothing up); without it they are
    drawn by `seed_key` from the fixed hidden seeds of `key`. `only` names the one visible probe that a Run
    asks; where no visible probe has that name all are asked. `using` brings, by the name of a used exercise,
    an answer that is taken instead of the official one. The gate, which grades many
    solutions that nobody reads about, stretches the time of a probe over more seeds (`patience`),
    leaves out twins and diagnosis (`explain`), and may stop at the first probe that fails
    (`until_failure`) or leave out what is left of a task that is lost (`skip_lost`). Of a right answer it has
    the engine ask every probe everything that it could be asked on another machine (`ask_all`): which
    probe a learner's answer is asked everything depends on recorded times.
    """

    exercise: Exercise
    source: str | bytes
    kind: Kind = Kind.SUBMIT
    only: str = ""
    using: Mapping[str, Own] = field(default_factory=dict)
    seed_key: bytes
    seeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    draw: Callable[[], Mapping[str, tuple[str, ...]]] | None = None
    key: bytes = PUBLIC_KEY
    patience: float = 1.0
    explain: bool = True
    until_failure: bool = False
    skip_lost: bool = False
    ask_all: bool = False

    def asks(self) -> list[Probe]:
        """The probes of this job by their turns: visible, open, and hidden ones."""
        probes = self.exercise.probes
        if self.kind is Kind.SUBMIT:
            return sorted(probes, key=lambda probe: probe.turn)
        seen = [probe for probe in probes if probe.visible]
        return [probe for probe in seen if probe.name == self.only] or seen


@dataclass(frozen=True)
class Event:
    """Something that a learner may see while the grading runs: kind and JSON data."""

    kind: str
    data: dict[str, Json]


@dataclass(frozen=True)
class Graded(Event):
    """The last event of a grading that came to its end."""

    verdict: Verdict


@dataclass(frozen=True)
class Cancelled(Event):
    """The last event of a grading that was stopped."""


def draw_seeds(job: Job, probe: Probe) -> tuple[str, ...]:
    """The seeds of one probe in this submission: fixed for a visible one, drawn for a hidden one."""
    if probe.name in job.seeds:
        return tuple(job.seeds[probe.name])
    if probe.visible:
        return tuple(public_seeds(probe))
    digest = hmac.new(job.seed_key, probe.name.encode(), hashlib.sha256).digest()
    return tuple(random.Random(digest).sample(hidden_seeds(job.exercise, probe, job.key), probe.seeds))  # noqa: S311  drawn by HMAC


def whole_seconds(exercise: Exercise, patience: float) -> float:
    """How long a submission may take after its cells: nobody holds a slot by being slow in each probe."""
    each = [probe.seconds or exercise.limits.probe_seconds for probe in exercise.probes]
    probes = max(sum(each) / SHARE_OF_WHOLE, 2 * max(each, default=0.0))
    return patience * (probes + exercise.limits.seconds)


def never() -> bool:
    """What a grading asks that nobody may stop."""
    return False
