"""Notebooks of strangers give up their code and nothing else; ours are valid and come back unchanged."""

# ruff: noqa: E501  (examples in one line)
from __future__ import annotations

import ast
import json
import time

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.grading.source import check, look
from grader.notebooks.notebook import Cell, build, export, to_source
from grader.verdict import ErrorReport
from tests.unit.test_exercise import GOOD


def notebook(*cells, **more) -> bytes:
    return json.dumps(
        {"cells": list(cells), "nbformat": 4, "nbformat_minor": 5, "metadata": {}} | more
    ).encode()


def code(source, **more):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": []} | more


def test_an_exercise_goes_out_and_comes_back_as_its_starter():
    data = export(GOOD)
    nb = nbformat.reads(data.decode(), as_version=4)
    nbformat.validate(nb)
    assert [cell.cell_type for cell in nb.cells] == ["markdown", "code", "code"]
    assert nb.cells[0].source.startswith(
        "# Double it\n\nWrite a function that doubles, and its slope.\n\n## Task 1: "
    )
    assert nb.cells[0].source.endswith("## Task 2: The slope")
    assert nb.cells[1].source == "TWO = 2"
    assert look(to_source(data), GOOD).unchanged
    assert to_source(export(GOOD, "x = 1\n")) == "x = 1\n"
    assert export(GOOD) == data


def test_executed_cells_keep_what_they_showed():
    error = ErrorReport(type="ValueError", message="bad", traceback="a\nb")
    data = build(
        [
            Cell(source="# T", code=False),
            Cell(source="print(1)", stdout="1\n", texts=["2"], pngs=[b"\x89PNG"], error=error),
        ]
    )
    cell = nbformat.reads(data.decode(), as_version=4).cells[1]
    assert [output.output_type for output in cell.outputs] == [
        "stream",
        "display_data",
        "display_data",
        "error",
    ]
    assert cell.outputs[2].data["image/png"].strip() == "iVBORw=="
    assert (cell.outputs[3].ename, cell.outputs[3].traceback) == ("ValueError", ["a", "b"])
    assert to_source(data) == "print(1)\n"


def test_code_cells_in_their_order_and_nothing_else():
    data = notebook(
        code(["def f(x):\n", "    return x"], metadata={"tags": ["raises-exception"]}, id="same"),
        {"cell_type": "markdown", "source": "import os"},
        {"cell_type": "raw", "source": "import os"},
        code("y = f(1)\r\n", id="same", outputs=[{"output_type": "stream", "text": "import os"}]),
        metadata={"kernelspec": {"name": "bash"}, "widgets": {"a": 1}},
    )
    assert to_source(data) == "def f(x):\n    return x\n\ny = f(1)\n"


def test_an_old_notebook():
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"]}]}], "nbformat": 3}
    assert to_source(json.dumps(old).encode()) == "x = 1\ny = 2\n"


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("%matplotlib inline\nx = 1", "# %matplotlib inline\nx = 1\n"),
        ("!pip install torch\nx = 1", "# !pip install torch\nx = 1\n"),
        ("%%bash\nrm -rf /\nls", "# %%bash\n# rm -rf /\n# ls\n"),
        ("np.dot?\nx = 1", "# np.dot?\nx = 1\n"),
        ("if x:\n    %time f()\ny = 1", "if x:\n    f()\ny = 1\n"),
        ("if x:\n    %time\ny = 1", "if x:\n    pass  # %time\ny = 1\n"),
        ("%time x = f(1)", "x = f(1)\n"),
        ("%timeit f(1)\nx = 1", "# %timeit f(1)\nx = 1\n"),
        ("%%time\ndef f():\n    return 1", "# %%time\ndef f():\n    return 1\n"),
        ("%%capture out\nx = 1\n!ls", "# %%capture out\nx = 1\n# !ls\n"),
        ("%%timeit\nx = 1", "# %%timeit\n# x = 1\n"),
        ("%matplotlib inline\ns = '''\n%a\n'''", "# %matplotlib inline\ns = '''\n%a\n'''\n"),
        ("x = (5\n  % 3)", "x = (5\n  % 3)\n"),
        ('s = """\n%a\n!b\n"""', 's = """\n%a\n!b\n"""\n'),
        ("x = (", "x = (\n"),
        ("%matplotlib inline\nx = (5\n  % 3)", "# %matplotlib inline\nx = (5\n  % 3)\n"),
        ('%pylab\ns = """\n%a\nb\'\'\'\n!c"""\n!ls', '# %pylab\ns = """\n%a\nb\'\'\'\n!c"""\n# !ls\n'),
        ("!ls\nx = 7 \\\n% 3", "# !ls\nx = 7 \\\n% 3\n"),
        ("!ls\nx = '(' # [\n%cd ..", "# !ls\nx = '(' # [\n# %cd ..\n"),
        ("%prun -l 5 x = f(1)", "x = f(1)\n"),
        ("files = !ls", "files = !ls\n"),
    ],
)
def test_what_only_a_notebook_understands_becomes_a_comment(source, kept):
    assert to_source(notebook(code(source))) == kept


