"""The five beginnings of an exercise: what is kept of them is proven, what is to be written is named."""

import json
import re
from pathlib import Path

import pytest

from grader import templates
from grader.__main__ import main
from grader.commands.common import write_folder
from grader.exercise.folder import from_files
from grader.grading.expected import FolderStore
from grader.proving.gate import verify
from grader.sandbox.pool import Pool
from tests.grader.conftest import ROOT
from tests.grader.fillings import FILLINGS, filled

BOX = ("--sandbox", "bubblewrap")
NAME = "09-running-mean"


@pytest.mark.parametrize("like", ["function", "gradient", "text"])
def test_a_template_is_publishable_when_its_blanks_are_written(like: str, pool: Pool, tmp_path: Path) -> None:
    """The two of PyTorch are proven beside the other tests of its boxes."""
    written = filled(templates.new(like, NAME), FILLINGS[like])
    assert templates.blanks(written) == []
    report = verify(from_files("basics/running-mean", written), pool, FolderStore(tmp_path), full=True)
    assert report.problems == []
    assert report.alternatives == {"passed": 2, "total": 2}
    assert report.mutants["killed"] == 6


def test_every_template_has_a_filling_and_leaves_no_name_of_its_own() -> None:
    assert set(FILLINGS) == set(templates.TEMPLATES)
    for like in templates.TEMPLATES:
        files = templates.new(like, NAME)
        assert 'title = "Running mean"' in files["exercise.toml"]
        for text in files.values():
            assert not any(word in text for word in ("the_name", "TheName", "The title"))


@pytest.mark.parametrize("like", list(templates.TEMPLATES))
def test_new_writes_a_folder_and_verify_names_every_line_that_is_to_be_written(
    like: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "01-maths" / NAME
    assert main(["new", str(folder), "--like", like]) == 0
    files = templates.new(like, NAME)
    assert (
        capsys.readouterr().out == f"{folder}: 10 files with {len(templates.blanks(files))} lines to write.\n"
    )
    assert main(["verify", str(folder), "--json", *BOX]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["publishable"] is False
    marked = [
        (path, number)
        for path in sorted(files, key=templates.place)
        for number, line in enumerate(files[path].split("\n"), 1)
        if "FILL" in line
    ]
    assert len(report["problems"]) == len(marked) > 20
    for problem, (path, number) in zip(report["problems"], marked, strict=True):
        assert problem.startswith(f"01-maths/{NAME}/{path}, line {number}: to be written: ")
        assert problem.endswith(".")
        assert len(problem.rpartition("to be written: ")[2]) > 8


def test_the_documentation_says_how_many_lines_each_leaves_to_write() -> None:
    text = (ROOT / "docs" / "authoring.md").read_text()
    for like in templates.TEMPLATES:
        left = len(templates.blanks(templates.new(like, NAME)))
        assert re.search(rf"^\| `{like}` \|.*\| {left} \|$", text, re.MULTILINE), (like, left)


def test_one_blank_that_was_forgotten_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = filled(templates.new("text", NAME), FILLINGS["text"])
    written["reference.py"] = written["reference.py"].replace(
        "return runs", "return runs  # FILL: sort them?"
    )
    write_folder(tmp_path / "basics" / NAME, written)
    assert main(["verify", str(tmp_path / "basics" / NAME), *BOX]) == 1
    line = written["reference.py"].split("\n").index("    return runs  # FILL: sort them?") + 1
    assert f"reference.py, line {line}: to be written: sort them?." in (capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["new", "01-maths/09-x", "--like", "poem"],
            'there is no template "poem": take one of function, gradient',
        ),
        (
            ["new", "01-maths/09", "--like", "text"],
            '"09" gives no name for a function: write it as 09-running-mean.',
        ),
        (
            ["new", "{there}", "--like", "text"],
            "this exists already; a new exercise gets a folder of its own.",
        ),
    ],
)
def test_what_cannot_be_begun_is_one_line(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    assert main([word.replace("{there}", str(tmp_path)) for word in arguments]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"
