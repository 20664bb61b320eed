"""Notebooks at the edge: a learner's .ipynb becomes source, an exercise or an executed lesson becomes .ipynb.

A notebook from outside is data of a stranger: of all it holds only the text of its code cells is used,
in their order; kernels, outputs, tags, widgets and attachments are never looked at. It may be of any
version and badly damaged; what cannot be read is said in one sentence (ValueError).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import nbformat
import nbformat.v4 as v4

from grader.exercise import reader
from grader.exercise.folder import Exercise
from grader.exercise.pieces import PACKAGE
from grader.notebooks.notebook_text import MARK
from grader.verdict import ErrorReport

LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell to write; a code cell may carry what it showed. `metadata` is beside what `role` says."""

    source: str
    code: bool = True
    raw: bool = False
    role: str = ""
    stdout: str = ""
    texts: Sequence[str] = ()
    pngs: Sequence[bytes] = ()
    error: ErrorReport | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


def to_source(data: bytes) -> str:
    """The code of a notebook as one text. Lines that only a notebook understands become comments."""
    if len(data) > LARGEST:
        raise ValueError(f"the notebook is larger than {LARGEST // 1024 // 1024} MB")
    try:
        found = reader.ask("notebook", seconds=reader.FOR_A_LEARNER, data=data)
    except reader.TooMuchError as error:
        raise ValueError(f"this notebook cannot be read: it is {error}") from None
    if "problem" in found:
        raise ValueError(found["problem"])
    return str(found["source"])


def export(exercise: Exercise, source: str | None = None) -> bytes:
    """An exercise as a notebook: the task, the given code, the starter (or the learner's own source)."""
    return write(
        title=exercise.title,
        summary=exercise.summary,
        task_md=exercise.task_md,
        given=exercise.given,
        source=exercise.starter if source is None else source,
    )


def write(
    *,
    title: str,
    summary: str,
    task_md: str,
    given: str,
    source: str,
    pieces: Mapping[str, str] | None = None,
) -> bytes:
    """The same from the texts alone, for whoever should not hold the rest of an exercise.

    `pieces`: the text of each module of `mylib` that the answer may import; empty where it is not told.
    """
    task = re.sub(r"\A\s*# .*\n?", "", task_md).strip()
    cells = [Cell(source=f"# {title}\n\n{summary}\n\n{task}", code=False)]
    cells += _files(pieces or {})
    if given.strip():
        cells.append(Cell(source=given.strip(), role="given"))
    cells.append(Cell(source=source.strip(), role="answer"))
    return build(cells)


def _files(pieces: Mapping[str, str]) -> list[Cell]:
    """Cells that write the package of the pieces beside the notebook, as files that can be read."""
    if not pieces:
        return []
    told = f"These cells write your earlier answers into a folder `{PACKAGE}` beside this notebook."
    if lacking := [f"`{PACKAGE}/{module}.py`" for module, text in pieces.items() if not text]:
        told += f" Write {' and '.join(lacking)} yourself: there is no answer of yours to put there."
    make = f'from pathlib import Path\n\nPath("{PACKAGE}").mkdir(exist_ok=True)'
    return [Cell(source=told, code=False), Cell(source=make, role="given")] + [
        Cell(source=f"%%writefile {PACKAGE}/{module}.py\n{text.strip()}", role="given")
        for module, text in pieces.items()
        if text
    ]


def build(cells: Sequence[Cell]) -> bytes:
    """A valid notebook of these cells with their outputs; the same cells give the same bytes."""
    notebook = v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        }
    )
    for number, cell in enumerate(cells):
        metadata = dict(cell.metadata) | ({MARK: {"role": cell.role}} if cell.role else {})
        name = f"cell-{number + 1}"
        if cell.raw or not cell.code:
            make = v4.new_raw_cell if cell.raw else v4.new_markdown_cell
            notebook.cells.append(make(cell.source, id=name, metadata=metadata))  # type: ignore[no-untyped-call]
            continue
        written = v4.new_code_cell(cell.source, id=name, metadata=metadata, outputs=_outputs(cell))
        written.execution_count = number + 1 if written.outputs else None
        notebook.cells.append(written)
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)).encode() + b"\n"


def _outputs(cell: Cell) -> list[Any]:
    outputs = []
    if cell.stdout:
        outputs.append(v4.new_output("stream", name="stdout", text=cell.stdout))
    outputs += [v4.new_output("display_data", data={"text/plain": text}) for text in cell.texts]
    outputs += [
        v4.new_output("display_data", data={"image/png": base64.b64encode(png).decode()}) for png in cell.pngs
    ]
    if cell.error is not None:
        trace = (cell.error.traceback or f"{cell.error.type}: {cell.error.message}").split("\n")
        outputs.append(
            v4.new_output("error", ename=cell.error.type, evalue=cell.error.message, traceback=trace)
        )
    return outputs
