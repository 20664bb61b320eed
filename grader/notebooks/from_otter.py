"""An Otter assignment: the source notebook of `otter assign`, or the autograder notebook that it makes.

In a source the questions stand between raw cells (`# BEGIN QUESTION`) with their settings, solutions are
marked in their text, and a test is a cell with its output, or with asserts. In what `otter assign` makes,
tests are doctests in the metadata. What a person grades is told and left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from grader.notebooks.drafting import Assignment, Question, Test, cut, emptied
from grader.notebooks.notebook_text import talks_to_otter
from grader.notebooks.taken import NoNotebookError, Notebook, Taken

_HEAD = re.compile(
    r"\s*#\s*(ASSIGNMENT CONFIG|(BEGIN|END) (QUESTION|SOLUTION|PROMPT|TESTS?))\s*$", re.IGNORECASE
)
_INLINE = re.compile(r"#\s*SOLUTION(\s+NO\s+PROMPT)?\s*;?\s*$", re.IGNORECASE)
_CONFIG = re.compile(
    r'\A\s*"""\s*#?\s*BEGIN TEST CONFIG\s*\n(.*?)"""\s*;?\s*#?\s*END TEST CONFIG[^\n]*\n?', re.DOTALL
)
_CHECK = re.compile(r"""\s*grader\.check\(\s*["']([^"']+)["']\s*\)\s*$""")
SOLUTION = ("# BEGIN SOLUTION", "# END SOLUTION")
SOLVED = "otter_assign_solution_cell"
ANSWER = "otter_answer_cell"


def is_one(notebook: Notebook) -> bool:
    raw = any(cell.kind == "raw" and _head(cell) for cell in notebook.cells)
    return raw or isinstance(notebook.otter.get("tests"), dict)


def assignment(notebook: Notebook) -> Assignment:
    """Raises NoNotebookError where markers do not pair or code is not Python."""
    if any(cell.kind == "raw" and _head(cell) for cell in notebook.cells):
        return _Source().assignment(notebook.cells)
    return _made_by_assign(notebook)


def _head(cell: Taken) -> tuple[str, str] | None:
    """`("BEGIN", "QUESTION")` of a raw cell; the configuration is `("ASSIGNMENT", "CONFIG")`."""
    found = _HEAD.match(cell.text.split("\n")[0])
    if found is None:
        return None
    return (found[2].upper(), found[3].upper().rstrip("S")) if found[2] else ("ASSIGNMENT", "CONFIG")


def _settings(text: str) -> dict[str, str]:
    """Plain `name: value` lines, and a list's items below its name. What is deeper has no line of its own."""
    found: dict[str, str] = {}
    last = ""
    for line in text.split("\n"):
        item = re.fullmatch(r"\s*-\s+(\S+)\s*(?:#.*)?", line)
        if item and last and found[last][:1] in ("", ","):
            found[last] += f",{item[1]}"
            continue
        key, colon, value = line.partition(":")
        if colon and re.fullmatch(r"[a-z_]+", key.strip()) and not line.startswith(("  ", "\t")):
            last = key.strip()
            found[last] = value.partition(" #")[0].strip().strip("\"'")
    return found


def _points(value: object) -> float:
    """A number, or a list of them for the tests; what is neither is nothing."""
    numbers = re.findall(r"\d+(?:\.\d+)?", str(value)[:200]) if value is not None else []
    return min(1000.0, sum(float(number) for number in numbers))


