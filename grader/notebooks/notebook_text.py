"""The code in a stranger's notebook, taken out of its JSON in the reading process."""

from __future__ import annotations

import json
import re
from typing import Any

from grader.exercise import trees

MOST_CELLS = 2000
MARK = "zero_to_gpt"
"""Key in a cell's metadata: {"role": "given"} marks code that the grader brings along itself."""


def source_of(*, data: bytes) -> dict[str, str]:
    """The `source` of all code cells as one text, or the `problem` with the notebook in one sentence."""
    try:
        notebook = json.loads(data.decode("utf-8-sig"), parse_int=_number, parse_float=_number)
    except (ValueError, RecursionError):
        return {"problem": "this is not a notebook: it cannot be read as JSON"}
    del data
    try:
        return {"source": _source(notebook)}
    except _NoNotebookError as error:
        return {"problem": str(error)}


class _NoNotebookError(Exception):
    pass


def _source(notebook: Any) -> str:
    cells = _cells(notebook)
    if len(cells) > MOST_CELLS:
        raise _NoNotebookError(f"the notebook has more than {MOST_CELLS} cells")
    texts, room = [], trees.LARGEST_TEXT
    for cell in cells:
        text = _text(cell)
        room -= len(text)
        if room < 0:
            raise _NoNotebookError(f"the notebook holds more than {trees.LARGEST_TEXT // 1024} kB of code")
        texts.append(without_magics(text))
    return "\n\n".join(text for text in texts if text.strip()) + "\n"


def _number(text: str) -> float:
    """No number of a notebook matters here, and a long one could cost seconds."""
    return 0.0


def _cells(notebook: Any) -> list[Any]:
    """The cells of a notebook of any version (before version 4 they lay in worksheets)."""
    if isinstance(notebook, dict):
        if isinstance(notebook.get("cells"), list):
            return list(notebook["cells"])
        sheets = notebook.get("worksheets")
        if isinstance(sheets, list):
            found: list[Any] = []
            for sheet in sheets:
                if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list):
                    found += sheet["cells"]
            return found
    raise _NoNotebookError("this is not a notebook: it has no cells")


def _text(cell: Any) -> str:
    if not isinstance(cell, dict) or cell.get("cell_type") != "code" or _role(cell) == "given":
        return ""
    marks = _metadata(cell).get("nbgrader")
    if isinstance(marks, dict) and marks.get("grade") is True and marks.get("solution") is not True:
        return ""  # nbgrader's tests: they are not the learner's, and stop where the answer is wrong
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return ""
    source = source.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    return "" if talks_to_otter(source) else source


_OTTER = re.compile(
    r"\s*(import otter\b|from otter\b|grader\s*=\s*otter\.|grader\.(check|check_all|export)\()"
)


def talks_to_otter(source: str) -> bool:
    """Whether a cell does nothing but ask Otter, which is in no box, for its checks or a file to hand in."""
    lines = [line for line in source.split("\n") if line.strip() and not line.strip().startswith("#")]
    return bool(lines) and all(_OTTER.match(line) for line in lines)


def _metadata(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = cell.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _role(cell: dict[str, Any]) -> object:
    mark = _metadata(cell).get(MARK)
    return mark.get("role") if isinstance(mark, dict) else None


def _is_python(text: str) -> bool:
    try:
        trees.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def without_magics(text: str) -> str:
    """A cell of Jupyter's Python as Python, line for line: what only a notebook understands is a comment.

    What `%time` and its like only measure stays, measured or not; a cell in another language goes.
    Which lines these are is clear only where a statement begins: in brackets or a string, `%` is Python's.
    """
    if _is_python(text):
        return text
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    whole = re.match(r"\s*%%(\w+)", lines[first])
    if whole and whole[1] not in MEASURES:
        return "\n".join(f"# {line.strip()}" for line in lines)
    reading = _Reading()
    kept = []
    for number, line in enumerate(lines):
        left = f"# {line.strip()}" if whole and number == first else _left_of(line)
        if reading.at_a_statement and left is not None:
            kept.append(left)
        else:
            reading.line(line)
            kept.append(line)
    return "\n".join(kept)


MEASURES = {"time", "capture", "prun"}
"""What they run is run in the notebook's own names. `timeit` is not one: it forgets all that it ran."""
_MEASURED = re.compile(r"%(?:time|prun)\s+(?:-\w+\s*\d*\s+)*(?P<statement>[^-\s].*)")


def _left_of(line: str) -> str | None:
    """What is left of a line that begins a statement, if it is a notebook's; None if it is Python's."""
    bare = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    measured = _MEASURED.fullmatch(bare)
    if measured and _is_python(measured["statement"]):
        return indent + measured["statement"]
    if bare.startswith(("%", "!", "?")) or re.fullmatch(r"[\w.]+\?{1,2}", bare):
        return f"{indent}pass  # {bare}" if indent else f"# {bare}"
    return None


class _Reading:
    """How far Python's statements go, line by line: through brackets, strings and continued lines."""

    _NEXT = re.compile(r'''"""|\'{3}|"|\'|[()\[\]{}]|#|\\''')

    def __init__(self) -> None:
        self._quote = ""
        self._depth = 0
        self._continued = False

    @property
    def at_a_statement(self) -> bool:
        """Whether the next line begins one."""
        return not self._quote and self._depth <= 0 and not self._continued

    def line(self, line: str) -> None:
        at = 0
        self._continued = False
        while found := self._NEXT.search(line, at):
            at, sign = found.end(), found[0]
            if sign == "\\":
                self._continued = at == len(line)
                at += 1
            elif self._quote:
                if sign == self._quote:
                    self._quote = ""
                elif sign.startswith(self._quote):  # three that end a string of one kind, and begin another
                    self._quote, at = "", found.start() + 1
                elif len(sign) == 1:
                    continue
                else:
                    at = found.start() + 1
            elif sign == "#":
                return
            elif sign in "([{":
                self._depth += 1
            elif sign in ")]}":
                self._depth -= 1
            else:
                self._quote = sign
        if len(self._quote) == 1 and not self._continued:
            self._quote = ""  # a string of one line ends with it, whether or not it was closed
