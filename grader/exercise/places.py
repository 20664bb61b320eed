"""Names for the parts of what a probe asks for, read from the text of its `ask` and of the reference.

A probe compares one value, often a list of what several calls returned, each of them a tuple. That the
difference is at `[10][1]` helps nobody; that it is `dW` in case [10] does. The names are those of the
`ask` itself (`return loss, dW`), of a helper it calls, or of the reference's own `return`. What cannot be
read so has no name. Runs in the reading process; the tree that comes out is plain data.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.exercise import trees

Places = tuple[object, ...]
"""("case", what each is) for a list of cases, ("parts", (name, what it is), ...) for a tuple,
("named", name, what it is) for one value, and () for what has no name."""

_DEEP = 6
_Bound = tuple[ast.expr, "Mapping[str, _Bound]"]
"""An expression, and what the names in it stand for."""


def of_ask(source: str, reference: Mapping[str, tuple[str, ...]]) -> Places:
    """What the `ask` of a travelling source returns. `reference`: see `returned`."""
    functions = {node.name: node for node in trees.parse(source).body if isinstance(node, ast.FunctionDef)}
    return _Reader(functions, reference).of_function("ask", {}, _DEEP)


def returned(source: str) -> dict[str, tuple[str, ...]]:
    """Of each function of a source: the names of the tuple that it returns, where every `return` agrees.

    Methods stand under their own name, too, unless two classes disagree about it.
    """
    found: dict[str, set[tuple[str, ...]]] = {}
    for node in ast.walk(trees.parse(source)):
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, set()).update(map(_names, _returns(node)))
    return {name: next(iter(names)) for name, names in found.items() if len(names) == 1 and all(names)}


def _names(value: ast.expr) -> tuple[str, ...]:
    """The names in a tuple of which every item has one; empty otherwise."""
    if not isinstance(value, ast.Tuple):
        return ()
    names = [_label(item) for item in value.elts]
    return tuple(names) if all(names) and len(set(names)) == len(names) else ()


def _label(value: ast.expr) -> str:
    match value:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name not in ("np", "answer", "self"):
            return f"{name}.{attribute}"
        case ast.Attribute(attr=attribute):
            return attribute
        case ast.Call(func=ast.Attribute(value=inner, attr="copy" | "item" | "tolist"), args=[]):
            return _label(inner)
        case ast.Call(func=ast.Name(id="float" | "int" | "list" | "tuple"), args=[inner]):
            return _label(inner)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr="array" | "asarray"), args=[inner]):
            return _label(inner)
    return ""


def _returns(node: ast.FunctionDef) -> list[ast.expr]:
    """The values of its own `return`s, not of those of functions inside it."""
    found: list[ast.expr] = []
    todo: list[ast.AST] = list(node.body)
    while todo:
        item = todo.pop()
        if isinstance(item, ast.Return) and item.value is not None:
            found.append(item.value)
        if not isinstance(item, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            todo.extend(ast.iter_child_nodes(item))
    return found


@dataclass
class _Reader:
    functions: Mapping[str, ast.FunctionDef]
    reference: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of_function(self, name: str, given: Mapping[str, _Bound], deep: int) -> Places:
        node = self.functions[name]
        returns = _returns(node)
        if not deep or len(returns) != 1:
            return ()
        bound: dict[str, _Bound] = dict(given)
        for item in ast.walk(node):
            if isinstance(item, ast.Assign) and len(item.targets) == 1:
                target = item.targets[0]
                if isinstance(target, ast.Name):
                    bound[target.id] = (item.value, bound)
        for item in ast.walk(node):
            match item:
                case ast.For(body=body):
                    for line in body:
                        match line:
                            case ast.Expr(
                                value=ast.Call(
                                    func=ast.Attribute(value=ast.Name(id=grown), attr="append"), args=[one]
                                )
                            ) if isinstance(bound.get(grown, (None,))[0], ast.List):
                                each = ast.ListComp(elt=one, generators=[])
                                bound[grown] = (each, bound)
        return self.of(returns[0], bound, deep)

    def of(self, value: ast.expr, bound: Mapping[str, _Bound], deep: int) -> Places:
        if not deep:
            return ()
        match value:
            case ast.ListComp(elt=each):
                return ("case", self.of(each, bound, deep - 1))
            case ast.Tuple(elts=items) | ast.List(elts=items) if items:
                if any(isinstance(item, ast.Starred) for item in items):
                    return ()
                return ("parts", *((_label(item), self.of(item, bound, deep - 1)) for item in items))
            case ast.Name(id=name) if name in bound:
                inner, around = bound[name]
                return self.of(inner, {k: v for k, v in around.items() if k != name}, deep - 1)
            case ast.Subscript(value=inner, slice=ast.Constant(value=int(number))):
                parts = self.of(inner, bound, deep - 1)
                if parts and parts[0] == "parts" and -len(parts) < number < len(parts) - 1:
                    part = parts[1:][number]
                    return ("named", *part) if isinstance(part, tuple) and part[0] else ()
            case ast.Call(func=ast.Name(id="attempt"), args=[function, *_]):
                return self.of_call(function, [], bound, deep)
            case ast.Call(func=function, args=arguments):
                return self.of_call(function, arguments, bound, deep)
        return ()

    def of_call(
        self, function: ast.expr, arguments: list[ast.expr], bound: Mapping[str, _Bound], deep: int
    ) -> Places:
        while isinstance(function, ast.Name) and function.id in bound:
            function, bound = bound[function.id]
        match function:
            case ast.Name(id=name) if name in self.functions:
                given = [arg.arg for arg in self.functions[name].args.args]
                handed: dict[str, _Bound] = {
                    parameter: (argument, bound)
                    for parameter, argument in zip(given, arguments, strict=False)
                    if isinstance(argument, ast.Attribute)
                }
                return self.of_function(name, handed, deep - 1)
            case ast.Attribute(attr=name) if name in self.reference:
                return ("parts", *((part, ()) for part in self.reference[name]))
        return ()
