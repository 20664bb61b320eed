"""What is written for nbgrader and Otter. Whether they take it is asked of them in tests/services."""

import ast
import base64
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from grader.__main__ import main
from grader.commands.common import write_folder
from grader.commands.notebooks import FOREIGN
from grader.exercise.folder import Exercise, load
from grader.notebooks import exchange, outgoing
from grader.notebooks.outgoing import literal
from grader.templates import new
from tests.grader.fillings import FILLINGS, filled

BOX = ("--sandbox", "bubblewrap")


@pytest.fixture(scope="module")
def two_tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exercise of a layer's two passes."""
    folder = tmp_path_factory.mktemp("course") / "basics" / "running-mean"
    write_folder(folder, filled(new("gradient", "running-mean"), FILLINGS["gradient"]))
    return folder


@pytest.mark.parametrize("system", FOREIGN)
def test_what_has_no_form_there_is_told(system: str, vectors: Exercise, costs: Exercise) -> None:
    made = outgoing.notebook(costs, {}, system)
    assert sorted(made.notes) == [
        f"probe `{probe.name}` stays here: "
        + (
            "time and memory are measured from outside."
            if probe.times_faster or probe.memory_mb
            else "it has no values."
        )
        for probe in sorted(costs.probes, key=lambda probe: probe.name)
    ]
    made = outgoing.notebook(vectors, {}, system)
    assert any("its answers are judged, not compared" in note for note in made.notes)


def test_an_exported_exercise_comes_back_as_a_draft_of_the_same_tasks(
    two_tasks: Path, tmp_path: Path
) -> None:
    """What is asked in a loop over literals is no call that could be taken out: it is listed."""
    exercise = load(two_tasks)
    out = tmp_path / "one.ipynb"
    assert main(["export", str(two_tasks), "--like", "nbgrader", "-o", str(out), *BOX]) == 0
    back = exchange.read(out.read_bytes(), "one")
    assert exercise.reference.strip() in back.files["reference.py"]
    assert any("task-2" in note.sentence for note in back.notes)


def test_literals_are_the_values_that_they_stand_for() -> None:
    values: Iterator[object] = iter(
        [
            None, True, -3, 2.5, "a'b\n", b"\0x", [1, (2,), {}], {"a": {1, 2}, (1, b"x"): ()},
            float("inf"), 1 - 2j,
            np.arange(6, dtype=np.int32).reshape(2, 3), np.zeros((0, 3)), np.array([np.nan, -np.inf, -0.0]),
            np.float32(0.1), np.bool_(True), np.arange(1000, dtype=np.float16),
            np.array(3.0), np.array([True]), np.array([1j]), np.int64(7),
            frozenset({1, 2}), frozenset(), {frozenset({'a'})}, np.arange(3, dtype=">i4"),
            np.arange(1000, dtype=">f8"),
        ]
    )  # fmt: skip
    for value in values:
        text = literal(value)
        ast.parse(text)
        names = {"np": np, "base64": base64, "nan": np.nan, "inf": np.inf}
        made = eval(text, names)  # noqa: S307  ours, in a test
        if isinstance(value, np.ndarray):
            assert made.dtype == value.dtype
            assert made.shape == value.shape
            assert made.tobytes() == value.tobytes()
        else:
            assert made == value
            assert type(made) is type(value)


def test_a_number_that_python_does_not_write_is_no_literal() -> None:
    with pytest.raises(Exception, match="too many digits"):
        literal([10**5000])


def test_an_unknown_system_is_one_line(two_tasks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(two_tasks), "--like", "moodle", "-o", "x.ipynb"]) == 2
    assert capsys.readouterr().err == 'there is no system "moodle": take one of nbgrader, otter.\n'
