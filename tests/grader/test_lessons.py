"""Lesson cells run in a box, in order, and what they show is kept."""

from grader.notebooks.lessons import run_notebook
from grader.sandbox.box import Profile
from grader.sandbox.pool import Pool


def test_cells_share_a_namespace_and_show_text_output_and_values(pool: Pool) -> None:
    cells = ["import numpy as np\nx = np.arange(3)", "print(x.sum())\nx * 2", "x = 5;"]
    outputs = run_notebook(cells, pool, Profile.NUMPY)
    assert [output.stdout for output in outputs] == ["", "3\n", ""]
    assert [output.text for output in outputs] == [(), ("array([0, 2, 4])",), ()]
    assert all(output.error is None for output in outputs)


def test_figures_come_out_as_png(pool: Pool) -> None:
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])"
    (output,) = run_notebook([source], pool, Profile.NUMPY)
    assert [png[:8] for png in output.pngs] == [b"\x89PNG\r\n\x1a\n"]


def test_the_first_error_ends_a_lesson_and_names_its_line(pool: Pool) -> None:
    outputs = run_notebook(["y = 1", "y\nz", "print('never')"], pool, Profile.NUMPY)
    assert len(outputs) == 2
    assert outputs[1].error is not None
    assert (outputs[1].error.type, outputs[1].error.line) == ("NameError", 2)


def test_a_cell_that_does_not_end_is_an_error(pool: Pool) -> None:
    (output,) = run_notebook(["while True: pass"], pool, Profile.NUMPY, seconds=0.5)
    assert output.error is not None
    assert output.error.message == "cell 1 did not finish (timed_out)"
