"""Running source text the way a notebook does, and saying what went wrong in the learner's terms.

Everything here runs in the same process as the learner's code, after it and at its mercy: what it
reports is data for a person to read, never a verdict.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import linecache
import sys
import warnings
from collections.abc import Callable, Iterator
from types import CodeType, TracebackType
from typing import Any

import dark  # type: ignore[import-not-found]

ANSWER, PROBE = "<answer>", "<probe>"
"""The file names that the code of a learner and of a probe is compiled under."""
PNG = "image/png"
DARK_PNG = "application/x-zero-to-gpt-dark-png"
MOST_MESSAGE = 2_000
MOST_TEXT = 20_000
MOST_FIGURES = 8
MOST_FRAMES = 12
MOST_IMAGE = 700_000
MOST_PROBES = 64
MOST_WARNINGS = 20
MOST_WARNING = 500

files: set[str] = set()
"""The file names of pieces (pieces.py): a learner's own earlier code, so a traceback tells its lines, too."""

_probes: dict[str, CodeType] = {}


class Answer:
    """The learner's namespace as a probe sees it: `answer.softmax`."""

    __slots__ = ("_names",)

    def __init__(self, names: dict[str, Any]) -> None:
        object.__setattr__(self, "_names", names)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._names[name]
        except KeyError:
            raise AttributeError(f"your code defines no `{name}`") from None

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a probe does not change the learner's names")

    def __dir__(self) -> list[str]:
        return sorted(self._names)


def remember(source: str, filename: str) -> None:
    """Make the lines of a cell known to tracebacks and `inspect`."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)


def parts(source: str, filename: str) -> tuple[CodeType, CodeType | None]:
    """The cell compiled: its statements, and its last expression where it ends in one."""
    remember(source, filename)
    with _few_warnings():
        tree = ast.parse(source, filename)
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
            expression = ast.Expression(tree.body[-1].value)
            last = compile(expression, filename, "eval", dont_inherit=True)
            tree.body.pop()
        return compile(tree, filename, "exec", dont_inherit=True), last


@contextlib.contextmanager
def _few_warnings() -> Iterator[None]:
    """Print the first of what Python warns of, and how many there are: a text can have one on each line."""
    with warnings.catch_warnings(record=True) as found:
        yield
    told = [
        clip(
            warnings.formatwarning(one.message, one.category, one.filename, one.lineno).strip(), MOST_WARNING
        )
        for one in found[:MOST_WARNINGS]
    ]
    if len(found) > MOST_WARNINGS:
        told.append(f"... and {len(found) - MOST_WARNINGS} warnings more")
    if told and sys.stderr is not None:  # an earlier answer of the learner's may have taken it away
        sys.stderr.write("\n".join([*told, ""]))


def function(source: str) -> Callable[..., Any]:
    """The `ask` that the source of a probe defines, in a namespace of its own; compiled once in a process."""
    code = _probes.get(source)
    if code is None:
        if len(_probes) >= MOST_PROBES:  # an author's box is asked more and more
            _probes.clear()
        code = _probes[source] = compile(source, PROBE, "exec", dont_inherit=True)
    remember(source, PROBE)
    names: dict[str, Any] = {"__name__": "probe"}
    exec(code, names)  # noqa: S102  what a box is for
    ask: Callable[..., Any] = names["ask"]
    return ask


def forget() -> None:
    """Nothing that was compiled or executed so far."""
    _probes.clear()
    for filename in (ANSWER, PROBE):
        linecache.cache.pop(filename, None)


def run(code: tuple[CodeType, CodeType | None], names: dict[str, Any]) -> str | None:
    """Execute the parts of a cell; the text of its last expression, if it has one that is not None."""
    body, last = code
    exec(body, names)  # noqa: S102  this is what a box is for
    if last is None:
        return None
    value = eval(last, names)  # noqa: S307  as above
    return None if value is None else clip(repr(value), MOST_TEXT)


def display(*values: object) -> None:
    """A notebook's `display`: the text of each value on a line. Figures show themselves when a cell ends."""
    for value in values:
        sys.stdout.write(clip(repr(value), MOST_TEXT) + "\n")


def clip(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def figures(*, twice: bool = False) -> list[tuple[str, str]]:
    """Every open matplotlib figure as (mime type, base64 PNG); closes them. Never imports matplotlib.

    `twice`: each of them once more, in colours for a dark page.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    images = []
    for number in pyplot.get_fignums()[:MOST_FIGURES]:
        figure = pyplot.figure(number)
        images += [(PNG, image) for image in _saved(figure)]
        if twice:
            dark.recolour(figure)
            images += [(DARK_PNG, image) for image in _saved(figure)]
    pyplot.close("all")
    return images


def _saved(figure: Any) -> list[str]:
    """The figure as a picture, with fewer dots where it would be too large; nothing if it always is."""
    for dots in (100, 50, 25):
        data = io.BytesIO()
        figure.savefig(data, format="png", dpi=dots, bbox_inches="tight")
        if data.tell() <= MOST_IMAGE:
            return [base64.b64encode(data.getvalue()).decode("ascii")]
    return []


def report(error: BaseException, filename: str = ANSWER) -> dict[str, Any]:
    """What was raised, told by the learner's own lines only; `line` is one of this file."""
    try:
        without = isinstance(error, SyntaxError) and not error.msg  # it would call itself None
        message = "" if without else clip(str(error), MOST_MESSAGE)
    except Exception:  # noqa: BLE001  the learner's own __str__ may do anything
        message = ""
    if isinstance(error, SyntaxError) and error.filename == filename:
        line, message = error.lineno, clip(error.msg or "", MOST_MESSAGE)
        code = clip((error.text or "").rstrip("\n"), 500)
        return {"type": type(error).__name__, "message": message, "line": line, "code": code, "traceback": ""}
    if isinstance(error, PermissionError) and _came_through(error.__traceback__, "multiprocessing"):
        message += ": a box has no pipes for processes that work together (a data loader takes num_workers=0)"
    places = _places(error.__traceback__, filename)
    shown = [
        f"{f'line {line}' if file == filename else f'{file}:{line}'}, in {name}\n    {_line(file, line)}"
        for file, line, name in _shorter(places)
    ]
    line = next((line for file, line, _ in reversed(places) if file == filename), None)
    return {
        "type": clip(type(error).__name__, 200),
        "message": message,
        "line": line,
        "code": _line(filename, line) if line else "",
        "traceback": "\n".join(shown),
    }


def _came_through(trace: TracebackType | None, library: str) -> bool:
    for _ in range(5_000):
        if trace is None:
            return False
        if f"/{library}/" in trace.tb_frame.f_code.co_filename:
            return True
        trace = trace.tb_next
    return False


def _places(trace: TracebackType | None, filename: str) -> list[tuple[str, int, str]]:
    found: list[tuple[str, int, str]] = []
    while trace is not None and len(found) < 5_000:
        code = trace.tb_frame.f_code
        if code.co_filename == filename or code.co_filename in files:
            found.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    return found


def _shorter(places: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """The first and the last frames of a deep recursion."""
    half = MOST_FRAMES // 2
    return places if len(places) <= MOST_FRAMES else places[:half] + places[-half:]


def _line(filename: str, line: int) -> str:
    return clip(linecache.getline(filename, line).strip(), 500)
