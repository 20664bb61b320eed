"""nbgrader and Otter themselves accept what is exported for them, and grade it as it is graded here.

Where they are not installed (`./run bench` installs them for its own comparison) only the text is checked.
"""

import ast
import base64
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from grader.__main__ import FOREIGN, main, write_folder
from grader.exercise.folder import Exercise, load
from grader.grading.expected import FolderStore, compute
from grader.notebooks import exchange, outgoing
from grader.notebooks.notebook import to_source
from grader.notebooks.outgoing import literal
from grader.sandbox.pool import Pool
from grader.templates import new
from tests.grader.conftest import ROOT
from tests.grader.fillings import FILLINGS, filled
from tests.grader.grading import verdict_of

BOX = ("--sandbox", "bubblewrap")
PYTHON = ROOT / "var" / "bench" / "venv" / "bin" / "python"
installed = pytest.mark.skipif(
    not PYTHON.exists(), reason="nbgrader and Otter are not installed; `./run bench` puts them into var/bench"
)


@pytest.fixture(scope="module")
def two_tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exercise of a layer's two passes."""
    folder = tmp_path_factory.mktemp("course") / "basics" / "running-mean"
    write_folder(folder, filled(new("gradient", "running-mean"), FILLINGS["gradient"]))
    return folder


def graded(
    system: str, notebook: Path, answers: list[str], folder: Path
) -> tuple[list[list[float]], dict[str, str]]:
    """The scores that the real tool gives, and what its students get."""
    work = folder / f"work-{system}"
    work.mkdir()
    names = []
    for number, answer in enumerate(answers):
        names.append(str(folder / f"answer-{number}.py"))
        Path(names[-1]).write_text(answer)
    driver = Path(__file__).with_name("foreign_driver.py")
    environment = os.environ | {"PATH": f"{PYTHON.parent}:{os.environ['PATH']}", "HOME": str(folder)}
    del environment["PYTHONPATH"]
    done = subprocess.run(
        [str(PYTHON), "-W", "ignore", str(driver), system, str(notebook), *names],
        cwd=work, env=environment, capture_output=True, text=True, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    *scores, released = [json.loads(line) for line in done.stdout.splitlines() if line[:1] in "[{"]
    return scores, released


@installed
@pytest.mark.parametrize("system", FOREIGN)
def test_the_real_tools_accept_an_exercise_and_grade_it_alike(
    system: str, two_tasks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exercise = load(two_tasks)
    out = tmp_path / "one.ipynb"
    assert main(["export", str(two_tasks), "--like", system, "-o", str(out), *BOX]) == 0
    assert capsys.readouterr().out == ""
    wrong = {mutant.name: mutant.source for mutant in exercise.mutants}
    answers = [
        exercise.reference,
        *(other.source for other in exercise.alternatives),
        wrong["forgets_tanh"],
        wrong["mean_of_the_bias"],
        exercise.starter,
    ]
    scores, released = graded(system, out, answers, tmp_path)
    one, two = exercise.possible(1), exercise.possible(2)
    assert scores == [[one + two] * 2] * 3 + [[one, one + two]] * 2 + [[0, one + two]]
    assert "def running_mean_bwd(dout, cache):" in released["shown"]
    for secret in ("1 - out * out", "OneByOne", "HIDDEN TESTS", "Batches"):
        assert secret in out.read_text()
        assert secret not in released["released"]


@installed
@pytest.mark.parametrize("system", FOREIGN)
def test_what_their_students_hand_in_is_graded_here(
    system: str, two_tasks: Path, tmp_path: Path, pool: Pool
) -> None:
    exercise, store = load(two_tasks), FolderStore(tmp_path / "expected")
    out = tmp_path / "one.ipynb"
    assert main(["export", str(two_tasks), "--like", system, "-o", str(out), *BOX]) == 0
    _, released = graded(system, out, [exercise.reference], tmp_path)
    compute(exercise, pool, store)
    found = json.loads(released["released"])
    assert verdict_of(exercise, to_source(json.dumps(found).encode()), pool, store).points == 0
    for cell in found["cells"]:
        if "".join(cell["source"]) == released["shown"]:
            cell["source"] = exercise.reference
    verdict = verdict_of(exercise, to_source(json.dumps(found).encode()), pool, store)
    assert verdict.points == exercise.possible(1) + exercise.possible(2)


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


def test_an_unknown_system_is_one_line(two_tasks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(two_tasks), "--like", "moodle", "-o", "x.ipynb"]) == 2
    assert capsys.readouterr().err == 'there is no system "moodle": take one of nbgrader, otter.\n'
