"""The cells of a notebook that an author hands in, taken out of its JSON in the reading process.

Of a cell only its kind, its text, the marks of nbgrader, its tags and the first text that it showed are
looked at. What cannot be read is one sentence (NoNotebookError).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.exercise import trees
from grader.notebooks.notebook_text import MOST_CELLS, without_magics

KINDS = ("code", "markdown", "raw")


class NoNotebookError(Exception):
    """What is wrong with a notebook, in one sentence for its author."""


@dataclass(frozen=True)
class Taken:
    """One cell. `number` counts from 1, `marks` are nbgrader's, `showed` is a text of its
    output. `text` is Python where `source`, what stands there, has lines that only a notebook understands."""

    number: int
    kind: str
    text: str
    marks: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    showed: str = ""
    source: str = ""

    @property
    def where(self) -> str:
        """The cell, as a sentence names it."""
        name = self.marks.get("grade_id")
        return f"cell {self.number}" + (f" (`{name[:80]}`)" if isinstance(name, str) and name else "")


@dataclass(frozen=True)
class Notebook:
    """A notebook's cells, and what its metadata say for Otter."""

    cells: tuple[Taken, ...]
    otter: Mapping[str, Any]


def notebook(data: bytes) -> Notebook:
    """The cells of a notebook of format 4. Raises NoNotebookError."""
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NoNotebookError("this is not a notebook: it cannot be read as JSON.") from None
    if isinstance(found, dict) and isinstance(found.get("worksheets"), list):
        version = found.get("nbformat")
        raise NoNotebookError(
            f"this notebook is of format {version if version in (1, 2, 3) else 'before 4'}: open it in "
            "Jupyter, save it anew, and bring that."
        )
    cells = found.get("cells") if isinstance(found, dict) else None
    if not isinstance(cells, list):
        raise NoNotebookError("this is not a notebook: it has no cells.")
    if len(cells) > MOST_CELLS:
        raise NoNotebookError(f"the notebook has more than {MOST_CELLS} cells.")
    taken = []
    room = trees.LARGEST_TEXT
    for number, cell in enumerate(cells, 1):
        one = _taken(number, cell)
        room -= len(one.text)
        if room < 0:
            raise NoNotebookError(f"the notebook holds more than {trees.LARGEST_TEXT // 1024} kB of text.")
        taken.append(one)
    return Notebook(tuple(taken), _table(_table(found.get("metadata")).get("otter")))


def _taken(number: int, cell: Any) -> Taken:
    if not isinstance(cell, dict) or cell.get("cell_type") not in KINDS:
        raise NoNotebookError(f"cell {number} is neither code nor Markdown nor raw text.")
    metadata = _table(cell.get("metadata"))
    tags = metadata.get("tags")
    text = _text(cell.get("source"))
    return Taken(
        number=number,
        kind=cell["cell_type"],
        text=without_magics(text) if cell["cell_type"] == "code" else text,
        marks=_table(metadata.get("nbgrader")),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        showed=_showed(cell.get("outputs")),
        source=text,
    )


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(source: Any) -> str:
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    text = source if isinstance(source, str) else ""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NoNotebookError("the notebook holds text that is not valid Unicode.") from None
    if "\0" in text:
        raise NoNotebookError("the notebook holds a NUL character.")
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def _showed(outputs: Any) -> str:
    for output in outputs if isinstance(outputs, list) else []:
        data = _table(_table(output).get("data")).get("text/plain", _table(output).get("text"))
        if data:
            return _text(data)[:2000]
    return ""
