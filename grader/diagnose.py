"""A wrong answer that behaves exactly like a known mutant gets that mutant's explanation.

For the first failing task, each mutant that names this task is asked the very same probes on the same
inputs, in an author's box, and its values are kept in the store of expected values, so that each is
computed once. A mutant explains an answer only if its values agree with the learner's on every
call of every probe of the task, within the probe's tolerance.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence

from grader.author import AuthorBox, AuthorError, inlined
from grader.compare import compare
from grader.exercise import Exercise, Mutant
from grader.expected import Case, ExpectedStore, hidden_seeds, public_inputs, public_seeds
from grader.outcome import Asked
from grader.probes import Probe
from grader.sandbox.pool import Pool
from grader.verdict import ProbeWord
from sandbox_images.inside import wire

AHEAD_SECONDS = 0.5
_ENDED = wire.encode(wire.Opaque("ended"))
"""What is kept for a mutant that gave no value: it agrees with nothing."""


def diagnose(
    exercise: Exercise, done: Sequence[Asked], *, pool: Pool, store: ExpectedStore, box_digest: str
) -> str:
    """The explanation of the mutant that the first failing task behaves like, or an empty text."""
    failing = sorted({asked.probe.task for asked in done if not asked.passed})
    if not failing:
        return ""
    asked = [item for item in done if item.probe.task == failing[0]]
    if any(item.word not in (None, ProbeWord.FAILED) for item in asked):
        return ""  # something ended the box: there are no values to compare
    found = agreeing(exercise, asked, failing[0], pool=pool, store=store, box_digest=box_digest)
    return found[0].explanation if found else ""


def agreeing(
    exercise: Exercise,
    asked: Sequence[Asked],
    task: int,
    *,
    pool: Pool,
    store: ExpectedStore,
    box_digest: str,
) -> list[Mutant]:
    """All mutants of a task whose values agree with the answers of every probe asked, in file order."""
    mutants = [mutant for mutant in exercise.mutants if task in mutant.tasks]
    # The probe that failed tells most mutants apart, so it goes first and the rest is rarely asked.
    order = sorted(asked, key=lambda item: item.passed)
    with _Mutants(exercise, pool, store, box_digest) as values:
        return [mutant for mutant in mutants if all(_agree(item, values.of(mutant, item)) for item in order)]


def _agree(asked: Asked, blobs: Sequence[bytes]) -> bool:
    probe = asked.probe
    for call, blob in zip(asked.calls, blobs, strict=True):
        other = wire.decode(blob)
        if isinstance(other, wire.Opaque) or not (call.value or call.error is not None):
            return False
        mine = call.got
        if isinstance(other, wire.Raised) or isinstance(mine, wire.Raised):
            if not (isinstance(other, wire.Raised) and isinstance(mine, wire.Raised)):
                return False
            if other.names[0] != mine.names[0]:
                return False
        elif compare(mine, other, probe.tolerance, dtype=probe.dtype, kind=probe.kind):
            return False
    return True


class _Mutants:
    """The values of mutants, from the store or from an author's box that is opened when needed."""

    def __init__(self, exercise: Exercise, pool: Pool, store: ExpectedStore, box_digest: str) -> None:
        self.exercise = exercise
        self.pool = pool
        self.store = store
        self.box_digest = box_digest
        self.box: AuthorBox | None = None

    def __enter__(self) -> _Mutants:
        return self

    def __exit__(self, *_: object) -> None:
        if self.box is not None:
            self.box.close()

    def of(self, mutant: Mutant, asked: Asked) -> list[bytes]:
        """What the mutant returned for each call of a probe."""
        key = f"{asked.probe.name}~{hashlib.sha256(mutant.source.encode()).hexdigest()[:16]}"
        place = (self.exercise.grading_digest, self.box_digest, key)
        known: dict[int, Case | None] = {call.seed: self.store.get(*place, call.seed) for call in asked.calls}
        lacking = {call.seed: call.case.inputs for call in asked.calls if known[call.seed] is None}
        if lacking:
            began = time.monotonic()
            known |= self._keep(mutant, asked.probe, place, lacking)
            each = (time.monotonic() - began) / len(lacking)
            others = self._others(asked.probe, place)
            if each * len(others) < AHEAD_SECONDS:  # so that the next learner does not wait for it
                self._keep(mutant, asked.probe, place, others)
        return [case.expected for case in known.values() if case is not None]

    def _others(self, probe: Probe, place: tuple[str, str, str]) -> dict[int, bytes]:
        """The inputs of every seed for which this mutant's value is not kept yet."""
        inputs = {}
        for seed in (*public_seeds(probe), *hidden_seeds(probe)):
            if self.store.get(*place, seed) is None:
                case = self.store.get(*place[:2], probe.name, seed)
                if case is not None:
                    inputs[seed] = case.inputs
        return inputs

    def _keep(
        self, mutant: Mutant, probe: Probe, place: tuple[str, str, str], inputs: Mapping[int, bytes]
    ) -> dict[int, Case | None]:
        blobs = self._run(mutant, probe, [public_inputs(blob) for blob in inputs.values()])
        kept: dict[int, Case | None] = {}
        for seed, blob in zip(inputs, blobs, strict=True):
            case = kept[seed] = Case(b"", blob)
            self.store.put(*place, seed, case)
        return kept

    def _run(self, mutant: Mutant, probe: Probe, inputs: list[bytes]) -> list[bytes]:
        try:
            if self.box is None:
                self.box = AuthorBox(self.pool, self.exercise)
                self.box.__enter__()
            source = inlined(self.exercise, mutant.source, probe.ask_source)
            seconds = probe.seconds or self.exercise.limits.probe_seconds
            answers = self.box.ask(probe, source, inputs, what=mutant.name, seconds=seconds)
        except AuthorError:  # a mutant may crash or hang: then it explains nothing
            if self.box is not None:
                self.box.close()
                self.box = None
            return [_ENDED] * len(inputs)
        return [answered.blob for answered in answers]
