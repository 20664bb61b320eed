"""What one looks for after a press is there without looking for it: on a desk, between, and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.acting import WRONG, open_exercise, run, verdict, write

PHONES = [(320, 640), (390, 480)]
BETWEEN = [(640, 800), (720, 450), (820, 1180), (1023, 700)]
"""720 x 450 is a window of 1440 x 900 at 200 %."""
COVERED = """
    () => [...document.querySelectorAll("[data-run-form] button[name=kind]")].filter((button) => {
        const {left, right, top, bottom} = button.getBoundingClientRect();
        return [[left + 4, top + 4], [right - 4, bottom - 4]].some(
            ([x, y]) => !button.contains(document.elementFromPoint(x, y)));
    }).map((button) => button.value)
"""


def in_view(page: Page, selector: str) -> bool:
    box = page.locator(selector).first.bounding_box()
    size = page.viewport_size
    assert box and size
    return box["y"] >= 0 and box["y"] + box["height"] <= size["height"]


@pytest.mark.parametrize("submit", [False, True])
def test_the_first_failing_check_is_in_view_with_both_values(page_maker, student, submit):
    page = page_maker(student, viewport={"width": 1440, "height": 900})
    open_exercise(page)
    run(page, WRONG, submit=submit)
    first = "[data-result] .first-check"
    expect(page.locator(f"{first} figcaption")).to_contain_text(["Expected", "Yours"])
    assert in_view(page, f"{first} .arrays")
    assert page.evaluate("document.querySelector('#results').scrollTop") == 0
    assert page.evaluate("document.querySelectorAll('[data-result] *').length") <= 1200
    assert page.evaluate("new Blob([document.querySelector('[data-result]').innerHTML]).size") <= 60_000


def test_a_reload_has_the_same_room_for_results(page_maker, student):
    page = page_maker(student, viewport={"width": 1440, "height": 900})
    open_exercise(page)
    run(page, WRONG)
    before = page.locator("#results").bounding_box()
    open_exercise(page)
    assert page.locator("#results").bounding_box() == before


def test_a_height_that_somebody_chose_stays(page_maker, student):
    page = page_maker(student, viewport={"width": 1440, "height": 900})
    open_exercise(page)
    divider = page.get_by_role("separator", name="Height of the editor")
    divider.press("End")
    before = page.locator("#results").bounding_box()
    run(page, WRONG)
    assert page.locator("#results").bounding_box() == before
    expect(divider).to_have_attribute("aria-valuenow", "80")


def test_other_checks_are_fetched_when_they_are_opened(learner):
    open_exercise(learner)
    run(learner, WRONG, submit=True)
    learner.locator("[data-task='2'] > summary").press("Enter")
    check = learner.locator("[data-task='2'] details.check").first
    expect(check.locator(".grid")).to_have_count(0)
    check.locator("summary").first.press("Enter")
    expect(check.locator("figcaption")).to_contain_text(["Expected", "Yours"])
    check.get_by_role("link", name="The inputs and all values").press("Enter")
    expect(check.get_by_role("heading", name="The inputs")).to_be_visible()


def test_what_cannot_be_fetched_says_so_and_comes_when_it_is_opened_again(learner, console):
    console.forgive("Failed to load resource")
    open_exercise(learner)
    run(learner, WRONG, submit=True)
    learner.locator("[data-task='2'] > summary").press("Enter")
    check = learner.locator("[data-task='2'] details.check").first
    learner.context.set_offline(True)
    check.locator("summary").first.press("Enter")
    expect(check).to_contain_text("cannot be fetched just now")
    learner.context.set_offline(False)
    check.locator("summary").first.press("Enter")
    check.locator("summary").first.press("Enter")
    expect(check.locator("figcaption")).to_contain_text(["Expected", "Yours"])


@pytest.mark.parametrize(("width", "height"), PHONES)
def test_on_a_phone_nothing_covers_run_and_submit(page_maker, student, width, height):
    page = page_maker(student, viewport={"width": width, "height": height}, is_mobile=True, has_touch=True)
    open_exercise(page)
    page.get_by_role("tab", name="Code").tap()
    page.locator(".cm-content").tap()
    assert page.evaluate(COVERED) == []
    write(page, WRONG * 3)  # longer than the screen
    assert page.evaluate(COVERED) == []


@pytest.mark.parametrize(("width", "height"), BETWEEN)
def test_between_a_phone_and_a_desk_run_is_in_reach_and_results_are_a_sheet(
    page_maker, student, width, height
):
    page = page_maker(student, viewport={"width": width, "height": height})
    open_exercise(page)
    assert page.evaluate("scrollY") == 0
    assert page.evaluate(COVERED) == []
    expect(page.locator("#results")).to_be_hidden()
    page.get_by_role("button", name="Run").click()
    expect(verdict(page)).to_be_visible()
    assert in_view(page, "[data-result] [data-headline]")
    assert page.evaluate(COVERED) == []
    toggle = page.get_by_role("button", name="Results", exact=True)
    expect(toggle).to_have_attribute("aria-expanded", "true")
    page.locator("#results").press("Escape")
    expect(page.locator("#results")).to_be_hidden()
    expect(toggle).to_be_focused()
    toggle.press("Enter")
    expect(verdict(page)).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).first.click()
    expect(page.locator("#results")).to_be_hidden()
