"""Whether a paying probe can be answered by replaying the reference's values for another seed.

The same for a judge that is handed values of the right form whose numbers nobody could mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.exercise.folder import Exercise
from grader.exercise.probes import Probe
from grader.grading.author import AuthorBox, judge_question
from grader.grading.expected import Case, ExpectedStore, hidden_seeds
from grader.proving.spoiled import spoiled
from grader.sandbox.pool import Pool
from grader.values import judges
from grader.values.compare import compare
from sandbox_images.inside import wire

SEEDS, JUDGED_SEEDS = 12, 6
CHANCE = 0.02
"""A replayed answer must not pay more often than this."""


@dataclass
class Replay:
    """For each paying probe how often it accepts another seed's values, and what speaks against that."""

    rates: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def prove(exercise: Exercise, pool: Pool, store: ExpectedStore, box_digest: str, *, full: bool) -> Replay:
    """Try every paying probe; in a sample not those that a short size gives loose bounds."""
    found = Replay()
    for probe in exercise.probes:
        if probe.visible or probe.veto or (not full and (probe.short or probe.after)):
            continue
        seeds = hidden_seeds(exercise, probe)[: JUDGED_SEEDS if probe.has_judge else SEEDS]
        known = [store.get(exercise.grading_digest, box_digest, probe.name, seed) for seed in seeds]
        cases = [case for case in known if case is not None]
        pairs = [(a, b) for a in cases for b in cases if a is not b]
        accepted = _accepted(exercise, pool, probe, pairs)
        rate = accepted / len(pairs) if pairs else 1.0
        found.rates[probe.name] = round(rate, 3)
        if rate**probe.seeds > CHANCE:
            found.problems.append(
                f"probe `{probe.name}` accepts the reference's answer to another seed in {accepted} of "
                f"{len(pairs)} pairs: make its inputs depend on rng, or mark it veto=True."
            )
        if probe.has_judge and known and known[0] is not None:
            found.problems += _spoiled(exercise, pool, probe, known[0])
    return found


def _spoiled(exercise: Exercise, pool: Pool, probe: Probe, case: Case) -> list[str]:
    """No paying judge may accept an answer whose numbers are none that anybody could mean."""
    problems = []
    for what, value in spoiled(wire.decode(case.expected)):
        wrong = Case(case.author_inputs, wire.encode(value))
        if _accepted(exercise, pool, probe, [(wrong, case)]):
            problems.append(
                f"the judge of probe `{probe.name}` accepts an answer with {what}: check its form and "
                "that every number is finite before anything is compared."
            )
    return problems


def _accepted(exercise: Exercise, pool: Pool, probe: Probe, pairs: Sequence[tuple[Case, Case]]) -> int:
    """How often the expected value of the first case is accepted as the answer to the second."""
    if not probe.has_judge:
        return sum(
            not compare(
                wire.decode(a.expected),
                wire.decode(b.expected),
                probe.tolerance,
                dtype=probe.dtype,
                kind=probe.kind,
            )
            for a, b in pairs
        )
    blobs = [judge_question(b.author_inputs, a.expected, b.expected) for a, b in pairs]
    bound, accepted = probe.bound, 0
    with AuthorBox(pool, exercise) as box:
        for answered in box.judge(probe, blobs):
            if answered.error or bound is None:
                continue
            try:
                found = judges.number(box.value(probe, "judge", answered))
            except TypeError as error:
                raise box.mistake(probe, f"{error}.") from None
            accepted += isinstance(found, float) and bound.low <= found <= bound.high
    return accepted
