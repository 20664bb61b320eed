"""What a page may weigh and how long it may take; the limits leave room for a busy machine."""

import gzip
import re
from pathlib import Path

import pytest
import requests

from tests.e2e.acting import EXERCISE, WRONG, open_exercise, run

DIST = Path(__file__).parents[2] / "platform/zero_to_gpt/site/static/dist"

OBSERVE = """
    window.__shift = 0;
    window.__outside = 0;  // of these, what moved something that is no part of the results
    window.__paint = 0;
    const isResult = (node) =>  // an old result that is gone by now has no node
        !node || !!(node.nodeType === 1 ? node : node.parentElement)?.closest("#results > *");
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (entry.hadRecentInput) continue;
            window.__shift += entry.value;
            if (!entry.sources.every((each) => isResult(each.node))) window.__outside += entry.value;
        }
    }).observe({type: "layout-shift", buffered: true});
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.__paint = entry.startTime;
    }).observe({type: "largest-contentful-paint", buffered: true});
"""


def weight(*names: str) -> float:
    return sum(len(gzip.compress((DIST / name).read_bytes(), 9)) for name in names) / 1000


def scripts(html: str) -> set[str]:
    return set(re.findall(r'<script[^>]+src="([^"]+)"', html))


def test_scripts_and_styles_stay_small():
    assert weight("site.css") <= 20
    assert weight("page.js") <= 20, "reading pages"
    assert weight("page.js", "exercise.js") <= 60, "before the editor is usable as a textarea"
    assert weight("page.js", "exercise.js", "editor.js", "plot.js") <= 210, "with curves on it"
    assert weight("page.js", "submission.js") <= 20, "before there is a curve"
    assert weight("katex/katex.css") <= 5


def test_reading_pages_load_one_small_script(site):
    for path in (
        "/",
        "/course/",
        "/search/?q=slope",
        "/lessons/01-maths/slope/",
        "/help/",
        "/accounts/login/",
    ):
        assert scripts(requests.get(site.url + path, timeout=60).text) == {"/static/dist/page.js"}, path


def test_a_lesson_stays_light(site):
    page = requests.get(site.url + "/lessons/01-maths/slope/", timeout=60)
    assert len(page.content) <= 150_000


@pytest.mark.parametrize(
    "path", ["/", "/course/", "/lessons/01-maths/slope/", EXERCISE, "/accounts/login/", "/progress/"]
)
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_are_painted_at_once_and_stand_still(page_maker, student, path, width):
    page = page_maker(student, viewport={"width": width, "height": 800})
    page.add_init_script(OBSERVE)
    page.goto("/help/")  # the second page of a visit: styles and scripts are known
    paints = []
    while not paints or (paints[-1] > 1000 and len(paints) < 5):  # the page's own time is the least of them
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.wait_for_function("__paint > 0")
        paints.append(page.evaluate("__paint"))
    page.mouse.wheel(0, 3000)
    page.wait_for_timeout(500)
    assert page.evaluate("__shift") <= 0.02
    assert min(paints) <= 1000


def test_a_verdict_moves_nothing_but_the_results(learner):
    learner.add_init_script(OBSERVE)
    open_exercise(learner)
    learner.evaluate("__outside = 0")
    run(learner, WRONG)  # the press itself gives the results more room, before there are any
    learner.wait_for_timeout(300)
    assert learner.evaluate("__outside") <= 0.02
    editor = learner.locator(".cm-editor").bounding_box()
    run(learner, WRONG + "\nx = 1\n")
    learner.wait_for_timeout(300)
    assert learner.locator(".cm-editor").bounding_box() == editor
    assert learner.evaluate("__outside") <= 0.02
