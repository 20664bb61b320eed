"""Which probe is asked every question of the engine depends on how long the reference took. The gate has each
asked that any clock could choose, or a slower machine would cost a right answer its points."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader.exercise.folder import Exercise, from_files
from grader.exercise.manifest import QUESTIONS
from grader.grading import questions
from grader.grading.expected import Case, FolderStore, compute
from grader.grading.outcome import Asked, Call
from grader.proving.gate import verify
from grader.sandbox.pool import Pool
from sandbox_images.inside import wire
from tests.grader.grading import verdict_of
from tests.grader.test_gate import SMALL, few_cheats, report

__all__ = ["few_cheats"]

REFERENCE = """
def double(x):
    if x.ndim == 1:
        x *= 2
        return x
    return x + x
"""
"""Of a table it returns a new one; a row is doubled where it lies, as the task says."""
BUFFER = """
known = {}
def double(x):
    if x.ndim == 1:
        x += x
        return x
    if len(x) > 1:
        return 2.0 * x
    out = known.setdefault(x.shape, x * 0)
    out[...] = 2 * x
    return out
"""
"""Keeps a buffer for tables of one row."""
PROBES = """
from grader.language import probe

@probe(task=1, visible=True, seeds=1)
class Seen:
    def make(rng):
        return {"x": rng.normal(size=(3, 3))}
    def ask(answer, inputs):
        return answer.double(inputs["x"])

@probe(task=1, seeds=2)
class Tables:
    def make(rng):
        return {"x": rng.normal(size=(2, 3))}
    def ask(answer, inputs):
        return answer.double(inputs["x"])

@probe(task=1, seeds=2, kind="edge")
class OneRow:
    def make(rng):
        return {"x": rng.normal(size=(1, 3))}
    def ask(answer, inputs):
        return answer.double(inputs["x"])

@probe(task=1, seeds=2, kind="edge")
class InPlace:
    def make(rng):
        return {"x": rng.normal(size=3)}
    def ask(answer, inputs):
        x = inputs["x"].copy()
        answer.double(x)
        return x
