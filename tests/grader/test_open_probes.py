"""Open probes: watched while they run, asked once, and what they made is asked in the same box afterwards."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from grader.exercise.folder import Exercise, from_files
from grader.grading import stock
from grader.grading.expected import FolderStore, MemoryStore, compute, missing, wanted
from grader.grading.session import Cancelled, Event, Job, grade
from grader.proving import gate
from grader.proving.short import shortened
from grader.sandbox.pool import Pool
from grader.verdict import Kind, ProbeWord, Verdict, Word
from sandbox_images.inside import wire
from tests.grader.grading import events_of, verdict_of

TRAINING = {
    "exercise.toml": """
title = "A line"
summary = "Gradient descent on a line."
minutes = 5
[limits]
seconds = 3
probe_seconds = 3
[[tasks]]
id = 1
title = "The slope"
hints = ["Twice the error times x."]
[[tasks]]
id = 2
title = "Training"
hints = ["Step by step."]
""",
    "task.md": "## Task 1: The slope\n\n## Task 2: Training\n",
    "starter.py": "def slope(w, x, y):\n    ...\n\n\ndef train(x, y, steps):\n    ...\n",
    "reference.py": """
import numpy as np
from tracker import log


def slope(w, x, y):
    return 2 * np.mean((w * x - y) * x)


def train(x, y, steps):
    w, losses = 0.0, []
    for step in range(steps):
        losses.append(float(np.mean((w * x - y) ** 2)))
        log(step, loss=losses[-1])
        w = w - 0.05 * slope(w, x, y)
    return (lambda t: w * t), losses
""",
    "probes.py": """
import numpy as np
from probing import keep, kept

from grader.language import band, probe, residual


@probe(task=1, visible=True, seeds=1)
class Slope:
    "the slope of three points"
    def make(rng):
        return {"w": 0.5, "x": rng.normal(size=3), "y": rng.normal(size=3)}
    def ask(answer, inputs):
        return answer.slope(inputs["w"], inputs["x"], inputs["y"])


@probe(task=1, seeds=2)
class Slopes:
    "slopes of many points"
    def make(rng):
        return {"w": float(rng.normal()), "x": rng.normal(size=9), "y": rng.normal(size=9)}
    def ask(answer, inputs):
        return answer.slope(inputs["w"], inputs["x"], inputs["y"])


@probe(task=2, visible=True, seeds=1)
class OneStep:
    "the losses of two steps"
    def make(rng):
        return {"x": rng.normal(size=4), "y": rng.normal(size=4)}
    def ask(answer, inputs):
        return answer.train(inputs["x"], inputs["y"], 2)[1]


@probe(task=2, points=2, seeds=2)
class Losses:
    "the losses of five steps"
    def make(rng):
        return {"x": rng.normal(size=6), "y": rng.normal(size=6)}
    def ask(answer, inputs):
        return answer.train(inputs["x"], inputs["y"], 5)[1]


@probe(task=2, open=True, judge=residual(below=1e-6), short={"steps": 40}, short_judge=band(0, 5), seconds=9)
class Trains:
    "a whole training"
    def make(rng):
        x = rng.uniform(1, 2, size=50)
        return {"x": x, "y": 3 * x, "steps": 400}
    def ask(answer, inputs):
        model, losses = answer.train(inputs["x"], inputs["y"], inputs["steps"])
        keep(model=model)
        return losses
    def truth(inputs):
        return [0.0] * inputs["steps"]
    def judge(inputs, got):
        if len(got) != inputs["steps"]:
            return 100.0
        if min(got) <= 0.0:
            return 100.0
        return got[-1]


@probe(task=2, after=Trains, judge=residual(below=1e-2), short_judge=residual(below=9), seeds=2)
class ReadsNewPoints:
    "what the trained line says of new points"
    def make(rng):
        return {"x": rng.uniform(3, 5, size=4)}
    def ask(answer, inputs):
        return kept("model")(inputs["x"])
    def truth(inputs):
        return 3 * inputs["x"]
    def judge(inputs, got, expected):
        if np.shape(got) != np.shape(expected) or np.size(got) == 0:
            return 100.0
        return float(np.abs(got - expected).max())
