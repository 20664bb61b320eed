"""What keeps a text from being run is told with its line, and nothing is executed to find out."""

# ruff: noqa: E501  (tables of sentences)
from __future__ import annotations

import dataclasses
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.exercise.folder import Forbidden
from grader.grading.source import Looked, check, look
from tests.unit.test_exercise import GOOD


def exercise(*names: str, loops_in: tuple[str, ...] = (), given: str = "", starter: str = GOOD.starter):
    forbidden = Forbidden(names=names, loops_in=loops_in)
    return dataclasses.replace(GOOD, forbidden=forbidden, given=given, starter=starter)


FREE = exercise()


def told(source, where=FREE):
    problem = check(source, where)
    return problem and problem.error.message


@pytest.mark.parametrize(
    ("source", "line", "sentence"),
    [
        ("x = 1\ny = (2,\nz = 3\n", 2, 'Line 2 cannot be read: "(" was never closed.'),
        ("def f(x)\n    return x", 1, "Line 1 cannot be read: a colon is missing."),
        ("def f(x):\nreturn x", 2, "Line 2 cannot be read: the block that belongs to the function definition on line 1 is missing."),
        ("if x = 1:\n    pass", 1, 'Line 1 cannot be read: a single "=" stands where a value is compared.'),
        ("  x = 1", 1, "Line 1 cannot be read: it is indented further than the line above it."),
        ("if 1:\n        x = 1\n    y = 2", 3, "Line 3 cannot be read: its indentation matches no line above it."),
        ("if 1:\n\tx = 1\n        y = 2", 3, "Line 3 cannot be read: it mixes tabs and spaces."),
        ("x = 'abc", 1, "Line 1 cannot be read: the text in quotes does not end."),
        ('y = 1\nx = """abc\n\n', 2, "Line 2 cannot be read: the text that begins here does not end."),
        ("x = 1)", 1, 'Line 1 cannot be read: ")" closes nothing.'),
        ("x = (1]", 1, 'Line 1 cannot be read: "]" does not match the "(" before it.'),
        ("return 3", 1, "Line 1 cannot be read: `return` stands outside of a function."),
        ("break", 1, "Line 1 cannot be read: `break` stands outside of a loop."),
        ("x = [1 2]", 1, "Line 1 cannot be read: is a comma missing?"),
        ("print 'a'", 1, "Line 1 cannot be read: `print` is a function."),
        ("x = a，2", 1, 'Line 1 cannot be read: the character "，" (U+FF0C) is none that Python knows.'),
        ("x\u00a0= 1", 1, "Line 1 cannot be read: there is an invisible character (U+00A0)."),
        ("def f(a, a): pass", 1, "Line 1 cannot be read: two parameters are named `a`."),
        ("x = = 1", 1, "Line 1 cannot be read: Python does not understand it."),
        ("x = 1\n%matplotlib inline", 2, 'Line 2 cannot be read: "%" commands of notebooks do not work here.'),
        ("!ls", 1, 'Line 1 cannot be read: "!" commands of notebooks do not work here.'),
        ("1 = x", 1, "Line 1 cannot be read:"),
        ("f(a=1, 2)", 1, "Line 1 cannot be read: an argument without a name follows one with a name."),
        ("x = " + "9" * 5000, 1, "Line 1 cannot be read: the number has too many digits."),
        ("x = 0777", 1, "Line 1 cannot be read: leading zeros in decimal integer literals are not permitted"),
        ("def f(a=1, b): pass", 1, "Line 1 cannot be read: a parameter without a default follows one with a default."),
        ('x = f"{1 +}"', 1, "Line 1 cannot be read:"),
    ],
)  # fmt: skip
def test_a_syntax_error_becomes_help(source, line, sentence):
    error = check(source, FREE).error
    assert error.message.startswith(sentence)
    assert error.message.endswith("This did not count as an attempt.")
    assert (error.line, error.type) == (line, "SyntaxError")
    assert error.code == source.split("\n")[line - 1][:200]
    assert "!" not in error.message.replace('"!"', "")


