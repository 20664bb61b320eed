"""One's own earlier code on the page of a later exercise: what must be passed first, a broken piece that is
named, another one that is chosen."""

import time

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.e2e.acting import open_exercise, run, write
from tests.e2e.conftest import WIDE
from tests.e2e.test_accessible import too_wide, violations
from tests.grader.earlier import CLIPPED, FIRST, SECOND, TWICE, written

THERE, HERE = f"/exercises/{FIRST}/", f"/exercises/{SECOND}/"
WRONG = "def clipped(x):\n    return 1 * x\n"
"""Right only where nothing is to be clipped, and the first exercise clips nothing."""
PATIENCE = 120.0


@pytest.fixture(scope="module")
def chain(site, tmp_path_factory) -> None:
    """A second course, of two exercises."""
    folder = written(tmp_path_factory.mktemp("chain"))
    probes = folder / FIRST / "probes.py"
    probes.write_text(probes.read_text().replace(") * 10}", ") * 0.5}"))
    (folder / "course.toml").write_text('slug = "chain"\ntitle = "Chain"\nmodules = ["04-chain"]\n')
    (folder / "04-chain" / "module.toml").write_text(
        'title = "Chain"\n[[lessons]]\nfile = "text.md"\nexercises = ["01-clipped", "02-twice"]\n'
    )
    (folder / "04-chain" / "text.md").write_text("# A chain\n\nWords.\n")
    site.manage("import_curriculum", str(folder))
    until = time.monotonic() + PATIENCE
    while any("data-closed" in requests.get(site.url + page, timeout=30).text for page in (THERE, HERE)):
        assert time.monotonic() < until, site.words_of("worker")
        time.sleep(0.5)


def test_a_broken_piece_is_named_and_another_one_taken(chain, learner: Page, console):
    console.forgive("409")  # the browser notes every answer that refuses
    open_exercise(learner, HERE)
    earlier = learner.locator("[data-pieces]")
    expect(earlier).to_contain_text(
        "This exercise uses your own code from Clipped (4.1): pass that one first."
    )
    assert violations(learner) == []
    write(learner, TWICE)
    learner.keyboard.press("Control+Enter")
    expect(learner.locator("[data-run-text]")).to_contain_text("pass that one first")

    earlier.get_by_role("link", name="4.1 Clipped").click()
    expect(learner.locator("html[data-editor=ready]")).to_be_attached()
    expect(run(learner, WRONG, submit=True)).to_have_attribute("data-word", "passed")
    open_exercise(learner, HERE)
    expect(earlier).to_contain_text("This exercise runs with code of yours.")
    result = run(learner, TWICE, submit=True)
    expect(result).to_have_attribute("data-word", "failed")
    expect(result.locator(".diagnosis")).to_contain_text(
        "With the official clipped these checks pass: look at your clipped from 4.1"
    )
    assert violations(learner) == []
    assert too_wide(learner, WIDE["width"]) == []

    earlier.get_by_label("Which answer is mylib.clipped").select_option("official")
    earlier.get_by_role("button", name="Take it").click()
    expect(earlier).to_contain_text("the official answer to 4.1 Clipped")
    expect(learner.locator("html[data-editor=ready]")).to_be_attached()
    result = run(learner, TWICE, submit=True)
    expect(result).to_have_attribute("data-word", "passed")
    expect(result.locator("[data-taken]")).to_contain_text("the official clipped (4.1)")

    open_exercise(learner, THERE)
    expect(run(learner, CLIPPED, submit=True)).to_have_attribute("data-word", "passed")
    open_exercise(learner, HERE)
    answers = earlier.get_by_label("Which answer is mylib.clipped").locator("option")
    expect(answers).to_have_count(3)
