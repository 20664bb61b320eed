"""Right numbers are not enough: what shares memory or remembers calls is noticed behind hidden probes."""

from pathlib import Path

import pytest

from grader.exercise import reader
from grader.exercise.folder import Exercise, ExerciseError, from_files
from grader.grading import questions
from grader.grading.expected import FolderStore, compute
from grader.proving import wrappers
from grader.sandbox.pool import Pool
from grader.verdict import ProbeResult, Verdict
from tests.grader.grading import verdict_of
from tests.grader.test_gate import SMALL, report, small

DOUBLES = {
    "first": """
calls = []
def double(x):
    calls.append(x.ndim)
    return 2 * x * (1 if calls.count(2) < 3 else 3)
""",
    "kept": """
known = {}
def double(x):
    out = known.setdefault(x.shape, x * 0)
    out[...] = 2 * x
    return out
""",
    "written": """
known = {}
def double(x):
    return known.setdefault(x.tobytes(), 2 * x)
""",
    "twice": """
seen, held = {}, []
def double(x):
    held.append(x)
    seen[id(x)] = seen.get(id(x), 0) + 1
    return 2 * x * seen[id(x)]
""",
}
SQUARES = (
    SMALL["probes.py"]
    .replace("normal(size=3)}", 'normal(size=3), "dy": rng.normal(size=3)}')
    .replace("normal(size=(2, 3))}", 'normal(size=(2, 3)), "dy": rng.normal(size=(2, 3))}')
    .replace(
        'return answer.double(inputs["x"])',
        'y, cache = answer.square(inputs["x"])\n        return [y, answer.square_bwd(inputs["dy"], cache)]',
    )
)
SQUARE = """
def square(x):
    return x * x, x
def square_bwd(dy, cache):
    return 2 * dy * cache
"""
STACK = """
stack = []
def square(x):
    stack.append(x)
    return x * x, None
def square_bwd(dy, cache):
    return 2 * dy * stack.pop()
"""
SUMS = SMALL["probes.py"].replace(
    'return answer.double(inputs["x"])',
    'one = answer.Sum(inputs["x"])\n        one.add(inputs["x"])\n        return one.total()',
)
SUM = """
class Sum:
    def __init__(self, x):
        self.parts = [x]
    def add(self, x):
        self.parts.append(x)
    def total(self):
        return sum(self.parts)
"""
ONE_FOR_ALL = SUM.replace("def __init__(self, x):\n        self.parts = [x]", "parts = []\n    def __init__"
    "(self, x):\n        self.parts[:] = [x]")  # fmt: skip
BY_ID = "known, alive = {}, []\n" + SUM.replace(
    "self.parts = [x]", "alive.append(x)\n        self.parts = [known.setdefault(id(x), x.copy())]"
)


def hidden(source: str, pool: Pool, folder: Path, **texts: str) -> tuple[Verdict, ProbeResult]:
    exercise, store = small(**texts), FolderStore(folder)
    compute(exercise, pool, store)
    verdict = verdict_of(exercise, source, pool, store)
    return verdict, next(probe for probe in verdict.probes if probe.name == "Hidden")


def assert_named(told: tuple[Verdict, ProbeResult], name: str) -> None:
    verdict, probe = told
    assert probe.word.value == "failed"
    assert probe.kind is not None
    assert probe.kind.value == "purity"
    assert probe.message.endswith(f": {questions.SENTENCES[name]}")
    assert verdict.points == 0
    assert verdict.message == f"Task 1: {probe.message}"
    assert verdict.diagnosis == ""


@pytest.mark.parametrize("name", DOUBLES)
def test_a_habit_of_a_function_is_noticed_and_named(name: str, pool: Pool, tmp_path: Path) -> None:
    assert_named(hidden(DOUBLES[name], pool, tmp_path), name)


def test_a_result_in_the_inputs_own_memory_is_noticed(pool: Pool, tmp_path: Path) -> None:
    told = hidden(
        "def double(x):\n    return x\n", pool, tmp_path, reference="def double(x):\n    return x + 0\n"
    )
    assert_named(told, "overwritten")


def test_a_stack_of_calls_is_noticed(pool: Pool, tmp_path: Path) -> None:
    right = hidden(SQUARE, pool, tmp_path, reference=SQUARE, probes=SQUARES)
    assert right[0].word.value == "passed"
    assert_named(hidden(STACK, pool, tmp_path, reference=SQUARE, probes=SQUARES), "between")


