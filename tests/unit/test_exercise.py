"""An exercise is read from text without running any of it, and an author's mistake names its line."""

# ruff: noqa: E501  (a table of mistakes, one in a line)
from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import pytest

from grader.exercise.folder import ExerciseError, from_files, load
from grader.language import EXACT, T32, T64, Bound, Tolerance
from grader.verdict import Failing

FOLDER = Path(__file__).parent / "exercises" / "01-sums" / "01-double-it"
GOOD = load(FOLDER)
NAME = "01-sums/01-double-it"


def changed(file: str, old: str, new: str) -> dict[str, str]:
    assert old in GOOD.files[file], "the text to replace is gone from the example"
    return {**GOOD.files, file: GOOD.files[file].replace(old, new, 1)}


def test_the_facts_of_an_exercise():
    assert (GOOD.id, GOOD.title, GOOD.minutes, GOOD.profile, GOOD.device) == (
        NAME,
        "Double it",
        5,
        "numpy",
        "cpu",
    )
    assert GOOD.requires == ("01-sums/00-add-it",)
    assert (GOOD.limits.seconds, GOOD.limits.memory_mb, GOOD.limits.probe_seconds) == (3, 256, 5)
    assert GOOD.forbidden.names == ("scipy", "numpy.linalg.norm")
    assert GOOD.forbidden.loops_in == ("double",)
    assert [task.title for task in GOOD.tasks] == ["Double", "The slope"]
    assert GOOD.task(1).hints == ("Twice x.", "Add x to itself.")
    assert GOOD.given == "TWO = 2\n"
    assert (GOOD.possible(1), GOOD.possible(2)) == (3, 2)


def test_solutions_and_mutants_carry_their_words():
    assert [(s.name, s.description) for s in GOOD.alternatives] == [("adds", "Adds x to itself.")]
    library, squares = GOOD.mutants
    assert (library.name, library.static, library.tasks) == ("calls_the_library", True, ())
    assert (squares.tasks, squares.static) == ((1, 2), False)
    assert squares.explanation == "You square the number. Doubling and squaring agree\nonly at 0 and 2."


def test_a_probe_is_about_the_learners_names_and_not_about_given_ones():
    files = {**GOOD.files, "given.py": "TWO = 2\nclass Number:\n    pass\ndef of(x):\n    return x\n"}
    asked = "answer.Number and answer.of(answer.double(inputs['x']))"
    files["probes.py"] = (
        files["probes.py"]
        .replace("answer.double(inputs['x'])", asked, 1)
        .replace('answer.double(inputs["x"])', asked, 1)
    )
    assert asked in files["probes.py"]
    assert {probe.functions for probe in from_files(NAME, files).probes if "Number" in probe.ask_source} == {
        ("double",)
    }
    files["reference.py"] += "\n\ndef of(x):\n    return x\n"  # the learner writes that one, too
    found = {probe.functions for probe in from_files(NAME, files).probes if "Number" in probe.ask_source}
    assert found == {("of", "double")}


def test_the_settings_of_the_probes():
    small, many, flag, slope, fast = GOOD.probes
    assert (small.title, small.visible, small.seeds, small.points, small.tolerance) == (
        "Two small numbers", True, 3, 1, T64,
    )  # fmt: skip
    assert (many.title, many.points, many.seeds, many.visible) == ("Many numbers", 2, 8, False)
    assert many.tolerance == Tolerance(1e-3, 0.0)
    assert (many.kind, many.dtype, many.seconds, many.memory_mb, many.pure) == (
        Failing.EDGE,
        "any",
        2.5,
        64,
        False,
    )
    assert (flag.title, flag.veto, flag.points, flag.tolerance) == ("Is a number", True, 0, EXACT)
    assert (slope.kind, slope.wrt, slope.tolerance, "value" in slope.parts, slope.has_truth) == (
        Failing.GRADIENT, ("x",), T32, True, True,
    )  # fmt: skip
    assert (fast.bound, fast.times_faster, fast.has_judge, fast.has_baseline) == (
        Bound(-1e-9, 1e-9),
        10,
        True,
        True,
    )
    assert fast.judge_wants_expected
    assert not small.has_judge
    assert many.functions == ("double",)


