"""Expected values: what the reference returns for each probe and seed, made once and kept.

Inputs and expected values are made in an author's box before anybody is asked, and cached by
(grading digest, box digest), so grading a submission runs neither `make` nor the reference. This
file holds the seeds, the interface of a store, the folder store of the command line, and `compute`,
which fills whatever a store lacks. The values are kept encoded and are parsed only when they are
compared. A seed is a whole number written as text: those of an installation have 128 bits, which
neither a database's integers nor a number in JSON can hold.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

from grader.exercise.folder import Exercise
from grader.exercise.probes import Probe
from grader.grading.author import NOTHING_ASKED, Answered, AuthorBox, author_source, probe_mistake
from grader.sandbox.pool import Pool
from grader.values.compare import compare
from sandbox_images.inside import wire

SEED_POOL = 24
FIRST_HIDDEN_SEED = 1000
PUBLIC_KEY = b""
"""The key of `verify`, of tests and of benches: seeds that everybody may know, the same everywhere."""
SEED_BYTES = 16
TIMED_CALLS, MUCH_SECONDS = 3, 0.2
"""The reference is timed so often, unless one call takes longer than that."""
TIMED_SEEDS = 2
Progress = Callable[[int, int, str], None]
"""Called with (done, total, probe name) while values are computed."""


@dataclass(frozen=True)
class Case:
    """One probe on one seed: what `make` returned, the expected value (both encoded), and times.

    Whoever needs what is asked of an answer takes `inputs`. `author_inputs` has the private names besides
    (labels, planted faults): for a `truth`, `judge` or `baseline`, and for a store. The slow way's time is
    that of the work alone; what a call costs by itself is taken off.
    """

    author_inputs: bytes
    expected: bytes
    baseline_seconds: float | None = None
    reference_seconds: float | None = None
    """About how long the reference takes for it; said to learners, decides nothing."""

    @cached_property
    def inputs(self) -> bytes:
        """What `ask` sees of it, encoded."""
        return public_inputs(self.author_inputs)


_PRIVATE_NAME = re.compile(rb"S.{4}_", re.DOTALL)


def public_inputs(blob: bytes) -> bytes:
    """The encoded inputs without the names that begin with an underscore: those stay with the author."""
    if _PRIVATE_NAME.search(blob) is None:
        return blob
    inputs = wire.decode(blob)
    return wire.encode({name: value for name, value in inputs.items() if not name.startswith("_")})


class ExpectedStore(Protocol):
    """Where cases are kept. `probe` is a name, or a name and what a mutant's values are kept under."""

    def get(self, grading_digest: str, box_digest: str, probe: str, seed: str) -> Case | None: ...

    def put(self, grading_digest: str, box_digest: str, probe: str, seed: str, case: Case) -> None: ...


def public_seeds(probe: Probe) -> tuple[str, ...]:
    """The seeds of a visible probe, and of the twin of a hidden one; never used to grade a hidden one."""
    return tuple(str(number) for number in range(probe.seeds))


def hidden_seed(key: bytes, grading_digest: str, probe: str, number: int) -> str:
    """The seed of one hidden instance. Who does not have the key knows none, however many they saw."""
    if key == PUBLIC_KEY:
        return str(FIRST_HIDDEN_SEED + number)
    message = f"{grading_digest} {probe} {number}".encode()
    digest = hmac.new(key, message, hashlib.sha256).digest()
    return str(int.from_bytes(digest[:SEED_BYTES], "big"))


def hidden_seeds(exercise: Exercise, probe: Probe, key: bytes = PUBLIC_KEY) -> tuple[str, ...]:
    """A fixed set of hidden seeds, for whoever keeps no stock; empty for a visible probe."""
    if probe.visible:
        return ()
    count = max(SEED_POOL, probe.seeds)
    return tuple(hidden_seed(key, exercise.grading_digest, probe.name, number) for number in range(count))


def wanted(exercise: Exercise, key: bytes = PUBLIC_KEY) -> list[tuple[str, str]]:
    """Every (probe, seed) that must be there to grade with the fixed hidden seeds of a key."""
    return [
        (probe.name, seed)
        for probe in exercise.probes
        for seeds in (public_seeds(probe), hidden_seeds(exercise, probe, key))
        for seed in seeds
    ]


