"""Exercises and lessons as notebooks, out and in. The second round gives the same bytes as the first.

Out is text put into cells. In is read by a process of its own (incoming.py), which may die of it.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.exercise import reader
from grader.notebooks import incoming, markdown
from grader.notebooks.notebook import LARGEST, Cell, build

_PROGRAM = (
    "-I", "-S", "-B", "-c",
    "import sys; sys.path.append(sys.argv[1]); from grader.reading import child; "
    "from grader.notebooks import incoming; child.serve({'notebook': incoming.read})",
)  # fmt: skip
_reader = reader.Reader(_PROGRAM)
atexit.register(_reader.close)
os.register_at_fork(after_in_child=_reader.forget)
_FIRST = ("task.md", "starter.py", "given.py", "reference.py", "probes.py")
_LAST = ("mutants.toml", "equivalent.toml", "exercise.toml")


@dataclass(frozen=True)
class Note:
    """Something of a notebook that is not in the exercise as it was. Lines count from 1; cell 0 is all."""

    cell: int
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"cell {self.cell}, line {self.line}: {self.sentence}" if self.cell else self.sentence


class NotebookError(ValueError):
    """A notebook that is not taken. `notes` say what was found in it all the same."""

    def __init__(self, sentence: str, notes: tuple[Note, ...] = ()) -> None:
        super().__init__(sentence)
        self.notes = notes


@dataclass(frozen=True)
class Incoming:
    """What a notebook holds: the files of an exercise, or the text of a lesson. `system`: whose it was."""

    files: dict[str, str] = field(default_factory=dict)
    lesson: str = ""
    system: str = ""
    notes: tuple[Note, ...] = ()


def exercise_notebook(files: Mapping[str, str]) -> bytes:
    """A notebook with one cell for each file of an exercise, in the order in which one reads them."""
    rest = sorted(path for path in files if path not in (*_FIRST, *_LAST))
    order = [path for path in (*_FIRST, *rest, *_LAST) if path in files]
    return build([_cell(path, files[path]) for path in order])


def _cell(path: str, text: str) -> Cell:
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    kind = incoming.KIND["." + path.rpartition(".")[2]]
    return Cell(source=f"{incoming.mark(path)}\n{text}", code=kind == "code", raw=kind == "raw")


def lesson_notebook(text: str) -> bytes:
    """A lesson's Markdown as a notebook: prose and code."""
    return build([Cell(source=cell.source, code=cell.code) for cell in markdown.cells_of(text)])


def read(data: bytes, name: str) -> Incoming:
    """What an author's notebook holds. `name` is its file's, for a title. Raises NotebookError."""
    if len(data) > LARGEST:
        raise too_large(len(data))
    try:
        found = _reader.ask("notebook", seconds=reader.FOR_AN_AUTHOR, data=data, name=name[:200])
    except reader.TooMuchError as error:
        raise NotebookError(f"this notebook cannot be read: it is {error}.") from None
    return taken(found)


def too_large(size: int) -> NotebookError:
    """What to tell whoever brings so many bytes."""
    return NotebookError(
        f"the notebook has {size // 1024 // 1024} MB, and {LARGEST // 1024 // 1024} are read: clear its "
        "outputs and save it anew."
    )


def taken(found: Mapping[str, Any]) -> Incoming:
    """The same from what the reading process answered. Raises NotebookError."""
    notes = tuple(Note(*note) for note in found["notes"])
    if "problem" in found:
        raise NotebookError(found["problem"], notes)
    return Incoming(found.get("files", {}), found.get("lesson", ""), found["system"], notes)
