"""A probe that was answered, asked again in ways that show what right numbers hide: `ask(answer, inputs)`.

Code can return right values and still be wrong to live with: it hands out one buffer again and again, keeps
results by shape or by `id`, returns its input's own memory, changes a cache on the way back, remembers the
last call in a global. What comes out here are values, encoded; what they should have been is known outside.
Like all in this process it is at the mercy of the learner's code: it may fail a task and never pay one.
"""

from __future__ import annotations

import contextlib
import copy
import io
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import cells  # type: ignore[import-not-found]
import numpy as np
import wire  # type: ignore[import-not-found]
from held import Anew  # type: ignore[import-not-found]

Ask = Callable[[Any, Any], Any]


def ask(answer: Any, inputs: dict[str, Any]) -> dict[str, list[bytes]]:
    """What each question of `inputs["asked"]` brought, one value for each case.

    `inputs`: the probe's source (`ask`) and its encoded inputs (`cases`), the first two calls at most. A
    question that could not be put to the end is answered by the name of the exception alone.
    """
    probe = cells.function(inputs["ask"])
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        cases = [Anew(case) for case in inputs["cases"]]
        return dict(_questions(probe, answer, cases, inputs["asked"]))


def _questions(probe: Ask, answer: Any, cases: list[Anew], asked: list[str]) -> Iterator[tuple[str, Any]]:
    calls = _Calls(answer)
    yield from _held(probe, calls, cases, asked)
    made = calls.made  # none: no function of plain data is called here, objects are
    for name in ("between", "twice"):
        if name in asked and made:
            calls.mode = name
            yield name, _tried(lambda: [wire.encode(probe(calls, cases[0].made()))])
    if "reused" in asked and not made and len(cases) > 1:
        yield "reused", _tried(lambda: _reused(probe, answer, *cases))
    if "beside" in asked and not made:
        yield "beside", _tried(lambda: [_beside(probe, answer, cases[0])])


def _tried(work: Callable[[], list[bytes]]) -> list[bytes]:
    try:
        return work()
    except Exception as error:  # noqa: BLE001  whatever the learner's code raises
        return [wire.encode(type(error).__name__)]


def _whatever(work: Callable[[], Any]) -> None:
    """For calls of which nobody wants the result."""
    with contextlib.suppress(Exception):
        work()


# ---- results, held and looked at later -----------------------------------------------------------------


def _held(probe: Ask, answer: Any, cases: list[Anew], asked: list[str]) -> Iterator[tuple[str, Any]]:
    given = [case.made() for case in cases]
    results: list[Any] = []

    def first() -> list[bytes]:
        told = []
        for one in given:
            results.append(probe(answer, one))
            told.append(wire.encode(results[-1]))
        return told

    yield "first", _tried(first)
    yield "kept", [wire.encode(one) for one in results]
    for one in given:
        _scribble(one)
    yield "overwritten", [wire.encode(one) for one in results]
    if "written" not in asked:
        return
    _scribble(results)
    yield "written", _tried(lambda: [wire.encode(probe(answer, cases[0].made()))])


def _scribble(value: Any) -> None:
    """Write other numbers into every array."""
    if isinstance(value, np.ndarray) and value.flags.writeable:
        if value.dtype.kind in "fc":
            value *= -1.5
            value += 0.75
        elif value.dtype.kind in "iu":
            value ^= 1
        elif value.dtype.kind == "b":
            value[...] = ~value
    elif type(value) in (list, tuple):
        for item in value:
            _scribble(item)
    elif type(value) is dict:
        for item in value.values():
            _scribble(item)


def _reused(probe: Ask, answer: Any, one: Anew, other: Anew) -> list[bytes]:
    """The second case in the arrays of the first."""
    mine = one.made()
    _whatever(lambda: probe(answer, mine))
    return [wire.encode(probe(answer, _poured(mine, other.made())))]


def _poured(old: Any, new: Any) -> Any:
    if isinstance(old, np.ndarray) and isinstance(new, np.ndarray):
        if old.shape == new.shape and old.dtype == new.dtype and old.flags.writeable:
            old[...] = new
            return old
    elif type(old) is dict and type(new) is dict:
        return {key: _poured(old[key], item) if key in old else item for key, item in new.items()}
    elif type(old) in (list, tuple) and type(new) is type(old):
        paired = [_poured(a, b) for a, b in zip(old, new, strict=False)]
        return type(new)(paired + list(new[len(paired) :]))
    return new


# ---- functions that are called once more than the probe asks --------------------------------------------


