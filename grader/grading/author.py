"""An author's box: where make, truth, judge, baseline and the reference run, and never student code.

`AuthorBox` drives one box from the calling thread and returns parsed values. What goes wrong in it
is a mistake in the exercise (`AuthorError`, one sentence) or a fault of ours (`BoxError`), never the
learner's.
"""

from __future__ import annotations

import re
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar

from grader.exercise.folder import Exercise
from grader.exercise.mistakes import ExerciseError
from grader.exercise.probes import Probe
from grader.sandbox.box import Box, BoxError, Death, Profile
from grader.sandbox.cells import CellEnd, CellRun, RawError
from grader.sandbox.drive import Drive
from grader.sandbox.limits import AUTHOR
from grader.sandbox.pool import Pool
from sandbox_images.inside import wire

OUTPUT_KB = 1024
BATCH_BYTES = 1_500_000
BATCH_SECONDS = 60.0
"""Patience with the calls of one message, so that an endless `make` is ended in a minute and a half, however
many seeds wait behind it (and in four times that on a host that gives the box no processor)."""
STARTING_SECONDS = 30.0
"""What a message may take beside its calls: an author's module may import scipy, or build a table."""

_NOTHING_CHANGED = wire.encode([])

_CALLS = {
    "make": "make(__import__('numpy').random.default_rng(int(inputs)))",
    "truth": "truth(inputs)",
    "baseline": "baseline(inputs)",
    "judge": "_fresh() or judge(inputs['inputs'], inputs['got'])",
    "judge_expected": "_fresh() or judge(inputs['inputs'], inputs['got'], inputs['expected'])",
}


_FRESH = """def _fresh():
    import numpy, random
    numpy.random.seed(0)
    random.seed(0)
    numpy.seterr(invalid="raise")
"""
"""A judge that draws from a global generator gives one number for one answer all the same; and where an
answer makes it compute with what is no number (inf - inf), it ends instead of comparing with nan."""

_HAS: Mapping[Profile, frozenset[str]] = {
    Profile.NUMPY: frozenset(),
    Profile.TORCH: frozenset({"torch"}),
    Profile.GPU: frozenset({"torch"}),
    Profile.AUTHOR: frozenset({"scipy", "sklearn"}),
}
_MORE = re.compile(r"^\s*(?:import|from)\s+(torch|scipy|sklearn)\b", re.MULTILINE)

MOST_USES = 500
MOST_KEPT = 4


NOTHING_ASKED = "def ask(answer, inputs):\n    return None\n"
"""What a call costs by itself: inputs in, nothing done, an answer out. Not counted as anybody's time."""


class AuthorError(ExerciseError):
    """A mistake in an exercise that only running it could find."""


class EndedError(AuthorError):
    """What was asked ended its box: `word` is timed_out, out_of_memory or ended."""

    word = "ended"


@dataclass(frozen=True)
class Answered:
    """What one call in an author's box returned, still encoded, and how long it took seen from outside:
    charged seconds where it was asked alone, wall time otherwise.

    `error` is the sentence of an exception that left the call; `attempt` returns one as a value instead.
    """

    blob: bytes
    seconds: float
    error: str = ""
    changed: bool = False


def author_profile(pool: Pool, exercise: Exercise) -> Profile:
    """What the author's box of an exercise is made of. Raises BoxError while it is still being fetched."""
    profile = authors(exercise)
    if profile is not exercise.profile and not pool.backend.has_profile(profile):
        raise BoxError(f"the {profile} libraries, which {exercise.id} needs, are not there yet")
    return profile


def authors(exercise: Exercise) -> Profile:
    """Its own profile, or the smallest that has what its makes, truths, judges and baselines import."""
    return smallest(exercise.profile, exercise.files["probes.py"])


def smallest(own: Profile, text: str) -> Profile:
    """`own` if it has every library that authors' code imports, an authors' profile otherwise."""
    imported = set(_MORE.findall(text))
    if imported <= _HAS[own]:
        return own
    return Profile.AUTHOR if imported | _HAS[own] <= _HAS[Profile.AUTHOR] else Profile.AUTHOR_TORCH


def author_source(probe: Probe, function: str) -> str:
    """The source whose `ask` calls one of the author's functions of a probe."""
    if function == "ask":
        return probe.ask_source
    return f"{probe.author_source}\n\n{_FRESH}\ndef ask(answer, inputs):\n    return {_CALLS[function]}\n"


def batches(blobs: Sequence[bytes], *, most: int = BATCH_BYTES, calls: int | None = None) -> list[range]:
    """Consecutive index ranges whose blobs fit into one message together (a large one travels alone).

    `most`: bytes of a message; `calls`: how many blobs one may hold, where that counts.
    """
    ranges: list[range] = []
    start, size = 0, 0
    for index, blob in enumerate(blobs):
        full = calls is not None and index - start >= calls
        if index > start and (full or size + len(blob) > most):
            ranges.append(range(start, index))
            start, size = index, 0
        size += len(blob)
    if blobs:
        ranges.append(range(start, len(blobs)))
    return ranges


