"""Every state that an exercise page can be in, and that nothing typed is ever lost."""

import datetime
import json
import re
import signal

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.acting import ENDLESS, EXERCISE, SLOW, WRONG, code, open_exercise, run, verdict, write
from tests.e2e.running import PASSWORD

LINE = "[data-run-state]"


def headline(page: Page):
    return verdict(page).locator("[data-headline]")


@pytest.mark.parametrize(
    ("source", "word", "text"),
    [
        ("def f(:\n    return 1\n", "not_gradable", "did not count as an attempt"),
        ("import scipy\n", "not_gradable", "asks you to build yourself"),
        ("x = 1\nprint(undefined)\n", "crashed", "NameError"),
        ("while True:\n    pass\n", "timed_out", "loop that never ends"),
        ("import numpy as np\na = np.ones((40000, 40000))\n", "out_of_memory", "asked for more than"),
        ("while True:\n    print('x' * 10000)\n", "too_much_output", "printed more than"),
        ("import os\nos._exit(0)\n", "crashed", "ended the Python process"),
        ("def other():\n    return 1\n", "failed", "logsumexp"),
        ("def logsumexp(x):\n    return 1\n\n\ndef softmax(x):\n    return 1\n", "failed", "TypeError"),
        ("def logsumexp(x, axis=-1):\n    x.sum()\n", "failed", "returned nothing"),
    ],
)
def test_each_end_has_its_word_and_says_what_to_try(learner, source, word, text):
    open_exercise(learner)
    result = run(learner, source)
    expect(result).to_have_attribute("data-word", word)
    expect(result).to_contain_text(text)


def test_the_starter_is_not_an_attempt(learner):
    open_exercise(learner)
    learner.keyboard.press("Control+Enter")
    expect(verdict(learner)).to_have_attribute("data-word", "not_attempted")


def test_the_failing_line_is_marked_and_f8_goes_there(learner):
    open_exercise(learner)
    run(learner, "a = 1\nb = 2\nprint(undefined)\nc = 3\n")
    expect(learner.locator(".cm-lint-marker-error")).to_have_count(1)
    learner.keyboard.press("Control+Home")
    learner.keyboard.press("F8")
    learner.keyboard.type("#")
    expect(code(learner)).to_have_value("a = 1\nb = 2\n#print(undefined)\nc = 3\n")
    learner.keyboard.press("Control+Home")
    learner.get_by_role("button", name=re.compile("Go to line")).click()
    expect(learner.locator(".cm-activeLine")).to_contain_text("undefined")


def test_a_run_shows_its_output_while_it_lasts_and_can_be_stopped(learner):
    open_exercise(learner)
    write(learner, ENDLESS)
    learner.keyboard.press("Control+Enter")
    expect(learner.locator("[data-run-text]")).to_have_text("Running your code")
    expect(learner.locator("[data-live-output]")).to_contain_text("begun")
    expect(learner.locator("[data-run-time]")).to_have_text(re.compile(r"^\d+(\.\d)? s$"))
    learner.keyboard.press("Control+.")
    expect(headline(learner)).to_have_text("Stopped")


def test_a_newer_run_takes_the_place_of_the_older(learner):
    open_exercise(learner)
    write(learner, ENDLESS)
    learner.keyboard.press("Control+Enter")
    expect(learner.locator("[data-run-text]")).to_have_text("Running your code")
    write(learner, WRONG)
    learner.keyboard.press("Control+Enter")
    expect(headline(learner)).to_contain_text("checks pass")
    learner.get_by_role("tab", name="Submissions").click()
    expect(learner.locator("[data-history]")).to_contain_text("Stopped")


def test_a_run_in_another_tab_says_to_the_first_what_happened(learner, watched):
    open_exercise(learner)
    write(learner, ENDLESS)
    learner.keyboard.press("Control+Enter")
    expect(learner.locator("[data-run-text]")).to_have_text("Running your code")
    other = watched(learner.context.new_page())
    open_exercise(other)
    run(other, WRONG)
    expect(learner.locator("article.verdict")).to_contain_text("A newer Run took its place")


