"""What one answer is worth: its bytes parsed, compared with the expected ones, or made a preview of.

The bytes are a learner's choice, and so is what they cost: a hundred thousand small items, keys that
collide, a text that differs at its last letter. So each submission has a budget of processor time for
all of this (`Scales`). What is small is weighed at once, here; what is large, and everything once a
submission has had its share of our own process, goes to a child (`weigher.py`), which works beside the
others instead of before them and can be stopped in the middle of anything. The functions below are the
same in both places: bytes and plain terms in, plain data out.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from grader.exercise.probes import Probe
from grader.language import Bound, Tolerance
from grader.values import judges
from grader.values.compare import compare
from grader.values.preview import preview
from grader.values.weigher import Expired, Weigher
from grader.verdict import ArrayDiff, Failing, Json, Preview, to_json
from sandbox_images.inside import wire

BUDGET_SECONDS = 2.0
"""Of processor time, for all values of one submission together."""
FAIR, MOST_FAIR = 8.0, 5.0
"""Where a right answer is costly itself, or the machine slow, an answer may cost so many times what weighing
the expected one in its place costs, now and here; all of them together so many times the budget."""
HERE_SECONDS = 0.02
"""Of it, what may be spent in our own process, where it holds others up."""
SMALL = 16 * 1024
SMALL_ARRAY = 256 * 1024
"""Bytes of an answer and of what is expected. The items of an array cost next to nothing each."""
ORDER = {kind: index for index, kind in enumerate(Failing)}
_STRUCTURE_ONLY = Tolerance(float("inf"), float("inf"))
_ARRAY = wire.MAGIC + b"A"


@dataclass(frozen=True)
class Terms:
    """What a probe asks of a value, as plain data."""

    rtol: float
    atol: float
    dtype: str
    kind: str
    judged: bool = False
    low: float | None = None
    high: float | None = None
    measure: str = ""
    says: str = ""

    @classmethod
    def of(cls, probe: Probe) -> Terms:
        bound = probe.bound
        asked: tuple[float | None, float | None, str, str] = (None, None, "", "")
        if bound is not None:
            asked = (bound.low, bound.high, bound.measure, bound.says)
        tolerance = probe.tolerance
        return cls(tolerance.rtol, tolerance.atol, probe.dtype, probe.kind.value, probe.has_judge, *asked)

    @property
    def bound(self) -> Bound | None:
        if self.low is None or self.high is None:
            return None
        return Bound(self.low, self.high, self.measure, self.says)

    @property
    def tolerance(self) -> Tolerance:
        return Tolerance(self.rtol, self.atol)


@dataclass(frozen=True)
class Weighed:
    """What was found out about one answer. `kind` is None when nothing speaks against it."""

    unreadable: str = ""
    kind: Failing | None = None
    note: str = ""
    differences: tuple[ArrayDiff, ...] = ()

    @classmethod
    def differing(cls, differences: Sequence[ArrayDiff]) -> Weighed:
        """The first kind that a learner should hear about, and all differences in that order."""
        found = tuple(sorted(differences, key=lambda diff: ORDER[diff.kind]))
        return cls(kind=found[0].kind if found else None, differences=found)


# ---- what is done to the bytes, in either process ----------------------------------------------------


def weigh(got: bytes, expected: bytes, terms: Terms) -> Weighed:
    """Parse an answer and compare it, measure it, or look at its form before a judge sees it."""
    if got == expected and terms.bound is None:
        return Weighed()  # to the last bit
    return weigh_all(got, expected, terms)


def weigh_all(got: bytes, expected: bytes, terms: Terms) -> Weighed:
    """The same, equal bytes too."""
    try:
        mine = wire.decode(got)
    except wire.WireError as error:
        return Weighed(unreadable=str(error))
    wanted = wire.decode(expected)
    kind = Failing(terms.kind)
    if terms.bound is not None and not terms.judged:
        return bounded(judges.measure(terms.bound, mine, wanted), got, expected, terms)
    if not terms.judged:
        return Weighed.differing(compare(mine, wanted, terms.tolerance, dtype=terms.dtype, kind=kind))
    # Several answers are right: only what kind of thing came back is compared here.
    differences = compare(mine, wanted, _STRUCTURE_ONLY, dtype="any", kind=kind)
    if found := [diff for diff in differences if diff.kind is Failing.STRUCTURE]:
        return Weighed.differing(found)
    if not _finite(mine) and _finite(wanted):
        # Not left to the judge: nan slips through many a comparison that an author writes.
        return Weighed(kind=kind, note="returned a number that is not finite.")
    return Weighed()


def bounded(result: float | str, got: bytes, expected: bytes, terms: Terms) -> Weighed:
    """Apply the probe's bound to what was measured or judged, or tell why there is no number."""
    bound = terms.bound
    if isinstance(result, str):
        found: tuple[ArrayDiff, ...] = ()
        if terms.judged or judges.is_like_truth(bound):
            found = compare(wire.decode(got), wire.decode(expected), _STRUCTURE_ONLY, dtype="any")
            # Where several answers are right, another number or text is no mistake by itself.
            found = tuple(diff for diff in found if diff.kind is not Failing.VALUE)
        told = Weighed.differing(found)
        otherwise = Failing(terms.kind) if terms.judged else Failing.STRUCTURE
        return Weighed(kind=told.kind or otherwise, note=result, differences=told.differences)
    if bound is not None and (clause := judges.outside(bound, result)):
        return Weighed(kind=Failing(terms.kind), note=clause)
    return Weighed()