def test_only_what_an_ask_needs_travels():
    assert GOOD.probe("SmallNumbers").ask_source == (
        "from __future__ import annotations\n\n"
        "def ask(answer, inputs):\n    return answer.double(inputs['x'])\n"
    )
    source = GOOD.probe("ManyNumbers").ask_source
    tree = ast.parse(source)
    names = [n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    assert names == ["twice", "once", "ask"]
    assert "SHAPE = (3, 4)" in source
    assert "import numpy as np" in source
    assert "from probing import attempt" in source
    kept_outside = "sklearn secret language comment Only never asks_twice truth MADE TEXT Tolerance travels"
    for word in [*kept_outside.split(), "asks twice", "probe(", "Ordered", "1e-3", "0.001", "two lines"]:
        assert word not in source
    assert "from collections import OrderedDict as Ordered" in GOOD.probe("IsANumber").ask_source


def test_the_authors_source_holds_everything_on_its_own_lines():
    text = GOOD.files["probes.py"]
    for probe in GOOD.probes:
        source = probe.author_source
        tree = ast.parse(source)
        (block,) = [node for node in tree.body if isinstance(node, ast.If)]
        found = [node.name for node in block.body if isinstance(node, ast.FunctionDef)]
        assert found == list(probe.parts)
        for line, (written, kept) in enumerate(zip(text.split("\n"), source.split("\n"), strict=False), 1):
            assert kept in ("", "if True:") or kept == written, line
        assert "def secret" in source
        assert "@" not in source
        assert "grader.language" not in source
        assert "class" not in source
    assert "of two lines" in GOOD.probe("Fast").author_source


def test_the_authors_source_runs_and_defines_the_functions_at_the_top():
    scope: dict = {}
    source = (
        GOOD.probe("Slope")
        .author_source.replace("import sklearn", "")
        .replace("from probing import attempt", "")
    )
    exec(compile(source, "probes.py", "exec"), scope)  # noqa: S102  our own example
    assert scope["truth"]({"dout": 3}) == 6
    inputs = {"x": __import__("numpy").ones(3), "dout": 1.0}
    assert scope["value"](type("A", (), {"double": staticmethod(lambda x: 2 * x)}), inputs) == 6


def test_the_functions_asked_through_a_helper_are_named():
    files = changed("probes.py", 'return answer.double(inputs["x"])', 'return run(answer, "double", 1)')
    files["probes.py"] += "\n\n@travels\ndef run(answer, name, x):\n    return getattr(answer, name)(x)\n"
    assert from_files(NAME, files).probe("SmallNumbers").functions == ("double",)


def test_a_folder_and_its_texts_are_the_same_exercise(tmp_path):
    folder = tmp_path / "01-sums" / "01-double-it"
    for path, text in GOOD.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.replace("\n", "\r\n").encode())
    (folder / "proof.json").write_text("{}")
    (folder / "bars.md").write_text("# Figures")
    (folder / ".hidden").write_bytes(b"\xff")
    (folder / "mutants" / "__pycache__").mkdir()
    (folder / "mutants" / "__pycache__" / "x.pyc").write_bytes(b"\xff")
    assert load(folder) == GOOD
    assert from_files(NAME, dict(reversed(GOOD.files.items()))) == GOOD


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("task.md", "# Double it", "# Double it now"),
        ("exercise.toml", "Twice x.", "Two times x."),
        ("reference.py", '"""Doubling."""', '"""Twice."""  # a comment'),
        ("probes.py", "# A hidden probe", "# Another probe"),
        ("probes.py", '"Two small numbers"', '"Two numbers"'),
        ("mutants/squares.py", "You square", "You have squared"),
        ("starter.py", "...", "pass"),
    ],
)
def test_prose_changes_the_digest_but_no_expected_value(file, old, new):
    other = from_files(NAME, changed(file, old, new))
    assert other.digest != GOOD.digest
    assert other.grading_digest == GOOD.grading_digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("reference.py", "2 * x", "x * 2"),
        ("probes.py", "[1.0, 2.0]", "[1.0, 3.0]"),
        ("probes.py", "seeds=8", "seeds=9"),
        ("given.py", "2", "3"),
        ("exercise.toml", "memory_mb = 256", "memory_mb = 257"),
        ("exercise.toml", '"scipy", ', ""),
    ],
)
def test_what_decides_a_verdict_changes_the_grading_digest(file, old, new):
    assert from_files(NAME, changed(file, old, new)).grading_digest != GOOD.grading_digest


