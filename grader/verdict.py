"""The closed vocabulary of grading, and the verdict as frozen data with a versioned JSON form.

Everything that leaves the grader is one of these classes. They hold plain data only (no arrays, no
open files), so a verdict can be stored, sent and replayed. A verdict has two projections: staff see
all of it; a learner never sees a hidden probe's input, expected or got value (`for_learner`).
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SCHEMA_VERSION = 2
COARSE_SECONDS = 0.1
"""The step, and the least, of a time that a learner sees: most gradings are over by then."""

Json = Any
"""A JSON value: None, bool, int, float, str, list or dict with string keys."""


class Kind(StrEnum):
    """What the learner pressed: `run` executes the visible probes and is free; `submit` all of them."""

    RUN = "run"
    SUBMIT = "submit"


class State(StrEnum):
    """Where a submission is. `broken` is our own fault: it spends no try."""

    QUEUED = "queued"
    RUNNING = "running"
    GRADED = "graded"
    CANCELLED = "cancelled"
    BROKEN = "broken"


class Word(StrEnum):
    """The verdict of a whole submission."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ATTEMPTED = "not_attempted"
    NOT_GRADABLE = "not_gradable"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    TOO_MUCH_OUTPUT = "too_much_output"


SPENDS_NO_TRY = frozenset({Word.NOT_ATTEMPTED, Word.NOT_GRADABLE})


class ProbeWord(StrEnum):
    """What became of one probe."""

    PASSED = "passed"
    FAILED = "failed"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    TOO_MUCH_OUTPUT = "too_much_output"
    MALFORMED = "malformed"
    NOT_RUN = "not_run"


