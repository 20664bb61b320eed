"""The checks of a foreign test cell as probes: what is compared, taken out of the syntax tree.

A probe returns values and holds no assertion. So of `assert np.allclose(f(x), [1, 2])` it keeps `f(x)`: what
is right is what the reference returns for it. A call of the learner's function with arguments that need
nothing of the learner's becomes `@calls`, other comparisons a probe whose `ask` collects what they compare;
what can only be true or false vetoes. Whatever is none of these is told, with its line.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.exercise import trees

_CLOSE = {
    "allclose": (1e-5, 1e-8),
    "isclose": (1e-5, 1e-8),
    "assert_allclose": (1e-7, 0.0),
}
"""numpy's rtol and atol where a call does not say them; math.isclose has its own."""
_EQUAL = {
    "assert_equal",
    "assertEqual",
    "assert_array_equal",
    "array_equal",
    "assert_eq",
    "assert_frame_equal",
}
_ALMOST = {"assert_almost_equal", "assert_array_almost_equal", "assertAlmostEqual", "assert_approx_equal"}
_NUMBERS = {"pi", "e", "inf", "nan", "float32", "float64", "int64", "int32"}
_TRUE = {"assert_true", "assertTrue", "assert_", "ok_"}
_RAISES = {"assert_raises", "assertRaises", "raises"}


@dataclass(frozen=True)
class Ask:
    """One thing that is compared: the expression that stands for the answer, and how near it must be.

    `of` is the learner's function with `arguments` by name where it is one plain call. `truth` says that the
    value can only be one of a few. `before` are the statements that it needs, `around` the whole statement,
    rewritten, where the comparison stands in a loop.
    """

    line: int
    value: str
    tolerance: str
    was: str
    of: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    flag: bool = False
    before: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    around: str = ""


@dataclass(frozen=True)
class Left:
    """What could not be converted: the line in its cell, and why."""

    line: int
    why: str


@dataclass(frozen=True)
class Names:
    """What a test may take from elsewhere: the learner's names, with parameters of functions, and imports."""

    learners: Mapping[str, Sequence[str] | None]
    imports: Mapping[str, str]


def names_of(code: str) -> Names:
    """Those of a text that has been read before: functions with their parameters, other names with None."""
    learners: dict[str, Sequence[str] | None] = {}
    imports: dict[str, str] = {}
    for node in trees.parse(code).body:
        match node:
            case ast.FunctionDef(name=name, args=args):
                plain = not (args.vararg or args.kwarg or args.kwonlyargs)
                learners[name] = [arg.arg for arg in [*args.posonlyargs, *args.args]] if plain else None
            case ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                learners[name] = None
            case ast.Import() | ast.ImportFrom():
                imports |= imported(node)
            case _:
                learners |= dict.fromkeys(_assigned(node))
    return Names(learners, imports)


def imported(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """The names that a statement imports, each with a statement of its own."""
    found = {}
    for alias in node.names:
        name = alias.asname or (
            alias.name if isinstance(node, ast.ImportFrom) else alias.name.partition(".")[0]
        )
        found[name] = ast.unparse(
            ast.ImportFrom(node.module, [alias], 0)
            if isinstance(node, ast.ImportFrom)
            else ast.Import([alias])
        )
    return found


def asks(text: str, names: Names) -> tuple[list[Ask], list[Left], dict[str, str]]:
    """What a test cell compares, what of it is left, and what it imports. Raises SyntaxError."""
    reader = _Cell(names)
    for node in trees.parse(text).body:
        reader.statement(node)
    return reader.found, reader.left, reader.imports


class _AlteredError(Exception):
    """Why a comparison cannot be taken out of its cell."""


def _altered(node: ast.AST) -> set[str]:
    """The names of objects inside which a statement changes something: `x[0] = 1`, `x.append(1)`."""
    found = set()
    for inner in () if isinstance(node, ast.FunctionDef | ast.ClassDef) else ast.walk(node):
        match inner:
            case ast.Subscript() | ast.Attribute() if not isinstance(inner.ctx, ast.Load):
                found.add(_root(inner))
            case ast.Expr(value=ast.Call(func=ast.Attribute() as called)) if called.attr != "seed":
                found.add(_root(called))
    return found - {""}


def _assigned(node: ast.AST) -> list[str]:
    return [
        name.id
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and not isinstance(name.ctx, ast.Load)
    ]


def _used(node: ast.AST) -> set[str]:
    return {
        name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load)
    }