def test_survivors_that_an_author_calls_equivalent():
    text = '[[equivalent]]\nmutation = "L5: 2 -> 3"\nreason = "nobody can see it"\n'
    other = from_files(NAME, {**GOOD.files, "equivalent.toml": text})
    assert other.equivalents == {"L5: 2 -> 3": "nobody can see it"}
    assert other.grading_digest == GOOD.grading_digest
    with pytest.raises(ExerciseError, match=r"equivalent.toml:1: reason is missing"):
        from_files(NAME, {**GOOD.files, "equivalent.toml": '[[equivalent]]\nmutation = "a"\n'})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[[equivalent]]\nchange = "L5: 2 -> 3"\nreason = "nobody can see it"\n',
            "equivalent.toml:2: [equivalent] knows no `change`; what may stand here: `mutation` and `reason`. "
            'Write mutation = "..." (the name that stands in brackets behind a survivor) and reason = "...".',
        ),
        (
            '[[equivalent]]\nmutations = "L5: 2 -> 3"\nreason = "nobody can see it"\n',
            "equivalent.toml:2: [equivalent] knows no `mutations` (is it `mutation`?); what may stand here: "
            '`mutation` and `reason`. Write mutation = "..." (the name that stands in brackets behind a survivor) '
            'and reason = "...".',
        ),
        (
            '[[explained]]\nhabit = "double: a view"\nsentence = "It may."\n',
            "equivalent.toml:2: [explained] knows no `habit`; what may stand here: `wrapper` and `sentence`. "
            'Write wrapper = "..." (the name that the gate says behind `the reference wrapped as`) and '
            'sentence = "...".',
        ),
        (
            '[[survivor]]\nmutation = "L5: 2 -> 3"\n',
            "equivalent.toml:1: nothing reads `survivor`; what may stand here: `equivalent` and `explained`.",
        ),
    ],
)
def test_a_key_that_equivalent_toml_does_not_know_is_told_with_those_it_knows(text: str, sentence: str):
    with pytest.raises(ExerciseError) as error:
        from_files(NAME, {**GOOD.files, "equivalent.toml": text})
    assert str(error.value) == f"{NAME}/{sentence}"


SLOPE = '@probe(task=2, kind="gradient", wrt=("x",), tolerance=HALF)'

