"""The first page's training, as a visitor who is not signed in: the recording, in full, by keyboard."""

import pytest
from playwright.sync_api import expect

from tests.e2e.test_accessible import too_wide, violations


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_visitor_watches_the_recording_and_is_told_that_it_is_one(browser, base_url, theme):
    context = browser.new_context(
        base_url=base_url, reduced_motion="reduce", color_scheme=theme, viewport={"width": 390, "height": 800}
    )
    page = context.new_page()
    page.goto("/")
    begin = page.get_by_role("button", name="Watch it learn")
    begin.focus()
    page.keyboard.press("Enter")
    told = page.locator("[data-said]")
    expect(told).to_contain_text("Live training is switched off on this site. This is a recording of 20")
    lines = page.get_by_role("list", name="What it writes, step by step").get_by_role("listitem")
    expect(lines.first).to_contain_text("step 0")
    expect(lines.nth(5)).to_be_visible()
    expect(page.locator("[data-show]").get_by_text("loss fell from 3.")).to_be_visible()
    expect(page.locator("[data-show]").get_by_text("attention at step")).to_be_visible()
    expect(page.get_by_role("button", name="Again")).to_be_enabled()
    assert violations(page) == []
    assert too_wide(page, 390) == []
    context.close()
