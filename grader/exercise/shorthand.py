"""`@calls`, the probe language's shorthand, written out as the probes that it stands for.

    @calls({1: "matmul_loops", 2: "matmul_rows"}, truth=exact, points=2, seeds=3)
    def ManyShapes(rng):
        "Long, flat, single rows and single columns"
        return [{"A": ..., "B": ...} for m, k, n in SHAPES]

becomes the probes ManyShapes1 and ManyShapes2 (ManyShapes, where there is one task), as text at the end
of the file; what the author wrote keeps its line. Everything after this sees the long form only: what
travels, digests and proofs cannot tell how a probe was written.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from grader.exercise.arguments import LANGUAGE
from grader.exercise.mistakes import ExerciseError

_OWN = ("truth", "baseline", "judged_by", "through", "pick", "attempt")
_EXAMPLE = '@calls({1: "softmax"}, truth=exact)'


@dataclass(frozen=True)
class Expanded:
    """A `probes.py` without shorthand. `origins` maps the lines that were added to the author's."""

    text: str
    origins: Mapping[int, int]


def expand(tree: ast.Module, text: str, file: str) -> Expanded:
    """The text with every `@calls` written out. Raises ExerciseError with the author's line."""
    names = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == LANGUAGE
        for alias in node.names
        if alias.name == "calls"
    }
    marked = [
        (node, decorator)
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        for decorator in node.decorator_list
        if _name(decorator.func if isinstance(decorator, ast.Call) else decorator) in names
    ]
    if not marked:
        return Expanded(text, {})
    writer = _Writer(tree, text, file)
    for node, decorator in marked:
        writer.write(node, decorator)
    return writer.expanded()


def _quoted(node: ast.expr) -> str:
    """The name that stands in quotes, or no text at all."""
    text = node.value if isinstance(node, ast.Constant) else None
    return text if isinstance(text, str) and text.isidentifier() else ""