""",
    "alternatives/a.py": '''"""By dot products."""
import numpy as np


def slope(w, x, y):
    return 2 * np.dot(w * x - y, x) / len(x)


class Line:
    def __init__(self):
        self.w = 0.0

    def __call__(self, t):
        return self.w * t


def train(x, y, steps):
    line, losses = Line(), []
    for _ in range(steps):
        losses.append(float(((line(x) - y) ** 2).mean()))
        line.w -= 0.05 * slope(line.w, x, y)
    return line, losses
''',
    "alternatives/b.py": '''"""Residuals first."""
import numpy as np


def slope(w, x, y):
    residual = w * x - y
    return (2 * residual * x).sum() / x.size


def train(x, y, steps):
    w, losses = 0.0, []
    while len(losses) < steps:
        losses += [float(np.square(w * x - y).mean())]
        w -= slope(w, x, y) * 0.05

    def model(t):
        return w * t

    return model, losses
''',
    "mutants.toml": """
[[mutant]]
name = "no_factor"
tasks = [1]
tell = "The factor 2 is missing."
replace = "2 * np.mean((w * x - y) * x)"
with = "np.mean((w * x - y) * x)"

[[mutant]]
name = "no_x"
tasks = [1]
tell = "The x of the chain rule is missing."
replace = "2 * np.mean((w * x - y) * x)"
with = "2 * np.mean(w * x - y)"

[[mutant]]
name = "other_sign"
tasks = [1]
tell = "The sign is wrong."
replace = "2 * np.mean((w * x - y) * x)"
with = "2 * np.mean((y - w * x) * x)"

[[mutant]]
name = "uphill"
tasks = [2]
tell = "The step goes uphill."
replace = "w - 0.05"
with = "w + 0.05"

[[mutant]]
name = "large_steps"
tasks = [2]
tell = "The steps are too large."
replace = "w - 0.05"
with = "w - 0.06"

