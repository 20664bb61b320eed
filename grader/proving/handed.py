"""What a probe hands over, held against the parameters that it is handed to, as text.

The shorthand hands the values of a dict over by position, and an `ask` may do the same one by one: two keys
in the wrong order ask another question than the author meant, and nothing fails. So wherever the keys of what
`make` returns can be read, and the signature in the reference, they must agree. What cannot be read (a dict
that is changed afterwards, a comprehension of keys, `*args`) is left alone.

A key that is exchanged on purpose (`answer.where(mask, inputs["a"], inputs["a"])`, `through=`) passes: only
a key that names one parameter and is handed to another, while its own gets something else, is an objection.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.exercise import reader, trees
from grader.exercise.mistakes import ExerciseError

if TYPE_CHECKING:
    from grader.exercise.folder import Exercise
    from grader.exercise.probes import Probe

_DEEP = 12
_MOST_STEPS = 2000
_MOST_NAMES = 200
"""Of expressions that are followed for one probe, and of assignments in one function: more are not read."""
_MOST_WAYS = 64
"""In so many ways a dict may be put together; of more nobody can read the keys."""
_CHANGES = frozenset(
    {"update", "pop", "popitem", "setdefault", "clear", "append", "extend", "insert", "sort"}
)
_GENERATED = "cases"
"""The one key of the inputs under which the shorthand puts a list of dicts."""

_Scope = Mapping[str, "_Bound"]
_Bound = tuple[ast.expr, _Scope]
"""An expression, and what the names in it stand for."""
_Keys = dict[str, "_Bound"]
"""The keys of a dict in their order, each with its value."""


def objections(exercise: Exercise) -> list[str]:
    """A sentence for each line of `probes.py` that hands over what the reference's parameters do not know."""
    file = f"{exercise.id}/probes.py"
    try:
        found = reader.ask(
            "handed",
            seconds=reader.FOR_AN_AUTHOR,
            asks=[[probe.ask_source, probe.author_source] for probe in exercise.probes],
            texts=[exercise.given, exercise.reference],
        )
    except reader.TooMuchError as error:
        return [str(ExerciseError(file, None, f"it cannot be read: it is {error}."))]
    by_line: dict[int, str] = {}
    for probe, sentence in zip(exercise.probes, found, strict=True):
        if sentence:
            by_line.setdefault(probe.line, _told(file, probe, sentence))
    return list(by_line.values())


def _told(file: str, probe: Probe, sentence: str) -> str:
    return str(ExerciseError(file, probe.line, f"probe `{probe.name}`: {sentence}"))


def sentences(*, asks: Sequence[Sequence[str]], texts: Sequence[str]) -> list[str]:
    """In the reading process: for each (ask, author's source) what is wrong with it, or an empty text.

    `texts`: where the functions are defined that are asked; of two with one name the last one counts.
    """
    known = {name: found for text in texts for name, found in _signatures(text)}
    found = []
    for ask, author in asks:
        try:
            found.append(next(_Ask(ask, author, known).wrong(), ""))
        except trees.TooLargeError as error:
            found.append(f"{error}. Let the probe be shorter.")
    return found


@dataclass(frozen=True)
class _Signature:
    """The parameters of a function, or of a class that is called. `more`: it takes any number of them."""

    name: str
    positional: tuple[str, ...]
    by_name: frozenset[str]
    more: bool
    any_name: bool

    def __str__(self) -> str:
        return f"{self.name}({', '.join((*self.positional, *sorted(self.by_name - {*self.positional})))})"


def _signatures(text: str) -> Iterator[tuple[str, _Signature | None]]:
    """Each name that a text defines, with its signature where that can be read."""
    for node in trees.parse(text).body:
        match node:
            case ast.FunctionDef(name=name, args=args):
                yield name, None if node.decorator_list else _signature(name, args, 0)
            case ast.ClassDef(name=name, body=body):
                made = [
                    item for item in body if isinstance(item, ast.FunctionDef) and item.name == "__init__"
                ]
                plain = len(made) == 1 and not node.decorator_list and not made[0].decorator_list
                yield name, _signature(name, made[0].args, 1) if plain else None
            case ast.Assign(targets=targets):
                yield from ((target.id, None) for target in targets if isinstance(target, ast.Name))