class _Calls:
    """The learner's names. In mode "between" functions are called with other numbers after each call, in mode
    "twice" before it too, and twice with the same. `made` counts the calls that were of plain data."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.mode, self.made = answer, "", 0

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.answer, name)
        return _called(self, value) if type(value) is types.FunctionType else value


def _called(calls: _Calls, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        everything = [*args, *kwargs.values()]
        if not _plain(everything):
            return function(*args, **kwargs)
        calls.made += 1
        if not calls.mode:
            return function(*args, **kwargs)
        others, words = _other(list(args)), _other(kwargs)
        if calls.mode == "twice":
            rngs = [item for item in everything if isinstance(item, np.random.Generator)]
            states = [(rng, rng.bit_generator.state) for rng in rngs]
            _in_place(everything, lambda: function(*args, **kwargs))
            for rng, state in states:
                rng.bit_generator.state = state
            if function(*args, **kwargs) is None:
                return None
            for rng, state in states:
                rng.bit_generator.state = state
        result = function(*args, **kwargs)
        _whatever(lambda: function(*others, **words))
        return result

    return call


def _plain(value: Any) -> bool:
    if type(value) in (list, tuple):
        return all(map(_plain, value))
    if type(value) is dict:
        return all(map(_plain, value.values()))
    known = (np.ndarray, np.generic, np.random.Generator, types.FunctionType)
    return value is None or type(value) in (bool, int, float, complex, str) or isinstance(value, known)


def _other(value: Any) -> Any:
    """The same with other numbers: arrays back to front and a little smaller."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.dtype.itemsize > 2:
        return (value[(slice(None, None, -1),) * value.ndim] * value.dtype.type(0.9)).reshape(value.shape)
    if type(value) in (list, tuple):
        return type(value)([_other(item) for item in value])
    if type(value) is dict:
        return {key: _other(item) for key, item in value.items()}
    if isinstance(value, np.random.Generator):
        return copy.deepcopy(value)
    return value * 0.9 if type(value) is float else value


def _in_place(everything: list[Any], work: Callable[[], Any]) -> None:
    """Work while the arrays hold other numbers; theirs are put back to the last bit."""
    arrays = _writeable(everything)
    held = [array.copy() for array in arrays]
    others = [_other(array) for array in held]
    for array, other in zip(arrays, others, strict=True):
        array[...] = other
    _whatever(work)
    for array, one in zip(arrays, held, strict=True):
        array[...] = one


def _writeable(value: Any) -> list[Any]:
    if isinstance(value, np.ndarray):
        return [value] if value.flags.writeable and value.dtype.kind == "f" else []
    if type(value) is dict:
        value = list(value.values())
    if type(value) in (list, tuple):
        return [array for item in value for array in _writeable(item)]
    return []


# ---- objects: another asking of the same probe between any two calls ------------------------------------


class _Enough(Exception):
    """Ends an asking in the middle."""


def _beside(probe: Ask, answer: Any, case: Anew) -> bytes:
    """Ask, and in the middle and before the last call into the learner's code begin the same with other
    numbers, as far as this asking has come: its objects live on, and nothing of theirs was finished."""
    returns = _returns(probe, answer, case)
    places = {(returns + 1) // 2, returns - 1}
    alive: list[BaseException | None] = []

    def look(nth: int) -> None:
        if nth in places:
            alive.append(_elsewhere(lambda: _so_far(probe, answer, _other(case.made()), nth)))

    with _watched(look):
        result = probe(answer, case.made())
    return wire.encode(result)  # type: ignore[no-any-return]


def _returns(probe: Ask, answer: Any, case: Anew) -> int:
    """How many calls of a probe into the learner's code come back to it."""
    count = 0

    def look(nth: int) -> None:
        nonlocal count
        count = nth

    with _watched(look):
        probe(answer, case.made())
    return count


def _so_far(probe: Ask, answer: Any, case: Any, most: int) -> BaseException | None:
    """Ask up to so many returns. What is handed back keeps alive what was made until then."""

    def look(nth: int) -> None:
        if nth >= most:
            raise _Enough

    try:
        with _watched(look):
            probe(answer, case)
    except Exception as error:  # noqa: BLE001  ours, or whatever other numbers lead to
        return error
    return None


@contextlib.contextmanager
def _watched(look: Callable[[int], None]) -> Iterator[None]:
    """`look` is told the number of each return from the learner's code to the probe, in this thread."""
    count = 0

    def enter(frame: types.FrameType, event: str, _: Any) -> Any:
        back = frame.f_back
        if frame.f_code.co_filename != cells.ANSWER or back is None or back.f_code.co_filename != cells.PROBE:
            return None
        frame.f_trace_lines = False
        return leave

    def leave(frame: types.FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if event == "return":
            count += 1
            look(count)
        return leave

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        yield
    finally:
        sys.settrace(before)


def _elsewhere(work: Callable[[], Any]) -> Any:
    """The result of work in a thread of its own: in one that is being watched, nothing else can be."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join()
    return found
