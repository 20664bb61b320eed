"""Our processes compile and execute no text at all, and one of them parses: the reading process."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.repository import files, read

REFUSED = {
    "compile", "eval", "exec", "__import__", "ast.parse", "ast.literal_eval", "symtable.symtable",
    "builtins.compile", "builtins.eval", "builtins.exec", "nbformat.read", "nbformat.reads", "jupytext.read",
    "jupytext.reads", "yaml.load", "yaml.safe_load", "runpy.run_path", "runpy.run_module", "numpy.load",
    "np.load", "inspect.getsource",
}  # fmt: skip
"""Calls that parse, compile or execute a text, or turn bytes into objects of their choice."""
NOWHERE = {
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "tokenize",
    "code",
    "codeop",
    "py_compile",
    "jupytext",
    "imp",
}
"""Modules that nothing of ours imports."""
MAY = {
    "grader/exercise/trees.py": {
        "ast.parse",
        "symtable.symtable",
    },  # refuses in any process but the reading one
    "grader/exercise/probes.py": {"ast.literal_eval"},  # of a node of a tree, there
    "grader/exercise/arguments.py": {"ast.literal_eval"},
}


def ours() -> list[str]:
    return [
        str(path)
        for path in files()
        if path.suffix == ".py" and path.parts[0] in ("grader", "platform", "manage.py")
    ]


def done(source: str) -> Iterator[tuple[int, str]]:
    """The line and the name of everything in a module of ours that it must not do."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name) if name in REFUSED and isinstance(node.ctx, ast.Load):
                yield node.lineno, name
            case ast.Attribute(value=ast.Name(id=module), attr=name) if f"{module}.{name}" in REFUSED:
                yield node.lineno, f"{module}.{name}"
            case ast.Import(names=names):
                yield from ((node.lineno, n.name) for n in names if n.name.split(".")[0] in NOWHERE)
                yield from (  # under another name it would not be seen
                    (node.lineno, f"{n.name} as {n.asname}")
                    for n in names
                    if n.asname and n.name in ("ast", "symtable", "builtins")
                )
            case ast.ImportFrom(module=str(module), names=names, level=0):
                if module.split(".")[0] in NOWHERE:
                    yield node.lineno, module
                yield from (
                    (node.lineno, f"{module}.{n.name}") for n in names if f"{module}.{n.name}" in REFUSED
                )


@pytest.mark.parametrize("name", ours())
def test_no_module_of_ours_parses_compiles_or_executes_a_text(name: str) -> None:
    assert [(line, what) for line, what in done(read(name)) if what not in MAY.get(name, set())] == []


def test_the_test_sees_what_it_looks_for() -> None:
    source = (
        "import ast, pickle\nfrom builtins import exec\nimport ast as tree\nexec('x')\nast.parse('x')\n"
        "f = compile\nfrom ast import parse\nre.compile('x')\n"
    )
    assert sorted(line for line, _ in done(source)) == [1, 2, 3, 4, 5, 6, 7]


def test_what_may_parse_still_does() -> None:
    for name, may in MAY.items():
        assert {what for _, what in done(read(name))} == may
        assert Path(name).parts[0] == "grader"
