"""Finding a place in the course by a word, with the keyboard alone."""

from playwright.sync_api import expect

from tests.e2e.test_accessible import violations


def test_a_word_leads_to_the_section_where_it_stands(learner):
    learner.goto("/course/")
    learner.get_by_role("link", name="Search").focus()
    learner.keyboard.press("Enter")
    field = learner.get_by_role("searchbox", name="Search lessons and exercises")
    expect(field).to_be_focused()
    learner.keyboard.type("left and right of a point zebra")
    learner.keyboard.press("Enter")
    expect(learner.get_by_role("status")).to_contain_text("Nothing was found")
    assert violations(learner) == []
    field.fill("slope")
    learner.keyboard.press("Enter")
    expect(learner.get_by_role("status")).to_contain_text("“slope”")
    expect(learner.locator("mark").first).to_have_text("slope", ignore_case=True)
    assert violations(learner) == []
    section = learner.locator(".answers a[href*='#']").first
    heading = section.inner_text()
    section.focus()
    learner.keyboard.press("Enter")
    expect(learner.locator(":target")).to_have_text(heading)
    expect(learner.locator(":target")).to_be_in_viewport()