@pytest.mark.parametrize(("name", "source"), [("beside", ONE_FOR_ALL), ("reused", BY_ID)])
def test_objects_that_share_what_they_hold_are_noticed(
    name: str, source: str, pool: Pool, tmp_path: Path
) -> None:
    assert hidden(SUM, pool, tmp_path, reference=SUM, probes=SUMS)[0].word.value == "passed"
    assert_named(hidden(source, pool, tmp_path, reference=SUM, probes=SUMS), name)


def test_a_plain_answer_is_not_suspected(pool: Pool, tmp_path: Path) -> None:
    assert hidden("def double(x):\n    return 2 * x\n", pool, tmp_path)[0].word.value == "passed"


SLOW = """
def double(x):
    y = x
    for _ in range(100_000 if x.ndim == 2 else 1):
        y = x + x
    return y
"""


def test_a_quick_visible_probe_is_asked_again_in_place_of_much_slower_hidden_ones(
    pool: Pool, tmp_path: Path
) -> None:
    two = SMALL["probes.py"].replace("visible=True, seeds=1", "visible=True, seeds=2")
    exercise, store = small(**{"reference": SLOW, "probes.py": two}), FolderStore(tmp_path)
    compute(exercise, pool, store)
    assert verdict_of(exercise, SLOW, pool, store).word.value == "passed"
    verdict = verdict_of(exercise, DOUBLES["kept"], pool, store)
    failed = [probe.name for probe in verdict.probes if probe.word.value != "passed"]
    assert (verdict.points, failed) == (0, ["Seen"])
    only = f"def double(x):\n    return x + x\ngood = double\n{DOUBLES['kept']}"
    only += "bad = double\ndouble = lambda x: (bad if x.ndim == 2 else good)(x)\n"
    assert verdict_of(exercise, only, pool, store).word.value == "passed"  # what is slow is not asked


def test_what_a_box_does_while_it_is_asked_again_pays_nothing_and_costs_nothing(
    pool: Pool, tmp_path: Path
) -> None:
    """A process that ends there has answered its probes; a value that is no table is no answer."""
    ends = "import os\ncalls = []\ndef double(x):\n    calls.append(x)\n    len(calls) < 4 or os._exit(1)\n"
    verdict, probe = hidden(ends + "    return 2 * x\n", pool, tmp_path)
    assert (verdict.word.value, probe.word.value) == ("passed", "passed")
    forged = (
        "import sys\nsys.modules['again'].ask = lambda answer, inputs: [1, 2]\ndef double(x):\n    return x\n"
    )
    assert hidden(forged, pool, tmp_path)[0].points == 0


def test_what_the_page_permits_is_not_asked(pool: Pool, tmp_path: Path) -> None:
    page, toml = "## Task 1: Double\nYou may return\nx itself.\n", SMALL["exercise.toml"]
    permits = '\n[permits]\noverwritten = "You may return x itself."\n[[tasks]]'
    texts = {"exercise.toml": toml.replace("[[tasks]]", permits), "task.md": page}
    texts["reference"] = "def double(x):\n    return x + 0\n"
    verdict, _ = hidden("def double(x):\n    return x\n", pool, tmp_path, **texts)
    assert verdict.word.value == "passed"
    assert small(**texts).grading_digest != small(reference=texts["reference"]).grading_digest
    tried = {one.id for one in wrappers.wrappers(small(**texts))}
    assert "double: one buffer for each shape" in tried
    assert "double: a view of what it was handed" not in tried
    with pytest.raises(ExerciseError, match=r"that allows `overwritten` does not stand in task\.md"):
        small(**texts | {"task.md": "## Task 1: Double\n"})
    with pytest.raises(ExerciseError, match=r"\[permits\] knows no `overwriten` \(is it `overwritten`\?\)"):
        small(**texts | {"exercise.toml": texts["exercise.toml"].replace("overwritten =", "overwriten =")})


# ---- the form of a function ----------------------------------------------------------------------------

LOOPS = {"exercise.toml": SMALL["exercise.toml"].replace("[[tasks]]", "[loops]\ndouble = 2\n[[tasks]]")}


