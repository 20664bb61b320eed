"""A lesson is a notebook written in Markdown: its cells, and the text of cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HEADER = re.compile(r"---\n.*?\n---(?:\n|\Z)", re.DOTALL)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson: prose in Markdown or code in Python."""

    code: bool
    source: str


def cells_of(source: str) -> list[Cell]:
    """The cells of a notebook in Markdown, in order: what stands between ```python and ``` is code.

    Nothing in it is parsed: what jupytext would read as a header, and what follows `python` in its line, is
    no part of a cell.
    """
    cells: list[Cell] = []
    lines: list[str] = []
    header = _HEADER.match(source)
    fence = ""  # of the block that is open, whatever it holds
    code = False
    for line in source[header.end() if header else 0 :].splitlines():
        mark = _FENCE.match(line)
        if mark and not fence:
            fence, code = mark[1], mark[2].split(maxsplit=1)[:1] == ["python"] and line[0] != " "
            if code:
                cells.append(Cell(False, "\n".join(lines)))
                lines = []
                continue
        elif mark and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
            if code:
                cells.append(Cell(True, "\n".join(lines)))
                lines, code = [], False
                continue
        lines.append(line)
    cells.append(Cell(code, "\n".join(lines)))
    return [Cell(cell.code, cell.source.strip("\n")) for cell in cells if cell.source.strip()]


def text_of(cells: Sequence[Cell]) -> str:
    """The Markdown of cells. `cells_of` gives back the same, but that neighbours of prose become one."""
    parts = []
    for cell in cells:
        source = cell.source.strip("\n")
        if not source.strip():
            continue
        if cell.code:
            inner = [len(mark[1]) for line in source.split("\n") if (mark := _FENCE.match(line))]
            fence = "`" * max([3, *(length + 1 for length in inner)])
            source = f"{fence}python\n{source}\n{fence}"
        parts.append(source)
    return "\n\n".join(parts) + "\n"