def probe_mistake(exercise: Exercise, probe: Probe, sentence: str) -> AuthorError:
    return AuthorError(f"{exercise.id}/probes.py", probe.line, f"probe `{probe.name}`: {sentence}")


def judge_question(inputs: bytes, got: bytes, expected: bytes) -> bytes:
    """One question to the author's judge, made of three blobs."""
    return wire.mapping({"inputs": inputs, "got": got, "expected": expected})


def inlined(exercise: Exercise, source: str, ask_source: str) -> str:
    """A source that asks another solution of ours, in a namespace of its own, instead of the box's answer.

    So that many mutants, which are authors' code like the rest, need one author's box and not one each.
    """
    return (
        f"{ask_source}\n"
        "_probe = ask\n"
        "_names = {'__name__': 'solution'}\n"
        f"exec(compile({exercise.given!r}, '<given>', 'exec', dont_inherit=True), _names)\n"
        f"exec(compile({source!r}, '<solution>', 'exec', dont_inherit=True), _names)\n"
        "class _Answer:\n"
        "    def __getattr__(self, name):\n"
        "        if name not in _names:\n"
        "            raise AttributeError(f'your code defines no `{name}`')\n"
        "        return _names[name]\n"
        "def ask(answer, inputs):\n"
        "    return _probe(_Answer(), inputs)\n"
    )


