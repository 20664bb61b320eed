"""Open probes, those after them, and short sizes, as they are read: what they say, and what is refused."""

# ruff: noqa: E501  (a table of mistakes, one in a line)
from __future__ import annotations

import pytest

from grader.exercise.folder import Exercise, ExerciseError, from_files
from grader.language import Bound
from grader.proving.record import proven_digest
from tests.grader.test_open_probes import TRAINING

OPEN = "open=True, judge=residual(below=1e-6)"
AFTER = "after=Trains, judge=residual(below=1e-2)"
TRUTH_OF_OPEN = '    def truth(inputs):\n        return [0.0] * inputs["steps"]\n'
TRUTH_OF_AFTER = '    def truth(inputs):\n        return 3 * inputs["x"]\n'


def read(*edits: tuple[str, str], file: str = "probes.py") -> Exercise:
    text = TRAINING[file]
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return from_files("basics/training", {**TRAINING, file: text})


def test_what_an_open_probe_and_one_after_it_say() -> None:
    exercise = read()
    trains, reads = exercise.probe("Trains"), exercise.probe("ReadsNewPoints")
    assert (trains.open, trains.visible, trains.shown, trains.seeds) == (True, False, True, 1)
    assert (reads.open, reads.visible, reads.shown, reads.after) == (False, False, False, "Trains")
    assert trains.short == {"steps": 40} and trains.short_bound == Bound(0, 5)
    assert [probe.name for probe in sorted(exercise.probes, key=lambda probe: probe.turn)] == [
        "Slope", "OneStep", "Trains", "ReadsNewPoints", "Slopes", "Losses",
    ]  # fmt: skip
    assert "from probing import keep\n" in trains.ask_source
    assert "truth" not in trains.ask_source + reads.ask_source


def test_a_name_in_quotes_says_the_same() -> None:
    assert read(("after=Trains", 'after="Trains"')).probe("ReadsNewPoints").after == "Trains"


def test_the_short_size_and_who_trains_in_full_are_part_of_the_digests() -> None:
    here = read()
    assert read(('{"steps": 40}', '{"steps": 50}')).grading_digest != here.grading_digest
    less = read(("full = true\n", ""), file="mutants.toml")
    assert less.grading_digest == here.grading_digest
    assert proven_digest(less) != proven_digest(here)


@pytest.mark.parametrize("head", ["task: 2 (full)", "task: 1, 2 (full)"])
def test_a_mutant_of_a_file_may_need_the_whole_training(head: str) -> None:
    text = f'"""{head}\n\nIt forgets.\n"""\ndef slope(w, x, y):\n    return 0\n'
    made = from_files("basics/training", {**TRAINING, "mutants/forgets.py": text}).mutants
    mutant = next(one for one in made if one.name == "forgets")
    assert mutant.full and mutant.tasks[-1] == 2
    plain = from_files("basics/training", {**TRAINING, "mutants/forgets.py": text.replace(" (full)", "")})
    assert not next(one for one in plain.mutants if one.name == "forgets").full


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([(OPEN, "visible=True, " + OPEN)], "`Trains`: it is visible or open, not both"),
        ([(OPEN, "seeds=2, " + OPEN)], "`Trains`: an open probe runs once"),
        ([(OPEN, "memory_mb=99, " + OPEN)], "`Trains`: memory_mb asks for boxes of its own"),
        ([(TRUTH_OF_OPEN, "")], "`Trains`: an open probe needs `truth(inputs)`"),
        ([("keep(model=model)", "keep()")], "`Trains`: write keep(model=...)"),
        ([("open=True, ", "")], "`Trains`: only an open probe may keep something"),
        ([("after=Trains", "after=Train")], "`ReadsNewPoints`: after=Train: there is no such probe (is it `Trains`?)."),
        ([("after=Trains", "after=Losses")], "`ReadsNewPoints`: after=Losses: that probe is not open"),
        ([("after=Trains", "after=3")], "`ReadsNewPoints`: after must be the name of an open probe."),
        ([(AFTER, "visible=True, " + AFTER)], "`ReadsNewPoints`: what comes after `Trains` is hidden"),
        ([(AFTER, "memory_mb=99, " + AFTER)], "`ReadsNewPoints`: memory_mb asks for a box of its own"),
        ([(TRUTH_OF_AFTER, "")], "`ReadsNewPoints`: it needs `truth(inputs)`"),
        ([('kept("model")', "answer.model")], '`ReadsNewPoints`: it says after=Trains and asks for nothing of it: write kept("model")'),
        ([('kept("model")', 'kept("modell")')], "`ReadsNewPoints`: it asks for `modell`, which `Trains` does not keep (is it `model`?)."),
        ([("after=Trains, ", "")], "`ReadsNewPoints`: it asks for what was kept, so it must say after which probe: after=Trains."),
        ([('short={"steps": 40}', "short=40")], "`Trains`: short must be a dict from inputs to numbers or texts"),
        ([('short={"steps": 40}', "short={}")], "`Trains`: short must be a dict"),
        ([("short_judge=band(0, 5)", "short_judge=5")], "`Trains`: short_judge must be residual("),
        ([("short_judge=band(0, 5)", "short_judge=accuracy(0, 1)"), ("import band,", "import accuracy, band,")], "`Trains`: judge and short_judge must bound the same thing"),
        ([('short={"steps": 40}, ', "")], "`Trains`: short_judge without a short size"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(edits: list[tuple[str, str]], sentence: str) -> None:
    with pytest.raises(ExerciseError) as caught:
        read(*edits)
    text = str(caught.value)
    assert text.startswith("basics/training/probes.py:") and "\n" not in text
    assert sentence in text, text


def test_full_is_true_or_false() -> None:
    with pytest.raises(ExerciseError, match=r"mutants\.toml:\d+: full must be true or false"):
        read(("full = true", 'full = "yes"'), file="mutants.toml")


def test_a_helper_of_the_same_name_is_the_authors() -> None:
    """Only the words of `probing` count."""
    own = "@travels\ndef keep(**names):\n    return 0\n\n\n@probe(task=1, seeds=2)\nclass Slopes:"
    edits = [
        ("@probe(task=1, seeds=2)\nclass Slopes:", own),
        ("import band, probe", "import band, travels, probe"),
    ]
    lines = [("from probing import keep, kept", "from probing import kept\nimport probing")]
    exercise = read(*edits, *lines, ("        keep(model=model)", "        probing.keep(model=model)"))
    assert exercise.probe("Trains").open
