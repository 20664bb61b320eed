"""What code draws: a curve and a figure while it runs, after a reload, and on the submission's page."""

import re

import nbformat
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.acting import EXERCISE, open_exercise, verdict, write
from tests.e2e.test_accessible import too_wide, violations

DRAWING = """\
import time

import matplotlib.pyplot as plt
import numpy as np
from tracker import log

losses = 0.05 + 2.25 * np.exp(-np.arange(31) / 6)
losses[-1] = 0.05
for number, loss in enumerate(losses):
    step = 10 * number
    broken = 120 <= step <= 150
    log(step, loss=float("nan") if broken else loss, accuracy=1 - loss / 2.5, rate=0.001 * 0.9**number)
    time.sleep(0.06)  # slower than the tracker thins
plt.plot(losses)
plt.title("<b>loss</b>")


def logsumexp(x, axis=-1):
    time.sleep(0.3)
    return np.log(np.exp(x).sum(axis))


def softmax(x, axis=-1):
    e = np.exp(x)
    return e / e.sum()
"""
FELL = (
    "loss fell from 2.30 to 0.05 in 300 steps, "
    "and was no number (NaN or infinite) at 4 of 31 points, first at step 120; "
    "accuracy rose from 0.08 to 0.98 in 300 steps"
)
INK = """(canvas) => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set();
    for (let at = 0; at < pixels.length; at += 4)
        if (pixels[at + 3] === 255) colours.add(pixels.slice(at, at + 3).join());
    return colours.size;
}"""
WIDTH = "(image) => image.decode().then(() => image.naturalWidth)"


def expect_drawn(place: Locator) -> None:
    charts = place.get_by_role("img", name="in 300 steps")
    expect(charts).to_have_count(2)
    assert charts.nth(0).get_attribute("aria-label") == FELL
    assert charts.nth(1).get_attribute("aria-label").startswith("rate fell from 0.001 to ")
    expect(place.locator("figcaption").first).to_have_text(FELL + ".")
    expect(place.locator(".curve-keys").first).to_have_text(re.compile(r"loss\s*accuracy"))
    assert charts.first.locator("canvas").evaluate(INK) > 3
    figure = place.get_by_role("img", name="Figure 1 of your code")
    expect(figure).to_have_count(1)
    assert figure.evaluate(WIDTH) == int(figure.get_attribute("width")) > 300


@pytest.fixture
def drew(learner):
    """A page on which code that draws has been started."""
    open_exercise(learner)
    write(learner, DRAWING)
    learner.keyboard.press("Control+Enter")
    return learner


def test_curves_and_figures_are_drawn_live_and_stay(learner):
    held: list[Route] = []
    learner.route(
        "**/submissions/*/result/", lambda route: held.append(route) if live_only else route.continue_()
    )
    live_only = True
    open_exercise(learner)
    write(learner, DRAWING)
    learner.keyboard.press("Control+Enter")
    live = learner.locator("[data-live-drawn]")
    expect(live.get_by_role("img", name="Figure 1 of your code")).to_be_visible()
    expect_drawn(live)
    expect(verdict(learner)).to_have_count(0)  # however fast it comes: its answer is held back
    live_only = False
    for route in held:
        route.continue_()
    expect(verdict(learner)).to_be_visible()
    expect(live).to_be_hidden()
    result = learner.locator("[data-result] .drawn")
    expect_drawn(result)
    learner.reload()
    expect_drawn(result)
    learner.goto(verdict(learner).locator(".facts a").get_attribute("href"))
    expect_drawn(learner.locator("[data-result] .drawn"))


def test_the_page_of_a_submission_draws_while_it_runs(learner):
    open_exercise(learner)
    write(learner, DRAWING)
    with learner.expect_response("**/submit/") as sent:
        learner.keyboard.press("Control+Enter")
    learner.goto(sent.value.json()["url"])
    expect(learner.locator("[data-live-drawn] canvas").first).to_be_visible()
    expect(verdict(learner).locator("[data-headline]")).to_contain_text("checks pass")
    expect_drawn(learner.locator("[data-result] .drawn"))


def test_the_numbers_are_there_as_a_table(drew):
    expect(verdict(drew)).to_be_visible()
    table = drew.locator("[data-result] .numbers")
    table.get_by_text("As a table").click()
    expect(table.locator("tbody tr")).to_have_count(31)
    expect(table.locator("thead")).to_have_text("steplossaccuracyrate")
    expect(table.locator("tbody tr").nth(12)).to_contain_text("120no number")


def test_the_next_run_begins_with_an_empty_sheet(drew):
    expect(verdict(drew)).to_be_visible()
    write(drew, "print('no picture')\n")
    drew.keyboard.press("Control+Enter")
    expect(drew.locator("[data-result] .drawn")).to_have_count(0)
    expect(drew.locator("[data-live-drawn]")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_what_was_drawn_has_no_violation_and_fits(page_maker, student, scheme, width):
    page: Page = page_maker(student, color_scheme=scheme)
    open_exercise(page)
    write(page, DRAWING)
    page.keyboard.press("Control+Enter")
    expect(verdict(page)).to_be_visible()
    page.set_viewport_size({"width": width, "height": 800})
    if width < 640:
        page.get_by_role("tab", name="Result").click()
    expect_drawn(page.locator("[data-result] .drawn"))  # its table is there only then
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    expect(page.locator("[data-result] .numbers table")).to_be_visible()
    assert violations(page) == []
    assert too_wide(page, width) == []
    page.goto(verdict(page).locator(".facts a").get_attribute("href"))
    expect_drawn(page.locator("[data-result] .drawn"))
    page.locator("[data-result] .numbers summary").click()
    assert violations(page) == []
    assert too_wide(page, width) == []


def test_the_notebook_holds_what_was_typed_a_moment_ago(learner):
    open_exercise(learner)
    write(learner, "typed = 'just now'\n")
    with learner.expect_download() as got:
        learner.get_by_role("link", name=".ipynb").click()
    assert got.value.suggested_filename == EXERCISE.rstrip("/").rpartition("/")[2] + ".ipynb"
    notebook = nbformat.reads(got.value.path().read_text(), as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[-1].source == "typed = 'just now'"