class _Cell:
    """One test cell on its way: statements that came before, and what was found."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.before: list[ast.stmt] = []
        self.unkept: set[int] = set()  # those of them that are in no probe
        self.calls: dict[str, ast.expr] = {}  # a name that holds what one call of the learner's returned
        self.found: list[Ask] = []
        self.left: list[Left] = []
        self.imports: dict[str, str] = {}

    def statement(self, node: ast.stmt) -> None:
        try:
            self.read(node)
        except _AlteredError as altered:
            self.left.append(Left(node.lineno, str(altered)))

    def read(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                return
            case ast.Import() | ast.ImportFrom():
                self.imports |= imported(node)
            case ast.Assert(test=test):
                self.check(node, test)
            case ast.Expr(value=ast.Call() as call) if self.asserting(call):
                self.check(node, call)
            case ast.Try() | ast.With() if (tried := self.tried(node)) is not None:
                self.found.append(tried)
            case ast.For() | ast.If() | ast.While() | ast.With() if self.checks_in(node):
                self.loop(node)
            case ast.FunctionDef(name=name) if name.startswith("test") and self.checks_in(node):
                self.test_function(node)
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.FunctionDef() | ast.For() | ast.If():
                self.prepare(node)
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
                self.left.append(Left(node.lineno, "it only prints"))
            case ast.Expr(value=ast.Call(func=ast.Name(id=name))) if name in {
                test.name for test in self.before if isinstance(test, ast.FunctionDef)
            }:
                self.left.append(Left(node.lineno, f"`{name}` was taken apart where it is defined"))
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="seed"))):
                self.prepare(node)
            case _:
                self.left.append(Left(node.lineno, "no value is compared that could be taken out of it"))
                self.before.append(node)
                self.unkept.add(id(node))

    def prepare(self, node: ast.stmt) -> None:
        """A statement that a later comparison may need."""
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=called)) as call
            ) if called in self.names.learners:
                self.calls[name] = call
            case _:
                for name in _assigned(node):
                    self.calls.pop(name, None)
        changed = {*_assigned(node), *_altered(node)}
        for name, held in list(self.calls.items()):
            if changed & _used(held):  # it was called with what stood there before
                del self.calls[name]
        self.before.append(node)

    # What is compared

    def asserting(self, call: ast.Call) -> bool:
        return _last(call.func) in {*_CLOSE, *_EQUAL, *_ALMOST, *_TRUE} and _last(call.func).startswith(
            ("assert", "ok")
        )

    def check(self, node: ast.stmt, test: ast.expr) -> None:
        compared = self.compared(test)
        if compared is None:
            self.left.append(Left(node.lineno, "nothing in it depends on the learner's code"))
            return
        value, tolerance, flag = compared
        if isinstance(value, ast.Name) and value.id in self.calls:
            value = self.calls[value.id]
        before, makes = self.needed(value)
        of, arguments = self.plain_call(value) if not flag else ("", {})
        self.found.append(
            Ask(
                line=node.lineno,
                value=self.answered(value),
                tolerance=tolerance,
                was=_one_line(node),
                of=of,
                arguments=arguments,
                flag=flag,
                before=before,
                makes=makes,
            )
        )

    def compared(self, test: ast.expr) -> tuple[ast.expr, str, bool] | None:
        """The expression that is the answer, its tolerance, and whether it can only be true or false."""
        match test:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
                return self.side(left, right, _exactness(left, right))
            case ast.Compare(
                left=ast.Call(func=func, args=[ast.BinOp(left=left, op=ast.Sub(), right=right)]),
                ops=[ast.Lt() | ast.LtE()],
                comparators=[ast.Constant(value=int() | float() as bound)],
            ) if _last(func) in ("abs", "fabs", "absolute"):
                return self.side(left, right, f"Tolerance(0.0, {float(bound)!r})")
            case ast.Call(func=func, args=[left, right, *more]) if _last(func) in {
                *_CLOSE,
                *_EQUAL,
                *_ALMOST,
            }:
                return self.side(left, right, _tolerance(_last(func), func, more, test.keywords, right))
            case ast.Call(func=func, args=[inner]) if _last(func) in _TRUE:
                return self.compared(inner)
            case ast.Call(func=ast.Attribute(value=inner, attr="all"), args=[]):
                return self.compared(inner)
            case ast.Call(func=func, args=[inner]) if _last(func) in ("all", "bool") and self.learners(inner):
                return self.compared(inner)
        if not self.learners(test):
            return None
        return ast.Call(ast.Name("bool", ast.Load()), [test], []), "EXACT", True

    def side(self, left: ast.expr, right: ast.expr, tolerance: str) -> tuple[ast.expr, str, bool] | None:
        mine, theirs = self.learners(left), self.learners(right)
        if mine and theirs:
            return ast.List([left, right], ast.Load()), tolerance, False
        if not mine and not theirs:
            return None
        value, other = (left, right) if mine else (right, left)
        few = isinstance(other, ast.Constant) and (other.value is None or isinstance(other.value, bool))
        return value, tolerance, few or (isinstance(value, ast.Call) and _last(value.func) in ("type", "len"))

    def learners(self, node: ast.AST) -> bool:
        """Whether an expression asks the learner's code, at once or through a name that holds its answer."""
        used = _used(node)
        if used & self.names.learners.keys():
            return True
        holding = {
            name for stmt in self.before if self._uses_learners(stmt) for name in _assigned(stmt)
        }  # fmt: skip
        return bool(used & holding)

    def _uses_learners(self, node: ast.AST) -> bool:
        return bool(_used(node) & self.names.learners.keys())

    def plain_call(self, value: ast.expr) -> tuple[str, dict[str, str]]:
        """The learner's function and its arguments by name, if the value is one call of it and no more."""
        if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name)):
            return "", {}
        parameters = self.names.learners.get(value.func.id)
        given = [*value.args, *(word.value for word in value.keywords)]
        if parameters is None or not given or len(given) > len(parameters):
            return "", {}
        if any(isinstance(each, ast.Starred) or self.learners(each) or self.is_code(each) for each in given):
            return "", {}
        named = [word.arg for word in value.keywords]
        if named != list(parameters[len(value.args) : len(given)]):
            return "", {}
        return value.func.id, {name: ast.unparse(each) for name, each in zip(parameters, given, strict=False)}

    def is_code(self, node: ast.AST) -> bool:
        """Whether an argument is a function or a module, which is no plain data: `math.cos`, `len`."""
        called = {id(inner.func) for inner in ast.walk(node) if isinstance(inner, ast.Call)}
        held = {id(inner.value) for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}
        own = {name for stmt in self.before if isinstance(stmt, ast.Assign) for name in _assigned(stmt)}
        for inner in ast.walk(node):
            if isinstance(inner, ast.Lambda):
                return True
            if id(inner) in called or id(inner) in held:
                continue
            if isinstance(inner, ast.Name) and inner.id not in own:
                return True
            if isinstance(inner, ast.Attribute) and inner.attr not in _NUMBERS and _root(inner) not in own:
                return True
        return False

    def needed(self, value: ast.AST) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The statements before this one that it needs, in their order: those that ask, and those that only
        make inputs. Raises _AlteredError."""
        wanted, kept = _used(value), []
        modules = self.imports.keys() | self.names.imports.keys()
        for stmt in reversed(self.before):
            if names := sorted(wanted & _altered(stmt) - modules):
                raise _AlteredError(
                    f"line {stmt.lineno} changes something inside `{names[0]}`, which it needs"
                )
            if id(stmt) in self.unkept:
                continue
            seeds = isinstance(stmt, ast.Expr)
            if seeds or wanted & set(_assigned(stmt)) or getattr(stmt, "name", None) in wanted:
                kept.append(stmt)
                wanted |= _used(stmt)
        kept.reverse()
        if all(isinstance(stmt, ast.Expr) for stmt in kept):
            return (), ()
        making: list[str] = []
        asking: list[str] = []
        for stmt in kept:
            makes = isinstance(stmt, ast.Assign | ast.Expr) and not self.learners(stmt) and not asking
            text = ast.unparse(stmt) if makes else self.answered(stmt)
            (making if makes else asking).append(text)
        return tuple(asking), tuple(making)

    def answered(self, node: ast.AST) -> str:
        """The text of a node in which the learner's names are looked up in `answer`."""
        return ast.unparse(_Answered(self.names.learners).visit(_copy(node)))

    # What stands in other statements

    def checks_in(self, node: ast.AST) -> bool:
        return any(
            isinstance(inner, ast.Assert) or (isinstance(inner, ast.Call) and self.asserting(inner))
            for inner in ast.walk(node)
        )

    def loop(self, node: ast.stmt) -> None:
        """A loop with comparisons in it: each of them appends what it compares."""
        rewriter = _Collecting(self)
        rewritten = rewriter.visit(_copy(node))
        if rewriter.failed or not rewriter.tolerances:
            self.left.append(Left(node.lineno, "what it compares could not be taken out of it"))
            return
        before, makes = self.needed(node)
        self.found.append(
            Ask(
                line=node.lineno,
                value="",
                tolerance=sorted(rewriter.tolerances, key=_looseness)[-1],
                was=_one_line(node),
                flag=rewriter.flags,
                before=before,
                makes=makes,
                around=ast.unparse(
                    _Answered(self.names.learners).visit(ast.fix_missing_locations(rewritten))
                ),
            )
        )

    def test_function(self, node: ast.FunctionDef) -> None:
        """`def test(f): assert f(2) == 4`: its statements, if its parameters are names of the learner's."""
        strange = [arg.arg for arg in node.args.args if arg.arg not in self.names.learners]
        if strange:
            self.left.append(
                Left(node.lineno, f"its parameter `{strange[0]}` is not a name of the learner's code")
            )
            return
        for inner in node.body:
            self.statement(inner)
        self.before.append(ast.FunctionDef(node.name, node.args, [ast.Pass()], [], lineno=node.lineno))

    def tried(self, node: ast.Try | ast.With) -> Ask | None:
        """What a call raises, where the cell expects an exception of one kind."""
        body: ast.stmt | None = None
        match node:
            case ast.Try(
                body=[ast.Expr() as body],
                handlers=[ast.ExceptHandler()],
                orelse=[ast.Raise() | ast.Assert()],
                finalbody=[],
            ):
                pass
            case ast.Try(
                body=[ast.Expr() as body, ast.Raise() | ast.Assert()],
                handlers=[ast.ExceptHandler()],
                orelse=[],
                finalbody=[],
            ):
                pass
            case ast.With(
                items=[ast.withitem(context_expr=ast.Call(func=func))], body=[ast.Expr() as body]
            ) if _last(func) in _RAISES:
                pass
        if not isinstance(body, ast.Expr) or not isinstance(body.value, ast.Call):
            return None
        call = body.value
        of, arguments = self.plain_call(call)
        if not of:
            return None
        before, makes = self.needed(call)
        return Ask(
            line=node.lineno,
            value=f"attempt(answer.{of}, {', '.join(arguments.values())})",
            tolerance="EXACT",
            was=_one_line(body) + "  (what it raises)",
            flag=True,
            before=before,
            makes=makes,
        )


