"""Every page, in light and dark, wide and narrow: no axe violation, one h1, nothing wider than the screen."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.acting import EXERCISE, WRONG, code, open_exercise, run

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

BEYOND = """(width) => [...document.querySelectorAll("body *")].filter((each) => {
    for (let at = each.parentElement; at && at !== document.body; at = at.parentElement)
        if (getComputedStyle(at).overflowX !== "visible") return false;
    return each.getBoundingClientRect().right > width + 1;
}).slice(0, 5).map((each) => each.outerHTML.slice(0, 80))"""
SMALL = """() => [...document.querySelectorAll("a, button, summary, input, select")].filter((each) => {
    if (!each.checkVisibility() || each.closest("p, .prose, .skip, dialog")) return false;
    const box = each.getBoundingClientRect();
    return box.width < 24 || box.height < 24;
}).map((each) => each.outerHTML.slice(0, 120))"""

PUBLIC = [
    "/",
    "/course/",
    "/search/",
    "/search/?q=slope",
    "/lessons/01-maths/slope/",
    EXERCISE,
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/help/",
    "/privacy/",
    "/accessibility/",
]
OWN = [
    "/",
    "/course/",
    "/progress/",
    "/account/",
    "/account/delete/",
    "/cohorts/",
    "/cohorts/demo/",
    "/accounts/email/",
]
STAFF = [
    "/cohorts/",
    "/cohorts/demo/",
    "/cohorts/demo/members/",
    "/cohorts/demo/deadlines/",
    "/cohorts/demo/announcements/",
    "/cohorts/demo/students/{student}/",
    "/fleet/",
    "/record/",
]


def settle(page: Page) -> None:
    page.wait_for_load_state("load")
    if re.match(
        r"https?://[^/]+/exercises/[\w-]+/[\w-]+/($|[?#])", page.url
    ):  # its pieces have pages without an editor
        expect(page.locator("html[data-editor=ready]")).to_be_attached()


def violations(page: Page) -> list[str]:
    settle(page)
    page.evaluate(AXE)
    found = page.evaluate("(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    return [
        f"{page.url}: {each['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def too_wide(page: Page, width: int) -> list[str]:
    settle(page)
    inner, scroll = page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
    if inner <= width and scroll <= width:
        return []
    return [f"{page.url}: {max(inner, scroll)} wide on {width}: {page.evaluate(BEYOND, width)}"]


@pytest.fixture(params=["light", "dark"])
def scheme(request) -> str:
    return request.param


@pytest.fixture
def colours(scheme, page_maker):
    def maker(email: str | None = None, **options) -> Page:
        return page_maker(email, color_scheme=scheme, **options)

    return maker


def test_public_pages_have_no_violation(colours):
    page = colours()
    found = []
    for path in PUBLIC:
        page.goto(path)
        found += violations(page)
        assert page.locator("h1").count() == 1, path
    assert found == []


def test_pages_of_a_student_have_no_violation(colours, student):
    page = colours(student)
    found = []
    for path in OWN:
        page.goto(path)
        found += violations(page)
        assert page.locator("h1").count() == 1, path
    assert found == []


def test_a_verdict_and_its_submission_have_no_violation(colours, student):
    page = colours(student)
    open_exercise(page)
    result = run(page, WRONG, submit=True)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    found = violations(page)
    page.goto(result.locator(".facts a").get_attribute("href"))
    found += violations(page)
    page.goto("/progress/")
    found += violations(page)
    assert found == []


def test_an_error_in_the_code_has_no_violation(colours, student):
    page = colours(student)
    open_exercise(page)
    run(page, "print('hello')\nprint(undefined)\n")
    assert violations(page) == []


def test_pages_of_staff_have_no_violation(colours, site):
    page = colours("boss@example.org")
    page.goto("/cohorts/demo/")
    student = page.locator("#grid tbody a").first.get_attribute("href").split("/")[-2]
    found = []
    for path in STAFF:
        page.goto(path.format(student=student))
        found += violations(page)
        assert page.locator("h1").count() == 1, path
    assert found == []


@pytest.mark.parametrize("dialog", ["shortcuts", "reset", "sign-in"])
def test_dialogs_have_no_violation(colours, student, dialog):
    page = colours(student)
    open_exercise(page)
    page.evaluate("id => document.getElementById(id).showModal()", dialog)
    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_is_wider_than_a_phone(page_maker, student, width):
    page = page_maker(student, viewport={"width": width, "height": 800}, is_mobile=True, has_touch=True)
    found = []
    for path in dict.fromkeys([*OWN, *PUBLIC]):
        page.goto(path)
        found += too_wide(page, width)
    assert found == []


def test_staff_pages_fit_a_phone(page_maker):
    page = page_maker(
        "boss@example.org", viewport={"width": 390, "height": 800}, is_mobile=True, has_touch=True
    )
    found = []
    for path in ("/cohorts/", "/cohorts/demo/", "/cohorts/demo/members/", "/fleet/"):
        page.goto(path)
        found += too_wide(page, 390)
    assert found == []


@pytest.mark.parametrize("width", [1280, 390])
def test_what_goes_wrong_in_a_cohort_is_found_from_its_grid(learner, student, page_maker, width):
    open_exercise(learner)
    run(learner, WRONG, submit=True)
    page = page_maker("teacher@example.org", viewport={"width": width, "height": 800})
    page.goto("/cohorts/demo/")
    page.get_by_role("columnheader").get_by_role("link", name="Log-sum-exp and softmax").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log-sum-exp and softmax")
    checks = page.locator("section", has=page.get_by_role("heading", name="Checks that did not pass"))
    expect(checks.locator("tbody tr")).not_to_have_count(0)
    assert violations(page) + too_wide(page, width) == []
    checks.get_by_role("link").first.press("Enter")
    expect(page.get_by_role("button", name="Grade again")).to_be_visible()


GPU_WORKER = """
import tempfile
from pathlib import Path
from django.conf import settings
from grader.sandbox.devices import Slices
from grader.sandbox.fakes import FakeDevices, Fault
from zero_to_gpt.fleet import boxes
from zero_to_gpt.fleet.models import WorkerSign

