"""Authored text becomes safe HTML; a mistake in it becomes a sentence."""

from pathlib import Path

import pytest

from zero_to_gpt.catalog.rendering import (
    RenderError,
    highlight,
    render_cell,
    render_inline,
    render_markdown,
    render_math,
    render_task,
)

TASKS = sorted((Path(__file__).parents[2] / "exercises").glob("*/*/task.md"))


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        "<svg onload=alert(1)>",
        "$\\href{javascript:alert(1)}{x}$",
        "$\\htmlStyle{position:fixed}{x}$",
        "```html\n<script>alert(1)</script>\n```",
        "# <script>alert(1)</script>",
        "![x](javascript:alert(1))",
    ],
)
def test_nothing_authored_becomes_active(attack):
    try:
        html = render_markdown(attack)
    except RenderError:
        return
    for active in (
        "<script",
        "<img src=x",
        "<svg onload",
        'href="javascript',
        'href="data',
        'style="position',
    ):
        assert active not in html


def test_a_token_of_ours_cannot_be_guessed_by_an_author():
    assert "Zx0Z" in render_markdown("Zx0Z and $x$")


def test_maths_comes_with_a_form_that_screen_readers_know():
    html = render_markdown("Inline $x^2$ and\n\n$$\\sum_i x_i$$\n")
    assert html.count("<math") == 2
    assert 'class="katex-display"' in html


def test_a_formula_that_cannot_be_read_is_named():
    with pytest.raises(RenderError, match="cannot be read"):
        render_markdown("$\\frac{1$")


@pytest.mark.parametrize("formula", ["{" * 100_000 + "}" * 100_000, "x" * 200_000], ids=["deep", "long"])
def test_a_formula_has_so_much_memory_and_no_more(formula):
    with pytest.raises(RenderError, match=r"cannot be read: (stack overflow|it is too large)"):
        render_math(formula, display=True)
    assert "katex" in render_math("x", display=True)


@pytest.mark.parametrize("file", TASKS, ids=lambda file: file.parent.name)
def test_the_page_of_an_exercise_has_one_title(file):
    """The exercise's own, which the page shows above its text."""
    assert "<h1" not in render_task(file.read_text())


def test_tables_admonitions_and_task_addresses():
    html = render_markdown("## Task 3: Rows\n\n| a |\n|---|\n| 1 |\n\n!!! tip\n    Look.\n")
    assert '<h2 id="task-3">' in html
    assert "<table>" in html
    assert 'class="admonition tip"' in html


def test_code_is_highlighted_and_escaped():
    html = highlight("x = '<b>'")
    assert "&lt;b&gt;" in html
    assert 'class="highlight"' in html
    assert highlight("anything", "no-such-language").count("<pre") == 1


def test_a_hint_is_one_line_without_a_paragraph():
    assert render_inline("Use `np.max`.") == "Use <code>np.max</code>."


def test_a_figure_that_was_drawn_twice_has_a_picture_for_each_theme():
    figure = {"digest": "ab", "width": 640, "height": 480, "dark": "cd"}
    output = {"stdout": "", "text": "", "error": "", "figures": [figure]}
    html = render_cell("print(1)", output, figure_url=lambda digest: f"/figures/{digest}.png")
    assert 'class="nb-figure on-light" src="/figures/ab.png"' in html
    assert 'class="nb-figure on-dark" src="/figures/cd.png"' in html


def test_what_a_cell_told_the_run_tracker_is_data_and_no_markup():
    point = ["metric", {"metric": {"step": 1, "values": {"</script><b>": 1.0}}}]
    output = {"stdout": "", "text": "", "error": "", "figures": [], "drawn": [point]}
    html = render_cell("print(1)", output, figure_url=str)
    assert "data-drawn" in html
    assert "</script><b>" not in html
    assert "<b>" not in html


def test_what_a_cell_printed_is_text_and_its_picture_has_a_size():
    output = {
        "stdout": "<script>",
        "text": "",
        "error": "ValueError: <b>",
        "figures": [{"digest": "ab", "width": 640, "height": 480}],
    }
    html = render_cell("print(1)", output, figure_url=lambda digest: f"/figures/{digest}.png")
    assert "<script>" not in html
    assert "<b>" not in html
    assert 'src="/figures/ab.png" loading="lazy" width="640" height="480"' in html