def missing(
    exercise: Exercise, store: ExpectedStore, box_digest: str, cases: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Those of some (probe, seed) that a store lacks."""
    return [
        (probe, seed)
        for probe, seed in cases
        if store.get(exercise.grading_digest, box_digest, probe, seed) is None
    ]


class FolderStore:
    """Cases as files of a folder: one line of JSON, then the two blobs. Many may write at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, grading_digest: str, box_digest: str, probe: str, seed: str) -> Case | None:
        try:
            with open(self._file(grading_digest, box_digest, probe, seed), "rb") as file:  # noqa: PTH123  often
                data = file.read()
        except FileNotFoundError:
            return None
        line, _, blobs = data.partition(b"\n")
        try:
            head = json.loads(line)
            first, second = head["inputs"], head["expected"]
            seconds, reference = head["baseline_seconds"], head.get("reference_seconds")
        except (ValueError, KeyError, TypeError):
            return None
        if len(blobs) != first + second:
            return None
        return Case(blobs[:first], blobs[first:], seconds, reference)

    def put(self, grading_digest: str, box_digest: str, probe: str, seed: str, case: Case) -> None:
        file = Path(self._file(grading_digest, box_digest, probe, seed))
        file.parent.mkdir(parents=True, exist_ok=True)
        head = {
            "inputs": len(case.author_inputs),
            "expected": len(case.expected),
            "baseline_seconds": case.baseline_seconds,
            "reference_seconds": case.reference_seconds,
        }
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(json.dumps(head).encode() + b"\n" + case.author_inputs + case.expected)
            Path(temporary).replace(file)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(temporary).unlink()
            raise

    def drop(self, grading_digest: str, box_digest: str, seeds: Sequence[str]) -> None:
        """Remove all that is kept for some seeds, whatever the probe."""
        gone = set(seeds)
        for file in self._folder(grading_digest, box_digest).glob("*.case"):
            if file.name.split(".")[-2] in gone:
                file.unlink(missing_ok=True)

    def _folder(self, grading_digest: str, box_digest: str) -> Path:
        return self._path / _name(grading_digest, box_digest)

    def _file(self, grading_digest: str, box_digest: str, probe: str, seed: str) -> str:
        if not _PROBE.fullmatch(probe):
            raise ValueError(f"not the name of a probe: {probe!r}")
        if not _SEED.fullmatch(seed):
            raise ValueError(f"not a seed: {seed!r}")
        return f"{self._path}/{_name(grading_digest, box_digest)}/{probe}.{seed}.case"


_PROBE, _SEED = re.compile(r"[\w~.-]+"), re.compile(r"[0-9]+")


@lru_cache(maxsize=256)
def _name(grading_digest: str, box_digest: str) -> str:
    return hashlib.sha256(f"{grading_digest} {box_digest}".encode()).hexdigest()[:32]


class MemoryStore:
    """Cases of one process, for proofs over seeds that are not worth keeping."""

    def __init__(self) -> None:
        self._cases: dict[tuple[str, str, str, str], Case] = {}

    def get(self, grading_digest: str, box_digest: str, probe: str, seed: str) -> Case | None:
        return self._cases.get((grading_digest, box_digest, probe, seed))

    def put(self, grading_digest: str, box_digest: str, probe: str, seed: str, case: Case) -> None:
        self._cases[grading_digest, box_digest, probe, seed] = case


def compute(
    exercise: Exercise,
    pool: Pool,
    store: ExpectedStore,
    *,
    progress: Progress | None = None,
    cases: Sequence[tuple[str, str]] | None = None,
    key: bytes = PUBLIC_KEY,
) -> None:
    """Make what the store lacks for a key (or exactly `cases`) in an author's box. Raises AuthorError."""
    digest = pool.backend.box_digest(exercise.profile)
    todo = list(cases) if cases is not None else missing(exercise, store, digest, wanted(exercise, key))
    if not todo:
        return
    probes = {probe.name: probe for probe in exercise.probes}
    seeds: dict[str, list[str]] = {}
    for name, seed in todo:
        seeds.setdefault(name, []).append(seed)
    done = 0
    made: dict[str, tuple[list[bytes], list[bytes]]] = {}
    with AuthorBox(pool, exercise, solution=exercise.reference, seed=1) as box:
        for name, chosen in seeds.items():
            probe = probes[name]
            inputs, expected, baselines = _cases(box, exercise, probe, chosen)
            needs = _reference_seconds(box, probe, inputs[0]) if _is_timed(probe, chosen) else None
            for seed, given, value, slow in zip(chosen, inputs, expected, baselines, strict=True):
                store.put(exercise.grading_digest, digest, name, seed, Case(given, value, slow, needs))
            made[name] = (inputs, expected)
            done += len(chosen)
            if progress is not None:
                progress(done, len(todo), name)
    _stable(exercise, pool, {name: probes[name] for name in seeds}, made)


