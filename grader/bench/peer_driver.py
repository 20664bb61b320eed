"""Runs inside the peers' own environment: `peer_driver.py nbgrader|otter-grader`.

Reads the questions as one line of JSON, prepares the exercise in the peer's own format, answers
"ready", and then grades the same submission once for every further line: "passed" or what else.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

CHECK = """
import base64, types
import numpy as np
import wire
def _same(got, expected):
    if isinstance(expected, (list, tuple)):
        return len(got) == len(expected) and all(_same(a, b) for a, b in zip(got, expected))
    if isinstance(expected, dict):
        return set(got) == set(expected) and all(_same(got[k], expected[k]) for k in expected)
    if isinstance(expected, (np.ndarray, np.generic, float, int)) and not isinstance(expected, bool):
        close = np.shape(got) == np.shape(expected)
        return close and np.allclose(got, expected, rtol=1e-7, atol=1e-7, equal_nan=True)
    return type(got) is type(expected) and got == expected
def _check(ask, names, inputs, expected):
    answer = types.SimpleNamespace(**{k: v for k, v in names.items() if not k.startswith("_")})
    for blob, right in zip(inputs, expected):
        got = ask(answer, wire.decode(base64.b64decode(blob)))
        assert _same(wire.decode(wire.encode(got)), wire.decode(base64.b64decode(right)))
"""


def test_source(probe: dict[str, Any], names: str) -> str:
    return f"{CHECK}\n{probe['ask']}\n_check(ask, {names}, {probe['inputs']!r}, {probe['expected']!r})"


def nbgrader(questions: dict[str, Any]) -> Callable[[], str]:
    """An assignment with one solution cell and one locked test cell per probe, autograded by its API."""
    import nbformat.v4 as nb
    from nbgrader.api import Gradebook
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    def cell(name: str, source: str, *, test: bool, points: float = 0) -> Any:
        marks: dict[str, Any] = {"grade": test, "solution": not test, "locked": test, "task": False}
        marks |= {"grade_id": name, "schema_version": 3} | ({"points": points} if test else {})
        return nb.new_code_cell(source, metadata={"nbgrader": marks})

    tests = [
        cell(f"probe-{i}", test_source(probe, "globals()"), test=True, points=probe["points"])
        for i, probe in enumerate(questions["probes"])
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = nb.new_notebook(metadata=kernel)
    notebook.cells = [cell("answer", questions["answer"], test=False), *tests]
    for folder in ("source/one", "submitted/somebody/one"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, "one.ipynb").write_text(json.dumps(notebook))
    config = Config()
    config.CourseDirectory.root = str(Path.cwd())
    config.CourseDirectory.course_id = "bench"
    api = NbGraderAPI(config=config)
    made = api.generate_assignment("one")
    if not made["success"]:
        raise RuntimeError(made.get("error") or made.get("log"))
    possible = sum(probe["points"] for probe in questions["probes"])

    def grade() -> str:
        result = api.autograde("one", "somebody", force=True, create=True)
        if not result["success"]:
            return "failed: " + str(result.get("error") or result.get("log"))[-300:].replace("\n", " ")
        with Gradebook("sqlite:///gradebook.db") as gradebook:
            score = gradebook.find_submission("one", "somebody").score
        return "passed" if score == possible else f"{score} of {possible}"

    return grade


def otter(questions: dict[str, Any]) -> Callable[[], str]:
    """One test file per probe in an autograder zip, graded by its Python API without containers."""
    import nbformat.v4 as nb
    from otter.api import grade_submission
    from otter.generate import main as generate

    tests = Path("tests")
    tests.mkdir(exist_ok=True)
    for i, probe in enumerate(questions["probes"]):
        body = test_source(probe, "env").replace("\n", "\n    ")
        (tests / f"q{i}.py").write_text(
            "from otter.test_files import test_case\n"
            f"OK_FORMAT = False\nname = 'q{i}'\npoints = {probe['points']}\n"
            f"@test_case()\ndef test(env):\n    {body}\n"
        )
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = nb.new_notebook(metadata=kernel)
    notebook.cells = [nb.new_code_cell(questions["answer"])]
    Path("one.ipynb").write_text(json.dumps(notebook))
    generate(tests_dir=str(tests), output_path="autograder.zip", no_environment=True, no_requirements=True)

    def grade() -> str:
        results = grade_submission("one.ipynb", "autograder.zip", quiet=True)
        return "passed" if results.total == results.possible > 0 else f"{results.total} of {results.possible}"

    return grade


def main() -> None:
    say = sys.stdout
    with redirect_stdout(io.StringIO()):
        grade = {"nbgrader": nbgrader, "otter-grader": otter}[sys.argv[1]](json.loads(sys.stdin.readline()))
        say.write("ready\n")
        say.flush()
        while sys.stdin.readline():
            say.write(grade().replace("\n", " ") + "\n")
            say.flush()


if __name__ == "__main__":
    main()
