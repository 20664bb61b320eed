"""Small wrong changes of a reference, made on its syntax tree: the probes should notice nearly all.

The operators are those of slips in array code: another operator, a comparison that is one off, a
constant or an axis one away, a statement, a keyword, a transpose, a copy or a minus sign lost, two
arguments or two results exchanged, a mean for a sum. Nothing is executed here; the same source always
gives the same mutations, each with a name that survives changes elsewhere in the file.
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from grader.exercise import reader, trees

_SWAPS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_ONE_SIDED = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_PAIRS = (
    ("sum", "mean"), ("max", "min"), ("argmax", "argmin"), ("maximum", "minimum"), ("zeros", "ones"),
    ("zeros_like", "ones_like"), ("floor", "ceil"), ("sin", "cos"), ("std", "var"), ("tril", "triu"),
    ("any", "all"), ("cumsum", "cumprod"),
)  # fmt: skip
_NAMES = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])} | {
    "log1p": "log", "expm1": "exp", "exp": "exp2", "log": "log2", "sqrt": "square", "abs": "positive",
    "tanh": "sin", "prod": "sum",
}  # fmt: skip
_LOST_CALLS = frozenset({"copy", "ravel", "conj", "astype", "squeeze", "clip"})
_MODULES = frozenset({"np", "numpy", "torch", "copy"})
_LOST_ATTRIBUTES = frozenset({"T", "real"})
_EITHER_ORDER = frozenset(
    {"maximum", "minimum", "add", "multiply", "max", "min", "allclose", "isclose", "array_equal", "hypot",
     "logaddexp", "equal", "not_equal", "broadcast_shapes", "result_type", "print", "isinstance"}
)  # fmt: skip
_MOST_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One wrong version of a source. `line` is the line of the original; `id` names it for good."""

    id: str
    source: str
    description: str
    line: int
    operator: str


@dataclass(frozen=True)
class _Edit:
    """Replace one child of a node. `shown` are the texts before and after the change."""

    parent: ast.AST
    field: str
    index: int | None
    new: ast.AST | None
    operator: str
    shown: tuple[str, str]
    line: int


def mutations(source: str, *, most: int = 60) -> tuple[Mutation, ...]:
    """At most so many different mutations in the order of the source, spread over operators and places.

    Raises reader.TooMuchError.
    """
    found = reader.ask("mutations", seconds=reader.FOR_AN_AUTHOR, source=source, most=most)
    return tuple(Mutation(**fields) for fields in found)


def made(source: str, most: int) -> tuple[Mutation, ...]:
    """The same, in the reading process."""
    tree = trees.without_docstrings(trees.parse(source))
    original = ast.unparse(tree)
    seen = {original}
    found: list[Mutation] = []
    names: dict[str, int] = {}
    for where, edit in _Finder().edits(tree):
        text, around = _applied(tree, edit)
        if text in seen or not _is_python(text):
            continue
        seen.add(text)
        before, after = edit.shown
        wider = _text(edit.parent) if around else ""
        if around and len(wider) < _MOST_SHOWN - 3:  # a lone constant says little
            before, after = wider, around
        name = f"{where}: {before} -> {after}" if where else f"{before} -> {after}"
        names[name] = names.get(name, 0) + 1
        if names[name] > 1:
            name += f" (#{names[name]})"
        found.append(
            Mutation(
                id=name,
                source=text + "\n",
                description=f"line {edit.line}: `{before}` becomes `{after}`",
                line=edit.line,
                operator=edit.operator,
            )
        )
    return tuple(_chosen(found, most))


def _applied(tree: ast.Module, edit: _Edit) -> tuple[str, str]:
    """The text of the tree, and of a constant's surroundings, with one edit; the tree is left as it was."""
    held = getattr(edit.parent, edit.field)
    if edit.index is None:
        setattr(edit.parent, edit.field, edit.new)
    else:
        changed = [*held]
        changed[edit.index : edit.index + 1] = [] if edit.new is None else [edit.new]
        setattr(edit.parent, edit.field, changed)
    try:
        lone = edit.operator == "constant" and not isinstance(edit.parent, ast.stmt)
        return ast.unparse(tree), _text(edit.parent) if lone else ""
    finally:
        setattr(edit.parent, edit.field, held)