[[mutant]]
name = "forgets_after_a_while"
tasks = [2]
full = true
tell = "After a hundred steps the line is thrown away."
replace = "        w = w - 0.05 * slope(w, x, y)"
with = "        w = 0.0 if step > 100 else w - 0.05 * slope(w, x, y)"
""",
}


def training(**changes: str) -> Exercise:
    files = {name.replace("/", "/"): text for name, text in TRAINING.items()}
    for name, change in changes.items():
        files[{"probes": "probes.py", "reference": "reference.py", "mutants": "mutants.toml"}[name]] = change
    return from_files("basics/training", files)


@pytest.fixture(scope="module")
def line(pool: Pool, store: FolderStore) -> Exercise:
    exercise = training()
    compute(exercise, pool, store)
    return exercise


REFERENCE = TRAINING["reference.py"]
PRINTS = REFERENCE.replace(
    "    w, losses = 0.0, []\n", "    w, losses = 0.0, []\n    print('steps', steps)\n"
)


def words(verdict: Verdict) -> dict[str, str]:
    return {probe.name: probe.word.value for probe in verdict.probes}


def test_an_open_probe_is_watched_and_no_hidden_one_is(
    line: Exercise, pool: Pool, store: FolderStore
) -> None:
    """All that the training logs and prints is told while it runs; from the first hidden probe on nothing."""
    loud = PRINTS.replace("(lambda t: w * t)", "(lambda t: print('asked', float(t[0])) or w * t)")
    told = events_of(line, loud, pool, store)
    kinds = [event.kind for event in told]
    began = next(n for n, event in enumerate(told) if event.kind == "asking")
    ended = next(n for n, event in enumerate(told) if event.data.get("name") == "Trains" and n > began)
    assert told[began].data["open"] is True
    assert (told[began].data["done"], told[began].data["total"]) == (2, 6)
    between = [event for event in told[began:ended] if event.kind == "metric"]
    steps = [event.data["metric"]["step"] for event in between]  # a box sends at most so many in a second
    assert len(steps) > 10 and steps == sorted(set(steps)) and steps[-1] == 399
    text = "".join(event.data["text"] for event in told if event.kind == "output")
    assert text.split() == [
        "steps",
        "2",
        "steps",
        "400",
    ]  # visible and open; not five steps, not what was asked
    assert "metric" not in kinds[ended:]
    assert [event.data["name"] for event in told if event.kind == "probe"] == [
        "Slope", "OneStep", "Trains", "ReadsNewPoints", "Slopes", "Losses",
    ]  # fmt: skip
    verdict = told[-1].verdict  # type: ignore[attr-defined]
    assert (verdict.word, verdict.points) == (Word.PASSED, 7)


def test_a_training_that_logs_without_a_pause_can_be_stopped(
    line: Exercise, pool: Pool, store: FolderStore
) -> None:
    """Twenty points in a second leave no silence in which anybody would look up."""
    busy = REFERENCE.replace(
        "        log(", "        import time; time.sleep(0.02 if steps > 40 else 0)\n        log("
    )
    job = Job(exercise=line, source=busy, seed_key=b"a test")
    seen: list[Event] = []
    began = time.monotonic()
    for event in grade(job, pool=pool, store=store, cancelled=lambda: len(seen) > 30):
        seen.append(event)  # noqa: PERF402  what is looked at while it grows
    assert isinstance(seen[-1], Cancelled)
    assert sum(event.kind == "metric" for event in seen) < 60
    assert time.monotonic() - began < 8  # the training takes eight seconds


def test_a_run_asks_no_open_probe(line: Exercise, pool: Pool, store: FolderStore) -> None:
    assert set(words(verdict_of(line, REFERENCE, pool, store, kind=Kind.RUN))) == {"Slope", "OneStep"}


def test_the_learner_sees_all_of_an_open_probe_and_nothing_of_those_after_it(
    line: Exercise, pool: Pool, store: FolderStore
) -> None:
    verdict = verdict_of(line, REFERENCE, pool, store)
    shown = {probe["name"]: probe for probe in verdict.for_learner()["probes"]}
    assert shown["Trains"]["open"] and not shown["Trains"]["visible"]
    assert shown["Trains"]["seeds"] and shown["Trains"]["seconds"] > 0
    assert shown["Trains"]["detail"]["inputs"]["kind"] == "dict"
    assert not shown["ReadsNewPoints"]["seeds"] and shown["ReadsNewPoints"]["detail"] is None


def test_what_a_failed_training_made_is_not_asked(line: Exercise, pool: Pool, store: FolderStore) -> None:
    lazy = REFERENCE.replace("w = w - 0.05", "w = w - (0.05 if step < 9 else 0) * 1.0")
    verdict = verdict_of(line, lazy, pool, store)
    found = {probe.name: probe for probe in verdict.probes}
    assert found["Trains"].word is ProbeWord.FAILED
    assert "what this check measures came to" in found["Trains"].message
    assert found["ReadsNewPoints"].word is ProbeWord.NOT_RUN
    assert found["ReadsNewPoints"].message == (
        'Not run: it asks what the check "a whole training" makes, and that one did not pass.'
    )
    assert found["Losses"].word is ProbeWord.PASSED  # others are asked all the same
    assert verdict.points == 2
    assert found["ReadsNewPoints"].twin is None and found["Trains"].twin is None


def test_a_model_that_ends_its_box_loses_its_task_alone(
    line: Exercise, pool: Pool, store: FolderStore
) -> None:
    dies = REFERENCE.replace("(lambda t: w * t)", "(lambda t: __import__('os')._exit(3))")
    verdict = verdict_of(line, dies, pool, store)
    assert words(verdict) == {
        "Slope": "passed", "OneStep": "passed", "Trains": "passed", "ReadsNewPoints": "crashed",
        "Slopes": "passed", "Losses": "passed",
    }  # fmt: skip
    assert verdict.points == 2


def test_the_second_probe_after_a_lost_box_is_told_so(pool: Pool, store: FolderStore) -> None:
    """A training is not repeated for it."""
    twice = TRAINING["probes.py"] + TRAINING["probes.py"].partition("@probe(task=2, after")[2].join(
        ["\n\n@probe(task=2, after", ""]
    ).replace("ReadsNewPoints", "ReadsThemAgain")
    exercise = training(probes=twice)
    compute(exercise, pool, store)
    dies = REFERENCE.replace("(lambda t: w * t)", "(lambda t: __import__('os')._exit(3))")
    found = {probe.name: probe for probe in verdict_of(exercise, dies, pool, store).probes}
    assert found["ReadsThemAgain"].word is ProbeWord.NOT_RUN
    assert "ended the Python process" in found["ReadsThemAgain"].message
    passed = verdict_of(exercise, REFERENCE, pool, store)
    assert passed.word is Word.PASSED


def test_a_training_in_a_box_that_was_made_again_is_watched_too(
    line: Exercise, pool: Pool, store: FolderStore
) -> None:
    """A visible probe ended the first box, which showed what it did; the next one shows it, too."""
    dies = PRINTS.replace(
        "    w, losses", "    if steps == 2:\n        __import__('os')._exit(3)\n    w, losses"
    )
    told = events_of(line, dies, pool, store)
    text = "".join(event.data["text"] for event in told if event.kind == "output")
    assert text.split() == ["steps", "400"]
    assert sum(event.kind == "metric" for event in told) > 10


def test_an_instance_of_a_training_is_made_without_training(pool: Pool, store: FolderStore) -> None:
    """Only the public case of an open probe lets the reference train, to know how long it takes."""
    slow = REFERENCE.replace(
        "    w, losses", "    if steps > 5:\n        import time; time.sleep(1.5)\n    w, losses"
    )
    exercise = training(reference=slow)
    compute(exercise, pool, store)
    digest = pool.backend.box_digest(exercise.profile)
    assert not missing(exercise, store, digest, wanted(exercise))
    case = store.get(exercise.grading_digest, digest, "Trains", "0")
    assert case is not None and 1.4 < (case.reference_seconds or 0.0) < 4
    after = store.get(exercise.grading_digest, digest, "ReadsNewPoints", "0")
    assert after is not None and after.reference_seconds is None
    made = list(stock.make(exercise, pool, store, {"Trains": ["77", "78"], "ReadsNewPoints": ["77"]}))
    assert [one.refused for one in made] == ["", "", ""]
    assert sum(one.seconds for one in made) < 0.5
    told = events_of(exercise, slow, pool, store)
    asking = next(event for event in told if event.kind == "asking")
    assert asking.data["about"] == 2 and asking.data["limit"] == 9


def test_the_short_size_is_another_exercise_to_every_store(
    line: Exercise, pool: Pool, store: FolderStore
) -> None:
    short = shortened(line)
    assert short.grading_digest != line.grading_digest
    compute(short, pool, store)
    case = store.get(short.grading_digest, pool.backend.box_digest(line.profile), "Trains", "0")
    assert case is not None and wire.decode(case.inputs)["steps"] == 40
    bounds = {probe.name: probe.bound for probe in short.probes}
    assert bounds["Trains"] is not None and (bounds["Trains"].low, bounds["Trains"].high) == (0, 5)
    assert bounds["ReadsNewPoints"] is not None and bounds["ReadsNewPoints"].high == 9
    assert verdict_of(short, REFERENCE, pool, store).word is Word.PASSED
    other = training(probes=TRAINING["probes.py"].replace('"steps": 40}', '"steps": 41}'))
    assert other.grading_digest != line.grading_digest


def test_an_exercise_without_a_short_size_is_its_own(vectors: Exercise) -> None:
    assert shortened(vectors) is vectors


def test_the_gate_trains_in_full_only_what_must(
    pool: Pool, store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference twice, each alternative and the mutants that say so; everything else in short."""
    trained: list[tuple[int, str]] = []
    real: Callable[..., Any] = gate.grade  # type: ignore[attr-defined]

    def watched(job: Any, **how: Any) -> Any:
        trained.append((400 if job.exercise is exercise else 40, job.source))
        return real(job, **how)

    exercise = training()
    monkeypatch.setattr(gate, "grade", watched)
    report = gate.verify(exercise, pool, store)
    assert report.publishable, report.problems
    whole = [source for steps, source in trained if steps == 400]
    full = [mutant.source for mutant in exercise.mutants if mutant.full]
    sources = [exercise.reference, exercise.starter, *(one.source for one in exercise.alternatives), *full]
    assert set(whole) <= set(sources)
    assert whole.count(exercise.reference) == 2
    assert full[0] in whole
    assert len([1 for steps, _ in trained if steps == 40]) > 20