def test_the_help_says_what_to_try():
    assert check("print 'a'", FREE).error.help == "Write print(...)."
    assert check("x = (", FREE).error.help == "Add the closing bracket, or remove this one."


def test_python_that_is_read():
    for source in (
        "",
        "x = 1",
        "\ufeffx = 1\r\ny = 2\r\n",
        b"\xef\xbb\xbfx = 1",
        "def f():\n\treturn 1\n",
        "# Ä ∂ 漢\n",
    ):
        assert check(source, FREE) is None


def test_the_size_is_looked_at_before_anything_else():
    start = time.perf_counter()
    assert (
        told("(" * 5_000_000)
        == "Your code has 4882 kB; at most 256 kB can be read. This did not count as an attempt."
    )
    assert time.perf_counter() - start < 0.1
    assert check("#" * 256 * 1024, FREE) is None
    assert "257 kB" in told("é" * 131_584)
    assert "kB" in told(b"\xff" * 300_000)


def test_bytes_that_are_no_text():
    error = check(b"x = 1\ny = '\xff'", FREE).error
    assert error.message.startswith("Line 2 holds bytes that are not UTF-8 text.")
    assert error.line == 2
    assert told("x = '\ud800'").startswith("Your code holds bytes that are not UTF-8")
    assert told("x = 1\ny = '\0'").startswith("Line 2 holds a null character.")


DEEP = ["(" * 3000 + ")" * 3000, "-" * 100_000 + "1", "x" + ".a" * 60_000, "x" + "[0]" * 60_000, "1" + "+1" * 100_000,
        "f(" * 5000 + ")" * 5000, "[" * 90 + "]" * 90, "lambda: " * 20_000 + "1", "x = " * 30_000 + "1",
        "".join(" " * n + "if 1:\n" for n in range(120)) + " " * 120 + "pass", "not " * 50_000 + "1",
        "a if b else " * 20_000 + "c", "'" + "{" * 100 + "'", "f'" + "{a:" * 200 + "}" * 200 + "'",
        "2 ** 9 ** 9 ** 9", "x = 1 << 10 ** 9", "'a' * 10 ** 12", "*" * 1000, "@a\n" * 50_000 + "def f(): pass"]  # fmt: skip


def test_no_text_brings_the_process_down():
    """In a process of its own, because what is tested is that it lives."""
    script = (
        "import sys, time\n"
        "from tests.unit.test_source import DEEP, FREE\n"
        "from grader.grading.source import look\n"
        "for text in DEEP:\n"
        "    start = time.perf_counter()\n"
        "    look(text, FREE)\n"
        "    assert time.perf_counter() - start < 5, text[:20]\n"
        "print('alive')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout == "alive\n", done.stderr[-2000:]


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=80),
        st.binary(max_size=80),
        st.text("()[]{}:'\"=+-*/ \n\tabdefirtun1,.@#\\", max_size=60),
    )
)
def test_every_text_is_looked_at_without_fail(text):
    problem = check(text, exercise("numpy", loops_in=("f",)))
    if problem is not None:
        assert problem.error.message.endswith("This did not count as an attempt.")


FENCE = exercise("scipy", "numpy.linalg.norm", "torch.nn", "sum")


