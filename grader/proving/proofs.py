"""The two proofs that a reference's gradient is right: finite differences, and an independent truth.

A gradient probe with `wrt` and `value` can be proven by central differences: `finite_difference_source`
is what runs in an author's box with the reference, `agrees` compares its numbers with what the
reference's backward returned (here, outside). A `truth` that is worked out another way is the other
proof. Two truths count as two only when they are written differently, whatever numbers they use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.exercise import reader
from grader.exercise.folder import Exercise
from grader.exercise.probes import Probe
from grader.verdict import Failing
from sandbox_images.inside.wire import Bf16, Value

NORM_RELATIVE = 1e-6
LARGEST_RELATIVE = 1e-5
NOISE = 1e-9
"""What central differences of a value of size 1 may be off by: rounding of the value over the step."""

_FINITE_DIFFERENCES = """

def ask(answer, inputs):
    import copy as _copy
    import numpy as _np

    step = 1e-5

    def total(changed):
        result = value(answer, _copy.deepcopy(changed))
        return float(result.item() if hasattr(result, "item") else result)

    inputs = _copy.deepcopy(inputs)

    def widened(node):
        if isinstance(node, dict):
            return {key: widened(item) for key, item in node.items()}
        if isinstance(node, (list, tuple)):
            return [widened(item) for item in node]
        if isinstance(node, (_np.ndarray, _np.generic)) and node.dtype.kind == "f":
            return _np.array(node, dtype=_np.float64)
        return node

    def slopes(holder, place):
        node = holder[place]
        if isinstance(node, dict):
            return {key: slopes(node, key) for key in node}
        if isinstance(node, list):
            return [slopes(node, number) for number in range(len(node))]
        if isinstance(node, float):
            return slope(holder, place, node)
        if isinstance(node, _np.ndarray) and node.dtype.kind == "f":
            found = _np.zeros(node.shape)
            for index in _np.ndindex(node.shape):
                found[index] = slope(node, index, float(node[index]))
            return found
        return None

    def slope(holder, place, here):
        h = step * max(1.0, abs(here))
        holder[place] = here + h
        above = total(inputs)
        holder[place] = here - h
        below = total(inputs)
        holder[place] = here
        return (above - below) / ((here + h) - (here - h))

    names = %(wrt)r
    for name in names:
        inputs[name] = widened(inputs[name])
    return [slopes(inputs, name) for name in names]
"""


@dataclass(frozen=True)
class GradientTask:
    """A task that asks for gradients, and the probes that can prove the reference's."""

    task: int
    finite: tuple[Probe, ...]
    truths: tuple[Probe, ...]

    @property
    def count(self) -> int:
        """How many independent proofs there are."""
        return bool(self.finite) + len(self.truths)


def proofs(exercise: Exercise) -> tuple[GradientTask, ...]:
    """Every task with a gradient probe. Of truths that are written alike only the first is listed."""
    found = []
    for task in exercise.tasks:
        mine = [
            probe for probe in exercise.probes if probe.task == task.id and probe.kind is Failing.GRADIENT
        ]
        if not mine:
            continue
        functions = {name for probe in mine for name in probe.functions}
        truths: dict[str, Probe] = {}
        for probe in exercise.probes:
            # A probe of values and gradients together proves both.
            same = probe in mine or (probe.task == task.id and functions & set(probe.functions))
            if same and probe.has_truth:
                truths.setdefault(_way(probe), probe)
        finite = tuple(probe for probe in mine if probe.wrt)
        found.append(GradientTask(task.id, finite, tuple(truths.values())))
    return tuple(found)


def _way(probe: Probe) -> str:
    """How a truth is worked out: its body without the constants, so that `f("relu")` is `f("gelu")`."""
    return str(reader.ask("way", seconds=reader.FOR_AN_AUTHOR, text=probe.author_source))


