"""An exercise as a source notebook for nbgrader or for Otter.

They execute tests beside the learner's code and know no author's box. So each task becomes one test of
theirs: the questions of its probes, on inputs and with expected values that were made here, as literals. What
is judged, timed or measured from outside has no form there and is told.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.exercise.folder import Exercise
from grader.exercise.probes import Probe
from grader.notebooks.notebook import Cell, build
from sandbox_images.inside import wire

Cases = Mapping[str, Sequence[tuple[bytes, bytes]]]
"""By the name of a probe: encoded inputs and the encoded value that is expected for them."""
_LARGE = 64
_MOST_TEXT = 200_000
_ONLY_HERE = {"probing": "helpers that only our boxes have", "tracker": "the run tracker of our boxes"}

_SAME = '''
import base64, copy, types
import numpy as np
from math import inf, nan

def same(got, right, rtol, atol, same_dtype=True):
    """Whether two results agree: structure and shapes exactly, numbers within the tolerance."""
    if hasattr(got, "detach"):
        got = got.detach().cpu().numpy()
    if isinstance(right, dict):
        return isinstance(got, dict) and got.keys() == right.keys() and all(
            same(got[key], right[key], rtol, atol, same_dtype) for key in right)
    if isinstance(right, (list, tuple)):
        return isinstance(got, (list, tuple)) and len(got) == len(right) and all(
            same(a, b, rtol, atol, same_dtype) for a, b in zip(got, right))
    numbers = (bool, int, float, complex, np.generic, np.ndarray)
    if not isinstance(right, numbers):
        return type(got) is type(right) and got == right
    if not isinstance(got, numbers):
        return False
    typed = isinstance(got, (np.generic, np.ndarray)) and isinstance(right, (np.generic, np.ndarray))
    got, right = np.asarray(got), np.asarray(right)
    if got.shape != right.shape or (got.dtype.kind == "b") != (right.dtype.kind == "b"):
        return False
    if typed and same_dtype and got.dtype != right.dtype:
        return False
    if right.dtype.kind not in "fc":
        return bool(np.array_equal(got, right))
    scale = float(np.abs(right[np.isfinite(right)]).max(initial=0.0))
    return bool(np.allclose(got, right, rtol=0.0, atol=atol + rtol * scale, equal_nan=True))

def check(ask, cases, rtol, atol, same_dtype, pure, title):
    """Ask the code of this notebook for every case."""
    answer = types.SimpleNamespace(**{k: v for k, v in globals().items() if not k.startswith("_")})
    for inputs, right in cases:
        kept = copy.deepcopy(inputs)
        got = ask(answer, inputs)
        assert same(got, right, rtol, atol, same_dtype), title + ": the result differs"
        assert not pure or same(inputs, kept, 0.0, 0.0), title + ": the inputs were changed"
'''


@dataclass(frozen=True)
class Outgoing:
    """The notebook, and a sentence for everything that it does not hold."""

    data: bytes
    notes: tuple[str, ...]


class _NoLiteralError(Exception):
    """A value that no Python literal stands for."""


def notebook(exercise: Exercise, cases: Cases, system: str) -> Outgoing:
    """The exercise for nbgrader or for otter. `cases` holds what every probe is to be asked."""
    notes: list[str] = []
    for name, text in (("given.py", exercise.given), ("reference.py", exercise.reference)):
        for module, why in _ONLY_HERE.items():
            if re.search(rf"^\s*(?:from|import)\s+{module}\b", text, re.MULTILINE):
                notes.append(f"{name} imports `{module}`, {why}: nothing of that name is there.")
    tests = {task.id: _tests(exercise, task.id, cases, notes) for task in exercise.tasks}
    make = {"nbgrader": _for_nbgrader, "otter": _for_otter}[system]
    return Outgoing(build(make(exercise, tests)), tuple(notes))


@dataclass(frozen=True)
class _Tests:
    visible: str
    hidden: str


def _tests(exercise: Exercise, task: int, cases: Cases, notes: list[str]) -> _Tests:
    parts: dict[bool, list[str]] = {True: [], False: []}
    for probe in exercise.probes:
        if probe.task != task:
            continue
        try:
            parts[probe.visible].append(_check(probe, cases.get(probe.name, ())))
        except _NoLiteralError as error:
            notes.append(f"probe `{probe.name}` stays here: {error}.")
    return _Tests(
        *("\n\n".join([_SAME.strip(), *parts[each]]) if parts[each] else "" for each in (True, False))
    )


def _check(probe: Probe, cases: Sequence[tuple[bytes, bytes]]) -> str:
    """The code that asks one probe. Raises _NoLiteralError."""
    if probe.bound is not None:
        raise _NoLiteralError("its answers are judged, not compared")
    if probe.times_faster is not None or probe.memory_mb is not None:
        raise _NoLiteralError("time and memory are measured from outside")
    for module, why in _ONLY_HERE.items():
        if re.search(rf"^\s*(?:from|import)\s+{module}\b", probe.ask_source, re.MULTILINE):
            raise _NoLiteralError(f"it uses {why}")
    if not cases:
        raise _NoLiteralError("it has no values")
    pairs = [f"({literal(wire.decode(blob))}, {literal(wire.decode(right))})" for blob, right in cases]
    if sum(map(len, pairs)) > _MOST_TEXT:
        raise _NoLiteralError("its inputs are too large for a notebook")
    name = f"check_{probe.name}"
    ask = "\n".join(f"    {line}".rstrip() for line in probe.ask_source.strip().split("\n"))
    listed = "\n".join(f"        {pair}," for pair in pairs)
    same_dtype = probe.dtype == "same"
    return (
        f"def {name}():\n{ask}\n    cases = [\n{listed}\n    ]\n"
        f"    check(ask, cases, {probe.tolerance.rtol!r}, {probe.tolerance.atol!r}, {same_dtype}, "
        f"{probe.pure}, {probe.title!r})\n\n{name}()"
    )


_LARGEST_WHOLE = 10**4000  # Python writes 4,300 digits


def literal(value: object) -> str:
    """A value as an expression, given numpy as np, base64, inf and nan. Raises _NoLiteralError."""
    match value:
        case int() if abs(value) > _LARGEST_WHOLE:
            raise _NoLiteralError("it has a number with too many digits")
        case None | bool() | int() | str() | bytes():
            return repr(value)
        case np.ndarray():
            return _array(value)
        case np.generic():
            return f"np.{value.dtype}({_number(value.item())})"
        case float() | complex():
            return _number(value)
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case tuple():
            return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
        case frozenset():
            return f"frozenset({literal(set(value)) if value else ''})"
        case set():
            return f"{{{', '.join(sorted(map(literal, value)))}}}" if value else "set()"
        case dict():
            return f"{{{', '.join(f'{literal(key)}: {literal(item)}' for key, item in value.items())}}}"
    raise _NoLiteralError("it compares what is no plain value, as an exception")


def _number(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "nan", "inf": "inf", "-inf": "-inf"}[str(value)]
    if isinstance(value, complex) and not (math.isfinite(value.real) and math.isfinite(value.imag)):
        return f"complex({_number(value.real)}, {_number(value.imag)})"
    return repr(value)


def _array(value: np.ndarray) -> str:
    kind = value.dtype.name if value.dtype.isnative else value.dtype.str
    if value.size <= _LARGE and value.size and value.dtype.kind in "biuf":
        return f'np.array({literal(value.tolist())}, dtype="{kind}")'
    if not value.size:
        return f'np.zeros({value.shape}, "{kind}")'
    data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
    shape = tuple(int(n) for n in value.shape)
    return f'np.frombuffer(base64.b64decode("{data}"), "{kind}").reshape({shape}).copy()'


def _prose(exercise: Exercise) -> list[str]:
    """The page: its head, and one text for each task."""
    text = re.sub(r"\A\s*# .*\n?", "", exercise.task_md).strip()
    parts = re.split(r"(?m)^(?=##\s+Task\s+\d+)", text)
    head, tasks = (parts[0], parts[1:]) if not parts[0].startswith("## ") else ("", parts)
    return [f"# {exercise.title}\n\n{head}".strip(), *(part.strip() for part in tasks)]


def _solution(exercise: Exercise, begin: str, end: str) -> str:
    """The starter, and after it the reference, which takes its place in whoever runs both."""
    return f"{exercise.starter.strip()}\n\n{begin}\n{exercise.reference.strip()}\n{end}"


def _for_nbgrader(exercise: Exercise, tests: Mapping[int, _Tests]) -> list[Cell]:
    def marked(
        name: str, source: str, *, code: bool = True, points: float | None = None, solution: bool = False
    ) -> Cell:
        marks: dict[str, object] = {
            "grade": points is not None,
            "solution": solution,
            "locked": not solution,
            "task": False,
            "grade_id": name,
            "schema_version": 3,
        }
        if points is not None:
            marks["points"] = points
        return Cell(source=source, code=code, metadata={"nbgrader": marks})

    head, *tasks = _prose(exercise)
    cells = [marked("exercise", head, code=False)]
    cells += [marked(f"page-{number}", text, code=False) for number, text in enumerate(tasks, 1)]
    if exercise.given.strip():
        cells.append(marked("given", exercise.given.strip()))
    cells.append(
        marked("answer", _solution(exercise, "### BEGIN SOLUTION", "### END SOLUTION"), solution=True)
    )
    for task, test in tests.items():
        source = test.visible or "# The checks of this task are hidden."
        if test.hidden:
            source += f"\n\n### BEGIN HIDDEN TESTS\n{test.hidden}\n### END HIDDEN TESTS"
        cells.append(marked(f"task-{task}", source, points=exercise.possible(task)))
    return cells


def _for_otter(exercise: Exercise, tests: Mapping[int, _Tests]) -> list[Cell]:
    def raw(*lines: str) -> Cell:
        return Cell(source="\n".join(lines), code=False, raw=True)

    head, *tasks = _prose(exercise)
    cells = [
        raw("# ASSIGNMENT CONFIG", "init_cell: true", "export_cell: false"),
        Cell(source=head, code=False),
    ]
    if exercise.given.strip():
        cells.append(Cell(source=exercise.given.strip()))
    for number, (task, test) in enumerate(tests.items()):
        cells.append(raw("# BEGIN QUESTION", f"name: task{task}", f"points: {exercise.possible(task):g}"))
        cells.append(Cell(source=tasks[number], code=False))
        if number == 0:
            solution = _solution(exercise, "# BEGIN SOLUTION", "# END SOLUTION")
            cells += [raw("# BEGIN SOLUTION"), Cell(source=solution), raw("# END SOLUTION")]
        cells.append(raw("# BEGIN TESTS"))
        cells += [Cell(source=test.visible)] if test.visible else []
        cells += [Cell(source=f"# HIDDEN\n{test.hidden}")] if test.hidden else []
        cells += [raw("# END TESTS"), raw("# END QUESTION")]
    return cells
