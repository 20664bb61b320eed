"""What never ends costs one limit, not one for each check, and is told with its function and line."""

import re
import time

import pytest

from grader.exercise.folder import Exercise, from_files
from grader.grading.expected import FolderStore, compute
from grader.sandbox.clock import MOST_TIMES
from grader.sandbox.pool import Pool
from grader.verdict import Kind, ProbeWord, Word
from tests.grader.grading import verdict_of
from tests.grader.test_gate import SMALL

LIMIT = 2.0
TASKS = "".join(f'\n[[tasks]]\nid = {n}\ntitle = "T{n}"\nhints = ["Twice."]\n' for n in (2, 3))
PROBE = """
@probe(task={task}, visible={visible}, seeds=2)
class {name}:
    def make(rng):
        return {{"x": rng.normal(size=3)}}
    def ask(answer, inputs):
        return answer.{function}(inputs["x"])
"""
FUNCTIONS = ("first", "second", "third")
ENDLESS = """
def first(x):
    return spin(x)

def spin(x):
    while True:
        x = x + 1

def second(x):
    return spin(x)

def third(x):
    return spin(x)
"""


@pytest.fixture(scope="module")
def three(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> tuple[Exercise, FolderStore]:
    """Three tasks, each with a visible probe and three hidden ones."""
    probes = "from grader.language import probe\n" + "".join(
        PROBE.format(task=task, visible=number == 0, name=f"Probe{task}{number}", function=function)
        for task, function in enumerate(FUNCTIONS, start=1)
        for number in range(4)
    )
    right = "".join(f"def {name}(x):\n    return x + x\n\n" for name in FUNCTIONS)
    toml = SMALL["exercise.toml"].replace("probe_seconds = 2", f"probe_seconds = {LIMIT}") + TASKS
    task_md = "".join(f"## Task {n}: T{n}\n\n" for n in (1, 2, 3))
    files = {name: text for name, text in SMALL.items() if not name.startswith(("alternatives", "mutants"))}
    starter = right.replace("return x + x", "...")
    files |= {"exercise.toml": toml, "probes.py": probes, "reference.py": right}
    exercise = from_files("basics/double", files | {"starter.py": starter, "task.md": task_md})
    store = FolderStore(tmp_path_factory.mktemp("three"))
    compute(exercise, pool, store)
    return exercise, store


@pytest.mark.parametrize("kind", list(Kind))
def test_what_never_ends_takes_little_more_than_one_limit(
    three: tuple[Exercise, FolderStore], pool: Pool, kind: Kind
) -> None:
    exercise, store = three
    began = time.monotonic()
    verdict = verdict_of(exercise, ENDLESS, pool, store, kind=kind)
    took = time.monotonic() - began
    assert verdict.word is Word.FAILED
    assert {probe.word for probe in verdict.probes} <= {ProbeWord.TIMED_OUT, ProbeWord.NOT_RUN}
    assert re.sub("line [67]", "line N", verdict.message) == (
        "Task 1: Stopped after 2 s, in `spin` (line N). The reference needs less than 0.1 s: "
        "is there a loop that never ends?"
    )
    # A limit is charged time, on a busy host up to so many times longer; a dozen probes would take a dozen.
    assert took < 1.6 * MOST_TIMES * LIMIT


def test_an_endless_first_task_leaves_the_others(three: tuple[Exercise, FolderStore], pool: Pool) -> None:
    exercise, store = three
    source = "def first(x):\n    while True: pass\ndef second(x): return x + x\ndef third(x): return 2 * x\n"
    verdict = verdict_of(exercise, source, pool, store, kind=Kind.SUBMIT)
    assert [task.passed for task in verdict.tasks] == [False, True, True]
    later = [probe.message for probe in verdict.probes if probe.task == 1][1:]
    assert all("because another check had not finished" in text for text in later)


def test_a_hidden_call_is_never_asked_where_it_was(three: tuple[Exercise, FolderStore], pool: Pool) -> None:
    """Which line it was may depend on the input, and code could make it tell the input."""
    exercise, store = three
    source = (
        "calls = 0\n"
        "def first(x):\n    global calls\n    calls += 1\n    while calls > 2:\n        hidden_only = 1\n"
        "    return x + x\n"
        "def second(x):\n    return x + x\ndef third(x):\n    return x + x\n"
    )
    verdict = verdict_of(exercise, source, pool, store, kind=Kind.SUBMIT)
    hidden = [probe for probe in verdict.probes if probe.task == 1 and not probe.visible]
    assert hidden[0].word is ProbeWord.TIMED_OUT
    assert hidden[0].message.startswith("`first` did not finish within 2 s. The reference needs")
    assert all("line" not in probe.message for probe in hidden)
    assert "hidden_only" not in str(verdict.for_staff())


def test_cells_that_never_end_are_told_with_their_line(
    three: tuple[Exercise, FolderStore], pool: Pool
) -> None:
    exercise, store = three
    verdict = verdict_of(exercise, "def go():\n    while True:\n        pass\n\ngo()\n", pool, store)
    assert verdict.word is Word.TIMED_OUT
    assert verdict.message.startswith("Stopped after 2 s, in `go` (line ")
    assert verdict.error is not None
    assert verdict.error.type == "Stopped"
    assert verdict.error.line in (2, 3)


def test_who_ignores_the_interrupt_is_stopped_all_the_same(
    three: tuple[Exercise, FolderStore], pool: Pool
) -> None:
    exercise, store = three
    source = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass\n"
    verdict = verdict_of(exercise, source, pool, store)
    assert verdict.word is Word.TIMED_OUT
    assert verdict.message.startswith("Stopped after 2 s, before the checks began")
    assert verdict.error is None