class Failing(StrEnum):
    """In what respect a value is wrong; in the order in which a learner should hear about it."""

    ERROR = "error"  # the call raised
    STRUCTURE = "structure"  # None, wrong type, wrong number of results, missing key
    SHAPE = "shape"
    DTYPE = "dtype"
    VALUE = "value"
    GRADIENT = "gradient"
    EDGE = "edge"
    PURITY = "purity"  # an input was changed, or the result shares memory with one
    SPEED = "speed"
    MEMORY = "memory"


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A value as a page shows it: capped, already text where JSON has no word for it.

    `kind` is one of none, bool, number, text, array, list, dict, raised, other. An array has `shape`,
    `dtype` and `cells` (at most 64 x 64, the leading corner, higher axes flattened into rows; a
    non-finite cell is the string "nan", "inf" or "-inf"). `items` are (label, Preview) pairs.
    """

    kind: str
    text: str = ""
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    cells: tuple[tuple[Json, ...], ...] | None = None
    truncated: bool = False
    items: tuple[tuple[str, Preview], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ArrayDiff:
    """How one array (or scalar) differs from the expected one.

    `path` says where in the returned structure ("" for the value itself, "[1]", "['dW']"), and `place` how
    a learner knows that part ("`dW`, case [2]"; empty where it has no name).
    The shapes of two lists, or of two dicts, are their lengths.
    `limit` is the largest absolute difference that would have been accepted.
    """

    path: str
    kind: Failing
    got_shape: tuple[int, ...] | None = None
    expected_shape: tuple[int, ...] | None = None
    got_dtype: str | None = None
    expected_dtype: str | None = None
    differing: int = 0
    total: int = 0
    first_index: tuple[int, ...] | None = None
    worst_index: tuple[int, ...] | None = None
    worst_got: Json = None
    worst_expected: Json = None
    limit: float | None = None
    note: str = ""
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class ErrorReport:
    """An exception in the learner's code. `line` counts from 1 in the learner's own source."""

    type: str
    message: str
    line: int | None = None
    code: str = ""
    traceback: str = ""
    help: str = ""


@dataclass(frozen=True, kw_only=True)
class CallDetail:
    """One call of a probe in full. Only for visible probes, public twins and staff."""

    seed: str
    inputs: Preview | None = None
    got: Preview | None = None
    expected: Preview | None = None
    differences: tuple[ArrayDiff, ...] = ()
    error: ErrorReport | None = None


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """What one probe found over all its seeds.

    `message` is the sentence a learner reads and must hold for a hidden probe too: kind, shape and
    dtype only. `detail` is the first failing call (or, passed and visible, the first call); of a
    hidden probe only staff see it. `twin` is a hidden failing probe on its public seed. `open`: it was
    watched, on inputs that nobody is asked again, so its learner sees all of it.
    """

    name: str
    title: str
    task: int
    points: float
    visible: bool
    pays: bool
    word: ProbeWord
    kind: Failing | None = None
    message: str = ""
    seconds: float = 0.0
    seeds: tuple[str, ...] = ()
    detail: CallDetail | None = None
    twin: CallDetail | None = None
    open: bool = False


@dataclass(frozen=True, kw_only=True)
class TaskResult:
    """A task pays all its points or none: only when every one of its probes passed."""

    id: int
    title: str
    points: float
    possible: float
    passed: bool


@dataclass(frozen=True, kw_only=True)
class UsedPiece:
    """An earlier answer that was in the box as `mylib.<module>`.

    `own`: it was the learner's, and `mark` is what the site knows it by; otherwise the official one.
    """

    exercise: str
    module: str
    own: bool
    mark: str = ""
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The result of grading one submission."""

    exercise: str
    kind: Kind
    word: Word
    message: str
    tasks: tuple[TaskResult, ...] = ()
    probes: tuple[ProbeResult, ...] = ()
    error: ErrorReport | None = None
    output: str = ""
    output_truncated: bool = False
    diagnosis: str = ""
    grading_digest: str = ""
    box_digest: str = ""
    sandbox: str = ""
    device: str = "cpu"
    libraries: dict[str, str] = dataclasses.field(default_factory=dict)
    phases: dict[str, float] = dataclasses.field(default_factory=dict)
    pieces: tuple[UsedPiece, ...] = ()
    version: int = SCHEMA_VERSION

    @property
    def points(self) -> float:
        return sum(task.points for task in self.tasks)

    @property
    def possible(self) -> float:
        return sum(task.possible for task in self.tasks)

    def for_staff(self) -> dict[str, Json]:
        """Everything, as JSON data."""
        data: dict[str, Json] = to_json(self)
        return data

    def for_learner(self) -> dict[str, Json]:
        """What a learner may see: of a hidden probe no seed, time, input or value; of phases, coarse ones."""
        return hide_from_learner(to_json(self))


def hide_from_learner(data: dict[str, Json]) -> dict[str, Json]:
    """A verdict's JSON (as `for_staff` made and a database kept it) as a learner may see it.

    The time of a hidden probe goes too, and what is left of times is coarse: code that saw a hidden
    input could make them tell what it was.
    """
    hidden: dict[str, Json] = {"detail": None, "seeds": [], "seconds": 0.0}
    probes = [p if p["visible"] or p.get("open") else p | hidden for p in data["probes"]]
    return data | {"probes": probes, "phases": coarse_phases(data["phases"])}


def coarse_phases(phases: dict[str, float]) -> dict[str, float]:
    """Times as a learner may see them: rounded up to tenths of a second, from 10 s on to seconds."""
    return {name: _coarse(seconds) for name, seconds in phases.items()}


def _coarse(seconds: float) -> float:
    if seconds > COARSE_SECONDS * 100:
        return float(math.ceil(seconds))
    return round(max(1, math.ceil(seconds / COARSE_SECONDS)) * COARSE_SECONDS, 1)


def to_json(value: Any) -> Any:
    """A dataclass of this module as JSON data: enums become words, tuples lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        data = {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
        if isinstance(value, Verdict):
            data["points"], data["possible"] = value.points, value.possible
        return data
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    return value
