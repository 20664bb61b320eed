"""A foreign assignment as the files of an exercise, with blanks where its author has to add something.

What is asked there on fixed inputs is asked here, too, where a learner may see it. A hidden probe that pays
needs inputs that are drawn: it is written down with the fixed ones and a blank, so that the gate refuses it
until there is a `make`. Alternatives and mutants, which no other system knows, are blanks as well.
"""

from __future__ import annotations

import ast
import builtins
import json
import keyword
import re
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from grader.exercise import trees
from grader.notebooks import asserts
from grader.notebooks.asserts import Ask, Names
from grader.notebooks.taken import NoNotebookError, Taken

_THERE = frozenset({"numpy", "tracker"}) | sys.stdlib_module_names
_TORCH = "torch"
DRAW = "FILL: draw these from rng. They are the notebook's, the same for everybody, and could be copied"
USE = "FILL: draw inputs from rng, and let `ask` use them instead of the fixed ones that stand there"


@dataclass(frozen=True)
class Note:
    """Something of the notebook that is not in the exercise as it was: its cell, its line there, and why."""

    cell: int
    line: int
    sentence: str


@dataclass(frozen=True)
class Test:
    """A cell of checks. `hidden` are those of its lines that learners never see, or all of them."""

    name: str
    cell: Taken
    text: str
    hidden: frozenset[int] | bool
    points: float


@dataclass
class Question:
    """What is graded together: its prose, its tests, and what it is worth where they do not say so."""

    name: str
    prose: list[str] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    points: float = 0.0


@dataclass
class Assignment:
    """What a foreign notebook holds. `starter` and `reference` are the same cells."""

    system: str
    intro: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    starter: list[str] = field(default_factory=list)
    reference: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def note(self, cell: Taken, line: int, sentence: str) -> None:
        self.notes.append(Note(cell.number, line, sentence))

    def code(self, cell: Taken, starter: str, reference: str) -> None:
        """The code of a cell, as it is found and as it is solved. What runs before any question is given."""
        parsed(cell, reference)
        if reference.strip() and not self.questions and not _imports_only(reference):
            self.given.append(reference)
        elif not self.questions and reference.strip():
            self.starter.append(reference)
            self.reference.append(reference)
        else:
            self.starter.append(starter)
            self.reference.append(reference)

    def by_hand(self, cell: Taken, what: str, prose: list[Taken]) -> None:
        """Something that a person grades, and the prose that asks for it: both are told and left out."""
        for text in prose:
            self.note(text, 1, f"prose of {what}, which is graded by hand: left out.")
        self.note(cell, 1, f"{what} is graded by hand: not converted.")

    def prose(self, cell: Taken) -> str:
        """The text of a cell; the pictures that it shows did not come with it."""

        def without(found: re.Match[str]) -> str:
            line = cell.source.count("\n", 0, found.start()) + 1
            self.note(cell, line, f"it shows `{found[1]}`, which is not in the notebook.")
            return f"(A picture belongs here: {found[1]})"

        return re.sub(r"!\[[^\]\n]*\]\((?!https?:)([^)\s]{1,200})[^)\n]*\)", without, cell.source)

    def shown(self, cell: Taken) -> bool:
        """Whether a cell only looks at something, like `squares(10)`: that is a comment of the starter."""
        body = parsed(cell, cell.text).body
        if not body or not all(isinstance(node, ast.Expr) for node in body):
            return False
        self.starter.append("\n".join(f"# {line}".rstrip() for line in cell.text.split("\n")))
        self.note(cell, 1, "it only shows something: it is a comment of starter.py now.")
        return True


def parsed(cell: Taken, text: str) -> ast.Module:
    """The tree of a cell's code. Raises NoNotebookError with the cell and its line."""
    try:
        return trees.parse(text)
    except SyntaxError as error:
        raise NoNotebookError(
            f"{cell.where}, line {error.lineno}: this is not Python: {error.msg}."
        ) from None
    except ValueError as error:
        raise NoNotebookError(f"{cell.where} cannot be read: {error}.") from None


def _imports_only(text: str) -> bool:
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in trees.parse(text).body)


