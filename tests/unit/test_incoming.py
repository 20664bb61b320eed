"""Authors' notebooks come in: ours byte for byte, nbgrader's and Otter's as drafts of exercises."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest

from grader.__main__ import main
from grader.exercise.folder import ExerciseError, from_files, load
from grader.notebooks import exchange, markdown
from grader.notebooks.notebook import LARGEST, to_source
from grader.templates import blanks

FOREIGN = Path(__file__).parent / "foreign"
NBGRADER = FOREIGN / "nbgrader-0.9.6"
OTTER = FOREIGN / "otter-7.0.0"
EXERCISES = Path(__file__).parents[2] / "exercises"


def brought(path: Path) -> exchange.Incoming:
    return exchange.read(path.read_bytes(), path.stem)


def notebook(*cells: tuple[str, str] | tuple[str, str, dict], **more) -> bytes:
    made = [
        {"cell_type": cell[0], "source": cell[1], "metadata": cell[2] if len(cell) > 2 else {}}
        for cell in cells
    ]
    return json.dumps({"cells": made, "nbformat": 4, "nbformat_minor": 5, "metadata": {}} | more).encode()


# ---- our own -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "folder",
    [
        "01-maths/01-slope-at",
        "01-maths/05-matmul-three-ways",
        "04-autograd/01-value-ops",
        "07-convolution/06-residual-depth",
    ],
)
def test_an_exercise_goes_out_and_comes_back_byte_for_byte(folder):
    files = load(EXERCISES / folder).files
    out = exchange.exercise_notebook(files)
    nbformat.validate(nbformat.reads(out.decode(), as_version=4))
    back = exchange.read(out, "any")
    assert back.files == files
    assert back.notes == ()
    assert exchange.exercise_notebook(back.files) == out


@pytest.mark.parametrize("lesson", sorted(EXERCISES.glob("0[1-4]-*/*.md")), ids=lambda path: path.stem)
def test_a_lesson_goes_out_and_comes_back_and_the_second_round_is_the_first(lesson):
    text = lesson.read_text()
    out = exchange.lesson_notebook(text)
    nbformat.validate(nbformat.reads(out.decode(), as_version=4))
    back = exchange.read(out, "any").lesson
    assert markdown.cells_of(back) == markdown.cells_of(text)
    assert exchange.lesson_notebook(back) == out
    assert exchange.read(exchange.lesson_notebook(back), "any").lesson == back


def test_what_was_changed_in_jupyter_comes_back_changed():
    files = dict(load(EXERCISES / "01-maths/01-slope-at").files)
    nb = json.loads(exchange.exercise_notebook(files))
    for cell in nb["cells"]:
        cell["source"] = "".join(cell["source"])
    nb["cells"][0]["source"] += "\nAnother sentence.\n\n\n"
    at = next(n for n, cell in enumerate(nb["cells"]) if cell["source"].startswith("# file: reference.py"))
    more = {"cell_type": "code", "source": "HERE = 1", "metadata": {}, "outputs": [], "id": "new"}
    nb["cells"].insert(at + 1, more)
    nb["cells"].append(
        {**more, "source": "# file: alternatives/another.py\n'''Else.'''\nx = 1", "id": "last"}
    )
    back = exchange.read(json.dumps(nb).encode(), "any").files
    assert back["task.md"] == files["task.md"].rstrip("\n") + "\nAnother sentence.\n"
    assert back["reference.py"] == files["reference.py"] + "\nHERE = 1\n"
    assert back["alternatives/another.py"] == "'''Else.'''\nx = 1\n"


def test_code_with_fences_and_neighbours_of_prose_survive_a_lesson():
    data = notebook(
        ("markdown", "# T"),
        ("markdown", "~~~\nraw\n~~~"),
        ("code", 's = """\n````\n"""'),
        ("code", "  \n"),
        ("code", "%matplotlib inline\nx = 1"),
    )
    back = exchange.read(data, "any").lesson
    assert [(cell.code, cell.source) for cell in markdown.cells_of(back)] == [
        (False, "# T\n\n~~~\nraw\n~~~"),
        (True, 's = """\n````\n"""'),
        (True, "%matplotlib inline\nx = 1"),
    ]
    assert exchange.read(exchange.lesson_notebook(back), "any").lesson == back


def test_the_command_line_writes_and_reads_notebooks(tmp_path, capsys):
    folder = EXERCISES / "01-maths/01-slope-at"
    assert main(["export", str(folder), "-o", str(tmp_path / "x.ipynb")]) == 0
    assert main(["import", str(tmp_path / "x.ipynb"), str(tmp_path / "01-maths" / "02-copy")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / '01-maths' / '02-copy'}: 10 files.\n"
    assert load(tmp_path / "01-maths" / "02-copy").digest == load(folder).digest
    lesson = EXERCISES / "01-maths/slope.md"
    assert main(["export", str(lesson), "-o", str(tmp_path / "l.ipynb")]) == 0
    assert main(["import", str(tmp_path / "l.ipynb"), str(tmp_path / "l")]) == 2
    assert "this is a lesson; name a file, as in" in capsys.readouterr().err
    assert main(["import", str(tmp_path / "l.ipynb"), str(tmp_path / "l.md")]) == 0
    assert (tmp_path / "l.md").read_text() == lesson.read_text()
    assert main(["import", str(tmp_path / "l.ipynb"), str(tmp_path / "l.md")]) == 2
    assert "this exists already" in capsys.readouterr().err


# ---- nbgrader and Otter --------------------------------------------------------------------------------

SYSTEMS = {
    "problem1": NBGRADER / "problem1.ipynb",
    "stats": NBGRADER / "stats.ipynb",
    "otter source": OTTER / "means.ipynb",
    "otter autograder": OTTER / "means-autograder.ipynb",
}


def without_blanks(files: dict[str, str]) -> dict[str, str]:
    """As an author leaves them who only takes the word away: what stands in the blanks stays."""
    return {path: text.replace("FILL", "Fill") for path, text in files.items() if path != "mutants.toml"}


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_draft_can_be_read_and_its_reference_is_whole(name):
    found = brought(SYSTEMS[name])
    exercise = from_files("basics/brought", without_blanks(found.files))
    assert "SOLUTION" not in exercise.reference
    assert "SOLUTION" not in exercise.starter
    assert "HIDDEN" not in exercise.starter + exercise.task_md
    assert ast.dump(ast.parse(exercise.starter)) != ast.dump(ast.parse(exercise.reference))
    for task in exercise.tasks:
        mine = [probe for probe in exercise.probes if probe.task == task.id]
        assert any(not probe.veto and not probe.visible for probe in mine)
    left = {(blank.file, blank.wanted[:9]) for blank in blanks(found.files)}
    assert ("probes.py", "draw thes") in left


def test_every_hidden_probe_of_a_draft_has_a_blank_where_its_inputs_are():
    for path in SYSTEMS.values():
        text = brought(path).files["probes.py"]
        hidden = [part for part in text.split("\n\n\n")[1:] if "visible=True" not in part]
        assert hidden
        assert all(re.search("FILL: (draw|inputs that are drawn)", part) for part in hidden), path


def test_nbgraders_own_example():
    found = brought(SYSTEMS["problem1"])
    exercise = from_files("basics/brought", without_blanks(found.files))
    assert found.system == "nbgrader"
    assert [task.title for task in exercise.tasks] == ["Part A (2 points)", "Part B (1 point)"]
    assert [exercise.possible(task.id) for task in exercise.tasks] == [2, 1]
    assert "def squares(n):" in exercise.starter
    assert "# squares(10)" in exercise.starter
    assert "return [i ** 2" not in exercise.starter
    assert "return [i ** 2 for i in range(1, n + 1)]" in exercise.reference
    asked = {probe.name: probe for probe in exercise.probes}
    assert set(asked) == {
        "CorrectSquares", "CorrectSquaresHidden", "SquaresInvalidInput",
        "CorrectSumOfSquares", "CorrectSumOfSquaresHidden",
    }  # fmt: skip
    assert asked["SquaresInvalidInput"].veto
    assert asked["CorrectSquares"].title == "Check that squares returns the correct output for several inputs"
    assert '{"n": 10},' in found.files["probes.py"]
    assert "attempt(answer.squares, 0)" in found.files["probes.py"]
    assert [str(note) for note in found.notes] == [
        "cell 1, line 3: it shows `jupyter.png`, which is not in the notebook.",
        "cell 5, line 1: it only shows something: it is a comment of starter.py now.",
        "cell 6, line 1: task 1 has no hidden check whose values pay: probes.py has a draft of one.",
        "cell 11, line 1: it only shows something: it is a comment of starter.py now.",
        "cell 12, line 1: task 2 has no hidden check whose values pay: probes.py has a draft of one.",
        "cell 13, line 1: `sum_of_squares_uses_squares`: no probe came out of this cell.",
        "cell 13, line 3: `sum_of_squares_uses_squares`: no value is compared that could be taken out of it: "
        "not converted.",
        "cell 13, line 4: `sum_of_squares_uses_squares`: no value is compared that could be taken out of it: "
        "not converted.",
        "cell 14, line 1: prose of `sum_of_squares_equation` (worth 1), which is graded by hand: left out.",
        "cell 15, line 1: `sum_of_squares_equation` (worth 1) is graded by hand: not converted.",
        "cell 16, line 1: prose of `sum_of_squares_application` (worth 2), which is graded by hand: left "
        "out.",
        "cell 17, line 1: `sum_of_squares_application` (worth 2) is graded by hand: not converted.",
        "cell 18, line 1: `cell-938593c4a215c6cc` (worth 4) is graded by hand: not converted.",
    ]


def test_a_notebook_that_only_people_grade_is_refused_with_all_that_is_in_it():
    with pytest.raises(exchange.NotebookError) as caught:
        brought(NBGRADER / "problem2.ipynb")
    assert str(caught.value).startswith("nothing in this notebook is graded by code")
    assert [note.cell for note in caught.value.notes] == [1, 2, 3, 4, 5]


def test_comparisons_of_every_kind_become_probes_with_their_tolerances():
    found = brought(SYSTEMS["stats"])
    exercise = from_files("basics/brought", without_blanks(found.files))
    asked = {probe.name: probe for probe in exercise.probes}
    assert exercise.title == "Statistics"
    assert [task.title for task in exercise.tasks] == ["Standard scores (4 points)", "Root (2 points)"]
    assert exercise.possible(1) == 4
    assert "LIMIT = 3" in exercise.given
    assert (asked["TestScores"].tolerance.rtol, asked["TestScores"].tolerance.atol) == (1e-7, 1e-12)
    assert (asked["TestScores2"].tolerance.rtol, asked["TestScores2"].tolerance.atol) == (1e-5, 1e-8)
    assert asked["TestRoot"].tolerance.atol == 1.5e-6  # decimal=6
    assert asked["TestRoot3"].tolerance.rtol == 1e-9  # in a loop
    assert asked["TestScores4"].veto  # isinstance: it can be guessed
    assert "answer.scores(x, axis=1)" in asked["TestScores3"].ask_source  # what a name held
    assert "got.append(answer.root(lambda t: t ** 2 - n, 0, n))" in asked["TestRoot3"].ask_source
    assert "answer.root(math.cos, 1, 2)" in asked["TestRoot2"].ask_source  # a function is no input
    hidden = {name for name, probe in asked.items() if not probe.visible}
    assert {"TestScoresHidden", "TestScoresHidden2"} < hidden
    visible = "".join(probe.author_source + probe.title for probe in exercise.probes if probe.visible)
    assert "4.0, 8.0, 6.0, 2.0" not in "".join(
        probe.ask_source for probe in exercise.probes if probe.visible
    ), visible  # what nbgrader hides stays hidden
    assert "cell 5, line 8: `test_scores`: it only prints: not converted." in map(str, found.notes)
    assert "cell 9, line 1: `essay` (worth 3) is graded by hand: not converted." in map(str, found.notes)


@pytest.mark.parametrize("name", ["otter source", "otter autograder"])
def test_both_notebooks_of_otter_give_the_same_probes(name):
    found = brought(SYSTEMS[name])
    exercise = from_files("basics/brought", without_blanks(found.files))
    assert found.system == "Otter"
    assert [exercise.possible(task.id) for task in exercise.tasks] == [3, 1]
    assert "runs = ...\n    ..." in exercise.starter
    assert "runs.append((letter, 1))" in exercise.reference
    visible = {probe.name for probe in exercise.probes if probe.visible}
    assert visible == {"Q11", "Q12", "Q21"}
    assert {probe.name for probe in exercise.probes} - visible == {
        "Q13Hidden",
        "Q14Hidden",
        "Q21Hidden",
        "Q22Hidden",
    }
    assert "answer.running_mean([1, 2, 3], 3).tolist()" in exercise.probe("Q11").ask_source
    assert "import otter" not in exercise.given + exercise.starter
    assert any("graded by hand" in note.sentence for note in found.notes)


def test_what_otter_hands_to_students_is_no_source():
    with pytest.raises(exchange.NotebookError, match="it holds no solutions"):
        brought(OTTER / "means-student.ipynb")


# ---- what students of other systems hand in ------------------------------------------------------------


def test_tests_and_tools_of_other_systems_are_no_part_of_a_students_code():
    nb = json.loads((NBGRADER / "stats-released.ipynb").read_text())
    assert any("raise NotImplementedError" in "".join(cell["source"]) for cell in nb["cells"])
    source = to_source((NBGRADER / "stats-released.ipynb").read_bytes())
    assert "def scores" in source
    assert "def root" in source
    assert "assert" not in source
    source = to_source((OTTER / "means-student.ipynb").read_bytes())
    assert "def running_mean" in source
    assert "SCALE = 10" in source
    assert "otter" not in source
    assert "grader.check" not in source


# ---- what is no notebook -------------------------------------------------------------------------------

SOLUTION = {
    "nbgrader": {"grade": False, "solution": True, "locked": False, "grade_id": "f", "schema_version": 3}
}
GRADE = {
    "nbgrader": {
        "grade": True,
        "solution": False,
        "locked": True,
        "grade_id": "t",
        "points": 1,
        "schema_version": 3,
    }
}


SOLVED = ("code", "def f(x):\n    # BEGIN SOLUTION\n    return 2 * x\n    # END SOLUTION", SOLUTION)


def of_cell(text: str) -> exchange.Incoming:
    """What becomes of a test cell for `f`."""
    return exchange.read(notebook(("markdown", "# Twice"), SOLVED, ("code", text, GRADE)), "twice")


@pytest.mark.parametrize("begin", ["### BEGIN", "# BEGIN", "## BEGIN"])
def test_nbgraders_markers_count_whatever_stands_around_them(begin):
    end = begin.replace("BEGIN", "END")
    found = of_cell(f"assert f(1) == 2\n{begin} HIDDEN TESTS\nassert f(12345) == 24690\n{end} HIDDEN TESTS")
    (seen,) = [part for part in found.files["probes.py"].split("\n@") if "f(1)" in part]
    (hidden,) = [part for part in found.files["probes.py"].split("\n@") if "12345" in part]
    assert "visible=True" in seen
    assert "visible=True" not in hidden
    assert found.files["starter.py"].startswith("def f(x):\n    ...")
    assert "SOLUTION" not in found.files["reference.py"]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("x = [0, 0]\nx[0] = 5", "x"),
        ("x = [0, 1]\nx[1] += 7", "x"),
        ("x = [0, 0]\nfor i in range(2):\n    x[i] = i", "x"),
        ("x = [1]\nx.append(3)", "x"),
        ("x = {'a': 1}\ndel x['a']", "x"),
    ],
)
def test_what_changes_inside_an_input_is_never_dropped_in_silence(lines, name):
    found = of_cell(f"assert f(1) == 2\n{lines}\nassert f(x) == 2 * x")
    assert "f(x)" not in found.files["probes.py"]
    assert any(f"changes something inside `{name}`, which it needs" in str(note) for note in found.notes)
    assert "f(1)" in found.files["probes.py"]


def test_a_held_answer_is_that_of_the_arguments_at_its_time():
    found = of_cell("x = 1\ny = f(x)\nx = 5\nassert y == 2")
    assert "x = 1" in found.files["probes.py"]
    assert "x = 5" not in found.files["probes.py"]


def test_points_of_otter_may_be_a_list_below_their_name():
    def probes(points: str) -> str:
        cells = [
            ("raw", f"# BEGIN QUESTION\nname: q1\n{points}\nmanual: false"),
            ("raw", "# BEGIN SOLUTION"),
            ("code", "def f(x):\n    return 2 * x # SOLUTION"),
            ("raw", "# END SOLUTION"),
            ("raw", "# BEGIN TESTS"),
            ("code", "assert f(1) == 2"),
            ("code", "# HIDDEN\nassert f(3) == 6"),
            ("raw", "# END TESTS"),
            ("raw", "# END QUESTION"),
        ]
        return exchange.read(notebook(("markdown", "# Twice"), *cells), "twice").files["probes.py"]

    assert probes("points:\n  - 2\n  - 4") == probes("points: 6") == probes("points: [2, 4]")
    assert probes("points:\n- 2 # first\n- 4") == probes("points: 6") != probes("points: 2")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04", "this is not a notebook: it cannot be read as JSON."),
        (b"[" * 100_000, "this is not a notebook: it cannot be read as JSON."),
        (b'{"a": ' + b"9" * 100_000 + b"}", "this is not a notebook: it cannot be read as JSON."),
        (b"[]", "this is not a notebook: it has no cells."),
        (
            notebook(
                ("code", "x = 1 # SOLUTION", {"tags": ["otter_assign_solution_cell"]}),
                ("code", "grader.check('q')"),
                metadata={"otter": {"tests": {"q": {"suites": [{"cases": 3}, 4]}}}},
            ),
            "nothing in this notebook is graded by code",
        ),
        (b'{"nbformat": 4}', "this is not a notebook: it has no cells."),
        (
            b'{"nbformat": 2, "worksheets": [{"cells": []}]}',
            "this notebook is of format 2: open it in Jupyter",
        ),
        (b'{"cells": [7]}', "cell 1 is neither code nor Markdown nor raw text."),
        (json.dumps({"cells": [{}] * 2001}).encode(), "the notebook has more than 2000 cells."),
        (notebook(("code", "x = 1\n" * 60_000)), "the notebook holds more than 256 kB of text."),
        (notebook(("code", "x = '\0'")), "the notebook holds a NUL character."),
        (b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}', "text that is not valid Unicode."),
        (notebook(("code", "x = 1")), "this is neither an exercise nor a lesson"),
        (
            notebook(("code", "# file: ../../etc/passwd.py\nx")),
            "cell 1, line 1: `../../etc/passwd.py` is no file",
        ),
        (
            notebook(("code", "# file: reference.py\nx"), ("code", "# file: reference.py")),
            "already in an earlier",
        ),
        (notebook(("code", "# file: reference.py\nx"), ("markdown", "What?")), "cell 2 names no file"),
        (
            notebook(("code", "def f():\n    ### BEGIN SOLUTION\n    return 1", SOLUTION)),
            "cell 1 (`f`), line 2: `BEGIN SOLUTION` is never closed by `END SOLUTION`.",
        ),
        (
            notebook(("code", "f = 1", SOLUTION), ("code", "### END HIDDEN TESTS\nassert f == 1", GRADE)),
            "cell 2 (`t`), line 1: `END HIDDEN TESTS` closes nothing.",
        ),
        (
            notebook(("code", "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", SOLUTION)),
            "cell 1 (`f`), line 2: `BEGIN SOLUTION` stands in a region that line 1 opened.",
        ),
        (notebook(("code", "def f(:\n    pass", SOLUTION)), "cell 1 (`f`), line 1: this is not Python"),
        (
            notebook(("code", "f = 1", SOLUTION), ("code", "\nassert f = 1", GRADE)),
            "cell 2 (`t`), line 2: this is not Python",
        ),
        (
            notebook(("code", "f = " + "(" * 5000, SOLUTION)),
            "cell 1 (`f`), line 1: this is not Python: too many nested parentheses",
        ),
        (
            notebook(("raw", "# BEGIN QUESTION\nname: q1")),
            "cell 1, line 1: `# BEGIN QUESTION` is never closed",
        ),
        (
            notebook(("raw", "# BEGIN QUESTION"), ("raw", "# END TESTS")),
            "cell 2, line 1: `# END TEST` closes nothing.",
        ),
        (
            notebook(("raw", "# BEGIN QUESTION"), ("raw", "# BEGIN QUESTION")),
            "cell 2, line 1: `# BEGIN QUESTION` stands in a part that is still open.",
        ),
    ],
)
def test_what_cannot_be_brought_is_a_sentence(data, sentence):
    with pytest.raises(exchange.NotebookError) as caught:
        exchange.read(data, "bad")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_fifty_megabytes_are_refused_before_they_are_read(tmp_path, capsys):
    with pytest.raises(
        exchange.NotebookError, match="the notebook has 50 MB, and 16 are read: clear its outputs"
    ):
        exchange.read(b" " * (50 * 1024 * 1024), "large")
    (tmp_path / "large.ipynb").write_bytes(b" " * (LARGEST + 1))
    assert main(["import", str(tmp_path / "large.ipynb"), str(tmp_path / "x")]) == 2
    assert "the notebook has 16 MB" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "text",
    [
        "assert f(1) == 1", "assert f(*[1]) == 1", "assert f(x=f(1)) == 2", "assert (lambda: f)() is f",
        "while True:\n    assert f(1)", "with open('x'):\n    assert f(1) == 2",
        "def test(f): assert f(1) == 1",
        "def test_env(env): assert env['f'](1) == 1", "class A:\n    assert f(1) == 1",
        "async def g(): assert f(1)",
        "del f", "f = 3\nassert f == 3", "assert 1 == 1", "import pandas\nassert f(pandas.DataFrame()) == 1",
        "for i in range(3):\n    assert i == 1", "x: int = 3\nassert f(x) == 4",
        "assert all(f(i) for i in range(3))",
        "try:\n    f(0)\nexcept ValueError as e:\n    assert 'a' in str(e)", "assert not f(1), 'message'",
        "assert f(1) == f(2) == 3", "assert f(1) in (1, 2)", "match f(1):\n    case 1: assert f(2) == 2",
        "FILL = 1\nassert f(FILL) == 2", "assert f('''FILL: x''') == 1",
    ],
)  # fmt: skip
def test_whatever_a_test_says_it_is_converted_or_listed(text):
    data = notebook(("code", "def f(x):\n    return x", SOLUTION), ("code", text, GRADE))
    found = exchange.read(data, "any")
    notes = [note for note in found.notes if note.cell == 2 and "hidden" not in note.sentence]
    probes = found.files["probes.py"]
    assert notes or re.search(r"# (assert|for|while|with|f\()", probes), text
    try:
        from_files("basics/any", without_blanks(found.files))
    except ExerciseError as error:
        assert "pandas" in str(error) or "FILL" in text, error