@pytest.mark.parametrize(
    ("source", "line", "name"),
    [
        ("import scipy", 1, "scipy"),
        ("x = 1\nimport scipy.special as s", 2, "scipy"),
        ("from scipy import special", 1, "scipy"),
        ("from scipy.special import *", 1, "scipy"),
        ("import numpy as np\nnp.linalg.norm(1)", 2, "numpy.linalg.norm"),
        ("import numpy\nnumpy.linalg.norm(1)", 2, "numpy.linalg.norm"),
        ("from numpy import linalg as la\nla.norm(1)", 2, "numpy.linalg.norm"),
        ("from numpy.linalg import norm as n", 1, "numpy.linalg.norm"),
        ("import numpy.linalg\nnumpy.linalg.norm(1)", 2, "numpy.linalg.norm"),
        ("import numpy.linalg as la\nla.norm(1)", 2, "numpy.linalg.norm"),
        ("import numpy as np\nla = np.linalg\nf = la.norm\n", 3, "numpy.linalg.norm"),
        ("import numpy as np\nm = np\nl = m.linalg\nl.norm(2)", 4, "numpy.linalg.norm"),
        ("import numpy as np\n(l := np.linalg).norm", 2, None),
        ("import numpy as np\ngetattr(np.linalg, 'norm')(1)", 2, "numpy.linalg.norm"),
        ("from torch import nn", 1, "torch.nn"),
        ("import torch\ntorch.nn.Linear(1, 2)", 2, "torch.nn"),
        ("import torch.nn.functional as F", 1, "torch.nn"),
        ("__import__('scipy')", 1, "scipy"),
        ("import importlib\nimportlib.import_module('scipy.special')", 2, "scipy"),
        ("from importlib import import_module as get\nget('scipy')", 2, "scipy"),
        ("def f(x):\n    return sum(x)", 2, "sum"),
        ("def f(x):\n    import scipy\n", 2, "scipy"),
        ("g = sum", 1, "sum"),
        ("import numpy as np\nfrom numpy import dot, linalg\nx = linalg.norm", 3, "numpy.linalg.norm"),
    ],
)
def test_a_forbidden_name_is_found_under_every_name(source, line, name):
    if name is None:
        assert check(source, FENCE) is None  # beyond what a fence follows; the box is the wall
        return
    error = check(source, FENCE).error
    assert error.message == (
        f"Line {line} uses `{name}`, which this exercise asks you to build yourself. This did not count as an attempt."
    )
    assert (error.line, error.type) == (line, "Forbidden")


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.sum(1); np.linalg.inv(1)",
        "def sum(x):\n    return x\nsum([1])",
        "def f(sum):\n    return sum",
        "import scipyx",
        "norm = 3\nnorm",
        "class Net:\n    def norm(self): return self.linalg.norm",
        "x = 'import scipy'  # scipy",
        "import torch\ntorch.nnx",
        "import numpy.linalg as la\nla.inv(1)",
    ],
)
def test_what_only_looks_forbidden_is_not(source):
    assert check(source, FENCE) is None


@pytest.mark.parametrize(
    "source",
    ["def f(text):\n    return text.encode()", "x = 1\n'é'.encode('utf-8')", "x = 1\nf = str.encode"],
)
def test_a_method_of_texts_is_found_on_any_value(source):
    assert told(source, exercise("str.encode")).startswith("Line 2 uses `str.encode`")


@pytest.mark.parametrize(
    "source",
    [
        "def encode(text):\n    return encode(text[1:])",
        "import json\njson.encode",
        "encode = 3",
        "x.decode()",
    ],
)
def test_a_function_of_that_name_is_no_such_method(source):
    assert check(source, exercise("str.encode")) is None


def test_the_given_code_names_modules_too():
    assert told("np.linalg.norm(3)", exercise("numpy.linalg.norm", given="import numpy as np"))
    assert told("from numpy.linalg import *", exercise("numpy.linalg.norm")).startswith(
        "Line 1 imports all of `numpy.linalg`"
    )