MISTAKES = [
    ("exercise.toml", 'title = "Double it"', "title = Double it", "exercise.toml:1: this is not TOML: Invalid value."),
    ("exercise.toml", '[limits]', '[limits', "exercise.toml:8: this is not TOML:"),
    ("exercise.toml", 'title = "Double it"\n', "", "exercise.toml: title is missing, or is not a text."),
    ("exercise.toml", 'summary = "Write', 'sumary = "Write', "exercise.toml:2: nothing reads `sumary` (is it `summary`?)."),
    ("exercise.toml", '"numpy"', '"author"', 'exercise.toml:4: profile must be "numpy", "torch" or "gpu".'),
    ("exercise.toml", '"cpu"', '"tpu"', "exercise.toml:5: device must be one of"),
    ("exercise.toml", "minutes = 5", "minutes = true", "exercise.toml:3: minutes must be a whole number"),
    ("exercise.toml", "01-sums/00-add-it", "add it", 'exercise.toml:6: "add it" does not name an exercise'),
    ("exercise.toml", "seconds = 3", "seconds = 0", "exercise.toml:9: seconds must be a number above 0."),
    ("exercise.toml", "memory_mb = 256", "memory_mb = 1.5", "exercise.toml:10: memory_mb must be a whole number"),
    ("exercise.toml", "seconds = 3", "second = 3", "exercise.toml:9: [limits] knows no `second` (is it `seconds`?)."),
    ("exercise.toml", '"scipy"', '"sci py"', 'exercise.toml:13: "sci py" is not a dotted name.'),
    ("exercise.toml", '["double"]', '["np.double"]', 'exercise.toml:14: "np.double" is not the name of a function.'),
    ("exercise.toml", "id = 2", "id = 3", "exercise.toml:22: tasks are numbered in their order: this one has id = 2."),
    ("exercise.toml", 'title = "The slope"', "", "exercise.toml:21: title is missing"),
    ("exercise.toml", 'hints = ["How', 'hint = ["How', "exercise.toml:24: [tasks] knows no `hint` (is it `hints`?)."),
    ("exercise.toml", 'hints = ["How much does the result grow?"]', "hints = [1]", "exercise.toml:24: hints must be a list"),
    ("exercise.toml", "minutes = 5", f"minutes = {'9' * 5000}", "exercise.toml: this is not TOML: Exceeds the limit"),
    ("exercise.toml", "minutes = 5", f"minutes = {'[' * 5000}", "exercise.toml: this is not TOML:"),
    ("reference.py", "def double(x):", "return 3\ndef double(x):", "reference.py:4: this is not Python: 'return' outside"),
    ("reference.py", "2 * x", "-" * 3000 + "x", "reference.py: it cannot be read: it is nested too deeply."),
    ("task.md", "## Task 2: The slope", "## The slope", "task.md: there is no heading `## Task 2: ...`."),
    ("task.md", "## Task 2: The slope", "## Task 3: The slope", "task.md:9: there is a heading for task 3, which"),
    ("task.md", "## Task 2: The slope", "## Task 1: Double", "task.md:9: there is already a heading for task 1 at line 3."),
    ("starter.py", "...", "(", "starter.py:1: this is not Python: '(' was never closed."),
    ("reference.py", "2 * x", "2 * * x", "reference.py:5: this is not Python: invalid syntax."),
    ("mutants/squares.py", "task: 1, 2", "tasks: 1", "mutants/squares.py:1: its docstring must begin with a line"),
    ("mutants/squares.py", "task: 1, 2", "task: 1, 7", "mutants/squares.py:1: it names task 7, which"),
    ("mutants/squares.py", '"""task: 1, 2', '"""task: 1"""\n"""', "mutants/squares.py:1: after the `task:` line, tell"),
    ("probes.py", "task=1, veto", "task=3, veto", "probes.py:76: probe `IsANumber` belongs to task 3, which exercise.toml does"),
    ("probes.py", "class Fast", "class Slope", "probes.py:100: there is already a probe `Slope` at line 85; give one"),
    ("probes.py", "class Fast", "class twice", "probes.py:100: `twice` is the name of a probe and of something else."),
    ("probes.py", "def once(", "def twice(", "probes.py:35: `twice` is defined twice."),
    ("probes.py", "def secret(rng)", "def make(rng)", "probes.py:22: `make` is a word of the probes; a helper needs"),
    ("probes.py", "MADE = tuple", "print(1); MADE = tuple", "probes.py:19: only imports, constants, functions and probes"),
    ("probes.py", "import math", "from math import *", "probes.py:6: import names one by one"),
    ("probes.py", "import math", "from . import math", "probes.py:6: probes.py stands alone"),
    ("probes.py", "import math", "import grader.values.compare", "probes.py:6: `grader.values.compare` is not in any box"),
    ("probes.py", "import math", "from zero_to_gpt import x", "probes.py:6: `zero_to_gpt` is not in any box"),
    ("probes.py", "residual, travels", "residul, travels", "probes.py:13: grader.language has no word `residul` (is it"),
    ("probes.py", "@probe(task=1, visible=True)", "", "probes.py:40: class `SmallNumbers` is neither marked @probe"),
    ("probes.py", "@probe(task=1, visible=True)", "@probe", "probes.py:40: probe `SmallNumbers` needs exactly one"),
    ("probes.py", "class SmallNumbers:", "class SmallNumbers(list):", "probes.py:40: probe `SmallNumbers` may derive from one probe that stands above"),
    ("probes.py", "@travels\ndef once", "@probe(task=1)\ndef once", "probes.py:35: `once` is a function; a probe is a"),
    ("probes.py", "task=1, visible", "1, visible", "probes.py:39: probe `SmallNumbers`: name every argument"),
    ("probes.py", "task=1, visible=True", "visible=True", "probes.py:39: probe `SmallNumbers`: say which task it"),
    ("probes.py", "visible=True", "visble=True", "probes.py:39: probe `SmallNumbers`: @probe knows no argument `visble` (is"),
    ("probes.py", "seeds=8", "seeds=len(MADE)", "probes.py:54: probe `ManyNumbers`: `seeds=len(MADE)` must be a literal or"),
    ("probes.py", "seeds=8", "seeds=25", "probes.py:54: probe `ManyNumbers`: seeds must be a whole number from 1 to 24."),
    ("probes.py", "points=2", "points=0", "probes.py:51: probe `ManyNumbers`: points must be a number above 0"),
    ("probes.py", "points=2", "points=-2", "probes.py:53: probe `ManyNumbers`: points must be a number above 0"),
    ("probes.py", "tolerance=Tolerance(1e-3, atol=0.0)", "tolerance=1e-3", "probes.py:55: probe `ManyNumbers`: tolerance must"),
    ("probes.py", "Tolerance(1e-3, atol=0.0)", "Tolerance(1e-3)", "probes.py:55: probe `ManyNumbers`: write Tolerance("),
    ("probes.py", "Tolerance(1e-3, atol=0.0)", "Tolerance('a', 0)", "probes.py:55: probe `ManyNumbers`: Tolerance takes"),
    ("probes.py", 'kind="edge"', 'kind="edgy"', "probes.py:56: probe `ManyNumbers`: kind must be one of value, gradient"),
    ("probes.py", 'dtype="any"', 'dtype="some"', 'probes.py:57: probe `ManyNumbers`: dtype must be "same" or "any".'),
    ("probes.py", "seconds=2.5", "seconds=0", "probes.py:58: probe `ManyNumbers`: seconds must be a number above 0."),
    ("probes.py", "memory_mb=64", "memory_mb=0.5", "probes.py:59: probe `ManyNumbers`: memory_mb must be a whole number"),
    ("probes.py", "pure=False", "pure=0", "probes.py:60: probe `ManyNumbers`: pure must be True or False."),
    ("probes.py", 'wrt=("x",)', "wrt=()", "probes.py:84: probe `Slope`: wrt must be a tuple of names of inputs"),
    ("probes.py", "residual(below=1e-9)", "residual(1e-9)", "probes.py:99: probe `Fast`: write residual(below=..., says=...)."),
    ("probes.py", "residual(below=1e-9)", "residual(below=-1)", "probes.py:99: probe `Fast`: judge must be a bound that"),
    ("probes.py", "residual(below=1e-9)", "residual(below=1, says=3)", "probes.py:99: probe `Fast`: says must be a text of at most 120"),
    ("probes.py", "residual(below=1e-9)", "residual(below='1')", "probes.py:99: probe `Fast`: residual takes numbers, and perhaps says="),
    ("probes.py", "judge=residual(below=1e-9), ", "", "probes.py:107: probe `Fast` has a judge but no bound:"),
    ("probes.py", "def judge(inputs, got, expected)", "def truth(inputs)", "probes.py:100: probe `Fast` has a bound but no"),
    ("probes.py", ", times_faster=10", "", "probes.py:110: probe `Fast` has a baseline but does not say times_faster"),
    ("probes.py", "def baseline(inputs)", "def truth(inputs)", "probes.py:100: probe `Fast` says times_faster but has no"),
    ("probes.py", ' wrt=("x",),', "", "probes.py:92: probe `Slope` has a value but does not say for which inputs"),
    ("probes.py", ' kind="gradient",', "", 'probes.py:85: probe `Slope` says wrt=..., so it needs kind="gradient".'),
    ("probes.py", "    def value(answer, inputs)", "    def judge(inputs, got)", "probes.py:92: probe `Slope` has a judge but"),
    ("probes.py", '    def make(rng):\n        return {"x": [1.0, 2.0]}\n', "", "probes.py:40: probe `SmallNumbers` has no `make(rng)`."),
    ("probes.py", "def make(rng):\n        return {}", "def make(random):\n        return {}", "probes.py:77: probe `IsANumber`: write `def make(rng)`."),
    ("probes.py", "def baseline", "def basline", "probes.py:110: probe `Fast` has a function `basline` (is it `baseline`?)"),
    ("probes.py", "def make(rng):\n        return {}", "x = 1\n    def make(rng):\n        return {}", "probes.py:77: probe `IsANumber` may hold only its title and"),
    ("probes.py", "@travels\ndef once", "def once", "probes.py:28: probe `ManyNumbers`: `twice` uses `once`, which does not travel"),
    ("probes.py", 'answer.double(inputs["x"])', 'secret(inputs["x"])', "probes.py:46: probe `SmallNumbers`: `ask` uses `secret`, which does"),
    ("probes.py", 'answer.double(inputs["x"])', "MADE", "probes.py:46: probe `SmallNumbers`: `ask` uses `MADE`, which is no literal"),
    ("probes.py", 'answer.double(inputs["x"])', "EXACT", "probes.py:46: probe `SmallNumbers`: `ask` uses `EXACT` of grader.language"),
    ("probes.py", 'answer.double(inputs["x"])', "nothing", "probes.py:46: probe `SmallNumbers`: `ask` uses `nothing`, which is not"),
    ("probes.py", 'answer.double(inputs["x"])', "sklearn", "probes.py:10: probe `SmallNumbers`: its ask needs `sklearn`, which is"),
    ("probes.py", 'return answer.double(inputs["x"])', "import torch", "probes.py:47: probe `SmallNumbers`: its ask needs `torch`, which"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "sentence"), MISTAKES, ids=[f"{m[3][:70]}" for m in MISTAKES])