def _signature(name: str, args: ast.arguments, skip: int) -> _Signature:
    either, only_named = [arg.arg for arg in args.args], [arg.arg for arg in args.kwonlyargs]
    positional = [*(arg.arg for arg in args.posonlyargs), *either][skip:]
    return _Signature(
        name=name,
        positional=tuple(positional),
        by_name=frozenset([*either[max(0, skip - len(args.posonlyargs)) :], *only_named]),
        more=args.vararg is not None,
        any_name=args.kwarg is not None,
    )


@dataclass(frozen=True)
class _Handed:
    """One argument by position: the key that it is, if it is one, and how that is written; `all`: with every
    other one of its dict."""

    key: str = ""
    written: str = ""
    all: bool = False


@dataclass
class _Ask:
    """One probe: the source of its `ask`, and the author's, in which `make` stands."""

    ask: str
    author: str
    signatures: Mapping[str, _Signature | None]
    travelling: Mapping[str, ast.FunctionDef] = field(init=False)

    def __post_init__(self) -> None:
        self.travelling = _functions(trees.parse(self.ask))
        made = _Made(_functions(trees.parse(self.author)))
        self.made = made.of_function("make", _DEEP)
        self.cases = made.cases(self.made)

    def wrong(self) -> Iterator[str]:
        """Everything that is wrong, as sentences without the probe's name."""
        yield from self.unread()
        for function in self.travelling.values():
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    yield from self.call(node)

    def unread(self) -> Iterator[str]:
        """Keys that `ask` wants from its inputs and `make` never gives."""
        if not self.made or None in self.made:
            return
        function = self.travelling.get("ask")
        if function is None or _is_changed("inputs", function):
            return
        given = {key for keys in self.made for key in keys or ()}
        for node in ast.walk(function):
            match node:
                case ast.Subscript(value=ast.Name(id="inputs"), slice=ast.Constant(value=str(key))):
                    if key.startswith("_") and key in given:
                        yield (
                            f'`ask` reads inputs["{key}"], but a key with a leading underscore stays in the '
                            "author's box. Call it otherwise, in `make`, too."
                        )
                    elif key not in given:
                        there = ", ".join(sorted(key for key in given if not key.startswith("_")))
                        yield (
                            f'`ask` reads inputs["{key}"], and `make` returns no such key; it returns '
                            f"{there or 'none'}. Read one of these, or let `make` return `{key}`."
                        )

    def call(self, node: ast.Call) -> Iterator[str]:
        function, arguments = node.func, node.args
        if isinstance(function, ast.Name) and function.id == "attempt" and arguments:
            function, arguments = arguments[0], arguments[1:]
        match function:
            case ast.Attribute(value=ast.Name(id="answer"), attr=name):
                signature = self.signatures.get(name)
            case ast.Name(id=name) if name in self.travelling:
                signature = _signature(name, self.travelling[name].args, 0)
                if not any(isinstance(each, ast.Starred) for each in arguments):
                    return  # a helper that is called as the author wrote it
            case _:
                return
        if signature is None:
            return
        for handed in self.handed(arguments):
            yield from self.by_position(signature, handed, ours=isinstance(function, ast.Name))
        for keyword in node.keywords:
            known = signature.any_name or keyword.arg is None or keyword.arg in signature.by_name
            if not known:
                yield (
                    f"`ask` hands over `{keyword.arg}=`, and `{signature}` has no such parameter. "
                    "Write the name of the parameter."
                )

    def handed(self, arguments: Sequence[ast.expr]) -> list[list[_Handed]]:
        """The arguments by position, once for each way in which the dict may be made."""
        found: list[list[_Handed]] = [[]]
        for argument in arguments:
            match argument:
                case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=str(key))):
                    more = [[_Handed(key, ast.unparse(argument))]]
                case ast.Starred(
                    value=ast.Call(func=ast.Attribute(value=ast.Name(id=whose), attr="values"), args=[])
                ):
                    of = {"inputs": self.made, "case": self.cases}.get(whose, [])
                    if not of or None in of:
                        return found  # nobody knows how many these are
                    there = [[key for key in keys or () if not key.startswith("_")] for keys in of]
                    more = [[_Handed(key, all=True) for key in keys] for keys in there]
                case ast.Starred():
                    return found
                case _:
                    more = [[_Handed()]]
            if len(found) * len(more) > _MOST_WAYS:
                return []
            found = [before + after for before in found for after in more]
        return found

    def by_position(self, signature: _Signature, handed: list[_Handed], *, ours: bool) -> Iterator[str]:
        places = signature.positional
        keys = [one.key for one in handed]
        for place, one in enumerate(handed):
            here = places[place] if place < len(places) else ""
            if not one.key or one.key == here:
                continue
            own = places.index(one.key) if one.key in places else None
            if own is not None and (own >= len(keys) or keys[own] != one.key):
                yield self.out_of_order(signature, one, here, [each.key for each in handed if each.all])
            elif one.all and own is None and not ours and not _is_short_for(one.key, here):
                yield self.unknown(signature, one, here)

    def out_of_order(self, signature: _Signature, one: _Handed, here: str, keys: list[str]) -> str:
        to = f"as `{here}`" if here else "behind its last parameter"
        if not one.all:
            return (
                f"`ask` hands `{one.written}` to `{signature}` {to}. Hand the arguments over in the "
                "order of the parameters; if they are exchanged on purpose, give the keys other names."
            )
        return (
            f"`make` returns {', '.join(keys)}, which `{signature}` takes by position, so `{one.key}` "
            f"arrives {to}. Write the keys in the order of the parameters."
        )

    def unknown(self, signature: _Signature, one: _Handed, here: str) -> str:
        if here:
            return (
                f"`make` returns the key `{one.key}`, and `{signature}` has no such parameter; by its "
                f"position it arrives as `{here}`. Call the key `{here}`, or put it where it belongs."
            )
        if signature.more:
            return ""
        return (
            f"`make` returns the key `{one.key}`, and `{signature}` has no parameter for it. Leave it out, "
            "or call the function in an `ask` of your own."
        )


