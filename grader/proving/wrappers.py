"""Wrappers: the reference with a habit that nobody wants, made for every exercise, which must notice.

A wrapper is source text appended to the reference. It binds a function anew, and what it returns, keeps or
changes is wrong in one general way while the numbers of a single call are right: one output buffer for each
shape, results kept by shape or by `id`, slopes that double on a second way back, the input's own memory. In
an author's box it is seen first whether the habit shows in an exercise at all (a function of one number has
no buffer to reuse); a habit that never shows is not tried. What is tried must fail like any wrong answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from grader.exercise import reader
from grader.exercise.folder import Exercise
from grader.grading.author import AuthorBox, AuthorError, inlined
from grader.grading.expected import ExpectedStore, public_seeds
from grader.sandbox.pool import Pool
from grader.verdict import Json, Verdict, Word
from sandbox_images.inside import wire

MOST_EXPLAINED = 2
SECONDS = 5.0
Grade = Callable[..., Verdict]

_COMMON = """

import copy as _copy
import functools as _functools

import numpy as _np

_shown = []


def _arrays(value):
    if isinstance(value, _np.ndarray):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in _arrays(item)]
    return []


def _replaced(value, change):
    if isinstance(value, _np.ndarray):
        return change(value)
    if type(value) in (list, tuple):
        return type(value)([_replaced(item, change) for item in value])
    if type(value) is dict:
        return {key: _replaced(item, change) for key, item in value.items()}
    return value


def _floats(arrays):
    return [array for array in arrays if array.dtype.kind == "f" and array.size]


def _form(value):
    if isinstance(value, _np.ndarray):
        return (value.shape, value.dtype.str)
    if isinstance(value, (list, tuple)):
        return tuple(_form(item) for item in value)
    if isinstance(value, dict):
        return tuple((key, _form(item)) for key, item in value.items())
    return value if isinstance(value, (bool, int, str, type(None))) else type(value).__name__


def _same(a, b):
    mine, theirs = _arrays(a), _arrays(b)
    pairs = [(x, y, x.dtype.kind == "f") for x, y in zip(mine, theirs)]
    return len(mine) == len(theirs) and all(_np.array_equal(x, y, equal_nan=f) for x, y, f in pairs)
"""

_BUFFER = """
def _habit(f):
    buffers = {}

    @_functools.wraps(f)
    def g(*args, **kwargs):
        place = [0]

        def reused(array):
            place[0] += 1
            key = (place[0], array.shape, array.dtype)
            if key in buffers and array.size:
                _shown.append(1)
            buffer = buffers.setdefault(key, _np.empty(array.shape, array.dtype))
            buffer[...] = array
            return buffer

        return _replaced(f(*args, **kwargs), reused)

    return g
"""

_BY_SHAPE = """
def _habit(f):
    known = {}

    @_functools.wraps(f)
    def g(*args, **kwargs):
        if not _arrays([*args, *kwargs.values()]):
            return f(*args, **kwargs)
        key = _form([*args, kwargs])
        result = f(*args, **kwargs)
        if key in known and not _same(known[key], result):
            _shown.append(1)
        return known.setdefault(key, result)

    return g
"""

_BY_ID = """
def _habit(f):
    known, held = {}, []

    @_functools.wraps(f)
    def g(*args, **kwargs):
        arrays = _arrays([*args, *kwargs.values()])
        objects = any(hasattr(item, "__dict__") and not callable(item) for item in [*args, *kwargs.values()])
        if not arrays or objects:
            return f(*args, **kwargs)
        key = (tuple(map(id, arrays)), repr(_form([*args, kwargs])))
        if key not in known:
            result = f(*args, **kwargs)
            if _arrays(result) or isinstance(result, (float, tuple, list)):
                _shown.append(1)
            held.append(arrays)
            known[key] = result
        return _replaced(known[key], _np.copy)

    return g
