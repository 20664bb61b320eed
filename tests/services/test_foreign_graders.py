"""nbgrader and Otter themselves take what is exported for them, and grade it as it is graded here."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.__main__ import main
from grader.bench.peers import peers_python
from grader.commands.common import write_folder
from grader.commands.notebooks import FOREIGN
from grader.exercise.folder import load
from grader.grading.expected import FolderStore, compute
from grader.notebooks.notebook import to_source
from grader.sandbox import libraries
from grader.sandbox.box import Profile
from grader.sandbox.choose import choose_backend
from grader.sandbox.pool import Pool
from grader.templates import new
from tests.grader.conftest import HOME, ROOT
from tests.grader.fillings import FILLINGS, filled
from tests.grader.grading import verdict_of

BOX = ("--sandbox", "bubblewrap")


@pytest.fixture(scope="module")
def tools() -> Path:
    """The Python in whose environment both are installed; the first time, that takes a minute."""
    return peers_python(ROOT / "var" / "bench", print)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    libraries.ensure(Profile.NUMPY, HOME)
    with Pool(choose_backend("bubblewrap", home=HOME), warm={Profile.NUMPY: 1}) as pool:
        yield pool


@pytest.fixture(scope="module")
def two_tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exercise of a layer's two passes."""
    folder = tmp_path_factory.mktemp("course") / "basics" / "running-mean"
    write_folder(folder, filled(new("gradient", "running-mean"), FILLINGS["gradient"]))
    return folder


def graded(
    python: Path, system: str, notebook: Path, answers: list[str], folder: Path
) -> tuple[list[list[float]], dict[str, str]]:
    """The scores that the real tool gives, and what its students get."""
    work = folder / f"work-{system}"
    work.mkdir()
    names = []
    for number, answer in enumerate(answers):
        names.append(str(folder / f"answer-{number}.py"))
        Path(names[-1]).write_text(answer)
    driver = Path(__file__).with_name("foreign_driver.py")
    environment = os.environ | {"PATH": f"{python.parent}:{os.environ['PATH']}", "HOME": str(folder)}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [str(python), "-W", "ignore", str(driver), system, str(notebook), *names],
        cwd=work, env=environment, capture_output=True, text=True, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    *scores, released = [json.loads(line) for line in done.stdout.splitlines() if line[:1] in "[{"]
    return scores, released


@pytest.mark.parametrize("system", FOREIGN)
def test_the_real_tools_accept_an_exercise_and_grade_it_alike(
    system: str, tools: Path, two_tasks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
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
    scores, released = graded(tools, system, out, answers, tmp_path)
    one, two = exercise.possible(1), exercise.possible(2)
    assert scores == [[one + two] * 2] * 3 + [[one, one + two]] * 2 + [[0, one + two]]
    assert "def running_mean_bwd(dout, cache):" in released["shown"]
    for secret in ("1 - out * out", "OneByOne", "Batches"):
        assert secret in out.read_text()
        assert secret not in released["released"]


@pytest.mark.parametrize("system", FOREIGN)
def test_what_their_students_hand_in_is_graded_here(
    system: str, tools: Path, two_tasks: Path, tmp_path: Path, pool: Pool
) -> None:
    exercise, store = load(two_tasks), FolderStore(tmp_path / "expected")
    out = tmp_path / "one.ipynb"
    assert main(["export", str(two_tasks), "--like", system, "-o", str(out), *BOX]) == 0
    _, released = graded(tools, system, out, [exercise.reference], tmp_path)
    compute(exercise, pool, store)
    found = json.loads(released["released"])
    assert verdict_of(exercise, to_source(json.dumps(found).encode()), pool, store).points == 0
    for cell in found["cells"]:
        if "".join(cell["source"]) == released["shown"]:
            cell["source"] = exercise.reference
    verdict = verdict_of(exercise, to_source(json.dumps(found).encode()), pool, store)
    assert verdict.points == exercise.possible(1) + exercise.possible(2)
