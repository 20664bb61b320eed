"""Reads an exercise's `probes.py` as text: what is asked, what travels, what stays outside.

The file is parsed, never imported or executed. Every decorator argument must be a literal or a word
of `grader.language`. What an `ask` needs in the learner's box is worked out here, name by name, so
that nothing else goes there; what an author got wrong is one sentence with its line.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.exercise import arguments, opened, places, reader, shorthand, trees
from grader.exercise.arguments import LANGUAGE, NAMES, Settings
from grader.exercise.mistakes import ExerciseError, like
from grader.exercise.places import Places
from grader.language import Bound, Tolerance
from grader.verdict import Failing

OUR_MODULES = ("grader", "zero_to_gpt", "sandbox_images")
_FUNCTIONS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "make": (("rng",),),
    "ask": (("answer", "inputs"),),
    "truth": (("inputs",),),
    "judge": (("inputs", "got"), ("inputs", "got", "expected")),
    "baseline": (("inputs",),),
    "value": (("answer", "inputs"),),
}
_DEFAULTS = ("ask", "truth")
"""What may stand once for a whole file: a probe without an `ask` of its own takes both."""
ORDINARY = 3
"""The turn of a hidden probe that needs nothing but the learner's cells."""
_IN_EVERY_BOX = frozenset({"numpy", "probing"}) | sys.stdlib_module_names
_WHOLE = (ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
_BY_PROFILE = {"numpy": _IN_EVERY_BOX, "torch": _IN_EVERY_BOX | {"torch"}, "gpu": _IN_EVERY_BOX | {"torch"}}


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One probe: its settings, and the two sources that run in boxes.

    `ask_source` is what travels into a learner's box. `author_source` runs only in an author's box:
    all helpers, and the probe's functions (`parts`) at the top level, on the line numbers of `probes.py`.
    `functions` are the names of the learner's code that the ask uses (what is given only where it uses
    nothing else), and `places` those of the parts of what it returns (see places.py), for sentences.
    """

    name: str
    title: str
    line: int
    task: int
    points: float
    visible: bool
    seeds: int
    tolerance: Tolerance
    bound: Bound | None
    kind: Failing
    veto: bool
    pure: bool
    dtype: str
    seconds: float | None
    memory_mb: int | None
    times_faster: float | None
    wrt: tuple[str, ...]
    ask_source: str
    author_source: str
    functions: tuple[str, ...]
    parts: tuple[str, ...]
    judge_wants_expected: bool
    places: Places = ()
    open: bool = False
    after: str = ""
    short: Mapping[str, object] = field(default_factory=dict)
    short_bound: Bound | None = None

    @property
    def shown(self) -> bool:
        """Whether the learner sees what it asks and what came."""
        return self.visible or self.open

    @property
    def turn(self) -> int:
        """When it is asked: visible, open, hidden ones that ask what an open one made, other hidden ones."""
        return 0 if self.visible else 1 if self.open else 2 if self.after else ORDINARY

    @property
    def has_truth(self) -> bool:
        return "truth" in self.parts

    @property
    def has_judge(self) -> bool:
        return "judge" in self.parts

    @property
    def has_baseline(self) -> bool:
        return "baseline" in self.parts


def parse(text: str, *, file: str, profile: str, reference: str = "", given: str = "") -> tuple[Probe, ...]:
    """The probes of a `probes.py`, in its order. Raises ExerciseError.

    `reference`: the text that tells how the parts of what its functions return are called; `given`: the
    text whose names are no learner's work.
    """
    try:
        found = reader.ask(
            "probes",
            seconds=reader.FOR_AN_AUTHOR,
            text=text,
            file=file,
            profile=str(profile),
            reference=reference,
            given=given,
        )
    except reader.TooMuchError as error:
        raise ExerciseError(file, None, f"it cannot be read: it is {error}.") from None
    return tuple(_probe(fields) for fields in found)


def _probe(fields: dict[str, Any]) -> Probe:
    """A probe from what `dataclasses.asdict` and JSON made of one."""
    bound, short_bound = fields["bound"], fields["short_bound"]
    made: dict[str, Any] = {
        name: _tuples(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    made["tolerance"] = Tolerance(**fields["tolerance"])
    made["bound"] = Bound(**bound) if bound is not None else None
    made["short_bound"] = Bound(**short_bound) if short_bound is not None else None
    made["kind"] = Failing(fields["kind"])
    return Probe(**made)


def _tuples(value: Any) -> Any:
    """Lists, as JSON has them, as the tuples that they were."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def read(text: str, *, file: str, profile: str, reference: str = "", given: str = "") -> tuple[Probe, ...]:
    """The same, in the reading process."""
    return _File(text, file, profile, reference, given).probes()