class _Answered(ast.NodeTransformer):
    def __init__(self, learners: Mapping[str, object]) -> None:
        self.learners = learners

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.learners and isinstance(node.ctx, ast.Load):
            return ast.Attribute(ast.Name("answer", ast.Load()), node.id, ast.Load())
        return node


class _Collecting(ast.NodeTransformer):
    """Turns `assert f(x) == y` into `got.append(f(x))`."""

    def __init__(self, cell: _Cell) -> None:
        self.cell = cell
        self.tolerances: set[str] = set()
        self.flags = True
        self.failed = False

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return self.collected(node, node.test)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if isinstance(node.value, ast.Call) and self.cell.asserting(node.value):
            return self.collected(node, node.value)
        return node

    def collected(self, node: ast.stmt, test: ast.expr) -> ast.AST:
        compared = self.cell.compared(test)
        if compared is None:
            self.failed = True
            return node
        value, tolerance, flag = compared
        self.tolerances.add(tolerance)
        self.flags = self.flags and flag
        append = ast.Attribute(ast.Name("got", ast.Load()), "append", ast.Load())
        return ast.copy_location(ast.Expr(ast.Call(append, [value], [])), node)


def _copy(node: ast.AST) -> ast.AST:
    """A tree of its own: a transformer changes what it walks."""
    text = ast.unparse(node)
    made = trees.parse(text).body
    return made[0].value if isinstance(node, ast.expr) and isinstance(made[0], ast.Expr) else made[0]


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _one_line(node: ast.AST) -> str:
    text = ast.unparse(node).split("\n")[0]
    return text if len(text) <= 90 else text[:89] + "…"


