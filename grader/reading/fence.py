"""What a learner's text may not use, found on its syntax tree, in the reading process.

The fence (forbidden names, functions without loops, earlier code that is not here) follows imports and
plain renames; it keeps honest people on the path and is no wall: the wall is a box without the library.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping, Sequence

from grader.exercise.pieces import PACKAGE

_MOST_DOTS = 32
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOPS = (ast.For, ast.While, ast.AsyncFor, *_COMPREHENSIONS)
_LOOPING_CALLS = frozenset(
    {"map", "filter", "functools.reduce", "numpy.vectorize", "numpy.frompyfunc", "numpy.apply_along_axis",
     "numpy.apply_over_axes", "numpy.fromiter", "numpy.nditer", "numpy.ndenumerate", "numpy.ndindex"}
)  # fmt: skip

_PRODUCTS = frozenset({"itertools.product", "numpy.ndindex"})
_TEXTS = frozenset({"str", "bytes", "bytearray"})


class Fence:
    """What names of a text stand for, and which of them the exercise forbids."""

    def __init__(
        self,
        tree: ast.Module,
        given: ast.Module,
        names: Sequence[str],
        loops_in: Sequence[str],
        pieces: Sequence[str] = (),
    ) -> None:
        self.tree = tree
        self.pieces = pieces
        self.names = names
        self.loops_in = loops_in
        # `str.encode` is nearly always written as the method of a value: `text.encode()`.
        self.methods: dict[str, list[str]] = {}
        for name in names:
            owner, _, method = name.partition(".")
            if owner in _TEXTS and method:
                self.methods.setdefault(method, []).append(name)
        self.aliases: dict[str, str] = {}
        self.own: set[str] = set()
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

    def first(self) -> tuple[int, str] | None:
        """The first line that does what the exercise forbids, and the sentence about it."""
        return min([*self.forbidden(), *self.foreign(), *self.loops()], default=None)

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

    def foreign(self) -> Iterator[tuple[int, str]]:
        """Modules of `mylib` that this exercise does not use."""
        for node in ast.walk(self.tree):
            for meant in self.uses(node):
                package, _, rest = meant.partition(".")
                module = rest.partition(".")[0]
                if package != PACKAGE or module in self.pieces or (self.pieces and not module):
                    continue
                line = getattr(node, "lineno", 1)
                here = ", ".join(f"`{PACKAGE}.{name}`" for name in self.pieces)
                has = f"here there is {here}" if here else f"this exercise has no `{PACKAGE}`"
                yield line, f"Line {line} uses `{PACKAGE}{module and '.' + module}`, but {has}."

    def uses(self, node: ast.AST) -> list[str]:
        match node:
            case ast.Import():
                return [alias.name for alias in node.names]
            case ast.ImportFrom():
                return [f"{node.module or ''}.{alias.name}" for alias in node.names]
            case ast.Name(ctx=ast.Load()) | ast.Attribute() | ast.Call():
                meant = self.meaning(node)
                if meant is None and isinstance(node, ast.Attribute):
                    return self.methods.get(node.attr, [])
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

    # How deep loops are nested

    def depth(self, name: str) -> int | None:
        """How many loops stand inside each other in a function, through what it calls of the same text."""
        bodies = self.bodies() | self._last_given()
        return self._of_name(name, bodies, {}) if name in bodies else None

    def _last_given(self) -> dict[str, list[ast.AST]]:
        """What a name stands for in the end: a second `def`, or `f = g` after it."""
        last: dict[str, list[ast.AST]] = {}
        for statement in self.tree.body:
            match statement:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    last[statement.name] = [statement]
                case ast.Assign():
                    names = [one.id for one in statement.targets if isinstance(one, ast.Name)]
                    last |= {name: [statement.value] for name in names}
        return last

    def _of_name(self, name: str, bodies: Mapping[str, Sequence[ast.AST]], known: dict[str, int]) -> int:
        if name not in known:
            known[name] = 0  # what calls itself adds nothing to itself
            known[name] = self._deepest(bodies[name], bodies, known)
        return known[name]

    def _deepest(
        self, nodes: Iterable[ast.AST], bodies: Mapping[str, Sequence[ast.AST]], known: dict[str, int]
    ) -> int:
        return max((self._depth(node, bodies, known) for node in nodes), default=0)

    def _depth(self, node: ast.AST, bodies: Mapping[str, Sequence[ast.AST]], known: dict[str, int]) -> int:
        match node:
            case ast.For() | ast.AsyncFor():
                inner = self._levels(node.iter) + self._deepest(node.body, bodies, known)
                return max(self._depth(node.iter, bodies, known), inner)
            case ast.While():
                return 1 + self._deepest(node.body, bodies, known)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                own = sum(self._levels(one.iter) for one in node.generators)
                made = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
                loops = [one.iter for one in node.generators]
                return max(self._deepest(loops, bodies, known), own + self._deepest(made, bodies, known))
            case ast.Name() if node.id in bodies:
                return self._of_name(node.id, bodies, known)
        below = self._deepest(ast.iter_child_nodes(node), bodies, known)
        is_loop = isinstance(node, ast.Call) and self.meaning(node.func) in _LOOPING_CALLS
        return below + is_loop

    def _levels(self, iterable: ast.expr) -> int:
        """A loop over `product(a, b, c)` or `ndindex(l, m, n)` is three in one."""
        if isinstance(iterable, ast.Call) and self.meaning(iterable.func) in _PRODUCTS:
            return max(1, len(iterable.args))
        return 1

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
