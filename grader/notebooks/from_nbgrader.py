"""An nbgrader source notebook as an assignment: solution cells, tests, hidden tests, grade ids and points.

Read by the marks in cells' metadata and by the markers in their text, as nbgrader's own preprocessors do (its
defaults). What a person grades is told and left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.notebooks.drafting import Assignment, Question, Test, cut, emptied
from grader.notebooks.taken import Taken

# Whatever stands around them in their line.
SOLUTION = ("BEGIN SOLUTION", "END SOLUTION")
HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
SCHEME = ("BEGIN MARK SCHEME", "END MARK SCHEME")


def is_one(cells: Sequence[Taken]) -> bool:
    return any("grade_id" in cell.marks or "solution" in cell.marks for cell in cells)


def assignment(cells: Sequence[Taken]) -> Assignment:
    """Raises NoNotebookError where markers do not pair or code is not Python."""
    made = Assignment("nbgrader")
    prose: list[Taken] = []
    for cell in cells:
        graded, solution = cell.marks.get("grade") is True, cell.marks.get("solution") is True
        if cell.marks.get("task") is True or (graded and (solution or cell.kind != "code")):
            cut(cell, cell.source, *SCHEME)
            made.by_hand(cell, f"`{_name(cell)}` (worth {_points(cell):g})", _taken(prose))
        elif cell.kind == "markdown":
            prose.append(cell)
        elif cell.kind == "raw":
            made.note(cell, 1, "raw text: left out.")
        elif graded:
            if not made.questions:
                made.questions.append(Question(_name(cell)))
            made.questions[-1].prose += map(made.prose, _taken(prose))
            made.questions[-1].tests.append(_test(cell))
        elif solution:
            if not made.questions:
                made.intro += map(made.prose, prose[:-1])
                del prose[:-1]
            if not made.questions or made.questions[-1].tests:
                made.questions.append(Question(_name(cell)))
            made.questions[-1].prose += map(made.prose, _taken(prose))
            made.code(cell, _solved(cell, starter=True), _solved(cell))
        elif not (made.questions and made.shown(cell)):
            made.code(cell, cell.text, cell.text)
    (made.questions[-1].prose if made.questions else made.intro).extend(map(made.prose, prose))
    return made


def _taken(prose: list[Taken]) -> list[Taken]:
    found = list(prose)
    prose.clear()
    return found


def _name(cell: Taken) -> str:
    name = cell.marks.get("grade_id")
    return name[:80] if isinstance(name, str) and name else f"cell_{cell.number}"


def _points(cell: Taken) -> float:
    points = cell.marks.get("points")
    whole = isinstance(points, int | float) and not isinstance(points, bool) and 0 <= points <= 1000
    return float(points) if whole else 0.0  # type: ignore[arg-type]


def _solved(cell: Taken, *, starter: bool = False) -> str:
    """A solution cell without its markers; with `...` in the place of what nbgrader would take out."""
    lines, seen = cut(cell, cell.text, *SOLUTION)
    if starter:
        return emptied(lines) if seen else "..."
    return "\n".join(line for _, line, _ in lines)


def _test(cell: Taken) -> Test:
    """The checks of a cell. Lines keep their numbers: markers become empty ones."""
    lines, _ = cut(cell, cell.text, *HIDDEN)
    kept = {number: line for number, line, _ in lines}
    text = "\n".join(kept.get(number, "") for number in range(1, cell.text.count("\n") + 2))
    hidden = frozenset(number for number, _, inside in lines if inside)
    return Test(_name(cell), cell, text, hidden, _points(cell))
