"""An assignment of another system, brought in, is refused until its author has written what it lacks; then it
is proven like any exercise."""

import re
from pathlib import Path

import pytest

from grader.__main__ import main
from grader.commands.common import write_folder
from grader.exercise.folder import from_files
from grader.grading.expected import FolderStore
from grader.notebooks import exchange
from grader.proving.gate import verify
from grader.sandbox.pool import Pool
from grader.templates import blanks

SOURCE = Path(__file__).parents[1] / "unit" / "foreign" / "otter-7.0.0" / "means.ipynb"
BOX = ("--sandbox", "bubblewrap")

RUNS = """
def count_runs(text):
    starts = [i for i in range(len(text)) if i == 0 or text[i] != text[i - 1]]
    return [(text[i], j - i) for i, j in zip(starts, starts[1:] + [len(text)])]
"""
OTHERS = {
    "alternatives/with_loops.py": '"""Window by window."""\n'
    "def running_mean(x, k):\n    return np.array([np.mean(x[i:i + k]) for i in range(len(x) - k + 1)])\n"
    + RUNS,
    "alternatives/in_other_words.py": '"""A matrix of windows."""\n'
    "def running_mean(x, k):\n"
    "    return np.lib.stride_tricks.sliding_window_view(np.array(x), k).mean(axis=1)\n" + RUNS,
}
MUTANTS = [
    ("sums", 1, ") / k", ")"),
    ("divides_by_n", 1, ") / k", ") / len(x)"),
    ("running_sum", 1, "total[k:] - total[:-k]", "total[k:]"),
    ("from_zero", 2, "(letter, 1)", "(letter, 0)"),
    ("no_growth", 2, "[1] + 1", "[1]"),
    ("all_alike", 2, "runs and runs[-1][0] == letter", "runs"),
]


def written(files: dict[str, str]) -> dict[str, str]:
    """The draft with every blank written, as an author does."""
    probes = files["probes.py"]
    drawn = {
        "running_mean": '[{"x": rng.normal(size=n), "k": k} for n, k in [(7, 3), (9, 4), (6, 6), (5, 1)]]',
        "count_runs": '[{"text": "".join(rng.choice(list("aab"), n))} for n in (0, 1, 30, 80)]',
    }
    for function, inputs in drawn.items():
        probes, count = re.subn(
            rf'(@calls\(\{{\d: "{function}"\}}, points=\S+, tolerance=.*?\n    # )FILL: draw[^\n]*\n'
            r"    return (?:\[\n.*?\n    \]|\{[^\n]*\})",
            lambda found, inputs=inputs: f"{found[1]}drawn\n    return {inputs}",
            probes,
            flags=re.DOTALL,
        )
        assert count == 1
    probes = re.sub(r"# FILL: draw[^\n]*", "# A veto may ask what is fixed.", probes)
    mutants = "".join(
        f'[[mutant]]\nname = "{name}"\ntasks = [{task}]\ntell = "A slip: {name}."\n'
        f'replace = "{old}"\nwith = "{new}"\n'
        for name, task, old, new in MUTANTS
    )
    about = re.sub(r'summary = "FILL.*', 'summary = "Means and runs."', files["exercise.toml"])
    return files | OTHERS | {"probes.py": probes, "mutants.toml": mutants, "exercise.toml": about}


def test_a_draft_is_refused_line_by_line_and_proven_when_it_is_written(
    pool: Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "basics" / "means"
    assert main(["import", str(SOURCE), str(folder)]) == 0
    said = capsys.readouterr().out.splitlines()
    files = exchange.read(SOURCE.read_bytes(), "means").files
    left = blanks(files)
    assert said[-1] == f"{folder}: 9 files with {len(left)} lines to write."
    assert "cell 26, line 1: `q3` (worth 2) is graded by hand: not converted." in said
    assert main(["verify", str(folder), *BOX]) == 1
    refused = capsys.readouterr().out
    assert refused.startswith("NOT PUBLISHABLE  basics/means")
    assert all(f"basics/means/{blank.file}, line {blank.line}: to be written: " in refused for blank in left)
    assert refused.count("probes.py, line ") == 4  # where inputs are to be drawn

    done = written(files)
    assert blanks(done) == []
    report = verify(from_files("basics/means", done), pool, FolderStore(tmp_path / "expected"), full=True)
    assert report.problems == []
    assert report.mutants["killed"] == 6


def test_fixed_inputs_left_as_they_are_are_refused_by_the_gate(pool: Pool, tmp_path: Path) -> None:
    """Who only takes the word away has a hidden probe that everybody's answer to it satisfies."""
    files = exchange.read(SOURCE.read_bytes(), "means").files
    kept = written(files) | {"probes.py": re.sub(r"# FILL: draw[^\n]*", "# fixed", files["probes.py"])}
    report = verify(from_files("basics/means", kept), pool, FolderStore(tmp_path / "expected"), full=True)
    assert any(
        "`Q14Hidden` accepts the reference's answer to another seed" in each for each in report.problems
    )


def test_a_notebook_that_cannot_be_brought_is_one_line_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.ipynb").write_text("[]")
    write_folder(tmp_path / "there", {"mine.txt": "mine"})
    for arguments, sentence in (
        (("bad.ipynb", "new"), "bad.ipynb: this is not a notebook: it has no cells."),
        (("none.ipynb", "new"), "No such file or directory"),
        (("bad.ipynb", "there"), "this exists already; a notebook is brought into a new folder or file."),
    ):
        assert main(["import", *(str(tmp_path / each) for each in arguments)]) == 2
        said = capsys.readouterr().err
        assert sentence in said
        assert said.count("\n") == 1
    assert not (tmp_path / "new").exists()