def _is_short_for(key: str, parameter: str) -> bool:
    """Whether one begins with the other, as `x` and `xb`: a key may be the short name of its parameter."""
    return bool(parameter) and (parameter.startswith(key) or key.startswith(parameter))


def _functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """The functions at the top level, those of a probe in its author's source (`if True:`) among them."""
    body = [item for node in tree.body for item in (node.body if isinstance(node, ast.If) else [node])]
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


def _is_changed(name: str, function: ast.FunctionDef) -> bool:
    """Whether what a name stands for may get other keys or items somewhere in a function."""
    followed = {name}
    for node in ast.walk(function):
        match node:
            case ast.For(target=ast.Name(id=each), iter=over) if _mentions(over, name):
                followed.add(each)
            case ast.For(target=ast.Tuple(elts=items), iter=over) if _mentions(over, name):
                followed |= {item.id for item in items if isinstance(item, ast.Name)}
    for node in ast.walk(function):
        match node:
            case ast.Subscript(value=ast.Name(id=whose), ctx=ast.Store() | ast.Del()) if whose in followed:
                return True
            case ast.AugAssign(target=ast.Name(id=whose)) if whose in followed:
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id=whose), attr=attribute)) if whose in followed:
                if attribute in _CHANGES:
                    return True
    return False