@pytest.mark.parametrize(
    ("source", "line", "what"),
    [
        ("def f(x):\n    for i in x: pass", 2, "a loop in `f`"),
        ("def f(x):\n    while x: pass", 2, "a loop in `f`"),
        ("def f(x):\n    return [i for i in x]", 2, "a comprehension in `f`"),
        ("def f(x):\n    return list(map(abs, x))", 2, "`map`, a loop in disguise, in `f`"),
        (
            "import numpy as np\ndef f(x):\n    return np.vectorize(abs)(x)",
            3,
            "`numpy.vectorize`, a loop in disguise, in `f`",
        ),
        ("def g(x):\n    for i in x: pass\ndef f(x):\n    return g(x)", 2, "a loop in `g`, which `f` uses"),
        (
            "def h(x):\n    for i in x: pass\ng = h\ndef f(x):\n    return g(x)",
            2,
            "a loop in `h`, which `f` uses",
        ),
        ("f = lambda x: [i for i in x]", 1, "a comprehension in `f`"),
        ("def f(x):\n    def inner():\n        for i in x: pass\n    return inner()", 3, "a loop in `f`"),
    ],
)
def test_a_function_that_may_hold_no_loop(source, line, what):
    error = check(source, exercise(loops_in=("f",))).error
    assert error.message.startswith(f"Line {line} has {what}. This task asks for array operations without")
    assert error.line == line


def test_loops_elsewhere_are_fine():
    source = "def f(x):\n    return x @ x\ndef g(x):\n    for i in x: pass\nfor i in range(3): pass\n"
    assert check(source, exercise(loops_in=("f",))) is None
    assert check("def g(): pass", exercise(loops_in=("f",))) is None
    assert check("def f(x):\n    return f(x)", exercise(loops_in=("f",))) is None


def test_the_first_problem_by_line_is_told():
    source = "def f(x):\n    for i in x: pass\nimport scipy\n"
    assert told(source, exercise("scipy", loops_in=("f",))).startswith("Line 2 has a loop")


STARTER = '"""Write it."""\n\n\ndef f(x):\n    # your code\n    ...\n'


@pytest.mark.parametrize(
    "source",
    [
        STARTER,
        "",
        "  \n# nothing yet\n",
        '"""Nothing yet."""',
        STARTER.replace("\n", "\r\n"),
        "def f( x ):   ...",
        "def f(x):\n\t# I am thinking\n\n\t...\n",
        '"""Mine."""\ndef f(x):\n    """Says nothing."""\n    ...',
    ],
)
def test_a_starter_that_nobody_touched(source):
    assert look(source, exercise(starter=STARTER)).unchanged


@pytest.mark.parametrize(
    "source", ["def f(x):\n    pass", "def f(x):\n    return x", STARTER + "x = 1", "def f(x"]
)
def test_a_starter_that_somebody_changed(source):
    assert not look(source, exercise(starter=STARTER)).unchanged


@pytest.mark.parametrize("number", ["0x" + "f" * 5_000, "0o" + "7" * 9_000, "0b" + "1" * 20_000])
def test_a_number_that_python_reads_and_would_not_write(number):
    assert look(f"x = {number}\n{STARTER}", exercise(starter=STARTER)) == Looked()
    assert look(STARTER, exercise(starter=f"x = {number}\n{STARTER}")) == Looked()


@pytest.mark.parametrize(
    "source",
    [
        "lambda:0\n" * 28_000,  # Python compares each with each
        "class A:pass\n" * 18_000,
        "a;" * 120_000 + "a",
        "def f(" + ",".join(f"a{n}=1" for n in range(25_000)) + "): pass",
        "[" + "1," * 120_000 + "]",
    ],
    ids=["lambdas", "classes", "statements", "parameters", "data"],
)
def test_code_of_very_many_parts_is_refused_before_it_is_compiled(source):
    started = time.perf_counter()
    assert "it has more than 20000 parts" in told(source)
    assert time.perf_counter() - started < 3


def test_long_dotted_names_are_followed_only_so_far():
    started = time.perf_counter()
    source = "import numpy as np\n" + ("np" + ".b" * 900 + "\n") * 10
    assert check(source, exercise("numpy.linalg", loops_in=("f",))) is None
    assert time.perf_counter() - started < 2
    assert "numpy.linalg" in told("import numpy as np\nnp.linalg" + ".b" * 100, exercise("numpy.linalg"))