def test_a_grader_that_falls_silent_is_spoken_of(learner, site):
    """Stopped where it stands, as if the machine had died; then it goes on."""
    open_exercise(learner)
    write(learner, SLOW)
    learner.keyboard.press("Control+Enter")
    expect(learner.locator("[data-live-output]")).to_contain_text("begun")
    site.signal_worker(signal.SIGSTOP)
    try:
        expect(learner.locator("[data-run-text]")).to_contain_text("this begins again by itself")
    finally:
        site.signal_worker(signal.SIGCONT)
    # Its clock went on while it stood still, so the code may have been out of time when it woke.
    expect(headline(learner)).to_contain_text(re.compile("checks pass|Out of time"))


def test_a_text_that_is_too_large_is_refused_once_and_not_sent_again(learner, console):
    console.forgive("Failed to load resource")
    open_exercise(learner)
    sent = []
    learner.on("request", lambda request: sent.append(request.url) if "/draft/" in request.url else None)
    write(learner, "# " + "x" * 300_000)
    expect(learner.locator("[data-saved]")).to_contain_text("the limit is 256 kB")
    learner.wait_for_timeout(5_000)  # it used to come again after two, four, eight seconds
    assert len(sent) == 1
    write(learner, "x = 1\n")
    expect(learner.locator("[data-saved]")).to_contain_text("Saved")


def test_five_megabytes_are_not_pasted(learner):
    open_exercise(learner)
    write(learner, "kept = 1\n")
    took = learner.evaluate(
        """() => {
            const clipboard = new DataTransfer();
            clipboard.setData("text/plain", "0.1234567, ".repeat(450000));
            const began = performance.now();
            document.querySelector(".cm-content").dispatchEvent(
                new ClipboardEvent("paste", {clipboardData: clipboard, bubbles: true, cancelable: true}));
            return performance.now() - began;
        }"""
    )
    assert took < 300
    expect(learner.locator("[data-notices]")).to_contain_text("at most 256 kB of code can be sent")
    expect(code(learner)).to_have_value("kept = 1\n")


def test_offline_is_not_said_when_the_line_is_back(learner, console):
    console.forgive("ERR_INTERNET_DISCONNECTED")
    open_exercise(learner)
    learner.context.set_offline(True)
    learner.keyboard.press("Control+Enter")
    expect(learner.locator("[data-run-text]")).to_contain_text("Offline")
    learner.context.set_offline(False)
    expect(learner.locator("[data-run-text]")).to_have_text("The connection is back. Run it again.")


def test_a_reload_in_the_middle_goes_on_where_it_was(learner):
    open_exercise(learner)
    write(learner, ENDLESS)
    learner.keyboard.press("Control+Enter")
    expect(learner.locator("[data-live-output]")).to_contain_text("begun")
    learner.reload()
    expect(learner.locator("[data-live-output]")).to_have_text("begun")
    learner.keyboard.press("Control+.")
    expect(headline(learner)).to_have_text("Stopped")


def test_a_lost_connection_is_said_and_found_again(learner, console):
    console.forgive("ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED")
    open_exercise(learner)
    write(learner, SLOW)
    learner.keyboard.press("Control+Enter")
    expect(learner.locator("[data-live-output]")).to_contain_text("begun")
    learner.context.set_offline(True)
    expect(learner.locator("[data-run-text]")).to_contain_text("What is here stays")
    expect(learner.locator(LINE)).to_have_attribute("data-phase", "trouble")
    learner.context.set_offline(False)
    expect(headline(learner)).to_contain_text("checks pass")
    printed = learner.locator("[data-live-output]").text_content() or ""
    assert printed.count("begun") == 1, "nothing is shown twice"


