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


DRAWS = """
import matplotlib.pyplot as plt
import numpy as np
fig, (left, right) = plt.subplots(1, 2)
left.plot([0, 1], [0, 1], color="#000080", label="navy")
left.set_title("a title")
left.annotate("here", (0.5, 0.5), (0.2, 0.8), arrowprops={"arrowstyle": "->"}, bbox={"fc": "white"})
left.legend()
right.imshow(np.eye(4), cmap="gray")
right.text(1, 0, "0", color="black")
"""
LOOKS = """
from matplotlib.colors import to_rgba
import dark
dark.recolour(fig)
[line] = left.lines
shades = [fig.patch.get_facecolor(), left.patch.get_facecolor(), left.title.get_color(), line.get_color()]
shades += [right.texts[0].get_color(), left.texts[0].get_bbox_patch().get_facecolor()]
print([round(sum(to_rgba(shade)[:3]) / 3, 1) for shade in shades], right.images[0].get_cmap().name)
plt.close("all")
"""


def test_figures_are_drawn_once_more_for_dark_pages(pool: Pool) -> None:
    (output,) = run_notebook([DRAWS], pool, Profile.NUMPY)
    assert output.error is None
    assert len(output.pngs) == len(output.dark_pngs) == 1
    assert output.pngs != output.dark_pngs


def test_what_is_grey_changes_sides_and_pictures_stay_as_they_are(pool: Pool) -> None:
    (output,) = run_notebook([DRAWS + LOOKS], pool, Profile.NUMPY)
    assert output.error is None, output.error
    paper, ink, navy, on_a_picture = 0.1, 0.9, 0.6, 0.0
    assert output.stdout == f"{[paper, paper, ink, navy, on_a_picture, paper]} gray\n"


def test_what_a_lesson_tells_the_run_tracker_is_kept(pool: Pool) -> None:
    source = "from tracker import heat, init, log\ninit(lr=1)\nlog(1, loss=2.0)\nheat(1, w=[[1, 2]])"
    (output,) = run_notebook([source], pool, Profile.NUMPY)
    assert [kind for kind, _ in output.drawn] == ["config", "metric", "drawing"]
    assert output.drawn[2][1]["drawing"]["rows"] == [[1.0, 2.0]]


def test_the_first_error_ends_a_lesson_and_names_its_line(pool: Pool) -> None:
    outputs = run_notebook(["y = 1", "y\nz", "print('never')"], pool, Profile.NUMPY)
    assert len(outputs) == 2
    assert outputs[1].error is not None
    assert (outputs[1].error.type, outputs[1].error.line) == ("NameError", 2)


def test_a_cell_that_does_not_end_is_an_error(pool: Pool) -> None:
    (output,) = run_notebook(["while True: pass"], pool, Profile.NUMPY, seconds=0.5)
    assert output.error is not None
    assert output.error.message == "cell 1 did not finish (timed_out)"