def _exactness(left: ast.expr, right: ast.expr) -> str:
    """Equal means equal, but for numbers that were worked out in floats."""
    constants = [
        node.value for side in (left, right) for node in ast.walk(side) if isinstance(node, ast.Constant)
    ]
    return "T64" if any(isinstance(value, float | complex) for value in constants) else "EXACT"


def _tolerance(
    name: str, func: ast.expr, more: list[ast.expr], words: list[ast.keyword], right: ast.expr
) -> str:
    said = {word.arg: word.value.value for word in words if isinstance(word.value, ast.Constant)}
    places = [each.value for each in more if isinstance(each, ast.Constant)]
    if name in _EQUAL:
        return _exactness(right, right)
    if name in _ALMOST:
        decimal = said.get("decimal", said.get("places", places[0] if places else 7))
        delta = said.get("delta")
        if isinstance(delta, int | float):
            return f"Tolerance(0.0, {float(delta)!r})"
        decimals = decimal if isinstance(decimal, int) and 0 <= decimal < 300 else 7
        return f"Tolerance(0.0, {1.5 * 10.0**-decimals!r})"
    rtol, atol = _CLOSE.get(name, (1e-5, 1e-8))
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == "math":
        rtol, atol = 1e-9, 0.0
    numbers = dict(zip(("rtol", "atol"), places, strict=False)) | said
    rtol = numbers.get("rtol", numbers.get("rel_tol", rtol))  # type: ignore[assignment]
    atol = numbers.get("atol", numbers.get("abs_tol", atol))  # type: ignore[assignment]
    right_kind = all(isinstance(number, int | float) and number >= 0 for number in (rtol, atol))
    return f"Tolerance({float(rtol)!r}, {float(atol)!r})" if right_kind else "T64"


def _looseness(tolerance: str) -> tuple[int, str]:
    return (0 if tolerance == "EXACT" else 1 if tolerance == "T64" else 2, tolerance)