def _is_python(text: str) -> bool:
    try:
        trees.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _chosen(found: list[Mutation], most: int) -> list[Mutation]:
    """Turn by turn from every operator, inside one operator in an order that no edit elsewhere changes."""
    if len(found) <= most:
        return found
    groups: dict[str, list[Mutation]] = {}
    for mutation in sorted(found, key=lambda m: hashlib.sha256(m.id.encode()).digest()):
        groups.setdefault(mutation.operator, []).append(mutation)
    kept: set[str] = set()
    while len(kept) < most:
        for operator in sorted(groups):
            if groups[operator] and len(kept) < most:
                kept.add(groups[operator].pop().id)
    return [mutation for mutation in found if mutation.id in kept]


def _text(node: ast.AST | None) -> str:
    if node is None:
        return "nothing"
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 3] + "..."


class _Finder:
    """Walks a tree in source order and proposes edits."""

    def edits(self, tree: ast.Module) -> Iterator[tuple[str, _Edit]]:
        yield from self.visit(tree, "", in_while=False)

    def visit(self, parent: ast.AST, where: str, *, in_while: bool) -> Iterator[tuple[str, _Edit]]:
        if isinstance(parent, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            where = f"{where}.{parent.name}" if where else parent.name
            in_while = False
        in_while = in_while or isinstance(parent, ast.While)
        for field, value in ast.iter_fields(parent):
            if field in ("decorator_list", "annotation", "returns", "type_comment", "ctx", "func") and not (
                field == "func" and isinstance(value, ast.Attribute)
            ):
                continue
            children = enumerate(value) if isinstance(value, list) else [(None, value)]
            for index, child in children:
                if not isinstance(child, ast.AST) or isinstance(child, ast.Import | ast.ImportFrom):
                    continue
                for edit in self.of(parent, field, index, child, in_while=in_while):
                    yield where, edit
                if not isinstance(child, ast.Raise | ast.Assert | ast.JoinedStr):
                    yield from self.visit(child, where, in_while=in_while)

    def of(
        self, parent: ast.AST, field: str, index: int | None, child: ast.AST, *, in_while: bool
    ) -> Iterator[_Edit]:
        proposals: list[tuple[str, ast.AST | None]] = []
        match child:
            case ast.BinOp():
                proposals += self.arithmetic(child)
            case ast.AugAssign():
                proposals += self.accumulation(child)
            case ast.Compare():
                proposals += self.comparisons(child)
            case ast.BoolOp():
                other = ast.Or() if isinstance(child.op, ast.And) else ast.And()
                proposals.append(("and or", ast.BoolOp(other, child.values)))
            case ast.UnaryOp():
                proposals.append(("lost sign", child.operand))
            case ast.Constant():
                proposals += self.constants(child)
            case ast.Call():
                proposals += self.calls(child)
            case ast.Attribute():
                proposals += self.attributes(parent, field, child)
            case ast.Slice():
                proposals += self.slices(child)
            case ast.If() | ast.IfExp():
                turned = copy.copy(child)
                turned.test = ast.UnaryOp(ast.Not(), child.test)
                proposals.append(("negated", turned))
            case ast.Return(value=ast.Tuple(elts=[first, second, *rest])):
                exchanged = ast.Tuple([second, first, *rest], ast.Load())
                proposals.append(("exchanged", ast.Return(exchanged)))
            case ast.Break():
                proposals.append(("break", ast.Continue()))
            case ast.Continue():
                proposals.append(("break", ast.Break()))
        if isinstance(child, ast.stmt) and index is not None and self.may_go(child, in_while=in_while):
            proposals.append(("lost statement", ast.Pass()))
        line = getattr(child, "lineno", 0) or getattr(parent, "lineno", 1)
        for operator, new in proposals:
            before, after = _text(child), _text(new)
            if isinstance(child, ast.If) and isinstance(new, ast.If):
                before, after = f"if {_text(child.test)}", f"if {_text(new.test)}"
            if isinstance(new, ast.Pass):
                after = "pass"
            yield _Edit(parent, field, index, new, operator, (before, after), line)

    def arithmetic(self, node: ast.BinOp) -> Iterator[tuple[str, ast.AST]]:
        if isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
            return
        other = _SWAPS.get(type(node.op))
        if other is not None:
            yield "arithmetic", ast.BinOp(node.left, other(), node.right)
        if isinstance(node.op, _ONE_SIDED):
            yield "exchanged", ast.BinOp(node.right, node.op, node.left)
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
            yield "lost operand", node.left

    def accumulation(self, node: ast.AugAssign) -> Iterator[tuple[str, ast.AST]]:
        other = _SWAPS.get(type(node.op))
        if other is not None:
            yield "arithmetic", ast.AugAssign(node.target, other(), node.value)
        target = copy.copy(node.target)
        yield "overwrites", ast.Assign([target], node.value, lineno=node.lineno)

    def comparisons(self, node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
        for place, operator in enumerate(node.ops):
            for other in _COMPARISONS.get(type(operator), ()):
                ops = [*node.ops]
                ops[place] = other()
                yield "comparison", ast.Compare(node.left, ops, node.comparators)

    def constants(self, node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
        value = node.value
        if isinstance(value, bool):
            yield "constant", ast.Constant(not value)
        elif isinstance(value, int):
            yield "constant", ast.Constant(value + 1)
            if value > 0:
                yield "constant", ast.Constant(value - 1)
        elif isinstance(value, float):
            yield "constant", ast.Constant(value + 1.0)
            if value:
                yield "constant", ast.Constant(0.0)

    def calls(self, node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for place in range(len(node.keywords)):
            kept = node.keywords[:place] + node.keywords[place + 1 :]
            yield "lost keyword", ast.Call(node.func, node.args, kept)
        plain = not any(isinstance(arg, ast.Starred) for arg in node.args[:2])
        if len(node.args) >= 2 and plain and name not in _EITHER_ORDER:
            yield (
                "exchanged",
                ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords),
            )
        if name == "range" and len(node.args) == 1:
            yield "off by one", ast.Call(node.func, [ast.Constant(1), node.args[0]], [])
            yield "off by one", ast.Call(node.func, [ast.BinOp(node.args[0], ast.Sub(), ast.Constant(1))], [])
        if isinstance(node.func, ast.Attribute) and name in _LOST_CALLS:
            of_module = isinstance(node.func.value, ast.Name) and node.func.value.id in _MODULES
            if not of_module:
                yield "lost call", node.func.value
            elif node.args:
                yield "lost call", node.args[0]

    def attributes(self, parent: ast.AST, field: str, node: ast.Attribute) -> Iterator[tuple[str, ast.AST]]:
        if isinstance(parent, ast.Call) and field == "func":
            other = _NAMES.get(node.attr)
            if other is not None:
                yield "another function", ast.Attribute(node.value, other, ast.Load())
        elif node.attr in _LOST_ATTRIBUTES and isinstance(node.ctx, ast.Load):
            yield "lost transpose", node.value

    def slices(self, node: ast.Slice) -> Iterator[tuple[str, ast.AST]]:
        if node.lower is not None:
            yield "slice", ast.Slice(None, node.upper, node.step)
        if node.upper is not None:
            yield "slice", ast.Slice(node.lower, None, node.step)
        if node.step is not None:
            yield "slice", ast.Slice(node.lower, node.upper, None)

    def may_go(self, node: ast.stmt, *, in_while: bool) -> bool:
        """Whether code still runs without a statement (without a first assignment it does not)."""
        match node:
            case ast.AugAssign():
                return not in_while  # a counter that never moves: found only by waiting
            case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
                return True
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(value))
            case ast.Expr(value=ast.Call()) | ast.If(orelse=[]) | ast.For() | ast.Raise():
                return True
        return False