def test_a_mutant_that_only_the_whole_training_shows_is_said_to_need_it(
    pool: Pool, store: FolderStore
) -> None:
    report = gate.verify(training(mutants=TRAINING["mutants.toml"].replace("full = true\n", "")), pool, store)
    assert any(
        "`forgets_after_a_while`" in problem and "say full = true" in problem for problem in report.problems
    )


def test_a_sample_trains_nothing_in_full(
    pool: Pool, store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real: Callable[..., Any] = gate.grade  # type: ignore[attr-defined]

    def watched(job: Any, **how: Any) -> Any:
        asked.append(job.exercise.grading_digest)
        return real(job, **how)

    monkeypatch.setattr(gate, "grade", watched)
    exercise = training()
    report = gate.verify(exercise, pool, store, full=False)
    assert report.publishable, report.problems
    assert set(asked) == {shortened(exercise).grading_digest}


def test_a_short_size_that_the_reference_fails_proves_nothing(pool: Pool, store: FolderStore) -> None:
    tight = TRAINING["probes.py"].replace("short_judge=band(0, 5)", "short_judge=band(0, 1e-9)")
    report = gate.verify(training(probes=tight), pool, store)
    assert any("the reference in its short size fails" in problem for problem in report.problems)


def test_a_short_size_of_an_input_that_is_not_made_is_a_sentence(pool: Pool) -> None:
    wrong = training(probes=TRAINING["probes.py"].replace('"steps": 40}', '"step": 40}'))
    report = gate.verify(wrong, pool, MemoryStore(), full=False)
    assert "short names the input 'step', which make does not return" in report.problems[0]
