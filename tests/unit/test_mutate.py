"""Automatic mutations are real changes, always the same ones, and their names survive other edits."""

from __future__ import annotations

import ast

import pytest

from grader.proving.mutate import mutations

SOFTMAX = '''"""A reference."""

import numpy as np


def softmax(x, axis=-1):
    """Rows that sum to 1."""
    x = x - x.max(axis=axis, keepdims=True)
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)
'''


def changes(source: str, **settings) -> dict[str, str]:
    return {mutation.id: mutation.operator for mutation in mutations(source, **settings)}


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("x + y", {"x - y", "x"}),
        ("x - y", {"x + y", "y - x", "x"}),
        ("x * y", {"x / y", "x"}),
        ("x / y", {"x * y", "y / x", "x"}),
        ("x ** y", {"x * y", "y ** x"}),
        ("x @ y", {"y @ x"}),
        ("-x", {"x"}),
        ("not x", {"x"}),
        ("x and y", {"x or y"}),
        ("x < y", {"x <= y", "x > y"}),
        ("x == y", {"x != y"}),
        ("x is None", {"x is not None"}),
        ("x.T", {"x"}),
        ("x.copy()", {"x"}),
        ("np.copy(x)", {"x"}),
        ("x.sum(axis=0)", {"x.sum()", "x.mean(axis=0)", "x.sum(axis=1)"}),
        ("np.maximum(x, y)", {"np.minimum(x, y)"}),
        ("np.dot(x, y)", {"np.dot(y, x)"}),
        ("f(True)", {"f(False)"}),
        ("x[1:]", {"x[:]", "x[2:]", "x[0:]"}),
        ("x[::2]", {"x[:]", "x[::3]", "x[::1]"}),
        ("range(x)", {"range(1, x)", "range(x - 1)"}),
        ("x if y else z", {"x if not y else z"}),
        ("0.5 * x", {"0.5 / x", "0.5", "1.5 * x", "0.0 * x"}),
        ("(x, y)", {"(y, x)"}),
        ("'text' % x", set()),
        ("'text'", set()),
        ("f'{x + 1}'", set()),
    ],
)
def test_what_may_become_of_an_expression(line, after):
    source = f"def f(x, y, z):\n    return {line}\n"
    wanted = {ast.unparse(ast.parse(source.replace(line, new))) + "\n" for new in after}
    assert {mutation.source for mutation in mutations(source)} == wanted


@pytest.mark.parametrize(
    ("body", "gone"),
    [
        ("a = 1.5j\n    a += x", {"a -= x", "a = x", "pass"}),
        ("x[0] = y", {"pass", "x[1] = y"}),
        ("g(x)", {"pass"}),
        ("if x:\n        return y", {"pass", "if not x:\n        return y"}),
        ("x = x.T", {"pass", "x = x"}),
        ("y = g(x)", set()),
        ("while x:\n        x -= y", {"while x:\n        x += y", "while x:\n        x = y"}),
        ("for i in x:\n        break", {"pass", "for i in x:\n        continue"}),
        ("raise ValueError('no' + x)", {"pass"}),
        ("assert x > 0", set()),
    ],
)
def test_what_may_become_of_a_statement(body, gone):
    source = f"def f(x, y):\n    {body}\n    return y\n"
    last = body.rpartition("\n    ")[2] if body.startswith("a = ") else body
    wanted = {ast.unparse(ast.parse(source.replace(last, new))) + "\n" for new in gone}
    assert {mutation.source for mutation in mutations(source)} == wanted


def test_every_mutation_is_another_program_with_a_name_a_line_and_a_description():
    found = mutations(SOFTMAX)
    assert (
        len({mutation.source for mutation in found}) == len({mutation.id for mutation in found}) == len(found)
    )
    original = ast.dump(ast.parse(SOFTMAX))
    for mutation in found:
        assert ast.dump(ast.parse(mutation.source)) != original
        assert SOFTMAX.split("\n")[mutation.line - 1].strip()
        assert mutation.description.startswith(f"line {mutation.line}: `")
    lost = next(m for m in found if m.id == "softmax: e.sum(axis=axis, keepdims=True) -> e.sum(axis=axis)")
    assert (lost.line, lost.operator) == (10, "lost keyword")
    assert lost.description == "line 10: `e.sum(axis=axis, keepdims=True)` becomes `e.sum(axis=axis)`"
    assert "keepdims=True" in lost.source


def test_prose_and_annotations_are_left_alone():
    source = 'X: "1 + 1" = f()\n\n\n@g(1)\ndef h(a: "2", b=None) -> "3":\n    """4 + 4"""\n    return a\n'
    assert mutations(source) == ()


def test_the_same_source_gives_the_same_mutations():
    assert mutations(SOFTMAX) == mutations(SOFTMAX)
    assert mutations(SOFTMAX, most=7) == mutations(SOFTMAX, most=7)


def test_a_cap_keeps_all_operators_and_the_order_of_the_source():
    everything = mutations(SOFTMAX)
    some = mutations(SOFTMAX, most=10)
    assert len(some) == 10
    assert {m.operator for m in some} == {m.operator for m in everything}
    assert [m for m in everything if m in some] == list(some)


def test_names_survive_changes_elsewhere():
    other = SOFTMAX.replace("import numpy as np\n", "import numpy as np\n\n# more\nZERO = f()\n")
    assert changes(SOFTMAX).keys() == changes(other).keys()
    assert mutations(other)[0].line == mutations(SOFTMAX)[0].line + 3


def test_equal_changes_in_one_function_are_told_apart():
    source = "def f(x):\n    return g(x + 1) * h(x + 1)\n"
    names = [name for name in changes(source) if "x + 1 -> x - 1" in name]
    assert names == ["f: x + 1 -> x - 1", "f: x + 1 -> x - 1 (#2)"]


def test_methods_are_named_with_their_class():
    source = "class Value:\n    def double(self):\n        return self.x * 2\n"
    assert "Value.double: self.x * 2 -> self.x / 2" in changes(source)
