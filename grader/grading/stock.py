"""Hidden instances for a stock: made, and admitted only if everybody who is right passes on them.

An instance is one probe on one secret seed. Its expected value comes from `truth`; of a judge that
needs no expected value, from the first alternative's answer, which only shows what form an answer has;
otherwise from the reference, which must give the same in a second box with other random states. Then
every alternative is asked; but not for open probes and those after one, which would train for each
instance: what right answers come to there the gate has seen. What any of them fails is refused: a
learner who is right would fail it too. Who keeps the stock decides how many are made, when, and of whom
they are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from grader.exercise.folder import Exercise
from grader.exercise.probes import Probe
from grader.grading.author import Answered, AuthorBox, AuthorError, inlined, judge_question, probe_mistake
from grader.grading.expected import Case, ExpectedStore, made_inputs, public_inputs, public_seeds
from grader.grading.outcome import Asked, Call, decide
from grader.sandbox.limits import AUTHOR
from grader.sandbox.pool import Pool
from grader.values import judges
from grader.values.compare import compare
from grader.values.weighing import Scales
from sandbox_images.inside import wire

AUTHORS_SECONDS = 60.0
"""Of processor time, for weighing what one alternative returned: nobody waits for it."""


@dataclass(frozen=True)
class Instance:
    """One probe on one seed. `seconds` is what making it took; `refused` says why it must not be asked."""

    probe: str
    seed: str
    case: Case
    seconds: float
    refused: str = ""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.case.author_inputs) + len(self.case.expected)


def make(
    exercise: Exercise,
    pool: Pool,
    store: ExpectedStore,
    seeds: Mapping[str, Sequence[str]],
    *,
    go_on: Callable[[], bool] = lambda: True,
    yields: bool = False,
) -> Iterator[Instance]:
    """Instances of some probes on some seeds, probe by probe, as long as `go_on()` says.

    `yields`: boxes of others come first. The cases of the public seeds must be in the store: the plain
    way's time is taken from there. Raises AuthorError for what is wrong whatever the seed.
    """
    with _Maker(exercise, pool, store, yields) as maker:
        for name, chosen in seeds.items():
            if not go_on():
                return
            if chosen:
                yield from maker.instances(exercise.probe(name), chosen)


class _Maker:
    """Two author's boxes with the reference in them, opened when they are needed."""

    def __init__(self, exercise: Exercise, pool: Pool, store: ExpectedStore, yields: bool) -> None:
        self.yields = yields
        self.exercise = exercise
        self.pool = pool
        self.store = store
        self.boxes: dict[int, AuthorBox] = {}

    def __enter__(self) -> _Maker:
        return self

    def __exit__(self, *_: object) -> None:
        for box in self.boxes.values():
            box.close()

    def box(self, seed: int) -> AuthorBox:
        """The first box, or the second, in which all random states are others."""
        if seed not in self.boxes:
            box = AuthorBox(
                self.pool,
                self.exercise,
                solution=self.exercise.reference,
                seed=seed,
                kept=True,
                yields=self.yields,
            )
            self.boxes[seed] = box.__enter__()
        return self.boxes[seed]

    def instances(self, probe: Probe, seeds: Sequence[str]) -> list[Instance]:
        made = made_inputs(self.box(1), self.exercise, probe, seeds)
        inputs = [one.blob for one in made]
        spent = [one.seconds for one in made]
        refused = [""] * len(seeds)
        answers: dict[str, list[Answered] | str] = {}
        # Of a long run, and of what asks its result, an instance is inputs and a truth.
        alternatives = () if probe.open or probe.after else self.exercise.alternatives
        for alternative in alternatives:
            found = self._alternative(probe, alternative.source, inputs)
            answers[alternative.name] = found
            if not isinstance(found, str):
                spent = [sum(pair) for pair in zip(spent, (one.seconds for one in found), strict=True)]
        expected, took = self._expected(probe, inputs, answers, refused)
        spent = [sum(pair) for pair in zip(spent, took, strict=True)]
        times = self._times(probe)
        cases = [Case(*both, *times) for both in zip(inputs, expected, strict=True)]
        for name, found in answers.items():
            self._check(probe, name, found, seeds, cases, refused)
        rows = zip(seeds, cases, spent, refused, strict=True)
        return [Instance(probe.name, *row) for row in rows]

    def _alternative(self, probe: Probe, source: str, inputs: Sequence[bytes]) -> list[Answered] | str:
        """What an alternative answers, or how it ended its box. Inlined: all of them share one."""
        asking = inlined(self.exercise, source, probe.ask_source)
        given = [public_inputs(blob) for blob in inputs]
        own = probe.memory_mb is not None
        try:
            with ExitStack() as stack:
                if own:  # its cap is part of the question, and of each input: memory is not given back
                    found = []
                    for one in given:
                        box = stack.enter_context(
                            AuthorBox(
                                self.pool,
                                self.exercise,
                                kept=True,
                                yields=self.yields,
                                memory_mb=probe.memory_mb or AUTHOR.memory_mb,
                            )
                        )
                        found += box.ask(probe, asking, [one], what="an alternative", pure=probe.pure)
                        box.close()
                    return found
                return self.box(1).ask(probe, asking, given, what="an alternative", pure=probe.pure)
        except AuthorError as error:
            if self.pool.closing:
                raise
            if not own:
                self.boxes.pop(1).close()
            return error.sentence

    def _expected(
        self,
        probe: Probe,
        inputs: Sequence[bytes],
        answers: Mapping[str, list[Answered] | str],
        refused: list[str],
    ) -> tuple[list[bytes], list[float]]:
        """The expected values, and what each took. Refuses where the reference is not stable."""
        if probe.has_truth:
            found = self.box(1).call(probe, "truth", inputs)
            for one in found:
                self.box(1).value(probe, "truth", one)
            return [one.blob for one in found], [one.seconds for one in found]
        if probe.has_judge and not probe.judge_wants_expected:
            for answered in answers.values():
                if not isinstance(answered, str):
                    return [one.blob for one in answered], [0.0] * len(inputs)
        given = [public_inputs(blob) for blob in inputs]
        first = self.box(1).call(probe, "ask", given)
        values = [self.box(1).value(probe, "ask", one) for one in first]
        if probe.has_judge:
            return [one.blob for one in first], [one.seconds for one in first]
        second = self.box(2).call(probe, "ask", given)
        for index, (one, want) in enumerate(zip(second, values, strict=True)):
            got = self.box(2).value(probe, "ask", one)
            if compare(got, want, probe.tolerance, dtype=probe.dtype, kind=probe.kind):
                refused[index] = "the reference is not stable"
        took = [a.seconds + b.seconds for a, b in zip(first, second, strict=True)]
        return [one.blob for one in first], took

    def _times(self, probe: Probe) -> tuple[float | None, float | None]:
        """The plain way's time and the reference's, measured on public inputs: seeds hardly matter."""
        digest = self.pool.backend.box_digest(self.exercise.profile)
        case = self.store.get(self.exercise.grading_digest, digest, probe.name, public_seeds(probe)[0])
        return (case.baseline_seconds, case.reference_seconds) if case is not None else (None, None)

    def _check(
        self,
        probe: Probe,
        name: str,
        found: list[Answered] | str,
        seeds: Sequence[str],
        cases: Sequence[Case],
        refused: list[str],
    ) -> None:
        """Refuse what an alternative does not pass."""
        if isinstance(found, str):
            for index in range(len(cases)):
                refused[index] = refused[index] or f"the alternative `{name}`: {found}"
            return
        asked = Asked(probe, [_call(*row) for row in zip(seeds, cases, found, strict=True)])
        decide(asked, self._judge, Scales(AUTHORS_SECONDS, AUTHORS_SECONDS))
        for index, call in enumerate(asked.calls):
            if not refused[index] and (not call.value or call.kind is not None):
                why = call.kind.value if call.kind is not None else "no value"
                refused[index] = f"the alternative `{name}` fails: {why} {call.note or found[index].error}"

    def _judge(self, probe: Probe, calls: Sequence[Call]) -> list[float | str]:
        blobs = [judge_question(call.case.author_inputs, call.blob, call.case.expected) for call in calls]
        numbers: list[float | str] = []
        for answered in self.box(1).judge(probe, blobs):
            if answered.error:
                numbers.append(answered.error)
            else:
                try:
                    numbers.append(judges.number(self.box(1).value(probe, "judge", answered)))
                except TypeError as error:
                    raise self.box(1).mistake(probe, f"{error}.") from None
        return numbers


def _call(seed: str, case: Case, answered: Answered) -> Call:
    """An alternative's answer as a learner's would be read."""
    call = Call(seed, case, blob=answered.blob)
    call.changed = ("an input",) if answered.changed else ()
    if answered.error:
        return call
    try:
        wire.decode(answered.blob)
        call.value = True
    except wire.WireError as error:
        call.unreadable = str(error)
    return call


def refusals(exercise: Exercise, made: Sequence[Instance]) -> None:
    """Raise AuthorError when right answers fail so many instances that it is no accident."""
    names = {instance.probe for instance in made}
    for name in sorted(names):
        mine = [instance for instance in made if instance.probe == name]
        bad = [instance for instance in mine if instance.refused]
        if 2 * len(bad) > len(mine):
            raise probe_mistake(
                exercise,
                exercise.probe(name),
                f"{len(bad)} of {len(mine)} new instances cannot be asked: {bad[0].refused} "
                f"(seed {bad[0].seed}).",
            )