class _Source:
    """A source notebook, cell by cell."""

    def __init__(self) -> None:
        self.made = Assignment("Otter")
        self.question: Question | None = None
        self.opened: Taken | None = None
        self.inside: list[tuple[str, Taken]] = []
        self.by_hand = False

    def assignment(self, cells: Sequence[Taken]) -> Assignment:
        for cell in cells:
            head = _head(cell) if cell.kind == "raw" else None
            if head is not None:
                self.marker(cell, *head)
            else:
                self.cell(cell)
        if self.inside:
            what, cell = self.inside[-1]
            raise NoNotebookError(
                f"{cell.where}, line 1: `# BEGIN {what}` is never closed by `# END {what}`."
            )
        return self.made

    def marker(self, cell: Taken, act: str, what: str) -> None:
        if act == "ASSIGNMENT":
            self.made.note(cell, 1, "the assignment's settings are Otter's own: left out.")
            return
        if act == "END":
            if not self.inside or self.inside[-1][0] != what:
                raise NoNotebookError(f"{cell.where}, line 1: `# END {what}` closes nothing.")
            self.inside.pop()
            if what == "QUESTION":
                self.question = None
            return
        if any(open_ == what for open_, _ in self.inside) or (what == "QUESTION" and self.inside):
            raise NoNotebookError(
                f"{cell.where}, line 1: `# BEGIN {what}` stands in a part that is still open."
            )
        self.inside.append((what, cell))
        if what == "QUESTION":
            settings = _settings(cell.text.partition("\n")[2])
            name = settings.get("name", f"cell_{cell.number}")[:80]
            self.question = Question(name, points=_points(settings.get("points")))
            self.by_hand = settings.get("manual", "").lower() in ("true", "yes")
            self.made.questions.append(self.question)
            if self.by_hand:
                worth = self.question.points
                self.made.by_hand(cell, f"`{name}` (worth {worth:g})", [])

    def cell(self, cell: Taken) -> None:
        part = self.inside[-1][0] if self.inside else ""
        if part == "TEST" and self.question is not None:
            if cell.kind == "code":
                self.question.tests.append(_test(cell, self.question, len(self.question.tests) + 1))
        elif part == "PROMPT":
            self.made.note(cell, 1, "a prompt of its own: left out, the starter is made of the solution.")
        elif part == "SOLUTION" and cell.kind != "code":
            self.made.note(cell, 1, "a solution in words: left out.")
        elif cell.kind == "markdown":
            if self.by_hand:
                self.made.note(cell, 1, "prose of what is graded by hand: left out.")
            else:
                (self.question.prose if self.question else self.made.intro).append(self.made.prose(cell))
        elif cell.kind == "raw":
            self.made.note(cell, 1, "raw text: left out.")
        elif part == "SOLUTION" or not (self.made.questions and self.made.shown(cell)):
            self.made.code(cell, _solved(cell, starter=True), _solved(cell))


def _solved(cell: Taken, *, starter: bool = False) -> str:
    """A cell's code as Otter hands it out, or as it is solved."""
    text = _without_prompt(cell, starter=starter)
    regions = re.sub(r"#\s*BEGIN SOLUTION NO PROMPT", SOLUTION[0] + " NO PROMPT", text)
    no_prompt = " NO PROMPT" in regions
    lines, _ = cut(cell, text, *SOLUTION)
    if not starter:
        kept = [line for _, line, _ in lines]
        return "\n".join(_INLINE.sub("", line).rstrip() for line in kept)
    outside = [line for line in lines if not line[2]] if no_prompt else lines
    shown: list[str] = []
    for line in emptied(outside).split("\n"):
        marked = _INLINE.search(line)
        if marked is None:
            shown.append(line)
        elif not marked[1]:
            assigned = re.match(r"(\s*[\w.\[\], ]+=\s*)(?!=)", line)
            indent = line[: len(line) - len(line.lstrip())]
            shown.append((assigned[1] if assigned else indent) + "...")
    return "\n".join(shown)


def _without_prompt(cell: Taken, *, starter: bool) -> str:
    """What stands between `\"\"\" # BEGIN PROMPT` and `\"\"\" # END PROMPT` is for learners only."""
    begin, end = '""" # BEGIN PROMPT', '""" # END PROMPT'
    text = re.sub(r'"""\s*;?\s*#\s*(BEGIN|END) PROMPT', lambda found: f'""" # {found[1]} PROMPT', cell.text)
    lines, seen = cut(cell, text, begin, end)
    if not seen:
        return cell.text
    return "\n".join(line for _, line, inside in lines if starter or not inside)


def _test(cell: Taken, question: Question, number: int) -> Test:
    """A test cell: its settings stand at its head, its result is its output."""
    text, settings = cell.text, {}
    config = _CONFIG.match(text)
    if config:
        settings = _settings(config[1])
        text = "\n" * text[: config.end()].count("\n") + text[config.end() :]
    hidden = settings.get("hidden", "").lower() in ("true", "yes")
    first = text.lstrip("\n").split("\n")[0]
    if re.match(r"\s*#\s*HIDDEN\b", first, re.IGNORECASE):
        hidden = True
    text = _compared(text, cell.showed)
    return Test(f"{question.name}_{number}", cell, text, hidden, _points(settings.get("points")))