def test_a_function_of_another_form_than_asked_for_fails(pool: Pool, tmp_path: Path) -> None:
    verdict, probe = hidden("def double(x):\n    return 2 * x\n", pool, tmp_path, **LOOPS)
    assert verdict.points == 0
    assert verdict.word.value == "failed"
    assert probe.message == (
        "`double`: the numbers are right, but there is no loop in it; the task asks for two loops, one "
        "inside the other."
    )
    nested = """
def number(a):
    return 2 * a
def double(x):
    out = x.copy()
    for row in out.reshape(-1, x.shape[-1]):
        row[:] = [number(a) for a in row]
    return out
"""
    assert hidden(nested, pool, tmp_path, **LOOPS)[0].word.value == "passed"
    wrong = hidden("def double(x):\n    return 3 * x\n", pool, tmp_path, **LOOPS)[1]
    assert "loop" not in wrong.message
    with pytest.raises(ExerciseError, match="double must be a whole number of loops, 0 to 9"):
        small(**{"exercise.toml": LOOPS["exercise.toml"].replace("double = 2", "double = true")})


@pytest.mark.parametrize("last", ["def f(x):\n    return x @ x\n", "def g(x):\n    return x @ x\nf = g\n"])
def test_the_form_of_a_function_is_that_of_its_last_definition(last: str) -> None:
    first = "def f(x):\n    for row in x:\n        for a in row:\n            pass\n"
    assert reader.ask("loops", seconds=5, source=first, names=["f"]) == {"f": 2}
    assert reader.ask("loops", seconds=5, source=first + last, names=["f"]) == {"f": 0}
    assert reader.ask("loops", seconds=5, source=last + first, names=["f"]) == {"f": 2}


@pytest.mark.parametrize(
    ("body", "depth"),
    [
        ("return x @ x", 0),
        ("for i in x:\n        pass\n    for j in x:\n        pass", 1),
        ("return [[a for a in row] for row in x]", 2),
        ("return sum(a for row in x for a in row)", 2),
        ("for i, j, k in itertools.product(x, x, x):\n        pass", 3),
        ("for place in np.ndindex(2, 3):\n        pass", 2),
        ("while x:\n        x = list(map(abs, x))", 2),
        ("return [g(a) for a in x]", 2),
        ("return f(x)", 0),
    ],
)
def test_loops_are_counted_through_the_functions_of_a_text(body: str, depth: int) -> None:
    head = "import itertools\nimport numpy as np\ndef g(a):\n    for b in a:\n        pass\n"
    text = f"{head}def f(x):\n    {body}\n"
    assert reader.ask("loops", seconds=reader.FOR_A_LEARNER, source=text, names=["f", "h"]) == {"f": depth}


# ---- the gate ------------------------------------------------------------------------------------------


def test_the_gate_tries_the_reference_in_bad_habits(pool: Pool, tmp_path: Path) -> None:
    found = report(small(), pool, tmp_path).to_json()["wrappers"]
    assert found["killed"] == found["total"] > 8
    assert found["survivors"] == []


def test_what_no_question_notices_survives(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "chosen", lambda done: [])
    found = report(small(), pool, tmp_path)
    name = "double: one buffer for each shape"
    assert name in found.wrappers["survivors"]
    told = f"basics/double: the reference wrapped as `{name}` is paid in full: let a probe notice it."
    assert told in found.problems


def test_a_wrapper_is_explained_by_a_sentence_of_the_page(pool: Pool, tmp_path: Path) -> None:
    (problem,) = report(explaining("double: no habit"), pool, tmp_path).problems
    assert problem.endswith("equivalent.toml explains `double: no habit`, which is not tried here.")
    (problem,) = report(explaining("double: lists for arrays"), pool, tmp_path).problems
    assert problem.endswith("equivalent.toml explains `double: lists for arrays`, but a probe fails.")
    with pytest.raises(ExerciseError, match=r"the sentence that allows .* does not stand in task\.md"):
        explaining("double: lists for arrays", page="## Task 1: Double\n")


def explaining(name: str, page: str = "## Task 1: Double\nLists are welcome.\n") -> Exercise:
    text = f'[[explained]]\nwrapper = "{name}"\nsentence = "Lists are welcome."\n'
    return from_files("basics/double", SMALL | {"task.md": page, "equivalent.toml": text})