"""

_KEEPS_BY_CONTENT = """
def _habit(f):
    known = {}

    @_functools.wraps(f)
    def g(*args, **kwargs):
        arrays = _arrays([*args, *kwargs.values()])
        if not arrays or any(callable(item) for item in [*args, *kwargs.values()]):
            return f(*args, **kwargs)
        floats = [item for item in [*args, *kwargs.values()] if isinstance(item, float)]
        key = (repr(_form([*args, kwargs])), repr(floats), tuple(array.tobytes() for array in arrays))
        if key not in known:
            known[key] = f(*args, **kwargs)
            if _floats(_arrays(known[key])):
                _shown.append(1)
        return known[key]

    return g
"""

_DOUBLES = """
def _habit(f):
    seen, held = {}, []

    @_functools.wraps(f)
    def g(*args, **kwargs):
        arrays = _arrays([*args, *kwargs.values()])
        result = f(*args, **kwargs)
        if arrays and _floats(_arrays(result)):
            _shown.append(1)
            key = tuple(map(id, arrays))
            held.append(arrays)
            seen[key] = seen.get(key, 0) + 1
            times = seen[key]
            return _replaced(result, lambda a: a * a.dtype.type(times) if a.dtype.kind == "f" else a)
        return result

    return g
"""

_ADDS_UP = """
def _habit(f):
    last = {}

    @_functools.wraps(f)
    def g(*args, **kwargs):
        result = f(*args, **kwargs)
        key = repr(_form([*args, kwargs]))
        mine = _floats(_arrays(result))
        if key in last and mine and len(mine) == len(last[key]) and all(
            a.shape == b.shape for a, b in zip(mine, last[key])
        ):
            if any(b.any() for b in last[key]):
                _shown.append(1)
            rest = iter([a + b.astype(a.dtype) for a, b in zip(mine, last[key])])
            result = _replaced(result, lambda a: next(rest) if a.dtype.kind == "f" and a.size else a)
        last[key] = [a.copy() for a in _floats(_arrays(result))]
        return result

    return g
"""

_VIEW = """
def _habit(f):
    @_functools.wraps(f)
    def g(*args, **kwargs):
        arrays = _floats(_arrays([*args, *kwargs.values()]))

        def shared(array):
            for one in arrays:
                fits = one.size == array.size and one.dtype == array.dtype and one.flags.c_contiguous
                if fits and one.flags.writeable and _np.array_equal(one.ravel(), array.ravel()):
                    if not _np.shares_memory(one, array):
                        _shown.append(1)
                    return one.reshape(array.shape)
            return array

        return _replaced(f(*args, **kwargs), shared)

    return g
"""

_INTO_INPUT = """
def _habit(f):
    @_functools.wraps(f)
    def g(*args, **kwargs):
        arrays = [a for a in _arrays([*args, *kwargs.values()]) if a.flags.writeable]

        def written(array):
            for one in arrays:
                if array.size and one.shape == array.shape and one.dtype == array.dtype:
                    if not _np.array_equal(one, array):
                        _shown.append(1)
                    one[...] = array
                    return one
            return array

        return _replaced(f(*args, **kwargs), written)

    return g
"""

_CHANGES_INPUT = """
def _habit(f):
    @_functools.wraps(f)
    def g(*args, **kwargs):
        result = _copy.deepcopy(f(*args, **kwargs)) if %(copies)s else f(*args, **kwargs)
        for item in [*args, *kwargs.values()]:
            if isinstance(item, %(kind)s):
                for array in _floats(_arrays([item])):
                    if array.flags.writeable and array.any():
                        _shown.append(1)
                        array *= array.dtype.type(1.5)
        return result

    return g
"""

_LAST_CALL = """
_remembered = []


def _forward(f):
    @_functools.wraps(f)
    def g(*args, **kwargs):
        result = f(*args, **kwargs)
        if isinstance(result, tuple) and len(result) == 2:
            _remembered.append(result[1])
        return result

    return g


def _habit(f):
    @_functools.wraps(f)
    def g(dy, cache, *args, **kwargs):
        if _remembered:
            _shown.append(1)
        return f(dy, %(which)s if _remembered else cache, *args, **kwargs)

    return g