def _name(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else None


class _Writer:
    def __init__(self, tree: ast.Module, text: str, file: str) -> None:
        self.file = file
        self.lines = text.rstrip("\n").split("\n")
        self.functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        self.literals = {
            node.targets[0].id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        self.takes_cases = False
        self.added: list[tuple[str, int]] = [(f"from {LANGUAGE} import probe as probe_of_calls", 1)]

    def mistake(self, node: ast.AST, sentence: str) -> ExerciseError:
        return ExerciseError(self.file, getattr(node, "lineno", None), sentence)

    def expanded(self) -> Expanded:
        first = len(self.lines) + 1
        origins = {first + nth: line for nth, (_, line) in enumerate(self.added)}
        return Expanded("\n".join([*self.lines, *(text for text, _ in self.added)]) + "\n", origins)

    def write(self, node: ast.FunctionDef | ast.ClassDef, call: ast.expr) -> None:
        """Adds the probes of one marked function; in its place a helper of another name is left."""
        if not isinstance(node, ast.FunctionDef) or not isinstance(call, ast.Call):
            raise self.mistake(node, f"write {_EXAMPLE} over a function `def {node.name}(rng):`.")
        if len(node.decorator_list) > 1:
            raise self.mistake(node, f"`{node.name}` needs exactly one decorator, @calls(...).")
        if [arg.arg for arg in node.args.args] != ["rng"] or node.args.vararg or node.args.kwarg:
            raise self.mistake(node, f"write `def {node.name}(rng):`; it makes the arguments of the calls.")
        asked = self.asked(node, call)
        many = self.gives_a_list(node)
        helper = f"inputs_of_{node.name}"
        doc = ast.get_docstring(node)
        for task, function in asked.items():
            given = {str(keyword.arg): self.of_task(keyword.value, task) for keyword in call.keywords}
            own = {name: given.pop(name) for name in _OWN if name in given}
            self.check(own)
            settings = "".join(f", {name}={ast.unparse(value)}" for name, value in given.items())
            self.add(node, f"@probe_of_calls(task={task}{settings})")
            self.add(node, f"class {node.name if len(asked) == 1 else f'{node.name}{task}'}:")
            if doc:
                shown = function.elts[1] if isinstance(function, ast.Tuple) else function
                called = _quoted(shown) or ast.unparse(shown)
                self.add(node, f"    {doc.strip().splitlines()[0].replace('{}', called)!r}")
            self.add(node, "    def make(rng):")
            self.add(node, f"        made = {helper}(rng)")
            self.add(node, "        for case in made if isinstance(made, list) else [made]:")
            self.add(node, "            if not isinstance(case, dict) or any(n[:1] == '_' for n in case):")
            self.add(
                node,
                "                raise TypeError('@calls needs a dict of arguments, or a list of such; no"
                " name begins with _')",
            )
            self.add(node, "        return {'cases': made}" if many else "        return made")
            self.takes_cases = not _quoted(function)
            self.answers(node, "ask", function, own, many=many)
            for part in ("truth", "baseline"):
                if part in own:
                    self.answers(node, part, own[part], own, many=many)
            if "judged_by" in own:
                self.add(node, "    def judge(inputs, got):")
                case = "inputs['cases']" if many else "inputs"
                self.add(node, f"        return {ast.unparse(own['judged_by'])}({case}, got)")
        first = min(decorator.lineno for decorator in node.decorator_list)
        for number in range(first - 1, node.lineno - 1):
            self.lines[number] = ""
        line = self.lines[node.lineno - 1]
        start = line.index(node.name, len("def"))
        self.lines[node.lineno - 1] = line[:start] + helper + line[start + len(node.name) :]

    def of_task(self, value: ast.expr, task: int) -> ast.expr:
        """An argument, or what it says for this task when it is a table of tasks."""
        table = self.literals.get(value.id) if isinstance(value, ast.Name) else value
        if not isinstance(table, ast.Dict):
            return value
        keys = table.keys
        if not keys or not all(isinstance(key, ast.Constant) and type(key.value) is int for key in keys):
            return value
        found: dict[int, ast.expr] = {
            key.value: item  # type: ignore[union-attr]
            for key, item in zip(keys, table.values, strict=True)
        }
        if task not in found:
            raise self.mistake(value, f"`{ast.unparse(value)}` says nothing about task {task}.")
        return found[task]

    def check(self, own: Mapping[str, ast.expr]) -> None:
        attempt = own.get("attempt")
        if attempt is not None and not (isinstance(attempt, ast.Constant) and attempt.value is True):
            raise self.mistake(attempt, "attempt must be True, or be left out.")
        for name in ("truth", "baseline", "judged_by", "through"):
            value = own.get(name)
            if isinstance(value, ast.Call) and _name(value.func) == "partial" and value.args:
                value = value.args[0]
            if value is not None and _name(value) not in self.functions:
                raise self.mistake(
                    value, f"{name} must name a function of this file, or be `partial(function, ...)` of one."
                )

    def add(self, node: ast.AST, text: str) -> None:
        self.added.append((text, getattr(node, "lineno", 1)))

    def asked(self, node: ast.FunctionDef, call: ast.Call) -> dict[int, ast.expr]:
        """Task to what is called: a name of the learner's code, or one of our helpers."""
        table = call.args[0] if len(call.args) == 1 else None
        if isinstance(table, ast.Name):
            table = self.literals.get(table.id)
        if not isinstance(table, ast.Dict) or not table.keys:
            raise self.mistake(call, f"say which function each task calls, as in {_EXAMPLE}.")
        found: dict[int, ast.expr] = {}
        for key, value in zip(table.keys, table.values, strict=True):
            if not isinstance(key, ast.Constant) or type(key.value) is not int:
                raise self.mistake(key or call, "the keys of @calls are numbers of tasks.")
            ours, *theirs = value.elts if isinstance(value, ast.Tuple) and len(value.elts) > 1 else [value]
            known = _name(ours) in self.functions or (not theirs and _quoted(ours))
            if not known or not all(map(_quoted, theirs)):
                raise self.mistake(
                    value,
                    f"`{ast.unparse(value)}` must be the name of a function that learners write, in quotes,"
                    ' or a function of this file that is marked @travels, or both: (helper, "theirs").',
                )
            found[key.value] = value
        return found

    def answers(
        self,
        node: ast.FunctionDef,
        part: str,
        function: ast.expr,
        own: Mapping[str, ast.expr],
        *,
        many: bool,
    ) -> None:
        """`ask`, `truth` or `baseline` of a probe: the arguments of one case or of each, handed on."""
        asking = part == "ask"
        case = "case" if many else "inputs"
        if asking and isinstance(function, ast.Tuple):  # a helper of ours gets the functions, and the case
            function, *names = function.elts
            arguments = ", ".join([*(f"answer.{_quoted(name)}" for name in names), case])
        elif self.takes_cases:  # a helper of ours gets the learner's code and the whole case
            arguments = f"answer, {case}" if asking else case
        else:
            arguments = f"*{case}.values()"
            if "through" in own:
                arguments = f"*{ast.unparse(own['through'])}({arguments})"
        learners = _quoted(function)
        called = f"answer.{learners}" if learners else ast.unparse(function)
        value = f"{called}({arguments})"
        if asking and "attempt" in own:
            value = f"attempt({called}, {arguments})"
        if asking and "pick" in own:
            value += f"[{ast.unparse(own['pick'])}]"
        self.add(node, f"    def {part}({'answer, ' if asking else ''}inputs):")
        if asking and "attempt" in own:
            self.add(node, "        from probing import attempt")
        self.add(
            node,
            f"        return [{value} for case in inputs['cases']]" if many else f"        return {value}",
        )

    def gives_a_list(self, node: ast.FunctionDef) -> bool:
        """Whether it returns a list of cases (or the arguments of one call), seen in its last return."""
        found = self.form(node, len(self.functions))
        if found is None:
            raise self.mistake(
                node.body[-1],
                f"end `{node.name}` with `return {{...}}`, the arguments of one call by name, or with"
                " `return [...]`, a list of such dicts, or with a function of this file that returns one.",
            )
        return found is list

    def form(self, node: ast.FunctionDef, deep: int) -> type[list[object] | dict[str, object]] | None:
        """list or dict, whichever a function returns; followed through names, and calls of our functions."""
        returns = [item for item in ast.walk(node) if isinstance(item, ast.Return) and item.value]
        assigned = {
            item.targets[0].id: item.value
            for item in ast.walk(node)
            if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name)
        }

        def of(value: ast.expr | None) -> type[list[object] | dict[str, object]] | None:
            match value:
                case ast.List() | ast.ListComp():
                    return list
                case ast.Dict() | ast.DictComp() | ast.Call(func=ast.Name(id="dict")):
                    return dict
                case ast.BinOp():
                    return of(value.left) or of(value.right)
                case ast.Name(id=name):
                    return of(assigned.pop(name, None))
                case ast.Call(func=ast.Name(id=name)) if name in self.functions and deep:
                    return self.form(self.functions[name], deep - 1)
            return None

        return of(max(returns, key=lambda item: item.lineno).value) if returns else None
