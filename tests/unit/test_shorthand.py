"""`@calls`, a file's own ask and truth, and probes that derive from others mean what the long form means."""

# ruff: noqa: E501  (a table of mistakes, one in a line)
from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from grader.exercise.folder import ExerciseError, from_files, load
from grader.exercise.probes import Probe
from grader.language import EXACT, T32, T64, residual

GOOD = load(Path(__file__).parent / "exercises" / "01-sums" / "01-double-it")
HEAD = '''"""What is asked."""

import numpy as np

from grader.language import EXACT, T32, calls, probe, residual, travels


def twice(x, times):
    return x * 2 * times


@travels
def gapped(x, times):
    return x[::2], times


@travels
def grown(answer, case):
    return answer.double(case["x"]) + case["more"]


DOUBLES = {1: "double", 2: "double_bwd"}
'''
CALLS = """

@calls(DOUBLES, truth=twice, points=2, seeds=4, tolerance=T32)
def Many(rng):
    "Many numbers"
    return [{"x": rng.normal(size=n), "times": n} for n in (1, 3)]


@calls({1: "double"}, through=gapped, pick=0, visible=True)
def Gaps(rng):
    return {"x": rng.normal(size=6), "times": 2}


@calls({1: grown}, attempt=True)
def Cases(rng):
    return [{"x": 1.0, "more": 2.0}] + [{"x": 2.0, "more": 3.0}]
"""
MORE = """

from functools import partial


def drawn(rng, n):
    made = {"x": rng.normal(size=n)}
    return made | {"times": n}


@travels
def both(double, double_bwd, case):
    return [double(case["x"]), double_bwd(case["x"])]


BOTH = {1: (both, "double", "double_bwd"), 2: (both, "double_bwd", "double")}


@calls(BOTH, truth=off_by_none)
def Handed(rng):
    "{} comes first"
    return drawn(rng, 1)


def off_by_none(case):
    return [2 * case["x"], 2 * case["x"]]


def several(rng):
    return [drawn(rng, n) for n in (1, 2)]


def times(factor, x, times):
    return x * factor


def off(inputs, got):
    return float(got - 2 * inputs["x"])


def off_by(factor, cases, got):
    return max(float(abs(one - factor * case["x"]).max()) for case, one in zip(cases, got))


@calls({1: grown, 2: "double_bwd"}, truth={1: partial(times, 2), 2: partial(times, 3)}, visible=True)
def Called(rng):
    "{} of what was drawn, {} again"
    return several(rng)


@calls({1: "double"}, judge=residual(below=1.0), judged_by=off, truth=partial(times, 5))
def Judged(rng):
    made = drawn(rng, 1)
    made["x"] += 1
    return made


@calls(DOUBLES, judge=residual(below=1.0), judged_by={1: partial(off_by, 2), 2: partial(off_by, 3)})
def JudgedTogether(rng):
    return [{"x": 1.0 * n} for n in (1, 2)]
"""
LONG = """

def ask(answer, inputs):
    return answer.double(inputs["x"])


def truth(inputs):
    return 2 * inputs["x"]


@probe(task=1, visible=True, seeds=2)
class Small:
    "A small number"

    def make(rng):
        return {"x": 1.0}


@probe(points=2, visible=False)
class Large(Small):
    def make(rng):
        return {"x": 1e9}


@probe(task=2, tolerance=EXACT)
class Its_own(Large):
    def ask(answer, inputs):
        return answer.double_bwd(inputs["x"])


@probe(task=1)
class Other:
    def make(rng):
        return {"x": 3.0}

    def ask(answer, inputs):
        return answer.double(3.0)
"""


def probes(text: str) -> dict[str, Probe]:
    return {p.name: p for p in from_files("a/b", {**GOOD.files, "probes.py": text}).probes}


def run(probe: Probe, part: str) -> object:
    """The function of a probe as an author's box defines it."""
    scope: dict = {}
    exec(compile(probe.author_source, "probes.py", "exec"), scope)  # noqa: S102  our own example
    return scope[part]


class Answer:
    def double(self, *args):
        return 2 * args[0] if not isinstance(args[0], tuple) else args

    double_bwd = double


def test_one_probe_for_each_task_with_the_settings_given_once():
    found = probes(HEAD + CALLS)
    assert list(found) == ["Many1", "Gaps", "Cases", "Many2"]
    one, two = found["Many1"], found["Many2"]
    assert (one.task, two.task) == (1, 2)
    for probe in (one, two):
        assert (probe.title, probe.points, probe.seeds, probe.tolerance) == ("Many numbers", 2, 4, T32)
        assert probe.parts == ("make", "ask", "truth")
    assert (found["Gaps"].visible, found["Gaps"].tolerance, found["Gaps"].title) == (True, T64, "Gaps")
    assert (one.functions, two.functions) == (("double",), ("double_bwd",))


