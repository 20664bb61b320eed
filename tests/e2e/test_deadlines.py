"""Who teaches sets a deadline with the keyboard, in their own time; who learns reads it in theirs."""

import datetime

from playwright.sync_api import expect

from tests.e2e.acting import EXERCISE
from tests.e2e.test_accessible import too_wide, violations


def test_a_deadline_set_by_keyboard_is_told_to_its_students(page_maker, student):
    boss = page_maker("boss@example.org")
    boss.goto("/cohorts/")
    name = f"Evening of {student}"
    boss.get_by_label("A new cohort").fill(name)
    boss.get_by_role("button", name="Make it").click()
    boss.get_by_label("E-mail addresses").fill(student)
    boss.get_by_role("button", name="Invite").click()
    learner = page_maker(student)
    learner.goto("/")
    learner.get_by_role("button", name=f"Join {name}").click()

    boss.get_by_role("link", name=name).click()
    boss.get_by_role("link", name="Deadlines").focus()
    boss.keyboard.press("Enter")
    expect(boss.get_by_role("heading", level=1)).to_have_text("Deadlines")
    expect(boss.get_by_label("Until")).to_have_value("")
    boss.get_by_label("For what").focus()
    boss.get_by_label("For what").select_option(label="Log-sum-exp and softmax")
    then = datetime.datetime.now(datetime.UTC).astimezone() + datetime.timedelta(days=3, hours=2)
    boss.get_by_label("Until").fill(f"{then:%Y-%m-%dT%H:%M}")
    boss.get_by_role("button", name="Set it").focus()
    boss.keyboard.press("Enter")
    expect(boss.get_by_text("Log-sum-exp and softmax is due until")).to_be_visible()
    assert violations(boss) == []
    boss.get_by_role("link", name="More time for somebody").focus()
    boss.keyboard.press("Enter")
    more = boss.get_by_role("region", name="More time for one student")
    expect(more.get_by_label("Until")).to_have_value(f"{then:%Y-%m-%dT%H:%M}")

    learner.goto(EXERCISE)
    expect(learner.get_by_text(f"(in 3\xa0days) in {name}.")).to_be_visible()
    learner.goto("/")
    expect(learner.get_by_role("region", name="Due soon")).to_contain_text("Log-sum-exp and softmax")
    assert violations(learner) == []

    later = then + datetime.timedelta(days=2)
    more.get_by_label("Until").fill(f"{later:%Y-%m-%dT%H:%M}")
    more.get_by_label("Why").fill("was ill")
    more.get_by_role("button", name="Give more time").click()
    expect(boss.get_by_role("listitem").filter(has_text="was ill").last).to_be_visible()
    boss.set_viewport_size({"width": 390, "height": 800})
    assert violations(boss) == [] and too_wide(boss, 390) == []
    learner.goto(EXERCISE)
    expect(learner.get_by_text(f"(in 5\xa0days) in {name}, extended for you.")).to_be_visible()