def files(assignment: Assignment, name: str) -> dict[str, str]:
    """The files of the exercise. Raises NoNotebookError where nothing of it is graded by code."""
    graded = [question for question in assignment.questions if question.tests]
    for question in assignment.questions:
        if not question.tests:
            assignment.intro += question.prose
    if not graded:
        raise NoNotebookError("nothing in this notebook is graded by code, so there is nothing to ask here.")
    prose = "\n\n".join([*assignment.intro, *(text for question in graded for text in question.prose)])
    heading = re.search(r"^#\s+(.+)$", prose, re.MULTILINE)
    title = _plain(heading[1]) if heading else re.sub(r"[\W_]+", " ", name).strip().capitalize() or "Exercise"
    code = "\n".join([*assignment.given, *assignment.reference])
    names = asserts.names_of(code)
    writer = _Probes(names)
    titles = [_title(question, number) for number, question in enumerate(graded, 1)]
    for number, question in enumerate(graded, 1):
        assignment.notes += writer.question(number, question)
    writer.something_to_see()
    assignment.notes += _missing_libraries(code)
    made = {
        "exercise.toml": _manifest(title, titles, code),
        "task.md": _task(assignment, graded, titles),
        "starter.py": _joined(assignment.starter),
        "reference.py": _joined(assignment.reference),
        "probes.py": writer.text(assignment.system),
        "mutants.toml": _mutants(),
    }
    if assignment.given:
        made["given.py"] = _joined(assignment.given)
    for other in ("with_loops", "in_other_words"):
        head = '"""FILL: how this right answer differs from the reference, and then another body below"""\n\n'
        made[f"alternatives/{other}.py"] = head + _joined(assignment.reference)
    assignment.notes.sort(key=lambda note: (note.cell, note.line))
    return made


