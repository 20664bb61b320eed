"""Python text to a syntax tree: the one place that parses, in the reading process only.

Memory and time that a parse takes grow with the tokens of a text, a thousand bytes and more for each of
them: so bytes, lines and tokens are counted first. What still costs too much ends the process it is in,
which is why this refuses to work in any other (see reading.py).
"""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterator

from grader.exercise.mistakes import ExerciseError

LARGEST_TEXT = 256 * 1024
"""Bytes of one text of a learner or an author, wherever it comes from."""
MOST_LINES = 20_000
MOST_PARTS = 20_000
"""Tokens of a text, and nodes of its tree. A long solution has a thousand."""
HINT = "Leave data out of the code."

inside = False
"""Whether this is the reading process: set there, and nowhere else."""

_TOKEN = re.compile(  # no possessive groups: Python 3.11.2 matches them wrongly
    r"""
    \#[^\n]*
    | (?P<f>[fF][rR]?|[rR][fF])? (?:
          "{3} [^"\\]* (?: (?: \\(?:.|\Z) | "(?!"") ) [^"\\]* )* (?: "{3} | \Z )
        | '{3} [^'\\]* (?: (?: \\(?:.|\Z) | '(?!'') ) [^'\\]* )* (?: '{3} | \Z )
        | " [^"\\\n]* (?: \\(?:.|\Z) [^"\\\n]* )* "?
        | ' [^'\\\n]* (?: \\(?:.|\Z) [^'\\\n]* )* '?
    )
    | \w+ | [^\w\s]
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_A_STRING = re.compile(r"\w+|[^\w\s]")


class TooLargeError(ValueError):
    """A text that is not even tried; the message is what is wrong with it."""


def parse(text: str) -> ast.Module:
    """`ast.parse` of a text within the bounds. Raises TooLargeError, and what `ast.parse` raises."""
    bounded(text)
    return ast.parse(text)


def free_names(text: str) -> list[str]:
    """The names that a top-level statement takes from its module, in a stable order."""
    bounded(text)
    table = symtable.symtable(text, "<probes>", "exec")
    defined = {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()
    }

    def walk(scope: symtable.SymbolTable) -> Iterator[str]:
        for symbol in scope.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() or scope is table):
                yield symbol.get_name()
        for child in scope.get_children():
            yield from walk(child)

    return sorted(set(walk(table)) - defined)


def bounded(text: str) -> None:
    """Raises TooLargeError, and RuntimeError in a process that is not there for reading."""
    if not inside:
        raise RuntimeError("texts of learners and authors are read in the reading process only")
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LARGEST_TEXT:
        raise TooLargeError(f"it has {size // 1024} kB, more than {LARGEST_TEXT // 1024}")
    if size > MOST_PARTS and _tokens(text, MOST_PARTS) > MOST_PARTS:
        raise TooLargeError(f"it has more than {MOST_PARTS} parts")
    if text.count("\n") + text.count("\r") > MOST_LINES:
        raise TooLargeError(f"it has more than {MOST_LINES} lines")


def _tokens(text: str, most: int) -> int:
    """About how many tokens Python will see: comments are none, the code in an f-string counts."""
    count = 0
    for found in _TOKEN.finditer(text):
        if found["f"] is not None:
            count += sum(1 for _ in _IN_A_STRING.finditer(found[0]))
        elif not found[0].startswith("#"):
            count += 1
        if count > most:
            break
    return count


def complete(text: str, tree: ast.Module) -> None:
    """Raises the SyntaxError for what `ast.parse` lets pass and Python's compiler does not: a lone `return`,
    two parameters of one name. `tree` is what `parse` made of the text; nothing is compiled."""
    symtable.symtable(text, "<text>", "exec")
    _outside(tree, whole=re.search(r"\b(?:yield|await|async)\b", text) is not None)


_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def _outside(tree: ast.Module, *, whole: bool) -> None:
    """Raises the compiler's SyntaxError for a lone `return`, `break` or the like; `whole`: `yield`, too."""
    todo: list[tuple[ast.AST, bool, bool, bool]] = [(tree, False, False, False)]
    found: list[tuple[int, int, str]] = []
    while todo:
        node, function, waits, loop = todo.pop()
        what = ""
        match node:
            case ast.Return() if not function:
                what = "'return' outside function"
            case ast.Yield() | ast.YieldFrom() if not function:
                what = "'yield' outside function"
            case ast.Await() if not function:
                what = "'await' outside function"
            case ast.Await() | ast.AsyncFor() | ast.AsyncWith() if not waits:
                name = {"AsyncFor": "async for", "AsyncWith": "async with"}.get(type(node).__name__, "await")
                what = f"'{name}' outside async function"
            case ast.Break() if not loop:
                what = "'break' outside loop"
            case ast.Continue() if not loop:
                what = "'continue' not properly in loop"
            case ast.ImportFrom(names=[ast.alias(name="*"), *_]) if function:
                what = "import * only allowed at module level"
        if what:
            found.append((getattr(node, "lineno", 1), getattr(node, "col_offset", 0), what))
        for field in node._fields if whole else _BLOCKS:
            value = getattr(node, field, None)
            inner = (function, waits, loop)
            if field == "body" and isinstance(node, ast.FunctionDef | ast.Lambda | ast.AsyncFunctionDef):
                inner = (True, isinstance(node, ast.AsyncFunctionDef), False)
            elif field == "body" and isinstance(node, ast.ClassDef):
                inner = (False, False, False)
            elif field == "body" and isinstance(node, ast.For | ast.While | ast.AsyncFor):
                inner = (function, waits, True)
            children = value if isinstance(value, list) else [value]
            todo += [(child, *inner) for child in children if isinstance(child, ast.AST)]
    if found:
        line, column, what = min(found)
        raise SyntaxError(what, ("<text>", line, column + 1, None))


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The same tree, in which no docstring is left."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
            ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
    return tree


def parse_python(text: str, file: str) -> ast.Module:
    """The syntax tree of an author's file, in the reading process. Raises ExerciseError with the line."""
    try:
        tree = parse(text)
        complete(text, tree)
        return tree
    except SyntaxError as error:
        raise ExerciseError(file, error.lineno, f"this is not Python: {error.msg}.") from None
    except TooLargeError as error:
        raise ExerciseError(file, None, f"it cannot be read: {error}. {HINT}") from None
    except RecursionError:
        raise ExerciseError(file, None, "it cannot be read: it is nested too deeply.") from None
    except ValueError as error:
        raise ExerciseError(file, None, f"this is not Python: {error}.") from None
