"""Automatic mutants: many small wrong changes of the reference, and how many of them the probes notice.

Most are caught by running them, all in one author's box, on a few cached cases. What that does not
catch is graded like a learner's submission, on two draws of seeds; what still passes is a survivor: a
hole in the probes, or a change that changes nothing, which an author may say with a reason in
`equivalent.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from grader.exercise import reader
from grader.exercise.folder import Exercise
from grader.exercise.probes import Probe
from grader.grading import source as static
from grader.grading.author import AuthorBox, AuthorError, inlined
from grader.grading.expected import ExpectedStore, public_seeds
from grader.proving.mutate import Mutation, mutations
from grader.sandbox.pool import Pool
from grader.values.compare import compare
from grader.verdict import Json, Verdict, Word
from sandbox_images.inside import wire

BAR = 0.9
SHORTEST_SECONDS = 1.0
TIMES_REFERENCE = 20.0
Grade = Callable[..., Verdict]


@dataclass
class Automatic:
    """What became of the automatic mutants."""

    total: int = 0
    killed: int = 0
    equivalent: int = 0
    survivors: list[Mutation] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float | None:
        counted = self.total - self.equivalent
        return round(self.killed / counted, 4) if counted else None

    def to_json(self) -> dict[str, Json]:
        return {
            "killed": self.killed,
            "total": self.total,
            "equivalent": self.equivalent,
            "rate": self.rate,
            "survivors": [
                {"mutation": one.id, "line": one.line, "change": one.description} for one in self.survivors
            ],
        }


def mutate(
    exercise: Exercise,
    pool: Pool,
    store: ExpectedStore,
    box_digest: str,
    grade: Grade,
    times: Mapping[str, float],
) -> Automatic:
    """Try every automatic mutant. `times` are the seconds that the reference took for each probe."""
    found = Automatic()
    try:
        every = mutations(exercise.reference)
    except reader.TooMuchError as error:
        found.problems.append(f"reference.py cannot be changed automatically: it is {error}.")
        return found
    found.total = len(every)
    names = {one.id for one in every}
    for unknown in sorted(set(exercise.equivalents) - names):
        found.problems.append(f"equivalent.toml names `{unknown}`, which is no mutation of the reference.")
    left = _Quick(exercise, pool, store, box_digest, times).survivors(every)
    for one in left:
        if _passes(grade, one):
            if one.id in exercise.equivalents:
                found.equivalent += 1
            else:
                found.survivors.append(one)
        elif one.id in exercise.equivalents:
            found.problems.append(f"equivalent.toml says that `{one.id}` changes nothing, but a probe fails.")
    for one in every:
        if one.id in exercise.equivalents and one not in left:
            found.problems.append(f"equivalent.toml says that `{one.id}` changes nothing, but a probe fails.")
    found.killed = found.total - found.equivalent - len(found.survivors)
    rate = found.rate
    if rate is not None and rate < BAR:
        shown = "; ".join(f"{one.description} ({one.id})" for one in found.survivors[:6])
        found.problems.append(
            f"only {rate:.0%} of the automatic mutants are noticed, {BAR:.0%} are needed. Survivors: {shown}"
        )
    return found


def _passes(grade: Grade, mutation: Mutation) -> bool:
    return all(
        grade(mutation.source, key=key, explain=False, until_failure=True).word is Word.PASSED
        for key in (b"gate", b"gate again")
    )


class _Quick:
    """Asks mutants the plain probes on public seeds in one author's box; no verdict, only "differs"."""

    def __init__(
        self,
        exercise: Exercise,
        pool: Pool,
        store: ExpectedStore,
        box_digest: str,
        times: Mapping[str, float],
    ) -> None:
        self.exercise = exercise
        self.pool = pool
        self.times = times
        self.box: AuthorBox | None = None
        self.cases: list[tuple[Probe, list[bytes], list[wire.Value]]] = []
        for probe in exercise.probes:
            if probe.bound is not None or probe.open or probe.after:
                continue  # no plain values
            if probe.memory_mb is not None or probe.times_faster is not None:
                continue
            cases = [
                store.get(exercise.grading_digest, box_digest, probe.name, seed)
                for seed in public_seeds(probe)
            ]
            known = [case for case in cases if case is not None]
            inputs = [case.inputs for case in known]
            self.cases.append((probe, inputs, [wire.decode(case.expected) for case in known]))

    def survivors(self, every: tuple[Mutation, ...]) -> list[Mutation]:
        try:
            return [one for one in every if self._survives(one)]
        finally:
            self._close()

    def _close(self) -> None:
        if self.box is not None:
            self.box.close()
            self.box = None

    def _survives(self, mutation: Mutation) -> bool:
        if static.check(mutation.source, self.exercise) is not None:
            return False
        return all(self._agrees(mutation, probe, inputs, expected) for probe, inputs, expected in self.cases)

    def _agrees(
        self, mutation: Mutation, probe: Probe, inputs: list[bytes], expected: list[wire.Value]
    ) -> bool:
        seconds = max(SHORTEST_SECONDS, TIMES_REFERENCE * self.times.get(probe.name, 0.0))
        source = inlined(self.exercise, mutation.source, probe.ask_source)
        try:
            if self.box is None:
                self.box = AuthorBox(self.pool, self.exercise).__enter__()
            answers = self.box.ask(probe, source, inputs, what=mutation.id, pure=probe.pure, seconds=seconds)
        except AuthorError:  # it hung, crashed or could not even be defined
            self._close()
            return False
        for answered, want in zip(answers, expected, strict=True):
            if answered.error or answered.changed:
                return False
            try:
                got = wire.decode(answered.blob)
            except wire.WireError:
                return False
            if compare(got, want, probe.tolerance, dtype=probe.dtype, kind=probe.kind):
                return False
        return True