"""

_FIRST_DTYPE = """
def _habit(f):
    @_functools.wraps(f)
    def g(*args, **kwargs):
        first = next((item for item in args if isinstance(item, _np.ndarray)), None)

        def cast(array):
            if first is None or array.dtype == first.dtype or array.dtype.kind not in "fi":
                return array
            _shown.append(1)
            return array.astype(first.dtype)

        return _replaced(f(*args, **kwargs), cast)

    return g
"""

_LISTS = """
def _habit(f):
    @_functools.wraps(f)
    def g(*args, **kwargs):
        def listed(array):
            if array.ndim == 0:
                return array
            _shown.append(1)
            return array.tolist()

        return _replaced(f(*args, **kwargs), listed)

    return g
"""

_DOUBLE_PRECISION = """
def _habit(f):
    @_functools.wraps(f)
    def g(*args, **kwargs):
        def wide(array):
            if array.dtype != _np.float32:
                return array
            _shown.append(1)
            return array.astype(_np.float64)

        return _replaced(f(*args, **kwargs), wide)

    return g
"""

_SHARED_STATE = """
_pool = {}


def _habit(cls):
    begin = cls.__init__

    def __init__(self, *args, **kwargs):
        begin(self, *args, **kwargs)
        for name, value in list(vars(self).items()):
            if isinstance(value, _np.ndarray) and value.dtype.kind == "f" and not value.any():
                key = (name, value.shape)
                if key in _pool and _pool[key].any():
                    _shown.append(1)
                setattr(self, name, _pool.setdefault(key, value))

    cls.__init__ = __init__
    return cls
"""

_FUNCTIONS: Mapping[str, tuple[str, str]] = {
    "one buffer for each shape": (_BUFFER, "kept"),
    "results kept by shape": (_BY_SHAPE, ""),
    "results kept by id": (_BY_ID, "reused"),
    "the same result again, as an object": (_KEEPS_BY_CONTENT, "written"),
    "doubles when called again": (_DOUBLES, "twice"),
    "adds to the last result of that shape": (_ADDS_UP, ""),
    "a view of what it was handed": (_VIEW, "overwritten"),
    "written into what it was handed": (_INTO_INPUT, ""),
    "changes an array that it was handed": (
        _CHANGES_INPUT % {"kind": "_np.ndarray", "copies": "True"},
        "",
    ),
    "changes a list, tuple or dictionary of arrays that it was handed": (
        _CHANGES_INPUT % {"kind": "(list, tuple, dict)", "copies": "True"},
        "twice",
    ),
    "the dtype of the first argument": (_FIRST_DTYPE, ""),
    "float64 for float32": (_DOUBLE_PRECISION, ""),
    "lists for arrays": (_LISTS, ""),
}
"""For each habit of a function its text, and the engine's question without which it would be right."""

_PAIRS: Mapping[str, str] = {
    "the way back uses the last call": _LAST_CALL % {"which": "_remembered[-1]"},
    "the way back uses a stack of calls": _LAST_CALL % {"which": "_remembered.pop()"},
}


@dataclass(frozen=True)
class Wrapper:
    """One wrapped reference. `id` is "function: habit"; `source` is a whole solution."""

    id: str
    source: str


@dataclass
class Wrapped:
    """What became of the wrappers of one exercise."""

    total: int = 0
    killed: int = 0
    explained: dict[str, str] = field(default_factory=dict)
    survivors: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Json]:
        return {
            "killed": self.killed,
            "total": self.total,
            "explained": self.explained,
            "survivors": self.survivors,
        }


