"""Looks at a learner's text before anything runs it: size, encoding, syntax, the exercise's fence.

Nothing here executes the text. What is wrong becomes help with the line; it spends no try. The fence
(forbidden names, functions without loops) follows imports and plain renames through the syntax tree;
it keeps honest people on the path and is no wall: the wall is a box without the library.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from grader import syntax, trees
from grader.exercise import Exercise
from grader.plaintext import printable
from grader.probes import without_docstrings
from grader.verdict import ErrorReport

LARGEST = 256 * 1024
NOT_COUNTED = "This did not count as an attempt."
_MOST_DOTS = 32
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOPS = (ast.For, ast.While, ast.AsyncFor, *_COMPREHENSIONS)
_LOOPING_CALLS = frozenset(
    {"map", "filter", "functools.reduce", "numpy.vectorize", "numpy.frompyfunc", "numpy.apply_along_axis",
     "numpy.apply_over_axes", "numpy.fromiter", "numpy.nditer", "numpy.ndenumerate", "numpy.ndindex"}
)  # fmt: skip


@dataclass(frozen=True)
class SourceProblem:
    """Why a text is not gradable. `error.message` is the whole sentence for the learner."""

    error: ErrorReport


def check(source: str | bytes, exercise: Exercise) -> SourceProblem | None:
    """The first thing that keeps a text from being run, or None."""
    size = len(source) if isinstance(source, bytes) else len(source.encode("utf-8", "surrogatepass"))
    if size > LARGEST:
        return _problem(
            "TooLarge", f"Your code has {size // 1024} kB; at most {LARGEST // 1024} kB can be read."
        )
    try:
        text = source.decode("utf-8") if isinstance(source, bytes) else source
        text.encode("utf-8")
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = source[:start].count(b"\n") + 1 if isinstance(source, bytes) else None
        where = f"Line {line} holds" if line else "Your code holds"
        return _problem("NotText", f"{where} bytes that are not UTF-8 text. Save the file as UTF-8.", line)
    text = _lines(text)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        return _problem("NullByte", f"Line {line} holds a null character. Delete it.", line)
    try:
        tree = syntax.parse(text)
    except syntax.NotReadableError as error:
        return _problem("SyntaxError", error.sentence, error.line, _code(text, error.line), error.help)
    fence = _Fence(tree, exercise)
    for line, sentence in sorted([*fence.forbidden(), *fence.loops()]):
        return _problem("Forbidden", sentence, line, _code(text, line))
    return None


def is_unchanged(source: str, exercise: Exercise) -> bool:
    """Whether there is no code, or only whitespace, comments and docstrings differ from the starter."""
    mine = _shape(source)
    return mine in (_shape(""), _shape(exercise.starter))


def _shape(text: str) -> str:
    text = _lines(text)
    try:
        return ast.dump(without_docstrings(trees.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        bare = [line.partition("#")[0].split() for line in text.split("\n")]
        return "\n".join("".join(words) for words in bare if words)


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


class _Fence:
    """What names of a text stand for, and which of them the exercise forbids."""

    def __init__(self, tree: ast.Module, exercise: Exercise) -> None:
        self.tree = tree
        self.names = exercise.forbidden.names
        self.loops_in = exercise.forbidden.loops_in
        self.aliases: dict[str, str] = {}
        self.own: set[str] = set()
        given = trees.parse(_lines(exercise.given))
        for node in [*ast.walk(given), *ast.walk(tree)]:
            self.bind(node)
        # `f = np.linalg.norm; g = f`: until no rename is new.
        for _ in range(10):
            before = dict(self.aliases)
            for node in ast.walk(tree):
                if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                    self.rename(node)
            if self.aliases == before:
                break

    def bind(self, node: ast.AST) -> None:
        match node:
            case ast.Import():
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self.aliases[name] = alias.name if alias.asname else name
            case ast.ImportFrom():
                for alias in node.names:
                    self.aliases[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
            case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
                self.own.add(node.name)
            case ast.arg():
                self.own.add(node.arg)
            case ast.Name(ctx=ast.Store()):
                self.own.add(node.id)

    def rename(self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr) -> None:
        meant = self.meaning(node.value) if node.value is not None else None
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if meant is not None:
            for target in targets:
                if isinstance(target, ast.Name):
                    self.aliases.setdefault(target.id, meant)

    def meaning(self, node: ast.expr) -> str | None:
        """The dotted name that an expression stands for, as far as the text tells."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
            if len(parts) > _MOST_DOTS:  # no library is that deep; each shorter part is looked at by itself
                return None
        root: str | None = None
        if isinstance(node, ast.Name):
            if node.id in self.aliases:
                root = self.aliases[node.id]
            elif node.id not in self.own and hasattr(builtins, node.id):
                root = node.id
        elif isinstance(node, ast.Call) and node.args:
            root = self.meaning_of_call(node)
        return ".".join([root, *reversed(parts)]) if root else None

    def meaning_of_call(self, node: ast.Call) -> str | None:
        texts = [getattr(arg, "value", None) for arg in node.args]
        texts = [text if isinstance(text, str) else None for text in texts]
        match self.meaning(node.func):
            case "__import__" | "importlib.import_module" | "importlib.__import__":
                return texts[0]
            case "getattr" if len(texts) > 1 and texts[1]:
                first = self.meaning(node.args[0])
                return f"{first}.{texts[1]}" if first else None
        return None

    def match(self, meant: str) -> str | None:
        for name in self.names:
            if meant == name or meant.startswith(f"{name}."):
                return name
        return None

    def forbidden(self) -> Iterator[tuple[int, str]]:
        if not self.names:
            return
        for node in ast.walk(self.tree):
            for meant in self.uses(node):
                name = self.match(meant)
                if name is not None:
                    line = getattr(node, "lineno", 1)
                    yield line, f"Line {line} uses `{name}`, which this exercise asks you to build yourself."
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                for name in self.names:
                    if name.startswith(f"{node.module}."):
                        line = node.lineno
                        yield line, f"Line {line} imports all of `{node.module}`: import only what you need."

    def uses(self, node: ast.AST) -> list[str]:
        match node:
            case ast.Import():
                return [alias.name for alias in node.names]
            case ast.ImportFrom():
                return [f"{node.module or ''}.{alias.name}" for alias in node.names]
            case ast.Name(ctx=ast.Load()) | ast.Attribute() | ast.Call():
                meant = self.meaning(node)
                return [meant] if meant else []
        return []

    # Functions that may hold no loop

    def loops(self) -> Iterator[tuple[int, str]]:
        if not self.loops_in:
            return
        bodies = self.bodies()
        for name in self.loops_in:
            seen = {name}
            todo = [name]
            while todo:
                current = todo.pop()
                for body in bodies.get(current, []):
                    for node in ast.walk(body):
                        if isinstance(node, ast.Name) and node.id in bodies and node.id not in seen:
                            seen.add(node.id)
                            todo.append(node.id)
                        what = self.loop(node)
                        if what:
                            line = int(getattr(node, "lineno", 0) or getattr(body, "lineno", 1))
                            where = f"`{name}`" if current == name else f"`{current}`, which `{name}` uses"
                            yield (
                                line,
                                f"Line {line} has {what} in {where}. This task asks for array operations"
                                " without Python loops.",
                            )

    def bodies(self) -> dict[str, list[ast.AST]]:
        """What each name of the text is made of: functions, classes, and values given to it."""
        found: dict[str, list[ast.AST]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.setdefault(node.name, []).append(node)
        for statement in self.tree.body:
            if isinstance(statement, ast.Assign):
                for target in statement.targets:
                    if isinstance(target, ast.Name):
                        found.setdefault(target.id, []).append(statement.value)
        return found

    def loop(self, node: ast.AST) -> str:
        if isinstance(node, _LOOPS):
            return "a comprehension" if isinstance(node, _COMPREHENSIONS) else "a loop"
        if isinstance(node, ast.Call):
            meant = self.meaning(node.func)
            if meant in _LOOPING_CALLS:
                return f"`{meant}`, a loop in disguise,"
        return ""
