"""An instructor's way in the browser: from nothing to an exercise that a student passes."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.test_accessible import AXE, TAGS

FOLDER = Path(__file__).parent / "exercise_running_mean"
WEAK = "[(7, 1), (9, 1)]"
STRONG = "[(7, 3), (12, 5), (6, 6), (9, 1)]"
ASSIGNMENT = FOLDER.parents[1] / "unit" / "foreign" / "nbgrader-0.9.6" / "problem1.ipynb"
TEACHER = "teacher@example.org"
EVENTS = re.compile(r"/proofs/\d+/events/")


COHORT = """
from zero_to_gpt.accounts.models import User
from zero_to_gpt.catalog.models import Course
from zero_to_gpt.cohorts.models import Cohort, Role
from zero_to_gpt.cohorts.services import enrol
cohort = Cohort.objects.create(slug="autumn", name="Autumn", course=Course.objects.get(slug="zero-to-gpt"))
enrol(user=User.objects.get(email=TEACHER), cohort=cohort, role=Role.INSTRUCTOR)
enrol(user=User.objects.get(email=STUDENT), cohort=cohort)
"""


def write(page, path: str, text: str) -> None:
    """Replace what stands in one file, as somebody who pastes it does."""
    page.locator(f'[data-file="{path}"]').click()
    editor = page.locator(f'[data-text="{path}"] .cm-content')
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    expect(page.locator("[data-saved]")).to_contain_text("Saved")


def menu(page, name: str) -> None:
    page.locator("summary", has_text="Folder").click()
    page.get_by_role("button", name=name).click()


def rename(page, path: str, name: str) -> None:
    """By keyboard, after two names that cannot be had."""
    page.locator('[data-file="probes.py"]').click()
    menu(page, "Rename the file that is open")
    expect(page.locator("[data-trouble]")).to_have_text("probes.py keeps its name: every exercise has it.")
    page.locator(f'[data-file="{path}"]').click()
    menu(page, "Rename the file that is open")
    field = page.get_by_label("Its name")
    expect(field).to_have_value(path)
    for refused in ("probes.py", "alternatives/by_convolution.py"):
        field.fill(refused)
        field.press("Enter")
        expect(page.get_by_role("heading", name=f"Rename {path}")).to_be_visible()
    field.fill(name)
    field.press("Enter")
    expect(page.locator(f'[data-file="{name}"]')).to_have_attribute("aria-selected", "true")


def validated(page, state: str) -> None:
    page.get_by_role("button", name="Validate").click()
    expect(page.locator(f"[data-proof-state={state}]")).to_be_visible(timeout=240_000)


def text(path: str) -> str:
    return (FOLDER / path).read_text()


def test_from_nothing_to_published_and_the_gate_refuses_what_is_weak(page_maker, student, site, console):
    site.manage("shell", "--no-imports", "-c", f"TEACHER, STUDENT = {TEACHER!r}, {student!r}\n{COHORT}")
    page = page_maker(TEACHER)
    page.goto("/cohorts/")
    page.get_by_role("link", name="Courses you write").click()
    page.get_by_label("Its title").fill("Numpy in autumn")
    page.get_by_role("button", name="Begin").click()
    page.get_by_label("A new module").fill("Averages")
    page.get_by_role("button", name="Add the module").click()
    page.get_by_label("Title of a new lesson").fill("Means")
    page.get_by_role("button", name="Add the lesson").click()
    page.get_by_role("link", name="Numpy in autumn").click()
    page.get_by_label("Its name").fill("running-mean")
    page.get_by_label("Begin with the files of").select_option(label="The slope at a point")
    page.get_by_role("button", name="Add it").click()
    page.wait_for_selector("html[data-desk=ready]")
    shown = page.get_by_role("tabpanel", name="As a learner sees it")
    expect(shown.get_by_role("heading", name="The slope at a point")).to_be_visible()

    # Its own files. A mistake is marked where it stands, in the words of the gate's parser.
    write(page, "reference.py", "import numpy as np\n\n\ndef running_mean(x, k:\n    ...\n")
    expect(shown.get_by_role("button", name="reference.py:4")).to_be_visible()
    expect(page.locator("[data-file='reference.py']")).to_have_class("wrong")
    for path in ("exercise.toml", "task.md", "starter.py", "reference.py", "mutants.toml"):
        write(page, path, text(path))
    for path in page.locator("[data-file^='alternatives/']").all_inner_texts():
        page.locator(f'[data-file="{path}"]').click()
        menu(page, "Remove the file that is open")
    for path in ("alternatives/with_a_loop.py", "alternatives/by_convolution.py"):
        menu(page, "Add a file")
        page.get_by_label("Its name").fill(path)
        page.get_by_role("button", name="Add", exact=True).click()
        write(page, path, text(path))
    rename(page, "alternatives/with_a_loop.py", "alternatives/looped.py")
    expect(page.locator("[data-text='alternatives/looped.py'] .cm-content")).to_contain_text(
        "def running_mean"
    )
    expect(page.locator("[data-file='alternatives/with_a_loop.py']")).to_have_count(0)
    for path in page.locator("[data-file^='mutants/']").all_inner_texts():
        page.locator(f'[data-file="{path}"]').click()
        menu(page, "Remove the file that is open")
    write(page, "probes.py", text("probes.py").replace(STRONG, WEAK))
    expect(shown.get_by_role("heading", name="A running mean")).to_be_visible()
    expect(shown.locator(".katex").first).to_be_visible()
    expect(shown.get_by_role("list", name="Mistakes")).to_have_count(0)

    # Windows of one number only: whoever returns the input is right. The gate says so.
    publish = page.get_by_role("button", name="Publish")
    expect(publish).to_be_disabled()
    console.forgive("502")  # a proxy with nobody behind it, once: the desk looks again
    page.route(EVENTS, lambda route: route.fulfill(status=502), times=1)
    validated(page, "refused")
    found = page.get_by_role("tabpanel", name="Validation")
    expect(found).to_contain_text("let a hidden probe ask what only a visible one asks")
    expect(publish).to_be_disabled()

    write(page, "probes.py", text("probes.py"))
    validated(page, "passed")
    expect(found).to_contain_text("Your windows are summed and not averaged: divide by k.")
    expect(found).to_contain_text("10 of 11 are noticed")
    expect(found.locator(".survives")).to_have_count(1)
    expect(publish).to_be_enabled()

    # A change that alters no answer is named with a reason that the author writes, and counts no more.
    found.get_by_role("button", name="It changes no answer").click()
    expect(publish).to_be_disabled()
    expect(found.get_by_text("The draft has changed since")).to_be_visible()
    equivalent = page.locator("[data-text='equivalent.toml'] .cm-content")
    expect(equivalent).to_contain_text("FILL: why nobody can notice it")
    write(page, "equivalent.toml", equivalent.inner_text().replace("FILL: why", "A test says that"))
    validated(page, "passed")
    expect(found).to_contain_text("10 of 11 are noticed, 1 are equivalent as you say")
    expect(found.locator(".survives")).to_have_count(0)
    publish.click()
    expect(page.get_by_text("Published. It opens for learners")).to_be_visible()
    expect(page.get_by_role("link", name="its page")).to_have_attribute("href", re.compile("^/exercises/"))

    # The cohort follows the course, and a student passes the exercise.
    course = page.get_by_role("link", name="Numpy in autumn").get_attribute("href")
    page.goto(course)
    page.get_by_label("A cohort that you teach").select_option("autumn")
    page.get_by_role("button", name="Let it follow this course").click()
    expect(page.get_by_role("region", name="Who follows it")).to_contain_text("Autumn")
    learner = page_maker(student)
    learner.goto("/course/")
    expect(learner.get_by_role("heading", name="Numpy in autumn")).to_be_visible()
    learner.get_by_role("link", name="A running mean").first.click()
    expect(learner.get_by_text("is still being prepared")).to_have_count(0)
    learner.locator(".cm-content").click()
    learner.keyboard.press("Control+a")
    learner.keyboard.insert_text(text("alternatives/with_a_loop.py"))
    learner.get_by_role("button", name="Submit").click()
    expect(learner.locator("[data-result]")).to_contain_text("What you proved")

    # And back to what came with the site.
    page.get_by_role("button", name="Back to Zero to GPT for Autumn").click()
    expect(page.get_by_role("region", name="Who follows it")).to_contain_text("No cohort yet")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_authors_are_accessible(page_maker, scheme):
    page = page_maker(TEACHER, color_scheme=scheme)
    page.goto("/authoring/")
    page.get_by_label("Its title").fill(f"Accessible {scheme}")
    page.get_by_role("button", name="Begin").click()
    page.get_by_label("A new module").fill("One")
    page.get_by_role("button", name="Add the module").click()
    page.get_by_label("Title of a new lesson").fill("Two")
    seen = [page.url]
    page.get_by_role("button", name="Add the lesson").click()
    page.wait_for_selector("html[data-desk=ready]")
    seen.append(page.url)
    page.goto(seen[0])
    page.get_by_label("Its name").fill("three")
    page.get_by_role("button", name="Add it").click()
    page.wait_for_selector("html[data-desk=ready]")
    seen += [page.url, f"{page.url}history/", f"{seen[1]}history/", "/authoring/", "/authoring/handbook/"]
    for url in seen:
        page.goto(url)
        if page.locator("[data-desk]").count():
            page.wait_for_selector("html[data-desk=ready]")
        page.evaluate(AXE)
        found = page.evaluate("(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
        wrong = found["violations"]
        assert page.locator("h1").count() == 1, url
        assert wrong == [], [(url, each["id"], [node["target"] for node in each["nodes"]]) for each in wrong]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_what_a_template_leaves_to_write_is_listed_and_marked(page_maker, console, scheme, width):
    page = page_maker(TEACHER, color_scheme=scheme, viewport={"width": width, "height": 844})
    page.goto("/authoring/")
    page.get_by_label("Its title").fill(f"Templates {scheme} {width}")
    page.get_by_role("button", name="Begin").click()
    page.get_by_label("A new module").fill("One")
    page.get_by_role("button", name="Add the module").click()
    page.get_by_label("Title of a new lesson").fill("Two")
    page.get_by_role("button", name="Add the lesson").click()
    page.get_by_role("link", name=f"Templates {scheme} {width}").click()
    page.get_by_label("Its name").fill("running-mean")
    page.get_by_label("Begin with the files of").select_option(label="A function of numbers and arrays")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Add it").click()
    page.wait_for_selector("html[data-desk=ready]")
    shown = page.get_by_role("tabpanel", name="As a learner sees it")
    expect(shown.get_by_role("heading", name="Running mean")).to_be_visible()
    shown.get_by_text("47 lines to write").click()
    shown.get_by_role("button", name="reference.py:4").click()
    expect(page.locator("[data-file='reference.py']")).to_have_class("wrong")
    expect(page.locator("[data-text='reference.py'] .cm-content")).to_contain_text("FILL: the parameters")
    write(page, "reference.py", text("reference.py"))
    expect(shown.get_by_text("44 lines to write")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    console.forgive("400")
    page.get_by_role("button", name="Validate").click()
    told = page.locator("[data-trouble]")
    expect(told).to_contain_text("44 lines are not written yet. task.md, line 1:")

    # What is removed can be put back as it was; what is added begins with lines to write.
    page.locator("[data-file='reference.py']").click()
    menu(page, "Remove the file that is open")
    expect(page.locator("[data-file='reference.py']")).to_have_count(0)
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    expect(told.get_by_role("button", name="Put it back")).to_be_focused()
    expect(page.locator("[data-announce]")).to_have_text("reference.py is removed from the draft.")
    page.keyboard.press("Enter")
    back = page.locator("[data-text='reference.py'] .cm-content")
    expect(back).to_contain_text("np.cumsum")
    expect(back).to_be_focused()
    expect(page.locator("[data-announce]")).to_have_text("reference.py is back in the draft.")
    menu(page, "Add a file")
    page.get_by_label("Its name").fill("alternatives/by_hand.py")
    page.get_by_role("button", name="Add", exact=True).click()
    added = page.locator("[data-text='alternatives/by_hand.py'] .cm-content")
    expect(added).to_contain_text("FILL: how this right answer differs")
    expect(added).to_contain_text("def running_mean(x):")
    expect(page.locator("[data-about]")).to_contain_text("Another right answer")
    expect(shown.get_by_text("47 lines to write")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
def test_an_assignment_of_another_system_is_taken_and_what_it_lost_is_listed(page_maker, scheme, width):
    page = page_maker(TEACHER, color_scheme=scheme, viewport={"width": width, "height": 844})
    page.goto("/authoring/")
    page.get_by_label("Its title").fill(f"Brought {scheme}")
    page.get_by_role("button", name="Begin").click()
    page.get_by_label("A new module").fill("One")
    page.get_by_role("button", name="Add the module").click()
    page.get_by_label("Title of a new lesson").fill("Two")
    page.get_by_role("button", name="Add the lesson").click()
    page.get_by_role("link", name=f"Brought {scheme}").click()
    page.get_by_label("Its name").fill("squares")
    page.get_by_role("button", name="Add it").click()
    page.wait_for_selector("html[data-desk=ready]")
    page.locator("[data-text]:not([hidden]) .cm-content").click()
    page.keyboard.insert_text("# typed a moment ago, and not saved yet")
    page.locator("summary", has_text="Folder").click()
    page.get_by_label("Take the files of a zip or a notebook").set_input_files(ASSIGNMENT)
    page.get_by_role("button", name="Replace the draft").click()
    page.wait_for_selector("html[data-desk=ready]")
    expect(page.get_by_role("status").first).to_contain_text("Not as it was (13):")
    tabs = page.get_by_role("tablist", name="Files")
    expect(tabs.get_by_role("tab", name="probes.py")).to_have_class("wrong")
    assert tabs.bounding_box()["height"] > 30
    shown = page.get_by_role("tabpanel", name="As a learner sees it")
    expect(shown.get_by_role("heading", name="Task 2: Part B (1 point)")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(AXE)
    found = page.evaluate("(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    assert [each["id"] for each in found["violations"]] == []


def test_a_desk_fits_a_narrow_screen(page_maker):
    page = page_maker(TEACHER, viewport={"width": 390, "height": 844})
    page.goto("/")
    page.get_by_label("Your menu").click()
    way = page.get_by_label("You", exact=True).get_by_role("link", name="Courses you write")
    box = way.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box["height"] >= 24
    way.click()
    page.get_by_label("Its title").fill("Narrow")
    page.get_by_role("button", name="Begin").click()
    page.get_by_label("A new module").fill("One")
    page.get_by_role("button", name="Add the module").click()
    page.get_by_label("Title of a new lesson").fill("Two")
    page.get_by_role("button", name="Add the lesson").click()
    page.wait_for_selector("html[data-desk=ready]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("link", name="Narrow").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def tab_to(page, name: str) -> None:
    """Press Tab until the thing of this name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").strip() == name:
            return
    raise AssertionError(f"no Tab leads to {name}")