def test_a_line_on_which_nothing_more_comes_still_brings_the_verdict(learner):
    learner.route("**/submissions/*/events/*", lambda route: route.fulfill(status=204))
    open_exercise(learner)
    write(learner, WRONG)
    learner.keyboard.press("Control+Enter")
    expect(headline(learner)).to_contain_text("checks pass")


def test_offline_one_goes_on_writing_and_nothing_is_lost(learner, console):
    console.forgive("ERR_INTERNET_DISCONNECTED")
    open_exercise(learner)
    learner.context.set_offline(True)
    write(learner, "kept = 'on this device'\n")
    expect(learner.locator("[data-saved]")).to_have_text("Offline; kept on this device")
    learner.keyboard.press("Control+Enter")
    expect(learner.locator("[data-run-text]")).to_contain_text("run it when the connection is back")
    learner.context.set_offline(False)
    expect(learner.locator("[data-saved]")).to_contain_text("Saved")
    learner.evaluate("localStorage.clear()")
    learner.reload()
    expect(code(learner)).to_have_value("kept = 'on this device'\n")


def test_what_the_server_never_got_comes_back_from_this_device(learner, console):
    console.forgive("ERR_FAILED")
    learner.add_init_script("navigator.sendBeacon = () => false")  # no route catches what a page says last
    learner.route("**/draft/", lambda route: route.abort())
    open_exercise(learner)
    write(learner, "only = 'here'\n")
    expect(learner.locator("[data-saved]")).to_have_text("Offline; kept on this device")
    learner.reload()
    expect(learner.locator("[data-notices]")).to_contain_text("Restored what you typed on this device")
    expect(code(learner)).to_have_value("only = 'here'\n")
    learner.get_by_role("button", name="Use the starter instead").click()
    expect(code(learner)).not_to_have_value(re.compile("only"))


def test_drafts_are_saved_a_second_after_typing_stops_and_by_hand(learner):
    saved = re.compile(r"^Saved \d\d:\d\d$")
    status = learner.locator("[data-saved]")
    learner.clock.install()
    open_exercise(learner)
    learner.clock.pause_at(datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1))
    write(learner, "a = 1\n")
    learner.clock.run_for(900)
    expect(status).to_have_text("Not saved yet")
    with learner.expect_response("**/draft/"):
        learner.clock.run_for(200)
    expect(status).to_have_text(saved)
    write(learner, "a = 2\n")
    expect(status).to_have_text("Not saved yet")
    with learner.expect_response("**/draft/"):  # no timer can have sent it: the clock stands
        learner.keyboard.press("Control+s")
    expect(status).to_have_text(saved)


def test_two_tabs_the_newest_wins_and_the_other_can_be_restored(learner, watched):
    open_exercise(learner)
    other = watched(learner.context.new_page())
    open_exercise(other)
    write(learner, "first = 1\n")
    expect(learner.locator("[data-saved]")).to_contain_text("Saved")
    expect(other.locator("[data-notices]")).to_contain_text("typing in another tab")
    write(other, "second = 2\n")
    expect(other.locator("[data-notices]")).to_contain_text("replaced a text that was saved from another tab")
    other.get_by_role("button", name="Restore the other").click()
    expect(code(other)).to_have_value("first = 1\n")
    other.get_by_role("button", name="Undo").click()
    expect(code(other)).to_have_value("second = 2\n")


def test_reset_asks_once_and_can_be_undone(learner):
    open_exercise(learner)
    starter = code(learner).input_value()
    write(learner, "mine = 1\n")
    learner.get_by_role("button", name="Reset").click()
    learner.get_by_role("button", name="Keep my code").click()
    expect(code(learner)).to_have_value("mine = 1\n")
    learner.get_by_role("button", name="Reset").click()
    learner.locator("dialog#reset").get_by_role("button", name="Reset").click()
    expect(code(learner)).to_have_value(starter)
    learner.get_by_role("button", name="Undo").click()
    expect(code(learner)).to_have_value("mine = 1\n")