def finite_difference_source(probe: Probe) -> str:
    """Source whose `ask(answer, inputs)` differentiates the probe's `value`: one result for each of `wrt`."""
    return probe.author_source + _FINITE_DIFFERENCES % {"wrt": tuple(probe.wrt)}


def agrees(gradient: Value, numeric: Value, wrt: Sequence[str]) -> str:
    """Empty when the reference's gradients are the numeric ones, otherwise a sentence for the author."""
    mine = _by_name(gradient, wrt)
    if isinstance(mine, str):
        return mine
    if not isinstance(numeric, list | tuple) or len(numeric) != len(wrt):
        return "finite differences gave no result"
    for name in wrt:
        problem = _differ(mine[name], numeric[list(wrt).index(name)], f"`{name}`")
        if problem:
            return problem
    return ""


def _by_name(gradient: Value, wrt: Sequence[str]) -> dict[str, Value] | str:
    if isinstance(gradient, dict):
        for form in ("{}", "d{}", "grad_{}"):
            if set(gradient) == {form.format(name) for name in wrt}:
                return {name: gradient[form.format(name)] for name in wrt}
    if len(wrt) == 1:
        one = gradient[0] if isinstance(gradient, list | tuple) and len(gradient) == 1 else gradient
        return {wrt[0]: one}
    if isinstance(gradient, list | tuple) and len(gradient) == len(wrt):
        return dict(zip(wrt, gradient, strict=True))
    return f"ask must return {len(wrt)} gradients, those for {', '.join(wrt)}, in that order"


def _differ(gradient: Value, numeric: Value, path: str) -> str:
    if numeric is None:
        return f"{path} holds no floating-point numbers, so there is no gradient for it"
    if isinstance(numeric, dict):
        if not isinstance(gradient, dict) or set(gradient) != set(numeric):
            return f"the gradient of {path} must be a dict with the keys {', '.join(map(repr, numeric))}"
        parts = [_differ(gradient[key], numeric[key], f"{path}[{key!r}]") for key in numeric]
        return next(filter(None, parts), "")
    if isinstance(numeric, list):
        if not isinstance(gradient, list | tuple) or len(gradient) != len(numeric):
            return f"the gradient of {path} must be a list of {len(numeric)}"
        parts = [_differ(gradient[n], numeric[n], f"{path}[{n}]") for n in range(len(numeric))]
        return next(filter(None, parts), "")
    if not isinstance(gradient, int | float | np.generic | np.ndarray | Bf16):
        return f"the gradient of {path} is not an array"
    return _numbers(gradient, np.asarray(numeric, dtype=np.float64), path)


def _numbers(gradient: Value, numeric: np.ndarray[Any, Any], path: str) -> str:
    got = gradient.as_float32() if isinstance(gradient, Bf16) else np.asarray(gradient)
    if got.dtype.kind not in "fiu":
        return f"the gradient of {path} has the dtype {got.dtype}"
    if got.shape != numeric.shape:
        return f"the gradient of {path} has the shape {got.shape}, its input {numeric.shape}"
    if not numeric.size:
        return ""
    got = got.astype(np.float64)
    if not (np.isfinite(got).all() and np.isfinite(numeric).all()):
        return f"the gradient of {path}, or its finite differences, are not finite: a kink or an overflow"
    error = np.abs(got - numeric)
    largest = float(np.abs(numeric).max())
    norm = float(np.linalg.norm(numeric))
    relative = float(np.linalg.norm(got - numeric)) / max(norm, NOISE)
    slack = NOISE * max(1.0, largest)
    if error.max() <= LARGEST_RELATIVE * largest + slack and (
        relative <= NORM_RELATIVE or error.max() <= slack
    ):
        return ""
    worst = np.unravel_index(int(np.argmax(error)), error.shape)
    place = f" at {[int(n) for n in worst]}" if worst else ""
    return (
        f"the gradient of {path} is {got[worst]:.9g}{place}, finite differences say {numeric[worst]:.9g}"
        f" (relative error {relative:.1e})"
    )