def test_a_lesson_is_written_run_published_and_compared_by_keyboard(page_maker):
    page = page_maker(TEACHER)
    page.goto("/")
    page.get_by_label("Your menu").focus()
    page.keyboard.press("Enter")
    tab_to(page, "Courses you write")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_label("Its title").fill("By keyboard")
    page.keyboard.press("Enter")
    page.get_by_label("A new module").fill("One")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Move One up")).to_be_focused()  # one goes on at the new module
    page.get_by_label("Title of a new lesson").fill("Means")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-desk=ready]")
    text = page.locator(".cm-content")
    for sentence in ("A mean is a middle.", "A mean of means is a middle, too."):
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the editor")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(text).to_be_focused()
        page.keyboard.press("Control+End")
        page.keyboard.insert_text(f"\n{sentence} ")
        page.keyboard.type("mea")  # words of the text are offered
        expect(page.locator(".cm-tooltip-autocomplete")).to_be_visible()
        page.keyboard.press("Escape")
        tab_to(page, "Run cells")  # one Escape closed the list, and let Tab leave
        assert not [line for line in text.inner_text().split("\n") if line.startswith(" ")]
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Publish")).to_be_enabled()
        expect(page.get_by_role("button", name="Run cells")).to_be_focused()  # it rested, and kept its place
        tab_to(page, "Publish")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.get_by_text("Published: its page.")).to_be_visible()
        page.wait_for_selector("html[data-desk=ready]")
    tab_to(page, "History")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, "Compare")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="to what learners see now")).to_be_visible()
    expect(page.locator(".diff .add")).to_contain_text("A mean of means")
    tab_to(page, "Show what your draft changes instead")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Both are the same.")).to_be_visible()

    # Rolling back asks first, Escape leads back to where one was, and forward is the same way.
    dialog = page.get_by_role("dialog", name="Roll back to this text?")
    for _ in ("back", "forward"):
        tab_to(page, "Roll back to this")
        page.keyboard.press("Enter")
        expect(dialog.get_by_role("button", name="Leave it as it is")).to_be_focused()
        expect(dialog).to_contain_text("you can roll forward to it in the same way")
        page.evaluate(AXE)
        found = page.evaluate("(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
        assert [each["id"] for each in found["violations"]] == []
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(page.get_by_role("link", name="Roll back to this").first).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")  # the first button is the one that changes nothing
        expect(dialog).to_be_hidden()
        page.keyboard.press("Enter")
        tab_to(page, "Roll back")
        rows = page.get_by_role("row").count()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.get_by_text("Learners see this text again: its page.")).to_be_visible()
        expect(page.get_by_role("row")).to_have_count(rows + 1)

    # Without scripts the same question is asked on a page.
    plain = page_maker(TEACHER, java_script_enabled=False, viewport={"width": 390, "height": 844})
    plain.goto(page.url)
    beyond = "all => all.filter((each) => each.getBoundingClientRect().right > 390).length"
    assert plain.locator(".history a").evaluate_all(beyond) == 0
    plain.get_by_role("link", name="Roll back to this").first.click()
    asked = plain.get_by_role("region", name="Roll back to this text?")
    asked.get_by_role("link", name="Leave it as it is").click()
    expect(asked).to_have_count(0)
    plain.get_by_role("link", name="Roll back to this").first.click()
    assert plain.evaluate("document.documentElement.scrollWidth") <= 390
    asked.get_by_role("button", name="Roll back").click()
    expect(plain.get_by_text("Learners see this text again: its page.")).to_be_visible()