def _is_timed(probe: Probe, seeds: Sequence[str]) -> bool:
    """Whether the reference's time is taken: of a long run once, with its public case."""
    return not probe.after and (not probe.open or public_seeds(probe)[0] in seeds)


def _cases(
    box: AuthorBox, exercise: Exercise, probe: Probe, seeds: Sequence[str]
) -> tuple[list[bytes], list[bytes], list[float | None]]:
    inputs = [answered.blob for answered in made_inputs(box, exercise, probe, seeds)]
    expected, _ = _expected(box, exercise, probe, inputs)
    baselines: list[float | None] = [None] * len(inputs)
    if probe.has_baseline and probe.times_faster is not None:
        # A few are enough: the time hardly depends on the seed, and it is measured afresh before any "no".
        source = author_source(probe, "baseline")
        slow, empty = [], []
        for blob in inputs[:TIMED_SEEDS]:
            slow += box.ask(probe, source, [blob], what="baseline", pure=probe.pure)
            empty += box.ask(probe, NOTHING_ASKED, [public_inputs(blob)], what="nothing", pure=probe.pure)
        if slow[0].error:  # its value does not matter, its time does
            raise probe_mistake(exercise, probe, f"baseline raised {slow[0].error}.")
        seconds = min(one.seconds for one in slow) - min(one.seconds for one in empty)
        baselines = [max(seconds, 0.0)] * len(inputs)
    return inputs, expected, baselines


def made_inputs(box: AuthorBox, exercise: Exercise, probe: Probe, seeds: Sequence[str]) -> list[Answered]:
    """What a probe's `make` returns for some seeds. Raises AuthorError."""
    made = box.call(probe, "make", [wire.encode(seed) for seed in seeds])
    for answered in made:
        value = box.value(probe, "make", answered)
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise probe_mistake(
                exercise, probe, f"make must return a dict with text keys, not a {type(value).__name__}."
            )
    return made


def _reference_seconds(box: AuthorBox, probe: Probe, inputs: bytes) -> float | None:
    """How long the reference takes for one call, asked alone so that waiting is not counted; the best of a
    few where that costs nothing, since the first one imports, and a busy host holds up any.
    """
    best: float | None = None
    for _ in range(TIMED_CALLS):
        (answered,) = box.ask(probe, probe.ask_source, [public_inputs(inputs)], what="ask", pure=probe.pure)
        if answered.error:
            return None
        best = min(answered.seconds, best if best is not None else answered.seconds)
        if answered.seconds > MUCH_SECONDS:
            break
    return None if best is None else round(best, 4)


def _expected(
    box: AuthorBox, exercise: Exercise, probe: Probe, inputs: Sequence[bytes]
) -> tuple[list[bytes], list[wire.Value]]:
    function = "truth" if probe.has_truth else "ask"
    given = inputs if probe.has_truth else [public_inputs(blob) for blob in inputs]
    answers = box.call(probe, function, given)
    return [answered.blob for answered in answers], [box.value(probe, function, a) for a in answers]


def _stable(
    exercise: Exercise,
    pool: Pool,
    probes: dict[str, Probe],
    made: dict[str, tuple[list[bytes], list[bytes]]],
) -> None:
    """The first and last case of each probe once more in a fresh box with other random states."""
    with AuthorBox(pool, exercise, solution=exercise.reference, seed=2) as box:
        for name, (inputs, expected) in made.items():
            probe = probes[name]
            some = sorted({0, len(inputs) - 1})
            _, again = _expected(box, exercise, probe, [inputs[i] for i in some])
            for index, got in zip(some, again, strict=True):
                want = wire.decode(expected[index])
                if not probe.has_judge and compare(
                    got, want, probe.tolerance, dtype=probe.dtype, kind=probe.kind
                ):
                    raise probe_mistake(
                        exercise,
                        probe,
                        "the reference is not stable: one input gave two different values. Take randomness "
                        "from the inputs, not from a global generator.",
                    )
