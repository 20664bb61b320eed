"""A training that one watches: its curve and an estimate while it runs, a stop, and all of it afterwards."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.acting import open_exercise, verdict, write
from tests.e2e.running import NEEDED, RunningSite
from tests.e2e.test_accessible import too_wide, violations
from tests.grader.test_open_probes import TRAINING

LINE = "/exercises/02-lines/01-a-line/"


class SiteWithATraining(RunningSite):
    needed = (*NEEDED, LINE)

    def lay_out(self, course):
        super().lay_out(course)
        top = course / "course.toml"
        top.write_text(top.read_text().replace('["01-maths"]', '["01-maths", "02-lines"]'))
        folder = course / "02-lines" / "01-a-line"
        probes = TRAINING["probes.py"].replace("seconds=9", "seconds=60")
        for name, text in {**TRAINING, "probes.py": probes}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        (folder.parent / "module.toml").write_text(
            'title = "Lines"\nsummary = "One."\n[[lessons]]\nfile = "line.md"\nexercises = ["01-a-line"]\n'
        )
        (folder.parent / "line.md").write_text("# A line\n\nThrough points.\n")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    running = SiteWithATraining(tmp_path_factory.mktemp("site"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def base_url(site):
    return site.url


def takes(seconds):
    begin = "    for step in range(steps):\n"
    slow = f"        if steps > 40:\n            import time\n            time.sleep({seconds} / steps)\n"
    return TRAINING["reference.py"].replace(begin, begin + slow)


def submit(page: Page, source: str) -> None:
    open_exercise(page, LINE)
    write(page, source)
    page.keyboard.press("Control+Shift+Enter")
    line = page.locator("[data-run-text]")
    expect(line).to_have_text(re.compile(r"^Checking 3/6: a whole training, about 1 s"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_training_is_watched_and_then_shown_in_full(page_maker, student, scheme):
    page = page_maker(student, color_scheme=scheme)
    submit(page, takes(20))
    curve = page.locator("[data-live-drawn]").get_by_role("img", name=re.compile("loss fell from"))
    expect(curve).to_be_visible()
    expect(page.locator(".unit.asked")).to_have_count(1)
    expect(page.locator(".unit.passed")).to_have_count(2)
    expect(page.locator("[data-stop]")).to_be_visible()
    assert violations(page) == []
    assert too_wide(page, 1280) == []
    page.reload()  # it goes on where it is, and says for how long already
    expect(page.locator("[data-run-text]")).to_have_text(re.compile(r"^Checking 3/6: a whole training"))
    expect(curve).to_be_visible()
    expect(verdict(page)).to_have_attribute("data-word", "passed")
    page.locator('details[data-task="2"] > summary').click()
    row = page.locator("li.probe", has_text="a whole training")
    expect(row.locator(".tag")).to_have_text("watched")
    row.locator("summary").click()
    expect(row).to_contain_text("list of 400")
    expect(row).not_to_contain_text("hidden example")
    after = page.locator("li.probe", has_text="what the trained line says of new points")
    expect(after.locator(".tag")).to_have_text("hidden")
    expect(page.get_by_role("img", name=re.compile("loss fell from"))).to_be_visible()


def test_a_training_can_be_stopped(page_maker, student):
    page = page_maker(student)
    submit(page, takes(50))
    page.locator("[data-stop]").click()
    expect(verdict(page)).to_have_attribute("data-word", "cancelled")