def test_a_mistake_is_one_sentence_with_file_and_line(file, old, new, sentence):
    with pytest.raises(ExerciseError) as caught:
        from_files(NAME, changed(file, old, new))
    assert str(caught.value).startswith(f"{NAME}/{sentence}")
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize("file", ["exercise.toml", "task.md", "starter.py", "reference.py", "probes.py"])
def test_a_missing_file_is_named(file):
    files = {path: text for path, text in GOOD.files.items() if path != file}
    with pytest.raises(ExerciseError, match=f"{NAME}/{file}: this file is missing."):
        from_files(NAME, files)


@pytest.mark.parametrize("file", ["mutant/a.py", "refrence.py", "mutants/a/b.py", "mutants/a.txt"])
def test_a_file_that_nothing_reads_is_named(file):
    with pytest.raises(ExerciseError, match="nothing reads a file of this name here"):
        from_files(NAME, {**GOOD.files, file: ""})


def without(*names: str, **also: str) -> dict[str, str]:
    """The example without some of its probes."""
    tree = ast.parse(GOOD.files["probes.py"])
    tree.body = [node for node in tree.body if not (isinstance(node, ast.ClassDef) and node.name in names)]
    return {**GOOD.files, "probes.py": ast.unparse(tree), **also}


@pytest.mark.parametrize(
    ("gone", "sentence"),
    [
        (("Slope", "Fast"), r"probes.py: task 2 has no probe\."),
        (("SmallNumbers", "ManyNumbers"), r"probes.py:\d+: task 1 has nothing but veto probes"),
        (("ManyNumbers", "IsANumber"), r"probes.py:\d+: task 1 has no hidden probe that pays"),
        (("SmallNumbers",), r"probes.py: no probe is visible, so Run would have nothing to show\."),
        (tuple(probe.name for probe in GOOD.probes), r"probes.py: there is no probe here"),
    ],
)
def test_a_task_needs_probes_that_pay(gone, sentence):
    with pytest.raises(ExerciseError, match=sentence):
        from_files(NAME, without(*gone))


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ExerciseError, match="there is no such folder"):
        load(tmp_path / "01-sums" / "nothing")