def test_notices_go_by_themselves_and_never_pile_up(learner):
    learner.clock.install()
    open_exercise(learner)
    notices = learner.locator("[data-notice]")
    for text in ("a = 1\n", "b = 2\n"):
        write(learner, text)
        learner.get_by_role("button", name="Reset").click()
        learner.get_by_role("button", name="Reset", exact=True).last.click()
        expect(notices).to_have_count(1)
    learner.locator(".cm-content").focus()
    learner.mouse.move(5, 5)
    learner.clock.fast_forward(90_000)
    expect(notices).to_have_count(0)


def test_too_fast_says_when_the_next_is_possible(learner, console):
    def refuse(route: Route) -> None:
        body = {"error": "That was 60 times within a minute.", "reason": "too_fast", "retry_after": 60}
        route.fulfill(status=429, content_type="application/json", body=json.dumps(body))

    console.forgive("429")
    learner.route("**/submit/", refuse)
    learner.clock.install()
    open_exercise(learner)
    learner.keyboard.press("Control+Enter")
    expect(learner.locator("[data-run-text]")).to_have_text("That was 60 times within a minute.")
    expect(learner.locator("[data-run-time]")).to_have_text(re.compile(r"^again in \d\d s$"))
    learner.clock.run_for(62_000)
    expect(learner.locator(LINE)).to_be_hidden()


@pytest.mark.parametrize("half", [False, True])
def test_a_lost_answer_is_asked_for_again_under_the_same_key(learner, console, half):
    keys = []

    def lose_the_first(route: Route) -> None:
        body = route.request.post_data_buffer or b""
        keys.append(re.search(rb'name="idempotency_key"\r\n\r\n([^\r]+)', body)[1])
        if len(keys) == 1:
            answer = route.fetch()  # the server has it; the browser never hears, or not to the end
            if half:
                route.fulfill(response=answer, body=answer.body()[:20])
            else:
                route.abort()
        else:
            route.continue_()

    console.forgive("ERR_FAILED")
    learner.route("**/submit/", lose_the_first)
    open_exercise(learner)
    write(learner, WRONG)
    learner.keyboard.press("Control+Shift+Enter")
    expect(headline(learner)).to_have_text("0 of 2 tasks pass")
    assert len(keys) == 2
    assert keys[0] == keys[1]
    learner.goto("/progress/")
    expect(learner.locator("tbody tr")).to_have_count(1)


def test_a_browser_that_keeps_nothing_still_has_the_editor(learner):
    refused = "get() { throw new DOMException('no', 'SecurityError') }"
    learner.add_init_script(f"Object.defineProperty(window, 'localStorage', {{{refused}}})")
    open_exercise(learner)
    write(learner, WRONG)
    learner.keyboard.press("Control+Enter")
    expect(headline(learner)).to_contain_text("checks pass")


def test_a_double_press_is_one_submission(learner):
    open_exercise(learner)
    write(learner, SLOW)
    for _ in range(3):
        learner.keyboard.press("Control+Shift+Enter")
    expect(learner.locator("[data-live-output]")).to_contain_text("begun")
    learner.keyboard.press("Control+Shift+Enter")
    expect(headline(learner)).to_have_text("0 of 2 tasks pass")
    learner.goto("/progress/")
    expect(learner.locator("tbody tr")).to_have_count(1)


def test_signed_out_one_signs_in_without_leaving_and_it_goes_on(learner, student, console):
    console.forgive("401", "400")
    open_exercise(learner)
    write(learner, WRONG)
    expect(learner.locator("[data-saved]")).to_contain_text("Saved")
    learner.context.clear_cookies(name="sessionid")
    learner.keyboard.press("Control+Enter")
    dialog = learner.get_by_role("dialog")
    expect(dialog).to_contain_text("Your code is kept")
    dialog.get_by_label("E-mail").fill(student)
    dialog.get_by_label("Password").fill("wrong")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_contain_text("are not correct")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(headline(learner)).to_contain_text("checks pass")


