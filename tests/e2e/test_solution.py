"""The solution after passing or three honest tries; one check alone; what was handed in before."""

import re

from playwright.sync_api import Page, expect

from grader.exercise.folder import load
from tests.e2e.acting import EXERCISE, WRONG, code, open_exercise, run, verdict, write
from tests.e2e.running import ROOT
from tests.e2e.test_accessible import too_wide, violations

COURSE = ROOT / "exercises"
SOLUTION = "#side-solution"
TRIES = [WRONG, WRONG.replace("1", "0 + 1"), WRONG.replace("e / e.sum()", "e / e.sum(axis)")]


def tab(page: Page, name: str):
    return page.get_by_role("tablist", name="Beside the editor").get_by_role("tab", name=name)


def test_who_passes_reads_what_they_proved_and_compares_with_the_solution(learner, reference):
    open_exercise(learner)
    result = run(learner, reference, submit=True)
    proved = result.get_by_role("region", name="What you proved")
    expect(proved).to_contain_text("A log-sum-exp that never overflows and Softmax hold for")
    expect(proved.get_by_role("listitem")).to_have_count(8)  # each check once: seven of both, one of softmax
    expect(result).not_to_contain_text("Everything passes")
    result.get_by_role("link", name="Compare with the solution").click()
    expect(tab(learner, "Solution")).to_have_attribute("aria-selected", "true")
    panel = learner.locator(SOLUTION)
    expect(panel.get_by_role("heading", name="The reference")).to_be_visible()
    expect(panel.get_by_role("heading", name="Another way that passes")).to_have_count(2)
    known = {
        each.explanation for each in load(COURSE / EXERCISE.removeprefix("/exercises/").strip("/")).mutants
    }
    expect(panel.locator(".mistakes li")).to_have_count(len(known))
    expect(panel.locator(".mine pre")).to_contain_text("def logsumexp")
    expect(learner.locator("#side-text")).to_be_hidden()
    assert violations(learner) == []


def test_after_three_honest_tries_one_is_told_first_and_then_it_opens(learner, student, page_maker):
    open_exercise(learner)
    sent = []
    learner.on("response", lambda answer: sent.append(answer) if "/solution/" in answer.url else None)
    for text in TRIES[:2]:
        run(learner, text, submit=True)
    tab(learner, "Solution").click()
    panel = learner.locator(SOLUTION)
    expect(panel).to_contain_text("You have made 2")
    run(learner, TRIES[2], submit=True)
    expect(panel).to_contain_text("is recorded, and those who teach you see it")
    assert violations(learner) == []
    assert all("keepdims" not in answer.text() for answer in sent)  # not a line of it before it is opened
    panel.get_by_role("button", name="Open the solution").focus()
    learner.keyboard.press("Enter")
    expect(panel.get_by_role("heading", name="The reference")).to_be_visible()
    expect(panel).to_contain_text("before passing")
    expect(panel).to_be_focused()
    teacher = page_maker("teacher@example.org")
    teacher.goto(f"/cohorts/demo/?q={student}")
    expect(teacher.locator("#grid .opened")).to_have_count(1)
    assert violations(teacher) == []


def test_without_scripts_the_solution_is_a_page_of_its_own(student, page_maker):
    page = page_maker(student, java_script_enabled=False)
    page.goto(EXERCISE)
    page.get_by_role("link", name="The solution", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The solution")
    expect(page.locator("main")).to_contain_text("You have made 0")


def test_the_tabs_beside_the_editor_work_by_keyboard(learner):
    open_exercise(learner)
    tab(learner, "Text").focus()
    learner.keyboard.press("ArrowRight")
    expect(tab(learner, "Submissions")).to_be_focused()
    expect(learner.locator("#side-submissions")).to_contain_text("No submissions yet")
    expect(learner.locator("#side-text")).to_be_hidden()
    learner.keyboard.press("ArrowRight")
    expect(learner.locator(SOLUTION)).to_contain_text("You have made 0")
    learner.keyboard.press("ArrowRight")
    expect(tab(learner, "Text")).to_have_attribute("aria-selected", "true")
    learner.keyboard.press("Alt+h")  # a hint is part of the text, whatever is shown
    tab(learner, "Solution").click()
    learner.keyboard.press("Alt+h")
    expect(learner.locator("#side-text")).to_be_visible()


def test_an_earlier_submission_shows_what_changed_and_comes_back_into_the_editor(learner):
    open_exercise(learner)
    first = WRONG + "# the first\n"
    run(learner, first)
    run(learner, WRONG + "# the <b>second</b>\n")
    tab(learner, "Submissions").click()
    newest, oldest = (learner.locator("[data-history] details.past").nth(at) for at in (0, 1))
    newest.locator("summary").first.click()
    expect(newest.locator(".diff .add")).to_have_text(re.compile("the <b>second</b>"))
    expect(newest.locator(".diff .del")).to_have_text(re.compile("the first"))
    oldest.locator("summary").first.click()
    oldest.get_by_role("link", name="Put this code into the editor").click()
    expect(code(learner)).to_have_value(first)
    learner.get_by_role("button", name="Undo").click()
    expect(code(learner)).to_have_value(re.compile("second"))
    expect(learner.locator("[data-saved]")).to_contain_text("Saved")
    assert violations(learner) == []


def test_one_check_is_run_alone(learner):
    open_exercise(learner)
    result = run(learner, WRONG)
    before = result.get_attribute("data-submission") or ""
    result.locator("details[data-task='2'] > summary").click()
    folded = result.locator("details[data-task='2'] .probe").first
    title = folded.locator(".title").inner_text()
    folded.get_by_role("button", name="Run this check alone").focus()
    learner.keyboard.press("Enter")
    expect(verdict(learner)).not_to_have_attribute("data-submission", before)
    alone = verdict(learner)
    expect(alone.locator(".facts")).to_contain_text("Run of one check")
    expect(alone.locator(".first-check h4")).to_contain_text(title)
    expect(alone.locator(".task-line")).to_contain_text("not asked this time")
    tab(learner, "Submissions").click()
    expect(learner.locator("[data-history] summary").first).to_contain_text("One check")
    write(learner, WRONG)
    learner.keyboard.press("Control+Enter")  # Run asks all of them again
    expect(verdict(learner).locator(".facts")).to_contain_text("Run of the visible checks")


def test_solution_and_submissions_fit_a_phone_in_both_themes(page_maker, student, reference):
    page = page_maker(student)
    open_exercise(page)
    run(page, WRONG)
    run(page, reference, submit=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 390, "height": 844})
        page.get_by_role("tab", name="Read").click()
        for name in ("Submissions", "Solution"):
            tab(page, name).click()
            expect(page.locator(f"#side-{name.lower()}")).to_be_visible()
            if name == "Solution":
                expect(page.get_by_role("heading", name="The reference")).to_be_visible()
            assert too_wide(page, 390) == []
            assert violations(page) == []