def agrees(got: bytes, other: bytes, terms: Terms) -> bool:
    """Whether two answers are the same one: of two exceptions, of one class."""
    try:
        mine, theirs = wire.decode(got), wire.decode(other)
    except wire.WireError:
        return False
    if isinstance(mine, wire.Raised) and isinstance(theirs, wire.Raised):
        return theirs.names[0] == mine.names[0]
    if isinstance(mine, wire.Raised) or isinstance(theirs, wire.Raised):
        return False
    return not compare(mine, theirs, terms.tolerance, dtype=terms.dtype, kind=Failing(terms.kind))


def _finite(value: wire.Value) -> bool:
    """Whether every number in a value is finite."""
    if isinstance(value, list | tuple):
        return all(_finite(item) for item in value)
    if isinstance(value, dict):
        return all(_finite(item) for item in value.values())
    if isinstance(value, wire.Bf16):
        value = value.as_float32()
    if isinstance(value, np.ndarray | np.generic | float | complex):
        return bool(np.isfinite(value).all())
    return True


def answer(task: dict[str, Json], blobs: Sequence[bytes]) -> Json:
    """A task as it reaches the child: its name, its terms, and pairs of blobs. The answer is JSON."""
    if task["name"] == "preview":
        return to_json(preview(wire.decode(blobs[0])))
    terms = Terms(**task["terms"])
    pairs = list(zip(blobs[::2], blobs[1::2], strict=True))
    if task["name"] == "agree":
        return all(agrees(*pair, terms) for pair in pairs)
    if task["name"] == "bounded":
        return [to_json(asdict(bounded(task["result"], *pair, terms))) for pair in pairs]
    each = weigh_all if task["name"] == "fair" else weigh
    return [to_json(asdict(each(*pair, terms))) for pair in pairs]


# ---- the budget ----------------------------------------------------------------------------------------


