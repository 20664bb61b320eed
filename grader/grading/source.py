"""Looks at a learner's text before anything runs it: size, encoding, syntax, the exercise's fence.

Nothing here parses, compiles or executes the text: the reading process parses it (reader.py, fence.py),
its box compiles it, in a request of its own before any of it runs. What is wrong becomes help with the
line; it spends no try.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.exercise import reader
from grader.exercise.folder import Exercise
from grader.exercise.trees import LARGEST_TEXT
from grader.feedback import syntax
from grader.values.plaintext import printable
from grader.verdict import ErrorReport

NOT_COUNTED = "This did not count as an attempt."


@dataclass(frozen=True)
class SourceProblem:
    """Why a text is not gradable. `error.message` is the whole sentence for the learner."""

    error: ErrorReport


@dataclass(frozen=True)
class Looked:
    """What keeps a text from being run, if anything does, and whether it is the starter: no code in it, or
    only whitespace, comments and docstrings differ."""

    problem: SourceProblem | None = None
    unchanged: bool = False


def check(source: str | bytes, exercise: Exercise) -> SourceProblem | None:
    """The first thing that keeps a text from being run, or None."""
    return look(source, exercise).problem


def form(source: str | bytes) -> SourceProblem | None:
    """What its size, its encoding or its characters say against a text: all that is known without parsing."""
    try:
        _text(source)
    except _NotReadable as error:
        return error.problem
    return None


def look(source: str | bytes, exercise: Exercise) -> Looked:
    """Everything that there is to say about a text before it runs, its size first."""
    try:
        text = _text(source)
        found = _asked(text, exercise)
    except _NotReadable as error:
        return Looked(error.problem)
    return Looked(_found(text, found), bool(found.get("unchanged")))


class _NotReadable(Exception):
    def __init__(self, problem: SourceProblem) -> None:
        super().__init__(problem.error.message)
        self.problem = problem


def _text(source: str | bytes) -> str:
    """As Python reads it. Raises _NotReadable."""
    size = len(source) if isinstance(source, bytes) else len(source.encode("utf-8", "surrogatepass"))
    if size > LARGEST_TEXT:
        sentence = f"Your code has {size // 1024} kB; at most {LARGEST_TEXT // 1024} kB can be read."
        raise _NotReadable(_problem("TooLarge", sentence))
    try:
        text = source.decode("utf-8") if isinstance(source, bytes) else source
        text.encode("utf-8")
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = source[:start].count(b"\n") + 1 if isinstance(source, bytes) else None
        where = f"Line {line} holds" if line else "Your code holds"
        sentence = f"{where} bytes that are not UTF-8 text. Save the file as UTF-8."
        raise _NotReadable(_problem("NotText", sentence, line)) from None
    text = _lines(text)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise _NotReadable(_problem("NullByte", f"Line {line} holds a null character. Delete it.", line))
    return text


def _asked(text: str, exercise: Exercise) -> dict[str, Any]:
    """What the reading process says about a text. Raises _NotReadable."""
    forbidden = exercise.forbidden
    try:
        found: dict[str, Any] = reader.ask(
            "answer",
            seconds=reader.FOR_A_LEARNER,
            source=text,
            starter=_lines(exercise.starter),
            given=_lines(exercise.given),
            names=forbidden.names,
            loops_in=forbidden.loops_in,
            pieces=[used.module for used in exercise.uses],
        )
    except reader.TooMuchError as error:
        raise _NotReadable(_unreadable(text, syntax.Unreadable(f"it is {error}"))) from None
    return found


def _found(text: str, found: dict[str, Any]) -> SourceProblem | None:
    if "syntax" in found:
        message, line = found["syntax"]
        return _unreadable(text, syntax.explained(message, line, text))
    if "unreadable" in found:
        what, hint = found["unreadable"]
        return _unreadable(text, syntax.Unreadable(what, None, hint))
    if "forbidden" in found:
        line, sentence = found["forbidden"]
        return _problem("Forbidden", sentence, line, _code(text, line))
    return None


def unlike(source: str, exercise: Exercise) -> dict[str, str]:
    """The functions whose form is part of their task and is another, each with a clause that says so."""
    asked = exercise.loops
    if not asked:
        return {}
    try:
        found = reader.ask("loops", seconds=reader.FOR_A_LEARNER, source=_lines(source), names=sorted(asked))
    except reader.TooMuchError:
        return {}
    return {
        name: f"the numbers are right, but {_loops(depth)}; the task asks for {_wanted(asked[name])}."
        for name, depth in found.items()
        if depth != asked[name]
    }


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def _loops(depth: int) -> str:
    number = _NUMBERS[depth] if depth < len(_NUMBERS) else str(depth)
    if depth > 1:
        return f"{number} loops stand inside each other in it"
    return f"there is {number} loop in it"


def _wanted(depth: int) -> str:
    if depth > 1:
        return f"{_NUMBERS[depth]} loops, one inside the other"
    return "one loop" if depth else "array operations without a Python loop"


def not_compiled(source: str, message: str, line: int | None) -> SourceProblem:
    """What a box said that Python's compiler has against a text, before any of it ran."""
    text = _lines(source)
    return _unreadable(text, syntax.explained(message, line, text))


def too_much_to_compile(source: str) -> SourceProblem:
    """A text that its box could not compile within its memory and time."""
    what = "it is nested too deeply or too large for Python to compile"
    return _unreadable(_lines(source), syntax.Unreadable(what))


def _unreadable(text: str, what: syntax.Unreadable) -> SourceProblem:
    return _problem("SyntaxError", what.sentence, what.line, _code(text, what.line), what.help)


def _lines(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _code(text: str, line: int | None) -> str:
    lines = text.split("\n")
    return printable(lines[line - 1], 200) if line and line <= len(lines) else ""


def _problem(
    type_name: str,
    sentence: str,
    line: int | None = None,
    code: str = "",
    help: str = "",  # noqa: A002  the field of an ErrorReport
) -> SourceProblem:
    message = printable(f"{sentence} {NOT_COUNTED}", 1000)
    return SourceProblem(ErrorReport(type=type_name, message=message, line=line, code=code, help=help))
