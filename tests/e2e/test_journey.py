"""The main job: sign in, read, write, run, submit, go on. With the keyboard alone, and without scripts."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.acting import EXERCISE, WRONG, code, open_exercise, run, verdict, write
from tests.e2e.running import PASSWORD


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until the control with this name has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { const e = document.activeElement;"
            " return e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || '' }"
        )
        if name in focused:
            return
    raise AssertionError(f"{name!r} cannot be reached with Tab; the focus is on {focused!r}")


def test_from_sign_in_to_the_next_exercise_with_the_keyboard_alone(visitor, student, reference):
    page = visitor
    page.goto("/accounts/login/")
    tab_to(page, "E-mail")
    page.keyboard.type(student)
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome")
    tab_to(page, "Start")
    page.keyboard.press("Enter")
    page.wait_for_url("**/exercises/01-maths/01-slope-at/")

    open_exercise(page)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the text")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    tab_to(page, "Your code in Python")
    write(page, WRONG)
    page.keyboard.press("Control+Enter")
    expect(verdict(page)).to_have_attribute("data-word", "failed")
    assert page.evaluate("document.activeElement.className").startswith("cm-content"), (
        "a verdict moves no focus"
    )

    page.keyboard.press("Alt+3")
    expect(page.locator("#results")).to_be_focused()
    page.keyboard.press("Alt+1")
    expect(page.locator("#lesson")).to_be_focused()
    page.keyboard.press("Alt+h")
    expect(page.locator("details.hint[open]")).to_have_count(1)
    page.keyboard.press("Alt+h")
    expect(page.locator("details.hint[open]")).to_have_count(2)
    page.keyboard.press("Alt+2")
    expect(page.locator(".cm-content")).to_be_focused()

    write(page, reference)
    page.keyboard.press("Control+Shift+Enter")
    expect(verdict(page)).to_have_attribute("data-word", "passed")
    page.keyboard.press("Alt+3")
    tab_to(page, "Next: ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/exercises/01-maths/06-*/")


def test_tab_indents_and_escape_tab_leaves_the_editor(learner):
    open_exercise(learner)
    write(learner, "x")
    learner.keyboard.press("Home")
    learner.keyboard.press("Tab")
    expect(learner.locator(".cm-content")).to_be_focused()
    expect(code(learner)).to_have_value("    x")
    learner.keyboard.press("Escape")
    learner.keyboard.press("Tab")
    expect(learner.locator(".cm-content")).not_to_be_focused()
    expect(learner.locator("#leave-editor")).to_be_visible()


def test_the_question_mark_shows_the_shortcuts_only_outside_the_editor(learner):
    open_exercise(learner)
    write(learner, "")
    learner.keyboard.type("?")
    expect(learner.locator("dialog#shortcuts")).to_be_hidden()
    learner.locator("#results").focus()
    learner.keyboard.type("?")
    expect(learner.locator("dialog#shortcuts")).to_be_visible()
    learner.keyboard.press("Escape")
    expect(learner.locator("dialog#shortcuts")).to_be_hidden()


def test_the_dividers_move_with_the_arrows_and_come_back(learner):
    open_exercise(learner)
    divider = learner.get_by_role("separator", name="Width of the text")
    before = learner.locator("#lesson").bounding_box()["width"]
    divider.focus()
    for _ in range(5):
        learner.keyboard.press("ArrowLeft")
    expect(divider).to_have_attribute("aria-valuenow", "34")
    assert learner.locator("#lesson").bounding_box()["width"] < before - 80
    learner.reload()
    expect(divider).to_have_attribute("aria-valuenow", "34")
    divider.focus()
    learner.keyboard.press("Enter")
    assert abs(learner.locator("#lesson").bounding_box()["width"] - before) < 3


def test_a_failing_array_is_shown_beside_the_expected_one_and_read_with_the_arrows(learner):
    open_exercise(learner)
    result = run(learner, WRONG.replace("return np.log", "return 1 + np.log"))
    expect(result.locator("[data-headline]")).to_contain_text("checks pass")
    group = result.locator(".arrays[data-group]").first
    expect(group.locator("figcaption")).to_contain_text(["Expected", "Yours", "Difference"])
    expect(group.locator("td.off")).not_to_have_count(0)
    group.locator(".grid").nth(1).focus()
    learner.keyboard.press("ArrowRight")
    expect(group.locator("td.here")).to_have_count(3)
    foot = group.locator("xpath=following-sibling::p")
    expect(foot).to_have_text(re.compile(r"^\[0\]: expected .*, yours .*, difference \+1"))


def test_every_submission_stays_and_can_be_compared(learner, reference):
    open_exercise(learner)
    run(learner, WRONG)
    run(learner, reference, submit=True)
    learner.get_by_role("tab", name="Submissions").click()
    expect(learner.locator("[data-history] > ul > li")).to_have_count(2)
    learner.locator("[data-history] summary").first.click()
    learner.get_by_role("link", name="with its checks").click()
    expect(learner.get_by_role("heading", level=1)).to_contain_text("Submission")
    learner.get_by_label("Compare with").select_option(index=1)
    learner.get_by_role("button", name="Show").click()
    expect(learner.locator(".diff .add")).not_to_have_count(0)
    learner.get_by_role("link", name="Go on from this code").click()
    expect(learner.locator("[data-notices]")).to_contain_text("This is the code of your submission")


def test_the_teacher_finds_it_in_the_grid(learner, student, page_maker):
    open_exercise(learner)
    run(learner, WRONG, submit=True)
    page = page_maker("teacher@example.org")
    page.goto("/cohorts/demo/")
    name = student.partition("@")[0]
    page.get_by_label("Find a student").press_sequentially(name)
    expect(page.locator("#grid tbody tr").first).to_contain_text(name)
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("link", name="Open submission").first.click()
    expect(page.get_by_role("button", name="Grade again")).to_be_visible()
    page.get_by_role("button", name="Grade again").click()
    expect(page.get_by_text("It is being graded again.")).to_be_visible()
    expect(page.locator("[data-result] [data-headline]")).to_have_text("0 of 2 tasks pass")


def test_without_scripts_the_form_submits_and_the_page_refreshes_itself(page_maker, student):
    page = page_maker(student, java_script_enabled=False)
    page.goto(EXERCISE)
    page.get_by_label("Your code in Python").fill(WRONG)
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/submissions/*/")
    expect(page.locator("[data-headline]")).to_have_text("0 of 2 tasks pass")