def wrappers(exercise: Exercise) -> tuple[Wrapper, ...]:
    """Every wrapper of an exercise's reference that its page does not permit."""
    asked = {name for probe in exercise.probes for name in probe.functions}
    defined = reader.ask("definitions", seconds=reader.FOR_AN_AUTHOR, text=exercise.reference)
    functions = [name for name in defined["functions"] if name in asked]
    classes = [name for name in defined["classes"] if name in asked]
    found = []

    def add(name: str, habit: str, *texts: str) -> None:
        found.append(Wrapper(f"{name}: {habit}", "\n".join([exercise.reference, _COMMON, *texts])))

    for name in functions:
        for habit, (text, question) in _FUNCTIONS.items():
            if question not in exercise.permits:
                add(name, habit, text, _bound(name, "_habit"))
        forward = next((one for one in _forwards(name) if one in functions), None)
        if forward is not None:
            for habit, text in _PAIRS.items():
                add(name, habit, text, _bound(forward, "_forward"), _bound(name, "_habit"))
    for name in classes:
        add(name, "state shared by objects of equal shape", _SHARED_STATE, _bound(name, "_habit"))
    return tuple(found)


def _bound(name: str, habit: str) -> str:
    """Not as an assignment: what is looked for in the text of a function is none of the wrapper's doing."""
    return f"globals()[{name!r}] = {habit}({name})"


def _forwards(name: str) -> tuple[str, ...]:
    if not name.endswith("_bwd"):
        return ()
    stem = name.removesuffix("_bwd")
    return stem, f"{stem}_fwd"


def prove(exercise: Exercise, pool: Pool, store: ExpectedStore, box_digest: str, grade: Grade) -> Wrapped:
    """Try every wrapper whose habit shows on public inputs."""
    found = Wrapped()
    every = wrappers(exercise)
    shown = _Shown(exercise, pool, store, box_digest)
    tried = [one for one in every if shown.shows(one)]
    shown.close()
    found.total = len(tried)
    explained = dict(exercise.explained)
    for one in tried:
        word = grade(one.source, explain=False, until_failure=True).word
        if word is not Word.PASSED:
            found.killed += 1
            if one.id in explained:
                found.problems.append(f"equivalent.toml explains `{one.id}`, but a probe fails.")
        elif one.id in explained:
            found.explained[one.id] = explained[one.id]
        else:
            found.survivors.append(one.id)
    for unknown in sorted(set(explained) - {one.id for one in tried}):
        found.problems.append(f"equivalent.toml explains `{unknown}`, which is not tried here.")
    if len(found.explained) > MOST_EXPLAINED:
        found.problems.append(
            f"{len(found.explained)} wrappers are explained away, at most {MOST_EXPLAINED} may be."
        )
    for name in found.survivors:
        found.problems.append(f"the reference wrapped as `{name}` is paid in full: let a probe notice it.")
    return found


class _Shown:
    """Runs wrappers on public inputs in one author's box, to see whether their habit ever shows."""

    def __init__(self, exercise: Exercise, pool: Pool, store: ExpectedStore, box_digest: str) -> None:
        self.exercise = exercise
        self.pool = pool
        self.box: AuthorBox | None = None
        self.inputs: dict[str, list[bytes]] = {}
        for probe in exercise.probes:
            if probe.open or probe.after:
                continue
            for seed in public_seeds(probe):
                case = store.get(exercise.grading_digest, box_digest, probe.name, seed)
                if case is not None:
                    self.inputs.setdefault(probe.name, []).append(case.inputs)

    def shows(self, wrapper: Wrapper) -> bool:
        return any(self._shows(wrapper, name) for name in self.inputs)

    def _shows(self, wrapper: Wrapper, name: str) -> bool:
        probe = self.exercise.probe(name)
        if probe.memory_mb is not None or probe.times_faster is not None:
            return False
        source = inlined(self.exercise, wrapper.source, probe.ask_source) + _WHETHER
        try:
            if self.box is None:
                self.box = AuthorBox(self.pool, self.exercise).__enter__()
            answers = self.box.ask(
                probe, source, self.inputs[name], what=wrapper.id, pure=False, seconds=SECONDS
            )
        except AuthorError:  # it hung or ended its box: that shows
            self.close()
            return True
        return any(one.error or wire.decode(one.blob) for one in answers)

    def close(self) -> None:
        if self.box is not None:
            self.box.close()
            self.box = None


_WHETHER = """
_asked = ask


def ask(answer, inputs):
    _asked(answer, inputs)
    return bool(_names["_shown"])
"""
