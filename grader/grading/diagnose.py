"""A wrong answer that behaves exactly like a known mutant gets that mutant's explanation.

For the first failing task, each mutant that names this task is asked the very same probes on the same
inputs, in an author's box, and what came is kept in the store of expected values. Hidden inputs are new
with every submission, public ones are always the same: so the twins come first, on which each mutant is
run once for all, and only what agrees there is run on the hidden inputs. A mutant explains an answer
only if on every call of every probe of the task its values agree with the learner's, within the probe's
tolerance, and it changed its inputs, was too slow, too large or out of time where the learner's code was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from grader.exercise.folder import Exercise, Mutant
from grader.exercise.probes import Probe
from grader.grading.author import Answered, AuthorBox, AuthorError, EndedError, inlined
from grader.grading.expected import Case, ExpectedStore
from grader.grading.outcome import Asked, Call
from grader.sandbox.pool import Pool
from grader.values.weigher import Expired
from grader.values.weighing import Scales, Terms
from grader.verdict import Failing, ProbeWord
from sandbox_images.inside import wire

SLOW, CHANGED = "slow", "changed"
_TELLING = (ProbeWord.TIMED_OUT, ProbeWord.OUT_OF_MEMORY)
"""Ends of a box that a mutant may share with an answer."""
_NOTHING = wire.encode(None)


def diagnose(
    exercise: Exercise,
    done: Sequence[Asked],
    scales: Scales,
    twins: Sequence[Asked] = (),
    *,
    pool: Pool,
    store: ExpectedStore,
    box_digest: str,
) -> str:
    """The explanation of the mutant that the first failing task behaves like, or an empty text."""
    failing = sorted({asked.probe.task for asked in done if not asked.passed})
    if not failing:
        return ""
    asked = [item for item in done if item.probe.task == failing[0] and not _is_long(item.probe)]
    if all(item.passed for item in asked):
        return ""
    if any(item.habit for item in asked):
        return ""  # its values were right
    if any(item.word not in (None, *_TELLING) for item in asked):
        return ""  # the process ended itself: that is no wrong answer
    first = [twin for twin in twins if twin.probe.task == failing[0] and _tells(twin)]
    try:
        found = agreeing(
            exercise, asked, failing[0], scales, twins=first, pool=pool, store=store, box_digest=box_digest
        )
    except Expired:
        return ""
    return found[0].explanation if found else ""


def agreeing(
    exercise: Exercise,
    asked: Sequence[Asked],
    task: int,
    scales: Scales,
    *,
    twins: Sequence[Asked] = (),
    pool: Pool,
    store: ExpectedStore,
    box_digest: str,
) -> list[Mutant]:
    """All mutants of a task whose values agree with the answers of every probe asked, in file order."""
    mutants = [mutant for mutant in exercise.mutants if task in mutant.tasks]
    # The probe that failed tells most mutants apart, so it goes first and the rest is rarely asked.
    order = [*twins, *sorted(asked, key=lambda item: item.passed)]
    with _Mutants(exercise, pool, store, box_digest) as values:
        return [
            mutant
            for mutant in mutants
            if all(_agree(item, values.of(mutant, item), scales) for item in order)
        ]


def _is_long(probe: Probe) -> bool:
    """Whether asking it means training: no mutant is trained to explain an answer."""
    return probe.open or bool(probe.after)


def _tells(twin: Asked) -> bool:
    """Whether every value of a twin came; time and memory are not measured on twins as on hidden inputs."""
    probe = twin.probe
    if twin.word is not None or probe.times_faster is not None or probe.memory_mb is not None:
        return False
    return all(call.value or call.error is not None for call in twin.calls)


def _agree(asked: Asked, cases: Sequence[Case], scales: Scales) -> bool:
    pairs = []
    for call, case in zip(asked.calls, cases, strict=True):
        mark = case.author_inputs.decode()  # a mutant's case has no inputs of its own: this is how it went
        if mark != _mark(asked, call):
            return False
        if mark == SLOW or mark in _TELLING:
            continue  # there may be no value, and a slow one is right
        if not (call.value or call.error is not None):
            return False
        pairs.append((call.blob, case.expected))
    return scales.agree(pairs, Terms.of(asked.probe))


def _mark(asked: Asked, call: Call) -> str:
    """How a learner's call went, apart from its value."""
    if asked.word is ProbeWord.TIMED_OUT and asked.probe.times_faster is not None:
        return SLOW
    if asked.word in _TELLING:
        return asked.word.value
    if any(one.kind is Failing.SPEED for one in asked.calls):
        return SLOW
    return CHANGED if asked.probe.pure and call.changed else ""


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

    def of(self, mutant: Mutant, asked: Asked) -> list[Case]:
        """What the mutant did in each call of a probe."""
        key = f"{asked.probe.name}~{hashlib.sha256(mutant.source.encode()).hexdigest()[:16]}"
        place = (self.exercise.grading_digest, self.box_digest, key)
        known = {call.seed: self.store.get(*place, call.seed) for call in asked.calls}
        lacking = {call.seed: call.case for call in asked.calls if known[call.seed] is None}
        known |= self._keep(mutant, asked.probe, place, lacking)
        return [case for case in known.values() if case is not None]

    def _keep(
        self, mutant: Mutant, probe: Probe, place: tuple[str, str, str], cases: Mapping[str, Case]
    ) -> dict[str, Case]:
        if not cases:
            return {}
        kept = dict(zip(cases, self._run(mutant, probe, list(cases.values())), strict=True))
        for seed, case in kept.items():
            self.store.put(*place, seed, case)
        return kept

    def _run(self, mutant: Mutant, probe: Probe, cases: Sequence[Case]) -> list[Case]:
        source = inlined(self.exercise, mutant.source, probe.ask_source)
        inputs = [case.inputs for case in cases]
        seconds = probe.seconds or self.exercise.limits.probe_seconds
        try:
            if probe.memory_mb is not None:  # its cap is part of the question, so a box of its own
                with AuthorBox(self.pool, self.exercise, memory_mb=probe.memory_mb) as box:
                    answers = box.ask(
                        probe, source, inputs, what=mutant.name, pure=probe.pure, seconds=seconds
                    )
            else:
                if self.box is None:
                    self.box = AuthorBox(self.pool, self.exercise).__enter__()
                answers = self.box.ask(
                    probe, source, inputs, what=mutant.name, pure=probe.pure, seconds=seconds
                )
        except AuthorError as error:
            if probe.memory_mb is None and self.box is not None:
                self.box.close()
                self.box = None
            mark = error.word if isinstance(error, EndedError) else "ended"
            if mark == ProbeWord.TIMED_OUT and probe.times_faster is not None:
                mark = SLOW
            return [Case(mark.encode(), _NOTHING)] * len(cases)
        if any(answered.error.startswith(_MEMORY_ERRORS) for answered in answers):
            return [Case(ProbeWord.OUT_OF_MEMORY.value.encode(), _NOTHING)] * len(cases)
        slow = _is_slow(probe, cases, answers)
        return [
            Case((SLOW if slow else CHANGED if answered.changed else "").encode(), answered.blob)
            for answered in answers
        ]


_MEMORY_ERRORS = ("MemoryError", "_ArrayMemoryError")


def _is_slow(probe: Probe, cases: Sequence[Case], answers: Sequence[Answered]) -> bool:
    plain = [case.baseline_seconds for case in cases if case.baseline_seconds is not None]
    if probe.times_faster is None or not plain:
        return False
    return min(answered.seconds for answered in answers) * probe.times_faster > min(plain)