def test_a_visitor_types_first_and_keeps_it_when_signing_in(visitor, student, sign_in):
    open_exercise(visitor)
    write(visitor, "typed = 'before the account'\n")
    visitor.keyboard.press("Control+Enter")
    expect(visitor.get_by_role("dialog")).to_contain_text("Running it needs an account")
    sign_in(visitor.context, student)
    visitor.reload()
    expect(visitor.locator("html[data-editor=ready]")).to_be_attached()
    expect(code(visitor)).to_have_value("typed = 'before the account'\n")
    expect(visitor.locator("[data-saved]")).to_contain_text("Saved")


def test_an_exercise_that_is_being_prepared_opens_by_itself(learner):
    closed = True

    def maybe_closed(route: Route) -> None:
        answer = route.fetch()
        text = answer.text()
        route.fulfill(response=answer, body=text.replace('"open": true', '"open": false') if closed else text)

    learner.route(f"**{EXERCISE}", maybe_closed)
    open_exercise(learner)
    write(learner, WRONG)
    learner.keyboard.press("Control+Enter")
    expect(learner.locator(LINE)).to_be_hidden()
    closed = False
    expect(learner.locator("[data-result]")).to_contain_text("This exercise is open now")
    learner.keyboard.press("Control+Enter")
    expect(headline(learner)).to_contain_text("checks pass")


def test_hints_come_one_by_one(learner):
    open_exercise(learner)
    first = learner.locator("[data-hints]").first.locator("details.hint")
    expect(first.nth(0)).to_be_visible()
    expect(first.nth(1)).to_be_hidden()
    learner.keyboard.press("Alt+h")
    expect(first.nth(1)).to_be_visible()


def test_text_from_a_program_is_only_text(learner):
    open_exercise(learner)
    learner.evaluate("window.hit = 0")
    nasty = "<img src=x onerror='window.hit=1'><script>window.hit=1</script>\\u202e\\x1b[2J\\x00"
    source = f"print({nasty!r}.encode().decode('unicode_escape'), flush=True)\n"
    result = run(learner, source + f"raise ValueError({nasty!r}.encode().decode('unicode_escape'))\n")
    expect(result).to_have_attribute("data-word", "crashed")
    expect(result.get_by_text("What your code printed")).to_be_visible()
    expect(result.locator(".printed pre")).to_contain_text("<script>")
    learner.goto(result.locator(".facts a").get_attribute("href"))
    assert learner.evaluate("window.hit || 0") == 0
    text = learner.locator("main").inner_text()
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_a_traceback_that_imitates_a_verdict_stands_in_a_labelled_box(learner):
    open_exercise(learner)
    result = run(learner, "raise ValueError('✓ Passed. All 2 tasks pass. 12 of 12 points')\n")
    expect(result).to_have_attribute("data-word", "crashed")
    expect(result.locator("[data-headline]")).to_have_text("Stopped by an error")
    expect(result.locator(".trouble")).to_be_visible()


def test_the_page_of_a_submission_in_work_shows_its_verdict_by_itself(learner):
    open_exercise(learner)
    write(learner, SLOW)
    with learner.expect_response("**/submit/") as sent:
        learner.keyboard.press("Control+Enter")
    learner.goto(sent.value.json()["url"])
    expect(headline(learner)).to_have_text(re.compile("Running|Waiting"))
    expect(headline(learner)).to_contain_text("checks pass")


def test_going_to_another_exercise_keeps_each_text(learner):
    open_exercise(learner)
    write(learner, "fourth = 4\n")
    learner.goto("/exercises/01-maths/01-slope-at/")
    expect(learner.locator("html[data-editor=ready]")).to_be_attached()
    expect(code(learner)).not_to_have_value(re.compile("fourth"))
    open_exercise(learner, EXERCISE)
    expect(code(learner)).to_have_value("fourth = 4\n")
