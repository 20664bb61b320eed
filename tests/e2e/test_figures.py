"""What code tells the run tracker, drawn while it runs and afterwards; and runs laid over each other."""

import csv
import io
import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.acting import WRONG, open_exercise, run, verdict, write
from tests.e2e.test_accessible import too_wide, violations

NASTY = "<img src=x onerror=hit=1>"
TELLING = f"""\
import time

import numpy as np
from tracker import field, graph, heat, histogram, images, init, log

init(lr=0.1, width=64, note="{NASTY}")
rng = np.random.default_rng(0)
for step in range(0, 60, 10):
    log(step, loss=1 / (1 + step))
    acts = np.maximum(0, rng.normal(size=(50, 4)))
    acts[:, : step // 20] = 0
    histogram(step, fc1=acts)
    heat(step, {{"{NASTY}": np.array([[step, -1.0], [np.nan, np.inf]])}}, rows=["<b>", "r1"])
    field(step, box=(-1, 1, -1, 1), points=[[0, 0], [0.5, 0.5]], labels=[0, 1], plane=np.eye(8))
    images(step, filters=rng.normal(size=(20, 5, 5)))
    time.sleep(0.15)
graph(60, {{"x": "(3, 4)", "W": "(4, 2)", "out": "{NASTY}"}}, [("x", "out"), ("W", "out")], wrong=["W"])
"""
KINDS = ["histogram", "heat", "field", "images", "graph"]


def figure(place, kind: str):
    return place.locator(f"figure[data-kind={kind}]")


def test_each_kind_is_drawn_said_and_there_as_a_table(learner):
    open_exercise(learner)
    learner.evaluate("window.hit = 0")
    run(learner, TELLING + WRONG)
    drawn = learner.locator("[data-result] .drawn")
    for kind in KINDS:
        expect(figure(drawn, kind)).to_have_count(1)
    said = {kind: figure(drawn, kind).get_by_role("img") for kind in KINDS}
    expect(said["histogram"]).to_have_attribute(
        "aria-label",
        re.compile(r"fc1 at step 50: .*; 50 % of units are dead, 0 everywhere \(0 % at step 0\)"),
    )
    expect(said["heat"]).to_have_attribute(
        "aria-label", re.compile(r"2 by 2, from -1 to 50, the largest in row <b>, column 0; 2 of 4 cells")
    )
    expect(said["field"]).to_have_attribute("aria-label", re.compile(r"with 2 points"))
    expect(said["images"]).to_have_attribute(
        "aria-label", re.compile(r"16 pictures of 5 by 5, the first of 20")
    )
    expect(said["graph"]).to_have_attribute("aria-label", re.compile(r"3 nodes, 2 edges; marked as wrong: W"))
    for kind in KINDS:
        figure(drawn, kind).get_by_text("As a table").click()
        expect(figure(drawn, kind).locator("tbody tr")).not_to_have_count(0)
    expect(figure(drawn, "heat").locator("tbody")).to_have_text(re.compile(r"<b>\s*50\s*-1\s*r1\s*nan\s*inf"))
    expect(figure(drawn, "graph").locator("tbody tr").nth(1)).to_have_text(re.compile("W.*wrong"))
    assert learner.evaluate("window.hit") == 0
    assert learner.locator("[data-result] img[src=x]").count() == 0
    expect(figure(drawn, "heat").locator("h4, h5")).to_have_text(NASTY)
    assert violations(learner) == []


def test_one_goes_through_the_steps_by_keyboard_and_plays_them(learner):
    open_exercise(learner)
    run(learner, TELLING + WRONG)
    heat = figure(learner.locator("[data-result] .drawn"), "heat")
    slider = heat.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", "step 50")
    slider.focus()
    learner.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "step 0")
    expect(heat.get_by_role("img")).to_have_attribute("aria-label", re.compile("at step 0: .* from -1 to 0"))
    heat.get_by_role("button", name="Play").focus()
    learner.keyboard.press("Enter")
    expect(heat.get_by_role("button", name="Pause")).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", "step 50")
    expect(heat.get_by_role("button", name="Play")).to_be_visible()


def test_they_are_drawn_while_code_trains_at_most_ten_times_a_second(learner):
    """Counted where the canvas is cleared for a new frame, for each canvas by itself."""
    learner.add_init_script("""
        window.painted = new Map();
        const clear = CanvasRenderingContext2D.prototype.clearRect;
        CanvasRenderingContext2D.prototype.clearRect = function (...given) {
            if (this.canvas.closest(".frame")) {
                const times = window.painted.get(this.canvas) ?? [];
                window.painted.set(this.canvas, [...times, performance.now()]);
            }
            return clear.apply(this, given);
        };
    """)
    held: list[Route] = []
    learner.route("**/submissions/*/result/", lambda route: held.append(route))
    open_exercise(learner)
    fast = TELLING.replace("range(0, 60, 10)", "range(0, 600, 10)").replace("sleep(0.15)", "sleep(0.02)")
    write(learner, fast + WRONG)
    learner.keyboard.press("Control+Enter")
    live = learner.locator("[data-live-drawn]")
    expect(figure(live, "graph")).to_be_visible()
    expect(figure(live, "heat").get_by_role("slider")).to_have_attribute("aria-valuetext", "step 590")
    expect(verdict(learner)).to_have_count(0)
    gaps = learner.evaluate(
        "[...window.painted.values()].map((times) => times.slice(1).map((time, at) => time - times[at]))"
    )
    assert len(gaps) >= 4
    assert all(gap >= 90 for mine in gaps for gap in mine)
    assert any(len(mine) >= 2 for mine in gaps), "nothing was drawn while it ran"
    for route in held:
        route.continue_()
    expect(verdict(learner)).to_be_visible()