def _compared(text: str, showed: str) -> str:
    """The last expression of a cell that shows its value, as an assert: so it is read like the others."""
    lines = text.rstrip().split("\n")
    last = len(lines) - 1
    whole = lines[last]
    plain = whole.strip() and not whole.startswith(
        (" ", "\t", ")", "]", "}", "#", "assert ", "print(", "import ")
    )
    if not showed.strip() or not plain:
        return text
    right = showed.strip()
    if right == "True":
        lines[last] = f"assert {whole.rstrip(';')}"
    elif "\n" not in right and len(right) < 400:
        lines[last] = f"assert ({whole.rstrip(';')}) == ({_literal(right)})"
    else:
        lines[last] = f"assert ({whole.rstrip(';')}) == None"
    return "\n".join(lines)


def _literal(text: str) -> str:
    """A shown value, if it can stand in code: what is right comes from the reference anyway."""
    return text if re.fullmatch(r"[\w\s.,+\-()\[\]{}:'\"]+", text) and text.count("'") % 2 == 0 else "0"


def _made_by_assign(notebook: Notebook) -> Assignment:
    """The notebook of `dist/autograder`: solutions in it, its tests in the metadata."""
    made = Assignment("Otter")
    tests = notebook.otter["tests"]
    prose: list[str] = []
    solved = [cell for cell in notebook.cells if SOLVED in cell.tags]
    if not solved:
        raise NoNotebookError(
            "this is what Otter hands to students: it holds no solutions. Bring the source, or the notebook "
            "in dist/autograder."
        )
    for cell in notebook.cells:
        check = _CHECK.match(cell.text) if cell.kind == "code" else None
        if cell.kind == "markdown" and SOLVED not in cell.tags and ANSWER not in cell.tags:
            prose.append(re.sub(r"<!-- (BEGIN|END) QUESTION -->\s*", "", made.prose(cell)))
        elif cell.kind == "markdown" and SOLVED in cell.tags:
            made.note(cell, 1, "an answer in words is graded by hand: not converted.")
        elif check is not None:
            question = made.questions[-1] if made.questions else Question(check[1])
            if question not in made.questions:
                made.questions.append(question)
            question.name = check[1]
            _ok_tests(made, question, cell, tests.get(check[1]))
        elif cell.kind != "code" or talks_to_otter(cell.text):
            continue
        elif SOLVED in cell.tags:
            if not made.questions or made.questions[-1].tests:
                made.questions.append(Question(f"cell_{cell.number}"))
            made.questions[-1].prose += prose
            prose = []
            made.code(cell, _solved(cell, starter=True), _solved(cell))
        elif not (made.questions and made.shown(cell)):
            made.code(cell, cell.text, cell.text)
        if not made.questions and prose:
            made.intro += prose[:-1]
            prose = prose[-1:]
    return made


def _ok_tests(made: Assignment, question: Question, cell: Taken, test: Any) -> None:
    """Adds the cases of one ok-style test: `{"suites": [{"cases": [{"code": ">>> ..."}]}]}`."""
    if not isinstance(test, Mapping):
        made.note(cell, 1, "the metadata hold no test of this name.")
        return
    question.points = _points(test.get("points"))
    number = 0
    for suite in _listed(test.get("suites")):
        for case in _listed(suite.get("cases")) if isinstance(suite, Mapping) else []:
            number += 1
            code = case.get("code") if isinstance(case, Mapping) else None
            if not isinstance(code, str):
                made.note(cell, 1, f"case {number} of `{question.name}` holds no code: left out.")
                continue
            text, showed = _doctest(code)
            name = f"{question.name}_{number}"
            hidden = case.get("hidden") is True
            question.tests.append(
                Test(name, cell, _compared(text, showed), hidden, _points(case.get("points")))
            )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _doctest(code: str) -> tuple[str, str]:
    """The statements of a doctest, and what its last one shows."""
    statements: list[str] = []
    showed: list[str] = []
    for line in code.replace("\r\n", "\n").split("\n"):
        if line.startswith((">>> ", "... ")) or line.strip() in (">>>", "..."):
            if showed:
                statements[-1] = _compared(statements[-1], "\n".join(showed))
                showed = []
            statements.append(line[4:])
        elif line.strip():
            showed.append(line)
    return "\n".join(statements), "\n".join(showed)