def test_an_argument_may_differ_by_task():
    text = HEAD + CALLS.replace("truth=twice", "truth={1: twice, 2: gapped}").replace(
        "points=2", "points=POINTS"
    )
    text += "\n\nPOINTS = {1: 3, 2: 4}\n"
    found = probes(text)
    assert (found["Many1"].points, found["Many2"].points) == (3, 4)
    assert "twice(*case.values())" in found["Many1"].author_source
    assert "gapped(*case.values())" in found["Many2"].author_source
    with pytest.raises(ExerciseError, match="says nothing about task 2"):
        probes(HEAD + CALLS.replace("truth=twice", "truth={1: twice}"))


def test_only_the_call_travels():
    found = probes(HEAD + CALLS)
    assert found["Many2"].ask_source == (
        "def ask(answer, inputs):\n"
        "    return [answer.double_bwd(*case.values()) for case in inputs['cases']]\n"
    )
    assert found["Gaps"].ask_source == (
        "def gapped(x, times):\n    return (x[::2], times)\n\n"
        "def ask(answer, inputs):\n    return answer.double(*gapped(*inputs.values()))[0]\n"
    )
    assert "attempt(grown, answer, case)" in found["Cases"].ask_source


def test_made_asked_and_true_as_in_the_long_form():
    probe = probes(HEAD + CALLS)["Many1"]
    made = run(probe, "make")(np.random.default_rng(1))
    rng = np.random.default_rng(1)
    x1, x3 = rng.normal(size=1), rng.normal(size=3)
    assert [case["times"] for case in made["cases"]] == [1, 3]
    np.testing.assert_array_equal(made["cases"][1]["x"], x3)
    truth = run(probe, "truth")(made)
    np.testing.assert_array_equal(truth[0], x1 * 2)
    np.testing.assert_array_equal(truth[1], x3 * 6)
    scope: dict = {}
    exec(compile(probe.ask_source, "ask", "exec"), scope)  # noqa: S102  our own example
    np.testing.assert_array_equal(scope["ask"](Answer(), made)[1], 2 * x3)


def test_what_make_may_not_return_is_said():
    probe = probes(HEAD + CALLS.replace('"x": rng.normal(size=n)', '"_x": 1'))["Many1"]
    with pytest.raises(TypeError, match="@calls needs a dict of arguments"):
        run(probe, "make")(np.random.default_rng(1))


def test_a_file_may_have_one_ask_and_truth_and_probes_may_derive():
    found = probes(HEAD + LONG)
    small, large, own, other = (found[name] for name in ("Small", "Large", "Its_own", "Other"))
    assert (small.visible, small.seeds, small.points) == (True, 2, 1)
    assert (large.visible, large.seeds, large.points, large.task) == (False, 2, 2, 1)
    assert (own.task, own.tolerance, own.points, own.seeds) == (2, EXACT, 2, 2)
    assert small.ask_source == large.ask_source
    assert "double_bwd" in own.ask_source
    assert (small.has_truth, large.has_truth, own.has_truth, other.has_truth) == (True, True, False, False)
    assert run(large, "make")(None) == {"x": 1e9} == run(own, "make")(None)
    assert run(small, "make")(None) == {"x": 1.0}
    assert run(large, "truth")({"x": 4}) == 8
    assert "def truth" not in own.author_source
    assert large.title == "Large"


def test_a_shorthand_and_its_long_form_have_one_grading_digest():
    short = HEAD + "\n\n@calls({1: 'double'})\ndef A(rng):\n    return {'x': 1.0}\n" + LONG
    other = short.replace("{'x': 1.0}", "{'x': 2.0}")
    digest = {
        text: from_files("a/b", {**GOOD.files, "probes.py": text}).grading_digest
        for text in (short, short.replace('"""What is asked."""', '"""Prose."""'), other)
    }
    assert digest[short] == list(digest.values())[1]
    assert digest[short] != digest[other]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("truth=twice", "truth=thrice", "probes.py:25: truth must name a function of this file, or be"),
        ("DOUBLES, truth", "truth", "probes.py:25: say which function each task calls"),
        ('{1: "double"}', '{"1": "double"}', "probes.py:31: the keys of @calls are numbers of tasks."),
        (
            '{1: "double"}',
            '{1: "a b"}',
            "probes.py:31: `'a b'` must be the name of a function that learners write",
        ),
        ("{1: grown}", "{1: groan}", "probes.py:36: `groan` must be the name of a function"),
        ("def Gaps(rng)", "def Gaps(r)", "probes.py:32: write `def Gaps(rng):`"),
        ("seeds=4", "seeds=40", "probes.py:26: probe `Many1`: seeds must be a whole number"),
        ("seeds=4", "seed=4", "probes.py:26: probe `Many1`: @probe knows no argument `seed`"),
        (
            'return {"x": rng.normal(size=6), "times": 2}',
            "return 3",
            "probes.py:33: end `Gaps` with `return {...}`",
        ),
        ("attempt=True", "attempt=1", "probes.py:36: attempt must be True, or be left out."),
        ("@calls({1: grown}, attempt=True)", "@calls", "probes.py:37: write @calls("),
    ],
)
def test_a_mistake_in_a_shorthand_has_the_authors_line(old: str, new: str, sentence: str):
    assert old in CALLS
    with pytest.raises(ExerciseError) as error:
        probes(HEAD + CALLS.replace(old, new, 1))
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("Large(Small)", "Large(Smaller)", "may derive from one probe that stands above it in this file (is it `Small`?)"),
        ("Large(Small)", "Large(Small, Other)", "may derive from one probe that stands above it"),
        ("def truth(inputs)", "def truth(x)", "the file: write `def truth(inputs)`."),
        ("def ask(answer, inputs):\n    return answer.double(inputs", "def asks(answer, inputs):\n    return answer.double(inputs", "probe `Small` has no `ask(answer, inputs)`."),
    ],
)  # fmt: skip
def test_a_mistake_in_what_is_shared_is_one_sentence(old: str, new: str, sentence: str):
    assert old in LONG
    with pytest.raises(ExerciseError) as error:
        probes(HEAD + LONG.replace(old, new, 1))
    assert sentence in str(error.value)