class AuthorBox:
    """A leased author's box with given cells, official pieces (and perhaps a solution) executed in it."""

    def __init__(
        self,
        pool: Pool,
        exercise: Exercise,
        *,
        solution: str | None = None,
        seed: int = 0,
        kept: bool = False,
        yields: bool = False,
        memory_mb: int = AUTHOR.memory_mb,
    ) -> None:
        self._pool = pool
        self._exercise = exercise
        self._solution = solution
        self._seed = seed
        self._kept = kept
        self._yields = yields
        self._memory_mb = memory_mb
        self._uses = 0
        self._box: Box | None = None
        self._drive: Drive | None = None

    def __enter__(self) -> AuthorBox:
        try:
            self._pool.run(self._open())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._box is not None:
            self._pool.run(self._box.kill())
            self._box = None

    @property
    def fit(self) -> bool:
        """Whether a kept box may be used once more."""
        return self._box is not None and not self._box.dead.is_set() and self._uses < MOST_USES

    async def _open(self) -> None:
        exercise = self._exercise
        profile = author_profile(self._pool, exercise)
        if self._kept:  # not a lease: the pool makes no new boxes while one is out
            self._box = await self._pool.backend.make(profile, AUTHOR)
        else:
            self._box = await self._pool.lease(profile, AUTHOR)
        if self._yields:  # nobody waits for what is made here
            self._box.yield_to_others()
        self._drive = Drive(self._box, output_kb=OUTPUT_KB, on_output=None)
        await self._drive.limits(memory_mb=self._memory_mb, seed=self._seed)
        deadline = exercise.limits.seconds * 4 + 20
        if exercise.given:
            run = await self._drive.cell(exercise.given, filename="given.py", deadline=deadline)
            self._check(run, f"{exercise.id}/given.py")
        for used in exercise.pieces:  # the official ones
            run = await self._drive.piece(
                used.reference, module=used.module, given=used.given, deadline=used.limits.seconds * 4 + 20
            )
            self._check(run, f"{used.id}/reference.py")
        if self._solution:
            run = await self._drive.cell(self._solution, filename="reference.py", deadline=deadline)
            self._check(run, f"{exercise.id}/reference.py")

    def _check(self, run: CellRun, file: str) -> None:
        """Raise AuthorError where code of an author did not come to its end."""
        if run.end is not CellEnd.FINISHED or run.error is not None:
            line = run.error.line if run.error is not None else None
            raise AuthorError(file, line, f"it {self._why(run)}.")

    def call(self, probe: Probe, function: str, inputs: Sequence[bytes]) -> list[Answered]:
        """`make`, `truth`, `judge`, `baseline` or `ask` of a probe, once for each encoded input."""
        return self.ask(probe, author_source(probe, function), inputs, what=function)

    def judge(self, probe: Probe, blobs: Sequence[bytes]) -> list[Answered]:
        """The author's judge on what `judge_question` made."""
        self._uses += 1
        function = "judge_expected" if probe.judge_wants_expected else "judge"
        # Less patience than with authors' own values: these came from a learner, and somebody waits.
        seconds = 10 + (probe.seconds or self._exercise.limits.probe_seconds) * len(blobs)
        return self.ask(probe, author_source(probe, function), blobs, what=function, seconds=seconds)

    def ask(
        self,
        probe: Probe,
        source: str,
        inputs: Sequence[bytes],
        *,
        what: str,
        pure: bool = False,
        seconds: float | None = None,
    ) -> list[Answered]:
        """The same for any source that defines `ask(answer, inputs)`; `seconds` is for all of them."""
        each = 4 * max(probe.seconds or 0.0, self._exercise.limits.probe_seconds)
        calls = None if seconds else max(1, int(BATCH_SECONDS // each))
        answers: list[Answered] = []
        for chunk in batches(inputs, calls=calls):
            deadline = seconds or STARTING_SECONDS + each * len(chunk)
            answers += self._batch(probe, source, [inputs[i] for i in chunk], what, pure, deadline)
        return answers

    def _batch(
        self, probe: Probe, source: str, inputs: list[bytes], what: str, pure: bool, deadline: float
    ) -> list[Answered]:
        if self._drive is None:
            raise BoxError("the author's box is not open")
        alone = len(inputs) == 1
        run = self._pool.run(self._drive.probe(source, inputs, pure=pure, deadline=deadline, timed=alone))
        if run.end is not CellEnd.FINISHED:
            where = (f"{self._exercise.id}/probes.py", probe.line)
            ended = EndedError(*where, f"probe `{probe.name}`: {what} {self._why(run)}.")
            ended.word = self._word(run)
            raise ended
        if run.error is not None:
            raise self.mistake(probe, f"{what} {self._why(run)}.")
        found = {value.call: value for value in run.values}
        if sorted(found) != list(range(len(inputs))):
            raise self.mistake(probe, f"{what} answered {len(found)} of {len(inputs)} calls.")
        answers, before = [], run.started
        for index in range(len(inputs)):
            value = found[index]
            untouched = not value.changed or value.changed == _NOTHING_CHANGED
            seconds = run.charged if alone else value.at - before
            answers.append(Answered(value.result, seconds, _sentence(value.error), changed=not untouched))
            before = value.at
        return answers

    def value(self, probe: Probe, what: str, answered: Answered) -> wire.Value:
        """The parsed value of a call that must neither raise nor return what is not plain data."""
        if answered.error:
            raise self.mistake(probe, f"{what} raised {answered.error}.")
        try:
            value = wire.decode(answered.blob)
        except wire.WireError as error:
            raise self.mistake(probe, f"what {what} returned could not be read: {error}.") from None
        if opaque := _opaque(value):
            raise self.mistake(probe, f"{what} returned {opaque}, which is not plain data.")
        return value

    def mistake(self, probe: Probe, sentence: str) -> AuthorError:
        """An author's mistake in this probe, with the file and the line where the probe stands."""
        return probe_mistake(self._exercise, probe, sentence)

    def _word(self, run: CellRun) -> str:
        if run.end is CellEnd.TIMED_OUT:
            return "timed_out"
        death = self._box.death() if self._box is not None else None
        return "out_of_memory" if death is Death.OUT_OF_MEMORY else "ended"

    def _why(self, run: CellRun) -> str:
        if run.error is not None:
            where = f" (line {run.error.line})" if run.error.line else ""
            return f"raised {run.error.type}: {run.error.message}{where}"
        death = self._box.death() if self._box is not None else None
        if death is Death.OUT_OF_MEMORY:
            return f"needed more than {self._memory_mb} MB in the author's box"
        return f"did not finish in the author's box ({run.end.value})"


def _sentence(error: RawError | None) -> str:
    return "" if error is None else f"{error.type}: {error.message}"


def _opaque(value: wire.Value) -> str:
    """Names the first part of a value that has no representation, or is empty."""
    if isinstance(value, wire.Opaque):
        return f"a `{value.type_name}`" + (f" ({value.why})" if value.why else "")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return next(filter(None, map(_opaque, value)), "")
    return ""


class Judges:
    """Author's boxes for judging, kept from one grading to the next: no learner's code ever enters one,
    only parsed plain values do. One set for each pool; used from many threads."""

    _all: ClassVar[weakref.WeakKeyDictionary[Pool, Judges]] = weakref.WeakKeyDictionary()
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self._idle: list[tuple[str, AuthorBox]] = []

    @classmethod
    def of(cls, pool: Pool) -> Judges:
        with cls._lock:
            return cls._all.setdefault(pool, cls())

    @contextmanager
    def borrow(self, pool: Pool, exercise: Exercise) -> Iterator[AuthorBox]:
        """A box in which this exercise's judge may run. It stays if nothing went wrong in it."""
        box = self._take(exercise) or AuthorBox(pool, exercise, kept=True).__enter__()
        try:
            yield box
        except BaseException:
            box.close()
            raise
        with self._lock:
            self._idle.append((exercise.digest, box))
            old = [box for _, box in self._idle[:-MOST_KEPT]]
            self._idle = self._idle[-MOST_KEPT:]
        for one in old:
            one.close()

    def _take(self, exercise: Exercise) -> AuthorBox | None:
        while True:
            with self._lock:
                found = next((item for item in self._idle if item[0] == exercise.digest), None)
                if found is None:
                    return None
                self._idle.remove(found)
            if found[1].fit:
                return found[1]
            found[1].close()