def test_text_that_is_not_utf8_or_too_large(tmp_path):
    for content, sentence in (
        (b"\xff", "it is not UTF-8 text"),
        (b"x" * 300_000, "it is larger than 256 kB"),
    ):
        (tmp_path / "task.md").write_bytes(content)
        with pytest.raises(ExerciseError, match=sentence):
            load(tmp_path)


def test_an_exercise_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        GOOD.title = "x"


EDIT = (
    '[[mutant]]\nname = "adds_two"\ntasks = [1]\ntell = "You add two."\nreplace = "2 * x"\nwith = "2 + x"\n'
)


def with_mutants(text: str) -> dict[str, str]:
    return {**GOOD.files, "mutants.toml": text}


def test_a_mutant_may_be_an_edit_of_the_reference():
    many = EDIT + (
        '\n[[mutant]]\nname = "zero"\ntasks = "static"\ntell = "Zero."\n'
        'edits = [["2 * x", "0"], ["def double(x)", "def double(y)"]]\n'
    )
    adds, library, squares, zero = from_files(NAME, with_mutants(many)).mutants
    assert (adds.name, adds.tasks, adds.static, adds.explanation) == ("adds_two", (1,), False, "You add two.")
    assert adds.source == GOOD.reference.replace("2 * x", "2 + x")
    assert [library.name, squares.name] == ["calls_the_library", "squares"]
    assert (zero.static, zero.source) == (
        True,
        GOOD.reference.replace("2 * x", "0").replace("def double(x)", "def double(y)"),
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("2 * x", "3 * x", "mutants.toml:5: mutant `adds_two`: `3 * x` stands nowhere in reference.py"),
        ("2 * x", "x", "mutants.toml:5: mutant `adds_two`: `x` stands "),
        ('replace = "2 * x"\nwith = "2 + x"', 'edits = [["2 * x", "0"], ["* x", "1"]]', "mutants.toml:5: mutant `adds_two`: two of its edits overlap."),
        ('with = "2 + x"', "", "mutants.toml:5: write replace = "),
        ('replace = "2 * x"', 'edits = [["2 * x"]]', "mutants.toml:5: write replace = "),
        ('with = "2 + x"', 'with = "2 +"', "mutants.toml: mutant `adds_two`:"),
        ("[1]", "[7]", "mutants.toml:3: it names task 7, which exercise.toml does not have."),
        ("[1]", "1", "mutants.toml:3: tasks must be a list"),
        ("adds_two", "squares", "mutants/squares.py: mutants.toml has a mutant of this name, too."),
        ("adds_two", "Adds two", 'mutants.toml:2: "Adds two" must be a name'),
        ('tell = "You add two."', "", "mutants.toml:1: tell is missing"),
        ("tell", "says", "mutants.toml:4: [mutant] knows no `says`"),
        ("[[mutant]]", "[[mutants]]", "mutants.toml:1: nothing reads `mutants` (is it `mutant`?)."),
    ],
)  # fmt: skip
def test_an_edit_that_does_not_fit_names_itself_and_its_line(old: str, new: str, sentence: str):
    assert old in EDIT
    with pytest.raises(ExerciseError) as error:
        from_files(NAME, with_mutants(EDIT.replace(old, new, 1)))
    assert sentence in str(error.value)


def test_two_edits_of_one_name_are_refused():
    with pytest.raises(ExerciseError, match=r"mutants.toml:9: there are two mutants `adds_two`"):
        from_files(NAME, with_mutants(f"{EDIT}\n{EDIT}"))