def _joined(texts: Sequence[str]) -> str:
    return "\n\n\n".join(text.strip("\n") for text in texts if text.strip()) + "\n"


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[*`#$\\]", "", text).split())[:200]


def _title(question: Question, number: int) -> str:
    """A heading of the question's, its first words in bold, or its name."""
    for text in question.prose:
        found = re.search(r"^#{2,6}\s+(.+)$", text, re.MULTILINE) or re.match(r"\s*\*\*(.+?)\*\*", text)
        if found and _plain(found[1]):
            return _plain(found[1]).rstrip(".:")
    return _plain(re.sub(r"[\W_]+", " ", question.name)) or f"Task {number}"


def _manifest(title: str, titles: Sequence[str], code: str) -> str:
    profile = _TORCH if _TORCH in _modules(code) else "numpy"
    head = [
        f"title = {json.dumps(title, ensure_ascii=False)}",
        'summary = "FILL: one line: what the learner builds, and what it is for"',
        "minutes = 30",
        f'profile = "{profile}"',
    ]
    tasks = [
        f"\n[[tasks]]\nid = {number}\ntitle = {json.dumps(each, ensure_ascii=False)}\nhints = []"
        for number, each in enumerate(titles, 1)
    ]
    return "\n".join([*head, *tasks]) + "\n"


def _task(assignment: Assignment, graded: Sequence[Question], titles: Sequence[str]) -> str:
    parts = [text for text in assignment.intro if text.strip()]
    for number, (question, title) in enumerate(zip(graded, titles, strict=True), 1):
        parts.append(f"## Task {number}: {title}")
        parts += [text for text in question.prose if text.strip()]
    heads = {f"## Task {number}: {title}" for number, title in enumerate(titles, 1)}
    lines = "\n\n".join(parts).split("\n")
    return "\n".join(
        f"#{line}" if re.match(r"##\s+Task\s+\d", line) and line not in heads else line for line in lines
    ) + "\n"  # fmt: skip


def _mutants() -> str:
    one = (
        '[[mutant]]\nname = "mistake_{n}"  # FILL: a word for it, as in divides_by_n\ntasks = [1]\n'
        'tell = "FILL: one to three sentences to the learner: what is wrong, and why it matters"\n'
        'replace = "FILL: what stands exactly once in reference.py"\nwith = "FILL: the slip"\n'
    )
    head = "# Wrong answers as edits of reference.py: the mistakes that you have seen people make.\n\n"
    return head + "\n".join(one.replace("{n}", str(number)) for number in range(1, 7))


def _modules(code: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for node in ast.walk(trees.parse(code)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.setdefault(alias.name.partition(".")[0], node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.setdefault(node.module.partition(".")[0], node.lineno)
    return found


def _missing_libraries(code: str) -> list[Note]:
    return [
        Note(0, 0, f"the code imports `{module}`, which is in no box: learners cannot use it here.")
        for module in _modules(code)
        if module not in _THERE and module != _TORCH
    ]


# ---- probes --------------------------------------------------------------------------------------------


@dataclass
class _Group:
    """Comparisons that become one probe."""

    test: Test
    hidden: bool
    asks: list[Ask]

    @property
    def first(self) -> Ask:
        return self.asks[0]

    @property
    def calls(self) -> bool:
        """Whether it is one function, called with plain data: then @calls says it."""
        return bool(self.first.of) and not any(
            ask.before or "lambda" in "".join([*ask.arguments.values(), *ask.makes]) for ask in self.asks
        )

    def makes(self) -> list[str]:
        found: list[str] = []
        for ask in self.asks:
            found += [line for line in ask.makes if line not in found]
        return found

    def takes(self, ask: Ask, hidden: bool) -> bool:
        mine = self.first
        if (hidden, ask.tolerance, ask.flag, ask.of) != (self.hidden, mine.tolerance, mine.flag, mine.of):
            return False
        # A name that is given another value in between would be another input.
        assigned = {_target(line): line for line in self.makes()}
        return all(assigned.get(_target(line), line) == line for line in ask.makes) and (
            bool(ask.of) or not (ask.around or ask.before)
        )


def _target(line: str) -> str:
    return line.partition("=")[0].strip()


class _Probes:
    """Writes probes.py, question by question."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.imports: dict[str, str] = dict(names.imports)
        self.parts: list[str] = []
        self.taken: set[str] = set()
        self.visible = False
        self.function: tuple[int, str] | None = None

    def question(self, number: int, question: Question) -> list[Note]:
        """Adds the probes of one question; what could not be converted."""
        groups: list[_Group] = []
        notes: list[Note] = []
        for test in question.tests:
            parsed(test.cell, test.text)
            asks, left, imports = asserts.asks(test.text, self.names)
            self.imports |= imports
            groups += _grouped(test, asks)
            notes += [
                Note(test.cell.number, one.line, f"`{test.name}`: {one.why}: not converted.") for one in left
            ]
            if not asks:
                notes.append(Note(test.cell.number, 1, f"`{test.name}`: no probe came out of this cell."))
        notes += [
            Note(
                group.test.cell.number,
                group.first.line,
                f"`{group.test.name}`: its inputs are fixed, so it is a draft: probes.py has a blank "
                "where they are to be drawn.",
            )
            for group in groups
            if group.hidden
        ]
        self.function = self.function or next(
            ((number, group.first.of) for group in groups if group.first.of), None
        )
        paying = [group for group in groups if not group.first.flag]
        if not any(group.hidden for group in paying):
            cell = question.tests[0].cell
            notes.append(
                Note(
                    cell.number,
                    1,
                    f"task {number} has no hidden check whose values pay: probes.py has a draft of one.",
                )
            )
        whole = question.points or sum(test.points for test in question.tests) or float(len(paying) or 1)
        count = len(paying) + (0 if any(group.hidden for group in paying) else 1)
        shares = _shares(whole, count)
        for group in groups:
            self.write(number, group, "" if group.first.flag else shares.pop(0), hidden=group.hidden)
        if shares:
            seen = next((group for group in paying if group.calls), None)
            if seen is not None:
                self.write(number, seen, shares[0], hidden=True)
            else:
                self.draft(number, question, shares[0])
        self.visible = self.visible or any(not group.hidden for group in groups)
        return notes

    def write(self, task: int, group: _Group, points: str, *, hidden: bool) -> None:
        settings = [] if hidden else ["visible=True", "seeds=1"]
        settings += ["veto=True"] if group.first.flag else [f"points={points}"]
        settings.append(f"tolerance={group.first.tolerance}")
        if group.first.value.startswith("attempt(") or any("attempt(" in ask.value for ask in group.asks):
            self.imports["attempt"] = "from probing import attempt"
            settings.append('kind="edge"')
        self.parts.append(
            (self._calls if group.calls and not group.first.value.startswith("attempt(") else self._probe)(
                task, group, settings, hidden
            )
        )

    def _calls(self, task: int, group: _Group, settings: list[str], hidden: bool) -> str:
        name = self.name(group.test.name, hidden)
        lines = [f'@calls({{{task}: "{group.first.of}"}}, {", ".join(settings)})', f"def {name}(rng):"]
        lines += [f"    {self.title(group.test, hidden)}"]
        lines += [f"    # {ask.was}" for ask in group.asks]
        lines += [f"    # {DRAW}"] if hidden else []
        lines += _indented(group.makes(), 4)
        cases = [
            "{" + ", ".join(f"{json.dumps(key)}: {value}" for key, value in ask.arguments.items()) + "}"
            for ask in group.asks
        ]
        if len(cases) == 1:
            return "\n".join([*lines, f"    return {cases[0]}"])
        return "\n".join([*lines, "    return [", *(f"        {case}," for case in cases), "    ]"])

    def _probe(self, task: int, group: _Group, settings: list[str], hidden: bool) -> str:
        name = self.name(group.test.name, hidden)
        makes = [line for line in group.makes() if "lambda" not in line]
        inputs = [_target(line) for line in makes if re.fullmatch(r"\w+", _target(line))]
        inputs = list(dict.fromkeys(inputs))
        asking = [line for line in group.makes() if "lambda" in line]
        for ask in group.asks:
            asking += [line for line in ask.before if line not in asking]
        lines = [f"@probe(task={task}, {', '.join(settings)})", f"class {name}:"]
        lines += [f"    {self.title(group.test, hidden)}", "", "    def make(rng):"]
        if hidden:
            lines.append(f"        # {DRAW if inputs else USE}")
        lines += _indented(makes, 8)
        lines += ["        return {" + ", ".join(f'"{each}": {each}' for each in inputs) + "}", ""]
        lines += ["    def ask(answer, inputs):"]
        lines += [f'        {each} = inputs["{each}"]' for each in inputs]
        lines += [*_indented(asking, 8), "        got = []"]
        for ask in group.asks:
            lines.append(f"        # {ask.was}")
            lines += _indented([ask.around or f"got.append({ask.value})"], 8)
        return "\n".join([*lines, "        return got"])

    def draft(self, task: int, question: Question, points: str) -> None:
        """A hidden probe of which nothing is known but the function that it calls, if there is one."""
        text = "\n".join(test.text for test in question.tests)
        used = {node.id for node in ast.walk(trees.parse(text)) if isinstance(node, ast.Name)}
        function = self.any_function(used)
        if function:
            self.parts.append(self._blank_call(task, function, f"points={points}", "Hidden"))
        else:
            self.parts.append(self._blank_probe(task, f"points={points}", f"{question.name}_hidden"))

    def _blank_probe(self, task: int, settings: str, of: str) -> str:
        name = self.name(of, False)
        return (
            f"@probe(task={task}, {settings})\nclass {name}:\n"
            '    "FILL: what this asks, without telling the answer"\n\n    def make(rng):\n'
            "        return {}  # FILL: inputs that are drawn from rng\n\n    def ask(answer, inputs):\n"
            "        return None  # FILL: what the learner's code returns for them"
        )

    def _blank_call(self, task: int, function: str, settings: str, word: str) -> str:
        name = self.name(f"{function}_{word}", False)
        parameters = self.names.learners[function] or []
        inputs = ", ".join(f'"{each}": None' for each in parameters)
        return (
            f'@calls({{{task}: "{function}"}}, {settings})\ndef {name}(rng):\n'
            '    "FILL: what this asks, without telling the answer"\n'
            f"    return {{{inputs}}}  # FILL: inputs that are drawn from rng"
        )

    def something_to_see(self) -> None:
        """Run shows visible probes; where every check was hidden, one has to be written."""
        if self.visible:
            return
        task, function = self.function or (1, self.any_function(self.names.learners))
        self.parts.insert(
            0,
            self._blank_call(task, function, "visible=True", "seen")
            if function
            else self._blank_probe(task, "visible=True", "Seen"),
        )

    def any_function(self, used: Collection[str]) -> str:
        """A function with parameters among these names, or no text at all."""
        known = (name for name, parameters in self.names.learners.items() if parameters and name in used)
        return next(known, "")

    def name(self, of: str, hidden: bool) -> str:
        """A class name that is not taken: `correct_squares` is CorrectSquares."""
        words = re.findall(r"[A-Za-z0-9]+", of) or ["Check"]
        stem = "".join(word[:1].upper() + word[1:] for word in words)[:60]
        stem = stem if stem[0].isalpha() else f"Check{stem}"
        stem += "Hidden" if hidden and not stem.endswith("Hidden") else ""
        name, number = stem, 1
        while (
            name in self.taken or keyword.iskeyword(name) or hasattr(builtins, name) or name in self.imports
        ):
            number += 1
            name = f"{stem}{number}"
        self.taken.add(name)
        return name

    def title(self, test: Test, hidden: bool) -> str:
        body = trees.parse(test.text).body
        said = ""
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            value = body[0].value.value
            said = value.strip().split("\n")[0] if isinstance(value, str) else ""
        said = _plain(said) or _plain(re.sub(r"[\W_]+", " ", test.name)) or "a check"
        said = said.rstrip(".").replace("FILL", "fill")
        return repr(said + (", hidden" if hidden and test.hidden is not True else ""))

    def text(self, system: str) -> str:
        body = "\n\n\n".join(self.parts)
        used = set(re.findall(r"\w+", re.sub(r"^\s*#.*$", "", body, flags=re.MULTILINE)))
        imports = sorted({line for name, line in self.imports.items() if name in used})
        there = [
            line for line in imports if line.split()[1].partition(".")[0] in {*_THERE, _TORCH, "probing"}
        ]
        words = ("EXACT", "T64", "Tolerance", "calls", "probe")
        language = [word for word in words if re.search(rf"\b{word}\b", body)]
        head = (
            f'"""What an assignment for {system} asked, as probes: what each returns is compared outside."""'
        )
        return "\n".join(
            [head, "", *there, *([""] if there else []), f"from grader.language import {', '.join(language)}"]
        ) + f"\n\n\n{body}\n"  # fmt: skip


def _grouped(test: Test, found: Sequence[Ask]) -> list[_Group]:
    groups: list[_Group] = []
    for ask in found:
        hidden = test.hidden if isinstance(test.hidden, bool) else ask.line in test.hidden
        if groups and groups[-1].takes(ask, hidden):
            groups[-1].asks.append(ask)
        else:
            groups.append(_Group(test, hidden, [ask]))
    return groups


def _shares(whole: float, count: int) -> list[str]:
    """So many points in equal parts, as they are written; the last one takes what rounding left."""
    if not count:
        return []
    part = round(whole / count, 3)
    last = round(whole - part * (count - 1), 3)
    return [f"{value:g}" for value in [*[part] * (count - 1), last]]


def _indented(texts: Sequence[str], by: int) -> list[str]:
    return [" " * by + line for text in texts for line in text.split("\n")]


def cut(cell: Taken, text: str, begin: str, end: str) -> tuple[list[tuple[int, str, bool]], bool]:
    """The lines of a cell between and outside of two markers, as (number, line, inside), without the markers.

    Raises NoNotebookError where they do not pair.
    """
    lines: list[tuple[int, str, bool]] = []
    opened = 0
    seen = False
    for number, line in enumerate(text.split("\n"), 1):
        if begin in line:
            if opened:
                raise NoNotebookError(
                    f"{cell.where}, line {number}: `{begin}` stands in a region that line {opened} opened."
                )
            opened, seen = number, True
        elif end in line:
            if not opened:
                raise NoNotebookError(f"{cell.where}, line {number}: `{end}` closes nothing.")
            opened = 0
        else:
            lines.append((number, line, bool(opened)))
    if opened:
        raise NoNotebookError(f"{cell.where}, line {opened}: `{begin}` is never closed by `{end}`.")
    return lines, seen


def emptied(lines: Sequence[tuple[int, str, bool]]) -> str:
    """The lines outside, and `...` once in the place of each region."""
    kept: list[str] = []
    inside = False
    for _, line, hidden in lines:
        if hidden and not inside and line.strip():
            kept.append(line[: len(line) - len(line.lstrip())] + "...")
            inside = True
        elif not hidden:
            kept.append(line)
            inside = False
    return "\n".join(kept)