@dataclass
class Scales:
    """Weighs all answers of one submission, on a budget of processor time. Raises Expired at its end."""

    seconds: float = BUDGET_SECONDS
    here: float = HERE_SECONDS
    spent: float = field(default=0.0, init=False)
    spent_here: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.first = self.seconds

    def weigh(self, pairs: Sequence[tuple[bytes, bytes]], terms: Terms) -> list[Weighed]:
        """`weigh` for each pair of an answer and what is expected."""
        found: dict[int, Weighed] = {}
        began = time.thread_time()
        for index, pair in enumerate(pairs):
            if self._is_small(*pair):
                found[index] = weigh(*pair, terms)
                now = time.thread_time()
                self._spend_here(now - began)
                began = now
        rest = [index for index in range(len(pairs)) if index not in found]
        if rest:
            told = self._elsewhere("weigh", terms, [blob for index in rest for blob in pairs[index]])
            found |= {index: _weighed(one) for index, one in zip(rest, told, strict=True)}
        return [found[index] for index in range(len(pairs))]

    def bounded(self, result: float | str, got: bytes, expected: bytes, terms: Terms) -> Weighed:
        """`bounded`; where a judge could not say anything the answer is compared once more."""
        if not isinstance(result, str) or self._is_small(got, expected):
            return bounded(result, got, expected, terms)
        (told,) = self._elsewhere("bounded", terms, [got, expected], result=result)
        return _weighed(told)

    def agree(self, pairs: Sequence[tuple[bytes, bytes]], terms: Terms) -> bool:
        """Whether all pairs are the same answers."""
        if all(self._is_small(*pair) for pair in pairs):
            began = time.thread_time()
            same = all(agrees(*pair, terms) for pair in pairs)
            self._spend_here(time.thread_time() - began)
            return same
        return bool(self._elsewhere("agree", terms, [blob for pair in pairs for blob in pair]))

    def preview(self, got: bytes) -> Preview:
        """An answer as a page shows it."""
        if self._is_small(got, b""):
            began = time.thread_time()
            shown = preview(wire.decode(got))
            self._spend_here(time.thread_time() - began)
            return shown
        try:
            return _preview(self._elsewhere("preview", None, [got]))
        except Expired:
            return Preview(kind="other", text="too costly to be shown", truncated=True)

    def _is_small(self, got: bytes, expected: bytes) -> bool:
        if self.spent_here >= self.here:
            return False
        array = got.startswith(_ARRAY) and (not expected or expected.startswith(_ARRAY))
        return max(len(got), len(expected)) <= (SMALL_ARRAY if array else SMALL)

    def _spend_here(self, seconds: float) -> None:
        self.spent_here += seconds
        self.spent += seconds

    def _elsewhere(self, name: str, terms: Terms | None, blobs: Sequence[bytes], **more: Json) -> Json:
        task = {"name": name, "terms": asdict(terms) if terms is not None else None} | more
        left = self.seconds - self.spent
        if left <= 0:
            raise Expired
        try:
            return self._asked(task, blobs, left)
        except Expired:
            fair = self._fair(task, blobs) if name == "weigh" else 0.0
            if fair <= left:
                raise
            self.seconds = self.spent + fair
            return self._asked(task, blobs, fair)

    def _asked(self, task: dict[str, Json], blobs: Sequence[bytes], seconds: float) -> Json:
        try:
            told, spent = Weigher.of_this_process().ask(task, blobs, seconds)
        except Expired:
            self.spent += seconds
            raise
        self.spent += spent
        return told

    def _fair(self, task: dict[str, Json], blobs: Sequence[bytes]) -> float:
        """What some answers may still cost, by what the expected ones cost in their places."""
        right = [blob for blob in blobs[1::2] for _ in range(2)]
        before = self.spent
        with suppress(Expired):
            self._asked(task | {"name": "fair"}, right, self.first)
        return min(FAIR * (self.spent - before), MOST_FAIR * self.first - self.spent)


def _weighed(told: dict[str, Json]) -> Weighed:
    kind = told["kind"]
    differences = tuple(_difference(one) for one in told["differences"])
    return Weighed(told["unreadable"], None if kind is None else Failing(kind), told["note"], differences)


def _difference(told: dict[str, Json]) -> ArrayDiff:
    lists: dict[str, Any] = {name: tuple(v) for name, v in told.items() if isinstance(v, list)}
    return ArrayDiff(**(told | lists | {"kind": Failing(told["kind"])}))


def _preview(told: dict[str, Json]) -> Preview:
    shape, cells = told["shape"], told["cells"]
    return Preview(
        kind=told["kind"],
        text=told["text"],
        shape=None if shape is None else tuple(shape),
        dtype=told["dtype"],
        cells=None if cells is None else tuple(tuple(row) for row in cells),
        truncated=told["truncated"],
        items=tuple((label, _preview(item)) for label, item in told["items"]),
    )