def test_what_is_much_is_fetched_and_what_is_no_number_is_hatched(learner):
    open_exercise(learner)
    large = (
        "import numpy as np\nfrom tracker import heat\n"
        "w = np.random.default_rng(0).normal(size=(64, 64))\nw[:32] = np.nan\nheat(0, w=w)\n"
    )
    with learner.expect_response("**/drawn/"):
        run(learner, large + WRONG)
    canvas = figure(learner.locator("[data-result] .drawn"), "heat").locator("canvas")
    expect(canvas).to_be_visible()
    colours = canvas.evaluate("""(canvas) => {
        const {width, height} = canvas;
        const all = canvas.getContext("2d").getImageData(0, 0, width, height).data;
        const found = [new Set(), new Set()];
        for (let at = 0; at < all.length; at += 4) {
            const line = Math.floor(at / 4 / width) / height;
            if (all[at + 3] === 255 && Math.abs(line - 0.5) > 0.02)
                found[line < 0.5 ? 0 : 1].add(all.slice(at, at + 3).join());
        }
        return found.map((each) => each.size);
    }""")
    assert colours[0] <= 2, "cells that are no number have a colour"
    assert colours[1] > 50
    learner.reload()
    expect(canvas).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_fit_a_phone_and_have_no_violation(page_maker, student, scheme):
    page: Page = page_maker(student, color_scheme=scheme)
    open_exercise(page)
    run(page, TELLING + WRONG)
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("tab", name="Result").click()
    page.evaluate("for (const each of document.querySelectorAll('.frame details')) each.open = true")
    expect(page.locator("figure[data-kind=heat] table")).to_be_visible()
    assert violations(page) == []
    assert too_wide(page, 390) == []


def test_runs_are_laid_over_each_other_with_what_they_were_made_with(learner):
    open_exercise(learner)
    first = run(learner, TELLING + WRONG).get_attribute("data-submission")
    second = run(learner, TELLING.replace("lr=0.1", "lr=0.3") + WRONG).get_attribute("data-submission")
    learner.get_by_role("tab", name="Submissions").click()
    learner.get_by_role("link", name="Compare what runs logged").click()
    chart = learner.get_by_role(
        "img", name=f"run {second}: loss fell from 1.00 to 0.02 in 50 steps; run {first}:"
    )
    expect(chart.locator("canvas")).to_be_visible()
    expect(learner.locator("tr.differs")).to_have_text(re.compile(r"lr\s*differs\s*0.3\s*0.1"))
    expect(learner.locator("table.config")).to_contain_text(NASTY)
    assert violations(learner) == []
    with learner.expect_download() as got:
        learner.get_by_role("link", name="CSV of those shown").click()
    rows = list(csv.DictReader(io.StringIO(got.value.path().read_text())))
    assert {row["config.lr"] for row in rows} == {"0.1", "0.3"}
    assert next(row["loss"] for row in rows if row["submission"] == first) == "1.0"
    learner.get_by_role("checkbox", name=f"Show run {second}").uncheck()
    learner.get_by_role("button", name="Compare").click()
    expect(learner.locator(".curve-keys").first).to_have_text(f"run {first}")
    learner.set_viewport_size({"width": 390, "height": 844})
    assert too_wide(learner, 390) == []
    assert violations(learner) == []


def test_a_lesson_has_a_picture_for_each_theme(page_maker):
    for scheme, shown, hidden in (("light", "on-light", "on-dark"), ("dark", "on-dark", "on-light")):
        page = page_maker(color_scheme=scheme)
        page.goto("/lessons/01-maths/slope/")
        expect(page.locator(f".nb-figure.{shown}").first).to_be_visible()
        expect(page.locator(f".nb-figure.{hidden}").first).to_be_hidden()
        picture = page.locator(f".nb-figure.{shown}").first
        picture.scroll_into_view_if_needed()
        light = picture.evaluate("""async (image) => {
            await image.decode();
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
            const pen = canvas.getContext("2d");
            pen.drawImage(image, 0, 0);
            const corner = pen.getImageData(2, 2, 1, 1).data;
            return (corner[0] + corner[1] + corner[2]) / 3;
        }""")
        assert light > 240 if scheme == "light" else light < 40