def longhand(text: str, file: str) -> ast.Module:
    """The syntax tree of a `probes.py` with every shorthand written out. Raises ExerciseError."""
    return trees.parse_python(shorthand.expand(trees.parse_python(text, file), text, file).text, file)


class _File:
    """One `probes.py` on its way to being a tuple of probes."""

    def __init__(self, text: str, file: str, profile: str, reference: str = "", given: str = "") -> None:
        self.file = file
        self.profile = profile
        self.given = _defined(given) - _defined(reference)
        self.returned = places.returned(reference)
        expanded = shorthand.expand(trees.parse_python(text, file), text, file)
        self.origins = expanded.origins
        text = expanded.text
        self.text = text
        self.lines = text.split("\n")
        self.tree = trees.parse_python(text, file)
        # What travels is taken from a second tree that has no docstrings, statement by statement.
        whole = ast.walk(trees.without_docstrings(trees.parse(text)))
        self.bare = {_position(node): node for node in whole if isinstance(node, _WHOLE)}
        self.free: dict[tuple[int, int], list[str]] = {}
        self.futures: list[ast.ImportFrom] = []
        self.imports: dict[str, tuple[ast.Import | ast.ImportFrom, ast.alias]] = {}
        self.language: dict[str, str] = {}  # local name -> word of grader.language
        self.constants: dict[str, ast.Assign | ast.AnnAssign] = {}
        self.helpers: dict[str, ast.FunctionDef | ast.ClassDef] = {}
        self.defaults: dict[str, ast.FunctionDef] = {}
        self.bases: dict[str, ast.ClassDef] = {}
        self.travelling: set[str] = set()
        self.classes: list[tuple[ast.ClassDef, ast.Call]] = []

    def mistake(self, node: ast.AST | None, sentence: str) -> ExerciseError:
        return ExerciseError(self.file, self.line_of(node), sentence)

    def line_of(self, node: ast.AST | None) -> int | None:
        """The line of the author's text that a node comes from."""
        line = getattr(node, "lineno", None)
        return line if line is None else self.origins.get(line, line)

    def probes(self) -> tuple[Probe, ...]:
        for number, statement in enumerate(self.tree.body):
            self.sort_in(statement, first=number == 0)
        seen: dict[str, int] = {}
        for node, _ in self.classes:
            if node.name in seen:
                raise self.mistake(
                    node,
                    f"there is already a probe `{node.name}` at line {seen[node.name]};"
                    " give one of them another name.",
                )
            if node.name in self.helpers or node.name in self.constants:
                raise self.mistake(node, f"`{node.name}` is the name of a probe and of something else.")
            seen[node.name] = node.lineno
        if not self.classes:
            raise self.mistake(None, "there is no probe here: a class marked @probe(task=1).")
        found = [self.probe(node, call) for node, call in self.classes]
        if (wrong := opened.mistake(found)) is not None:
            raise ExerciseError(self.file, wrong.line, f"probe `{wrong.probe}`: {wrong.sentence}")
        return tuple(sorted(found, key=lambda probe: (probe.task, probe.line)))

    # What stands at the top level

    def sort_in(self, node: ast.stmt, *, first: bool) -> None:
        match node:
            case ast.Expr(value=ast.Constant(value=str())) if first:
                pass
            case ast.Import() | ast.ImportFrom():
                self.sort_import(node)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                self.define(name, node)
                self.constants[name] = node
            case ast.FunctionDef():
                self.define(node.name, node)
                if node.name in _DEFAULTS:
                    self.check_signature("the file", node)
                    self.defaults[node.name] = node
                    return
                if node.name in _FUNCTIONS:
                    raise self.mistake(
                        node, f"`{node.name}` is a word of the probes; a helper needs another name."
                    )
                self.helpers[node.name] = node
                self.sort_decorators(node)
            case ast.ClassDef():
                self.sort_class(node)
            case _:
                raise self.mistake(
                    node,
                    "only imports, constants, functions and probes may stand at the top level of probes.py.",
                )

    def define(self, name: str, node: ast.AST) -> None:
        if name in self.helpers or name in self.constants or name in self.imports or name in self.defaults:
            raise self.mistake(node, f"`{name}` is defined twice.")

    def sort_import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.ImportFrom):
            if node.level:
                raise self.mistake(node, "probes.py stands alone: a relative import finds nothing in a box.")
            if node.module == "__future__":
                self.futures.append(node)
                return
            if any(alias.name == "*" for alias in node.names):
                raise self.mistake(
                    node, "import names one by one: with `*` nobody can tell what an ask needs."
                )
        for alias in node.names:
            module = (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
            if module == LANGUAGE and isinstance(node, ast.ImportFrom):
                if alias.name not in NAMES:
                    raise self.mistake(
                        node, f"grader.language has no word `{alias.name}`{like(alias.name, NAMES)}."
                    )
                self.language[alias.asname or alias.name] = alias.name
                continue
            if module.partition(".")[0] in OUR_MODULES:
                raise self.mistake(
                    node,
                    f"`{module}` is not in any box; of the platform, probes.py may import only"
                    f" `from {LANGUAGE} import ...`.",
                )
            name = alias.asname or (
                alias.name if isinstance(node, ast.ImportFrom) else alias.name.partition(".")[0]
            )
            self.imports[name] = (node, alias)

    def sort_decorators(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Name) and self.language.get(decorator.id) == "travels":
                self.travelling.add(node.name)
            elif isinstance(node, ast.FunctionDef) and self.word_of(decorator) == "probe":
                raise self.mistake(
                    node, f"`{node.name}` is a function; a probe is a class with `make` and `ask`."
                )

    def word_of(self, node: ast.expr) -> str | None:
        inner = node.func if isinstance(node, ast.Call) else node
        return self.language.get(inner.id) if isinstance(inner, ast.Name) else None

    def sort_class(self, node: ast.ClassDef) -> None:
        marks = [decorator for decorator in node.decorator_list if self.word_of(decorator) == "probe"]
        if not marks:
            self.define(node.name, node)
            self.sort_decorators(node)
            if node.name not in self.travelling:
                raise self.mistake(
                    node, f"class `{node.name}` is neither marked @probe(...) nor, as a helper, @travels."
                )
            self.helpers[node.name] = node
            return
        if len(node.decorator_list) > 1 or not isinstance(marks[0], ast.Call):
            raise self.mistake(node, f"probe `{node.name}` needs exactly one decorator, @probe(task=...).")
        call = marks[0]
        if node.bases or node.keywords:
            call = self.derived(node, call)
        self.classes.append((node, call))

    def derived(self, node: ast.ClassDef, call: ast.Call) -> ast.Call:
        """The arguments of a probe that derives from another one above it: that one's, and its own."""
        above = {other.name: (other, theirs) for other, theirs in self.classes}
        base = node.bases[0] if len(node.bases) == 1 and not node.keywords else None
        if not isinstance(base, ast.Name) or base.id not in above:
            known = base.id if isinstance(base, ast.Name) else ""
            raise self.mistake(
                node,
                f"probe `{node.name}` may derive from one probe that stands above it in this file"
                f"{like(known, above)}.",
            )
        other, theirs = above[base.id]
        self.bases[node.name] = other
        own = {keyword.arg for keyword in call.keywords}
        inherited = [keyword for keyword in theirs.keywords if keyword.arg not in own]
        return ast.copy_location(ast.Call(call.func, call.args, [*inherited, *call.keywords]), call)

    # One probe

    def probe(self, node: ast.ClassDef, call: ast.Call) -> Probe:
        settings = self.settings(node, call)
        functions = self.functions(node)
        self.agree(node, settings, functions)
        ask_source, asked = self.travel(node.name, functions["ask"])
        doc = ast.get_docstring(node)
        return Probe(
            name=node.name,
            title=doc.strip().splitlines()[0].rstrip(".") if doc and doc.strip() else _spaced(node.name),
            line=self.line_of(node) or 1,
            task=settings.task,
            points=0 if settings.veto else settings.points,
            visible=settings.visible,
            seeds=settings.seeds,
            tolerance=settings.tolerance,
            bound=settings.judge,
            kind=Failing(settings.kind),
            veto=settings.veto,
            pure=settings.pure,
            dtype=settings.dtype,
            seconds=settings.seconds,
            memory_mb=settings.memory_mb,
            times_faster=settings.times_faster,
            wrt=settings.wrt,
            ask_source=ask_source,
            author_source=self.author_source(functions),
            functions=tuple(name for name in asked if name not in self.given) or asked,
            parts=tuple(functions),
            judge_wants_expected="judge" in functions and len(functions["judge"].args.args) == 3,
            places=places.of_ask(ask_source, self.returned),
            open=settings.open,
            after=settings.after or "",
            short=settings.short or {},
            short_bound=settings.short_judge,
        )

    def settings(self, node: ast.ClassDef, call: ast.Call) -> Settings:
        try:
            return arguments.read(call, self.language)
        except arguments.ArgumentError as error:
            raise self.mistake(error.node, f"probe `{node.name}`: {error}") from None

    def check_signature(self, whose: str, node: ast.FunctionDef) -> None:
        if node.decorator_list:
            raise self.mistake(node, f"{whose}: `{node.name}` takes no decorator.")
        args = node.args
        names = tuple(arg.arg for arg in args.args)
        more = args.vararg or args.kwarg or args.kwonlyargs or args.posonlyargs
        if names not in _FUNCTIONS[node.name] or more:
            wanted = f"def {node.name}({', '.join(_FUNCTIONS[node.name][0])})"
            raise self.mistake(node, f"{whose}: write `{wanted}`.")

    def functions(self, node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
        """A probe's functions: its own, those of the probe it derives from, and the file's."""
        found = self.own_functions(node)
        base = node
        while base.name in self.bases:
            base = self.bases[base.name]
            found = {**self.own_functions(base), **found}
        if "ask" not in found and "ask" in self.defaults:
            known = found.keys() | ({"truth"} if "judge" in found else set())
            found |= {name: part for name, part in self.defaults.items() if name not in known}
        for name in ("make", "ask"):
            if name not in found:
                raise self.mistake(
                    node, f"probe `{node.name}` has no `{name}({', '.join(_FUNCTIONS[name][0])})`."
                )
        return dict(sorted(found.items(), key=lambda item: item[1].lineno))

    def own_functions(self, node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
        found: dict[str, ast.FunctionDef] = {}
        for number, item in enumerate(node.body):
            match item:
                case ast.Expr(value=ast.Constant(value=str())) if number == 0:
                    continue
                case ast.FunctionDef(name=name) if name in _FUNCTIONS:
                    if name in found:
                        raise self.mistake(item, f"probe `{node.name}` has two functions `{name}`.")
                    self.check_signature(f"probe `{node.name}`", item)
                    found[name] = item
                case ast.FunctionDef(name=name):
                    raise self.mistake(
                        item,
                        f"probe `{node.name}` has a function `{name}`{like(name, _FUNCTIONS)}; a probe has "
                        "make, ask and, where needed, truth, judge, baseline and value.",
                    )
                case _:
                    raise self.mistake(
                        item, f"probe `{node.name}` may hold only its title and its functions, not this line."
                    )
        return found

    def agree(self, node: ast.ClassDef, settings: Settings, functions: Mapping[str, ast.FunctionDef]) -> None:
        """The functions and the decorator must tell one story."""
        if "judge" in functions and settings.judge is None:
            raise self.mistake(
                functions["judge"],
                f"probe `{node.name}` has a judge but no bound:"
                " @probe(judge=residual(below=...)) or @probe(judge=band(low, high)).",
            )
        measure = settings.judge.measure if settings.judge is not None else ""
        if measure == "judge" and "judge" not in functions:
            raise self.mistake(
                node, f"probe `{node.name}` has a bound but no `judge(inputs, got)` to apply it to."
            )
        if measure not in ("", "judge") and ("judge" in functions or "truth" not in functions):
            raise self.mistake(
                node, f"probe `{node.name}`: {measure} measures against `truth(inputs)`, without a `judge`."
            )
        if "baseline" in functions and settings.times_faster is None:
            raise self.mistake(
                functions["baseline"], f"probe `{node.name}` has a baseline but does not say times_faster=..."
            )
        if settings.times_faster is not None and "baseline" not in functions:
            raise self.mistake(node, f"probe `{node.name}` says times_faster but has no `baseline(inputs)`.")
        if "value" in functions and not settings.wrt:
            raise self.mistake(
                functions["value"],
                f'probe `{node.name}` has a value but does not say for which inputs: @probe(wrt=("x",)).',
            )
        if settings.wrt and "value" not in functions:
            raise self.mistake(node, f"probe `{node.name}` says wrt=... but has no `value(answer, inputs)`.")
        if settings.wrt and settings.kind != "gradient":
            raise self.mistake(node, f'probe `{node.name}` says wrt=..., so it needs kind="gradient".')

    # What goes where

    def travel(self, probe: str, ask: ast.FunctionDef) -> tuple[str, tuple[str, ...]]:
        """The source that goes into a learner's box, and the names of `answer` that the ask uses."""
        needed: dict[str, ast.stmt] = {}
        imports: dict[str, tuple[ast.Import | ast.ImportFrom, ast.alias]] = {}
        todo: list[tuple[str, ast.stmt]] = [("ask", ask)]
        while todo:
            via, node = todo.pop()
            stripped = self.bare[_position(node)]
            if isinstance(stripped, ast.FunctionDef | ast.ClassDef):
                stripped.decorator_list = [d for d in stripped.decorator_list if self.word_of(d) != "travels"]
            needed[via] = stripped
            for inner in ast.walk(stripped):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    self.check_import(probe, inner)
            if _position(node) not in self.free:
                self.free[_position(node)] = trees.free_names(ast.unparse(stripped))
            for name in self.free[_position(node)]:
                if name in needed or name in imports or name == via:
                    continue
                if name in self.imports:
                    self.check_import(probe, *self.imports[name])
                    imports[name] = self.imports[name]
                elif name in self.helpers:
                    if name not in self.travelling:
                        raise self.mistake(
                            node,
                            f"probe `{probe}`: `{via}` uses `{name}`, which does not travel into the"
                            " learner's box; mark it @travels if a learner may see it.",
                        )
                    todo.append((name, self.helpers[name]))
                elif name in self.constants:
                    if not _is_literal(self.constants[name]):
                        raise self.mistake(
                            node,
                            f"probe `{probe}`: `{via}` uses `{name}`, which is no literal and cannot travel"
                            " into the learner's box; let `make` return it.",
                        )
                    todo.append((name, self.constants[name]))
                elif name in self.language:
                    raise self.mistake(
                        node,
                        f"probe `{probe}`: `{via}` uses `{name}` of {LANGUAGE}, which is not in the box.",
                    )
                elif not hasattr(builtins, name):
                    raise self.mistake(node, f"probe `{probe}`: `{via}` uses `{name}`, which is not defined.")
        body: list[ast.stmt] = [*self.futures]
        for statement, alias in imports.values():
            if isinstance(statement, ast.ImportFrom):
                body.append(ast.ImportFrom(statement.module, [alias], 0))
            else:
                body.append(ast.Import([alias]))
        rest = [item for name, item in needed.items() if name != "ask"]
        rest.sort(key=lambda item: item.lineno)
        module = ast.Module([*body, *rest, needed["ask"]], [])
        return ast.unparse(ast.fix_missing_locations(module)) + "\n", _calls(module)

    def check_import(
        self, probe: str, node: ast.Import | ast.ImportFrom, alias: ast.alias | None = None
    ) -> None:
        there = _BY_PROFILE.get(self.profile, _IN_EVERY_BOX)
        for name in [alias] if alias else node.names:
            module = (node.module or "") if isinstance(node, ast.ImportFrom) else name.name
            if module.partition(".")[0] not in there:
                raise self.mistake(
                    node,
                    f"probe `{probe}`: its ask needs `{module}`, which is not in the learner's box"
                    f" (profile {self.profile}); use it in make, truth or judge.",
                )

    def author_source(self, functions: Mapping[str, ast.FunctionDef]) -> str:
        """The file with one probe's functions at the top level, every line where the author wrote it."""
        lines = [*self.lines]
        chosen = {_position(function) for function in functions.values()}
        owners: list[ast.ClassDef | ast.FunctionDef] = [node for node, _ in self.classes]
        for owner in [*owners, *self.defaults.values()]:
            parts: Sequence[ast.stmt] = owner.body if isinstance(owner, ast.ClassDef) else [owner]
            kept = [part for part in parts if _position(part) in chosen]
            if kept and isinstance(owner, ast.ClassDef) and owner.body[0].lineno == owner.lineno:
                raise self.mistake(owner, f"probe `{owner.name}`: begin the body on a line of its own.")
            start = min([owner.lineno, *(d.lineno for d in owner.decorator_list)])
            stay = {n for part in kept for n in range(part.lineno, (part.end_lineno or part.lineno) + 1)}
            for number in set(range(start, (owner.end_lineno or owner.lineno) + 1)) - stay:
                lines[number - 1] = ""
            if kept and isinstance(owner, ast.ClassDef):
                lines[owner.lineno - 1] = "if True:"
        for statement in self.tree.body:
            if isinstance(statement, ast.ImportFrom) and statement.module == LANGUAGE:
                for number in range(statement.lineno - 1, statement.end_lineno or statement.lineno):
                    lines[number] = ""
        for name in self.travelling:
            for decorator in self.helpers[name].decorator_list:
                if self.word_of(decorator) == "travels":
                    lines[decorator.lineno - 1] = ""
        return "\n".join(lines).rstrip() + "\n"


def _position(node: ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _is_literal(node: ast.Assign | ast.AnnAssign) -> bool:
    if node.value is None:
        return False
    try:
        ast.literal_eval(node.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _spaced(name: str) -> str:
    """`RowsOfABatch` as "Rows of a batch"."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name) or [name]
    parts = [part if len(part) > 1 and part.isupper() else part.lower() for part in parts]
    text = " ".join(parts)
    return text[:1].upper() + text[1:]


def _defined(text: str) -> set[str]:
    """The functions and classes at the top level of a text that has been read before."""
    return {node.name for node in trees.parse(text).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _calls(travelling: ast.Module) -> tuple[str, ...]:
    """The names of the learner's code that an ask uses (`answer.softmax` -> softmax), in order."""
    found: dict[str, None] = {}
    for statement in [travelling.body[-1], *travelling.body[:-1]]:
        nodes = [node for node in ast.walk(statement) if isinstance(node, ast.Attribute)]
        for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
            if isinstance(node.value, ast.Name) and node.value.id == "answer":
                found.setdefault(node.attr)
    if not found:  # `helper(answer, "relu", ...)`: the helper looks the name up itself
        for call in ast.walk(travelling.body[-1]):
            if isinstance(call, ast.Call) and any(ast.unparse(arg) == "answer" for arg in call.args):
                for arg in call.args:
                    if (
                        isinstance(arg, ast.Constant)
                        and isinstance(arg.value, str)
                        and arg.value.isidentifier()
                    ):
                        found.setdefault(arg.value)
    return tuple(found)