def _mentions(node: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _returns(function: ast.FunctionDef) -> list[ast.expr | None]:
    """The values of its own `return`s, not of those of functions inside it."""
    found: list[ast.expr | None] = []
    todo: list[ast.AST] = [*function.body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Return):
            found.append(node.value)
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            todo.extend(ast.iter_child_nodes(node))
    return found


@dataclass
class _Made:
    """Reads the keys of the dicts that functions return. None among them: one whose keys nobody can read."""

    functions: Mapping[str, ast.FunctionDef]
    steps: int = 0

    def of_function(self, name: str, deep: int) -> list[_Keys | None]:
        """The dicts (or those in the list) that a function may return."""
        function = self.functions[name]
        parameters = {arg.arg for arg in function.args.args}
        scope: dict[str, _Bound] = {}
        assigned = [node for node in ast.walk(function) if isinstance(node, ast.Assign)]
        if len(assigned) > _MOST_NAMES:
            return [None]
        for node in assigned:
            match node:
                case ast.Assign(targets=[ast.Name(id=target)], value=value):
                    once = target not in parameters and _times_stored(target, function) == 1
                    if once and not _is_changed(target, function):
                        scope[target] = (value, scope)
        returned = _returns(function)
        return [
            keys for value in returned for keys in (self.of(value, scope, deep) if value else [None])
        ] or [None]

    def of(self, value: ast.expr, scope: _Scope, deep: int) -> list[_Keys | None]:
        self.steps += 1
        if deep <= 0 or self.steps > _MOST_STEPS:
            return [None]
        found = self.read(value, scope, deep)
        return found if len(found) <= _MOST_WAYS else [None]

    def read(self, value: ast.expr, scope: _Scope, deep: int) -> list[_Keys | None]:
        match value:
            case ast.Dict(keys=keys, values=values):
                found: list[_Keys | None] = [{}]
                for key, item in zip(keys, values, strict=True):
                    if key is None:
                        found = _joined(found, self.of(item, scope, deep - 1))
                    elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                        found = _joined(found, [{key.value: (item, scope)}])
                    else:
                        return [None]
                return found
            case ast.Call(func=ast.Name(id="dict"), args=[], keywords=named) if all(n.arg for n in named):
                return [{str(each.arg): (each.value, scope) for each in named}]
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return _joined(self.of(left, scope, deep - 1), self.of(right, scope, deep - 1))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return [*self.of(left, scope, deep - 1), *self.of(right, scope, deep - 1)]
            case ast.IfExp(body=left, orelse=right):
                return [*self.of(left, scope, deep - 1), *self.of(right, scope, deep - 1)]
            case ast.List(elts=items):
                return [keys for item in items for keys in self.of(item, scope, deep - 1)]
            case ast.ListComp(elt=item) | ast.Starred(value=item):
                return self.of(item, scope, deep - 1)
            case ast.DictComp(key=ast.Name(id=key), value=item, generators=[one]) if not one.ifs:
                return [
                    keys and dict.fromkeys(keys, (item, {})) for keys in self.names(key, one, scope, deep - 1)
                ]
            case ast.Name(id=name) if name in scope:
                inner, around = scope[name]
                return self.of(inner, around, deep - 1)
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                return self.of_function(name, deep - 1)
        return [None]

    def names(self, key: str, loop: ast.comprehension, scope: _Scope, deep: int) -> list[_Keys | None]:
        """What `key` is, one after the other, in `for key, ... in x.items()` or `in (("a", ...), ...)`."""
        pair = isinstance(loop.target, ast.Tuple) and bool(loop.target.elts)
        first = loop.target.elts[0] if isinstance(loop.target, ast.Tuple) and pair else loop.target
        if not isinstance(first, ast.Name) or first.id != key:
            return [None]
        match loop.iter:
            case ast.Call(func=ast.Attribute(value=inner, attr="items"), args=[]):
                return self.of(inner, scope, deep)
            case ast.Tuple(elts=items) | ast.List(elts=items) if pair:
                pairs = [
                    item.elts[0] if isinstance(item, ast.Tuple) and item.elts else item for item in items
                ]
                written = [pair.value for pair in pairs if isinstance(pair, ast.Constant)]
                if len(written) == len(pairs) and all(isinstance(name, str) for name in written):
                    return [{str(name): (loop.iter, {}) for name in written}]
        return [None]

    def cases(self, made: Sequence[_Keys | None]) -> list[_Keys | None]:
        """The dicts of the shorthand's list, where `make` returns one."""
        if not all(keys is not None and _GENERATED in keys for keys in made):
            return [None]
        return [each for keys in made if keys for each in self.of(*keys[_GENERATED], _DEEP)]


def _times_stored(name: str, function: ast.FunctionDef) -> int:
    """How often a function gives a name a value."""
    stored = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == name]
    return sum(isinstance(node.ctx, ast.Store) for node in stored)


def _joined(left: Sequence[_Keys | None], right: Sequence[_Keys | None]) -> list[_Keys | None]:
    """Each dict of the left with each of the right put over it; a key stays where it stood first."""
    if len(left) * len(right) > _MOST_WAYS:
        return [None]
    return [None if a is None or b is None else a | b for a in left for b in right]