PIECES = st.sampled_from(
    [
        "x = 1",
        "x = (2",
        "% 3)",
        's = """',
        "'''",
        '"""',
        "f('it\\'s')",
        "a \\",
        "if x:",
        "    y = [",
        "]",
        "# (",
        "  % 2",
    ]
)
MAGICS = st.sampled_from(["%matplotlib inline", "!pip install x", "x?", "%time x = 1", "%timeit f()"])


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=8), st.data())
def test_every_line_keeps_its_number_and_python_is_left_alone(lines, data):
    text = "\n".join(["x = 0", *lines, "y = 1"])
    at = data.draw(st.integers(0, len(lines)))
    mixed = ["x = 0", *lines[:at], data.draw(MAGICS), *lines[at:], "y = 1"]
    kept = to_source(notebook(code("\n".join(mixed)))).removesuffix("\n").split("\n")
    assert len(kept) == len(mixed)
    try:
        ast.parse(text)
        ast.parse("\n".join(["x = 0", *lines[:at]]))  # the magic stands between two statements
    except SyntaxError:
        return
    assert to_source(notebook(code(text))) == text + "\n"
    assert [line for n, line in enumerate(kept) if n != at + 1] == mixed[: at + 1] + mixed[at + 2 :]


@pytest.mark.parametrize(
    "cells",
    [
        [
            None,
            3,
            "x",
            [],
            {},
            {"cell_type": "code"},
            code(None),
            code(3),
            code([1, None, "x = 1"]),
            code({"a": 1}),
        ],
        [code("x = 1", metadata=None), code("", metadata=[1])],
        [code("x = 1", metadata={"zero_to_gpt": "given"})],
    ],
)
def test_mangled_cells_are_passed_over(cells):
    assert to_source(notebook(*cells)).strip() == "x = 1"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "cannot be read as JSON"),
        (b"not json", "cannot be read as JSON"),
        (b"\xff\xfe", "cannot be read as JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b"[]", "it has no cells"),
        (b"3", "it has no cells"),
        (b'{"cells": 3}', "it has no cells"),
        (b'{"worksheets": 3}', "it has no cells"),
        (b" " * (16 * 1024 * 1024 + 1), "larger than 16 MB"),
        (notebook(*[{}] * 2001), "more than 2000 cells"),
    ],
)
def test_what_is_no_notebook_is_said_in_one_sentence(data, sentence):
    with pytest.raises(ValueError, match=sentence):
        to_source(data)


def test_an_endless_number_costs_nothing():
    start = time.thread_time()
    assert to_source(b'{"nbformat": ' + b"9" * 1_000_000 + b', "cells": []}') == "\n"
    assert time.thread_time() - start < 1


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["cells", "cell_type", "source", "metadata", "zero_to_gpt", "role", "x"]), inner),
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(json_values)
def test_any_json_is_source_or_a_sentence(value):
    try:
        source = to_source(json.dumps(value).encode())
    except ValueError as error:
        assert str(error).startswith("this is not a notebook")
    else:
        check(source, GOOD)
