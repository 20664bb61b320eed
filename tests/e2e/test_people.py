"""Members of a cohort and the end of an account, on our own pages."""

import zipfile

from playwright.sync_api import expect

from tests.e2e.acting import EXERCISE, WRONG, code, open_exercise, run, write
from tests.e2e.running import PASSWORD
from tests.e2e.test_accessible import too_wide, violations


def test_a_cohort_is_made_people_are_invited_join_are_promoted_and_leave(page_maker, student):
    boss = page_maker("boss@example.org")
    boss.goto("/cohorts/")
    name = f"Evening of {student}"
    boss.get_by_label("A new cohort").fill(name)
    boss.get_by_role("button", name="Make it").click()
    expect(boss.get_by_role("heading", level=1)).to_have_text("Members")
    boss.get_by_label("E-mail addresses").fill(f"Somebody <{student}>, nobody-yet@example.org")
    boss.get_by_role("button", name="Invite").click()
    expect(boss.get_by_text("2 invited.")).to_be_visible()
    boss.get_by_role("button", name="Withdraw the invitation of nobody-yet@example.org").click()
    expect(boss.get_by_text("nobody-yet@example.org")).to_have_count(0)
    assert violations(boss) == []

    learner = page_maker(student)
    learner.goto("/")
    expect(learner.get_by_text("Its instructors can then read what you submit")).to_be_visible()
    assert violations(learner) == []
    learner.get_by_role("button", name=f"Join {name}").click()
    expect(learner.get_by_text(f"You are a member of {name} now.")).to_be_visible()

    person = student.partition("@")[0]
    boss.reload()
    boss.get_by_label(f"Role of {person}").select_option("instructor")
    boss.get_by_role("button", name=f"Change the role of {person}").click()
    expect(boss.get_by_text(f"{person} now has the role instructor.")).to_be_visible()
    boss.get_by_text(f"Remove {person}").first.click()
    expect(boss.get_by_text("keeps account and work")).to_be_visible()
    assert violations(boss) == []
    boss.set_viewport_size({"width": 390, "height": 800})
    assert too_wide(boss, 390) == []
    boss.get_by_role("button", name=f"Remove {person}").click()
    expect(boss.get_by_text(f"{person} is no longer a member.")).to_be_visible()


def test_one_takes_everything_along_and_deletes_the_account(learner, student, console):
    console.forgive("400")
    open_exercise(learner)
    run(learner, WRONG, submit=True)
    learner.goto("/account/")
    with learner.expect_download() as got:
        learner.get_by_role("link", name="Download everything").click()
    with zipfile.ZipFile(got.value.path()) as whole:
        sources = [whole.read(name).decode() for name in whole.namelist() if name.endswith(".py")]
    assert sources == [WRONG, WRONG], "the draft and the submission"
    learner.get_by_role("link", name="Delete the account").click()
    expect(learner.get_by_text("your 1 submission")).to_be_visible()
    assert violations(learner) == []
    learner.get_by_label("Your password").fill("not it")
    learner.get_by_role("button", name="Delete it for ever").click()
    expect(learner.get_by_text("This is not your password")).to_be_visible()
    learner.get_by_label("Your password").fill(PASSWORD)
    learner.get_by_role("button", name="Delete it for ever").click()
    expect(learner.get_by_text("Your account and everything in it is deleted.")).to_be_visible()
    learner.goto("/accounts/login/")
    learner.get_by_label("E-mail").fill(student)
    learner.get_by_label("Password").fill(PASSWORD)
    learner.get_by_role("button", name="Sign in").click()
    expect(learner.locator(".errorlist")).to_be_visible()


def test_a_deleted_accounts_text_does_not_stay_in_the_browser(learner):
    open_exercise(learner)
    write(learner, "mine = 'kept on this device'\n")
    expect(learner.locator("[data-saved]")).to_contain_text("Saved")
    learner.goto("/account/delete/")
    learner.get_by_label("Your password").fill(PASSWORD)
    learner.get_by_role("button", name="Delete it for ever").click()
    expect(learner.get_by_text("is deleted.")).to_be_visible()
    learner.goto(EXERCISE)
    expect(code(learner)).not_to_have_value("mine = 'kept on this device'\n")
    assert learner.evaluate("Object.keys(localStorage).filter(key => key.startsWith('zg:draft'))") == []
