"""States of the exercise page that something has to happen for: nobody grades, our fault, a new text."""

import re
import signal

from playwright.sync_api import Page, expect

from tests.e2e.acting import WRONG, code, open_exercise, verdict, write
from tests.e2e.running import CLASSROOM

CHANGING = "/exercises/01-maths/06-broadcast-shape/"
BREAK = """
from zero_to_gpt.submissions import leasing, releasing
from zero_to_gpt.submissions.models import Submission
for _ in range(releasing.MOST_ATTEMPTS):
    claimed = leasing.claim(submission_id={pk}, worker="a test")
    releasing.release(submission_id={pk}, attempt=claimed.attempt, reason="the box fell over")
print(Submission.objects.get(pk={pk}).support_code)
"""


def press_run(page: Page) -> str:
    """Presses Run and returns the number of the submission that was taken."""
    with page.expect_response("**/submit/") as sent:
        page.keyboard.press("Control+Enter")
    return str(sent.value.json()["id"])


def test_a_first_visit_has_the_starter_and_says_what_one_will_build(learner):
    open_exercise(learner)
    expect(learner.locator(".lead")).to_have_text(
        "Turn any scores into probabilities, without a single overflow."
    )
    expect(code(learner)).to_have_value(re.compile(r"def logsumexp"))
    expect(learner.locator("[data-result]")).to_contain_text("Nothing has run yet")
    expect(learner.locator("[data-saved]")).to_have_text("")


def test_a_classroom_without_https_runs_and_submits(page_maker, site, student, console):
    """Browsers withhold much of what they can do from such a page."""
    page = page_maker(base_url=f"http://{CLASSROOM}:{site.port}")
    page.context.add_cookies(
        [{"name": "sessionid", "value": site.sessions[student], "domain": CLASSROOM, "path": "/"}]
    )
    console.forgive("Cross-Origin-Opener-Policy")
    open_exercise(page)
    assert not page.evaluate("isSecureContext")
    write(page, WRONG)
    page.keyboard.press("Control+Enter")
    expect(verdict(page)).to_contain_text("checks pass")
    page.get_by_role("button", name="Submit").click()
    expect(verdict(page)).to_contain_text("points")


def test_queued_says_how_many_come_before_and_goes_on_by_itself(learner, site, page_maker, student):
    other = page_maker("teacher@example.org")
    for page in (learner, other):
        open_exercise(page)
        write(page, WRONG)
    site.signal_worker(signal.SIGSTOP)  # nobody grades now
    try:
        press_run(other)
        expect(other.locator("[data-run-text]")).to_have_text("Queued")
        press_run(learner)
        expect(learner.locator("[data-run-text]")).to_have_text(
            re.compile(r"^Queued: 1 before you(, about \d+ s)?$")
        )
    finally:
        site.signal_worker(signal.SIGCONT)
    for page in (learner, other):
        expect(verdict(page)).to_contain_text("checks pass")


def test_our_fault_is_called_so_and_quotes_a_reference(learner, site):
    open_exercise(learner)
    write(learner, WRONG)
    site.signal_worker(signal.SIGSTOP)
    try:
        number = press_run(learner)
        reference = site.manage("shell", "--no-imports", "-c", BREAK.replace("{pk}", number)).split()[-1]
        expect(verdict(learner)).to_have_attribute("data-word", "broken")
        expect(verdict(learner)).to_contain_text("The grader failed, not your code")
        expect(verdict(learner)).to_contain_text(reference)
        expect(code(learner)).to_have_value(WRONG)
    finally:
        site.signal_worker(signal.SIGCONT)
    learner.keyboard.press("Control+Enter")
    expect(verdict(learner)).to_contain_text("checks pass")


def test_an_exercise_that_changed_shows_what_and_keeps_the_text(learner, site, console):
    console.forgive("409")
    open_exercise(learner, CHANGING)
    write(learner, "mine = 'kept'\n")
    expect(learner.locator("[data-saved]")).to_contain_text("Saved")
    course = site.folder / "course"
    starter = course / "01-maths" / "06-broadcast-shape" / "starter.py"
    starter.write_text(starter.read_text() + "\n\n# A line that is new.\n")
    site.manage("import_curriculum", str(course))
    learner.keyboard.press("Control+Enter")
    said = learner.locator("[data-run-text], [data-closed]").filter(visible=True)
    expect(said.first).to_contain_text(re.compile("changed since you opened it|being prepared"))
    learner.reload()
    expect(learner.locator("html[data-editor=ready]")).to_be_attached()
    notice = learner.locator("[data-notices]")
    expect(notice).to_contain_text("This exercise changed since you began. Your code is kept")
    expect(code(learner)).to_have_value("mine = 'kept'\n")
    notice.get_by_text("What changed in the starter").click()
    expect(notice.locator(".diff .add").last).to_contain_text("A line that is new.")
    notice.get_by_role("button", name="Take the new starter").click()
    learner.locator("dialog#reset").get_by_role("button", name="Reset").click()
    expect(code(learner)).to_have_value(re.compile("A line that is new"))
    learner.get_by_role("button", name="Undo").click()
    expect(code(learner)).to_have_value("mine = 'kept'\n")