"""
MARKED = PROBES.replace('kind="edge")\nclass InPlace', 'kind="edge", pure=False)\nclass InPlace')
WHAT_TO_DO = (
    " Its values were right: this is what the engine's question `{0}` found, which any probe may be asked on "
    "some machine. If the answer does keep or share something, mend it; if the task is to write into memory "
    "that `{1}` looks at, mark the probe `pure=False`; if your page allows what was found, permit `{0}` in "
    "exercise.toml."
)


def doubled(probes: str, **more: str) -> Exercise:
    right = {"reference.py": REFERENCE, "probes.py": probes}
    for name, line in (("times", "x *= 2.0"), ("minus", "x -= -x")):
        text = REFERENCE.replace("x *= 2", line).replace("x + x", "2 * x")
        right[f"alternatives/{name}.py"] = f'"""Another way."""{text}'
    return from_files("basics/double", SMALL | right | more)


class _Steady(FolderStore):
    """Whatever this machine does meanwhile: the reference takes a millisecond for each call."""

    def get(self, grading_digest: str, box_digest: str, probe: str, seed: str) -> Case | None:
        case = super().get(grading_digest, box_digest, probe, seed)
        return replace(case, reference_seconds=0.001) if case is not None else None


def failed(exercise: Exercise, source: str, pool: Pool, store: FolderStore, *, ask_all: bool) -> list[str]:
    verdict = verdict_of(exercise, source, pool, store, ask_all=ask_all)
    return [probe.name for probe in verdict.probes if probe.word.value != "passed"]


def test_what_another_clock_would_choose_is_asked_everything_where_that_is_wanted(
    pool: Pool, tmp_path: Path
) -> None:
    exercise, store = doubled(PROBES), _Steady(tmp_path)
    compute(exercise, pool, store)
    assert failed(exercise, REFERENCE, pool, store, ask_all=False) == []
    assert failed(exercise, REFERENCE, pool, store, ask_all=True) == ["InPlace"]
    assert failed(exercise, BUFFER, pool, store, ask_all=False) == []
    assert failed(exercise, BUFFER, pool, store, ask_all=True) == ["OneRow", "InPlace"]


@pytest.mark.parametrize(
    ("probes", "name", "more", "question", "probe"),
    [
        (PROBES, "the reference", {}, "twice", "InPlace"),
        (MARKED, "the alternative `times`", {"alternatives/times.py": f'"""."""{BUFFER}'}, "kept", "OneRow"),
    ],
)
def test_the_gate_refuses_what_fails_where_another_probe_is_asked_everything(
    probes: str, name: str, more: dict[str, str], question: str, probe: str, pool: Pool, tmp_path: Path
) -> None:
    exercise = doubled(probes, **more)
    found = report(exercise, pool, tmp_path)
    first = next(problem for problem in found.problems if problem.startswith(f"basics/double: {name} "))
    assert first.startswith(f"basics/double: {name} fails at probe `{probe}` (seed 1000): failed. `double`: ")
    assert questions.SENTENCES[question][:-1] in first
    assert first.endswith(WHAT_TO_DO.format(question, probe))
    assert not found.publishable


def test_the_gate_passes_what_may_be_asked_everything_anywhere(pool: Pool, tmp_path: Path) -> None:
    found = report(doubled(MARKED), pool, tmp_path)
    assert found.problems == []
    assert found.alternatives == {"passed": 2, "total": 2}


def test_a_sample_repeats_none_of_it(pool: Pool, tmp_path: Path) -> None:
    exercise = doubled(MARKED, **{"alternatives/minus.py": f'"""."""{BUFFER}'})
    first = exercise.alternatives[0].name
    assert first == "minus"
    assert verify(exercise, pool, _Steady(tmp_path), full=False).problems == []


def test_what_fails_otherwise_gets_no_advice_about_questions(pool: Pool, tmp_path: Path) -> None:
    wrong = {"alternatives/times.py": '"""."""\ndef double(x):\n    return 2 * x if len(x) == 2 else x\n'}
    problems = report(doubled(MARKED, **wrong), pool, tmp_path).problems
    assert any("the alternative `times` fails at probe" in problem for problem in problems)
    assert not any("the engine's question" in problem for problem in problems)


# ---- what goes into the box ----------------------------------------------------------------------------


def asked(exercise: Exercise, name: str, *, took: float, reference: float, size: int = 100) -> Asked:
    case = Case(author_inputs=wire.encode({"x": 1.0}), expected=b"e" * size, reference_seconds=reference)
    probe = exercise.probe(name)
    calls = [Call(str(seed), case, blob=case.expected, value=True) for seed in range(probe.seeds)]
    return Asked(probe, calls, times=[took] * len(calls))


def question(one: Asked, names: tuple[str, ...], cases: int) -> tuple[Asked, bytes]:
    inputs = [call.case.inputs for call in one.calls[:cases]]
    return one, wire.encode({"ask": one.probe.ask_source, "cases": inputs, "asked": list(names)})


def test_a_learner_is_asked_by_the_clock_and_the_gate_is_not() -> None:
    exercise = doubled(PROBES)
    seen = asked(exercise, "Seen", took=0.001, reference=0.001)
    tables = asked(exercise, "Tables", took=0.002, reference=0.001, size=200)
    row = asked(exercise, "OneRow", took=0.001, reference=0.001)
    slower = asked(exercise, "InPlace", took=0.2, reference=0.2, size=300)
    done = [seen, tables, row, slower]
    normal = questions.questions(questions.chosen(done), {})
    assert normal == [question(tables, QUESTIONS, 2), question(row, ("overwritten",), 1)]
    each = questions.everything(done, {})
    assert each == [question(one, QUESTIONS, 2) for one in done]
    permits = {"twice": "A sentence."}
    names = tuple(name for name in QUESTIONS if name != "twice")
    assert questions.everything([tables], permits) == [question(tables, names, 2)]
    assert questions.everything([tables], dict.fromkeys(QUESTIONS, "A sentence.")) == []


def test_the_gate_asks_no_training_and_nothing_that_no_clock_chooses() -> None:
    exercise = doubled(MARKED)
    seen = asked(exercise, "Seen", took=0.001, reference=0.001)
    tables = asked(exercise, "Tables", took=0.31, reference=0.001)
    marked = asked(exercise, "InPlace", took=0.001, reference=0.001)
    assert questions.everything([seen, tables, marked], {}) == []  # nothing hidden is beside the visible one
    lost = asked(exercise, "OneRow", took=0.001, reference=0.001)
    lost.calls[0].value = False
    assert questions.everything([seen, lost], {}) == []