folder = Path(tempfile.mkdtemp())
settings.GPU = "fake:3"
slices = boxes._slices = Slices(FakeDevices(folder, 3), folder)
slices.lease("submission 1").end()
bad = slices.lease("submission 2")
slices.devices.tell({bad.slice.uuid: Fault.RESIDUE})
bad.end()
busy = slices.lease("submission 3")
WorkerSign.objects.update_or_create(name="gpu-host:1", defaults={"gpus": boxes.gpus()})
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_slices_of_every_state_are_readable_and_fit_a_phone(page_maker, site, scheme):
    site.manage("shell", "-v", "0", "-c", GPU_WORKER)
    try:
        page = page_maker(
            "boss@example.org", viewport={"width": 390, "height": 800}, is_mobile=True, color_scheme=scheme
        )
        page.goto("/fleet/")
        section = page.get_by_role("region", name="GPU slices")
        expect(section).to_contain_text("No GPU here: these slices are made of the processor.")
        for state in ("free", "leased", "quarantined"):
            expect(section.get_by_text(state, exact=True)).to_be_visible()
        assert violations(page) == []
        assert too_wide(page, 390) == []
    finally:
        site.manage(
            "shell",
            "-v",
            "0",
            "-c",
            "from zero_to_gpt.fleet.models import WorkerSign\nWorkerSign.objects.exclude(gpus={}).delete()",
        )


def test_on_a_phone_one_reads_writes_and_runs_in_three_tabs(page_maker, student):
    page = page_maker(student, viewport={"width": 390, "height": 800}, is_mobile=True, has_touch=True)
    open_exercise(page)
    expect(page.locator("#lesson")).to_be_visible()
    expect(page.locator("#editor")).to_be_hidden()
    page.get_by_role("tab", name="Code").tap()
    expect(page.locator("#lesson")).to_be_hidden()
    page.locator(".cm-content").tap()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(WRONG + "\nx = ")
    page.get_by_role("button", name="(", exact=True).tap()
    page.get_by_role("button", name=")", exact=True).tap()
    page.get_by_role("button", name="Move left").tap()
    page.keyboard.type("1")
    expect(code(page)).to_have_value(re.compile(r"x = \(1\)$"))
    page.get_by_role("button", name="Run").tap()
    expect(page.locator("#results")).to_be_visible()
    expect(page.locator("[data-headline]")).to_contain_text("checks pass")
    assert too_wide(page, 390) == []
    assert page.evaluate(SMALL) == []


def test_motion_stops_for_those_who_ask(page_maker, student):
    page = page_maker(student, reduced_motion="reduce")
    open_exercise(page)
    duration = page.evaluate("getComputedStyle(document.querySelector('.pulse')).animationDuration")
    assert float(duration.rstrip("s")) < 0.001