def test_the_source_that_an_author_reads_about_is_python():
    for probe in probes(HEAD + CALLS).values():
        ast.parse(probe.author_source)
        assert "calls" not in probe.author_source.replace("@calls needs", "")


def test_a_title_names_the_function_that_is_called():
    found = probes(HEAD + MORE)
    assert found["Called1"].title == "grown of what was drawn, grown again"
    assert found["Called2"].title == "double_bwd of what was drawn, double_bwd again"


def test_a_maker_may_end_with_a_call_or_a_name():
    found = probes(HEAD + MORE)
    made = run(found["Called1"], "make")(np.random.default_rng(1))
    assert [case["times"] for case in made["cases"]] == [1, 2]
    assert "for case in inputs['cases']" in found["Called2"].ask_source
    assert run(found["Judged"], "make")(np.random.default_rng(1)).keys() == {"x", "times"}
    assert "answer.double(*inputs.values())" in found["Judged"].ask_source


def test_a_helper_may_be_handed_the_learners_functions():
    found = probes(HEAD + MORE)
    one, two = found["Handed1"], found["Handed2"]
    assert (one.title, two.title) == ("double comes first", "double_bwd comes first")
    assert one.functions == ("double", "double_bwd")
    assert one.ask_source.endswith("return both(answer.double, answer.double_bwd, inputs)\n")
    made = run(two, "make")(np.random.default_rng(1))
    scope: dict = {}
    exec(compile(two.ask_source, "ask", "exec"), scope)  # noqa: S102  our own example
    assert scope["ask"](Answer(), made) == run(two, "truth")(made)


def test_a_partial_stands_for_a_function():
    found = probes(HEAD + MORE)
    case = {"cases": [{"x": 4.0, "times": 1}]}
    assert run(found["Called2"], "truth")(case) == [12.0]
    assert run(found["Judged"], "truth")(case["cases"][0]) == 20.0


def test_a_judge_by_name_sees_what_the_learner_was_handed():
    found = probes(HEAD + MORE)
    assert found["Judged"].bound == found["JudgedTogether1"].bound == residual(below=1.0)
    assert run(found["Judged"], "judge")({"x": 3.0, "times": 1}, 6.5) == 0.5
    made = run(found["JudgedTogether1"], "make")(None)
    got = np.array([2.0, 7.0])
    assert run(found["JudgedTogether1"], "judge")(made, got) == 3.0
    assert run(found["JudgedTogether2"], "judge")(made, got) == 1.0
    assert "off_by" not in found["JudgedTogether1"].ask_source


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("judged_by=off,", "judged_by=of,", "probes.py:73: judged_by must name a function of this file, or be `partial(function, ...)` of one."),
        ("truth=partial(times, 5)", "truth=partial(tines, 5)", "probes.py:73: truth must name a function of this file"),
        ("truth=partial(times, 5)", "truth=partial()", "probes.py:73: truth must name a function of this file"),
        ("truth=partial(times, 5)", "truth=times(5)", "probes.py:73: truth must name a function of this file"),
        ("judge=residual(below=1.0), judged_by=off,", "judged_by=off,", "probes.py:74: probe `Judged` has a judge but no bound"),
        ('(both, "double", "double_bwd")', '(boths, "double")', 'must be the name of a function that learners write, in quotes, or'),
        ('(both, "double", "double_bwd")', '(both, double)', "`(both, double)` must be"),
        ('(both, "double", "double_bwd")', '("both", "double")', "`('both', 'double')` must be"),
        ('(both, "double", "double_bwd")', '()', "`()` must be"),
        ("    return several(rng)", "    return sorted(rng)", "end `Called` with `return {...}`"),
        ("    return several(rng)", "    return Called(rng)", "end `Called` with `return {...}`"),
        ("    return [drawn(rng, n) for n in (1, 2)]", "    several(rng)", "end `Called` with `return {...}`"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_judge_or_a_maker_has_the_authors_line(old: str, new: str, sentence: str):
    assert old in MORE
    with pytest.raises(ExerciseError) as error:
        probes(HEAD + MORE.replace(old, new, 1))
    assert sentence in str(error.value)
