"""Modules from the first exercise to the last, by a learner whose answers are no references: each is an
alternative, typed into the editor and handed in, and what later exercises import was typed earlier.

Two of the way to a GPT train one. So the suite walks from attention to the Transformer's block; with
WHOLE_WAY="11-attention 12-gpt" in the environment it walks these modules to the end, which takes a quarter
of an hour on two processors, or any others.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.e2e.acting import open_exercise, verdict, write
from tests.e2e.running import ROOT, RunningSite

COURSE = ROOT / "exercises"
WHOLE = os.environ.get("WHOLE_WAY", "").split()
MODULES = WHOLE or ["11-attention", "12-gpt"]
SHORT = ["11-attention/02-sdpa-fwd", "11-attention/04-multi-head", "12-gpt/02-gpt2-block"]
TOO_SLOW = {"one_prefix_at_a_time.py"}
"""Right, and nothing that a later exercise could train with in its time."""
LONGEST = 600_000
"""Milliseconds for one verdict: two of the exercises train a GPT, on processors that may be busy."""
PATIENCE = 900.0
"""Seconds until all expected values are there."""


def listed(module: str) -> list[str]:
    described = tomllib.loads((COURSE / module / "module.toml").read_text())
    return [f"{module}/{name}" for lesson in described["lessons"] for name in lesson["exercises"]]


def used(exercise: str) -> list[str]:
    described = tomllib.loads((COURSE / exercise / "exercise.toml").read_text())
    return described.get("uses", [])


def before(exercise: str) -> Iterator[str]:
    """What it imports, and what that imports, the earliest first."""
    for one in used(exercise):
        yield from before(one)
        yield one


def the_way() -> list[str]:
    """Every exercise of the modules in their order; in front, what they use of earlier modules."""
    wanted = [exercise for module in MODULES for exercise in listed(module)] if WHOLE else SHORT
    earlier = dict.fromkeys(one for exercise in wanted for one in before(exercise) if one not in wanted)
    return [*earlier, *wanted]


WAY = the_way()


def address(exercise: str) -> str:
    return f"/exercises/{exercise}/"


class SiteOfTheWay(RunningSite):
    """The exercises of the way as they are shipped; their lessons are a line each, and run no cells."""

    def lay_out(self, course: Path) -> None:
        super().lay_out(course)
        modules = sorted({exercise.split("/")[0] for exercise in WAY})
        top = course / "course.toml"
        top.write_text(top.read_text().replace('["01-maths"]', json.dumps(["01-maths", *modules])))
        for module in modules:
            names = [exercise.split("/")[1] for exercise in WAY if exercise.startswith(f"{module}/")]
            for name in names:
                shutil.copytree(COURSE / module / name, course / module / name)
            (course / module / "way.md").write_text("# The way\n\nStep by step.\n")
            (course / module / "module.toml").write_text(
                f'title = "{module}"\n[[lessons]]\nfile = "way.md"\nexercises = {json.dumps(names)}\n'
            )

    def wait_for(self, exercises: list[str]) -> None:
        until = time.monotonic() + PATIENCE
        for exercise in exercises:
            while "is being prepared" in requests.get(self.url + address(exercise), timeout=60).text:
                assert time.monotonic() < until, f"{exercise}: {self.words_of('worker')}"
                time.sleep(1)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    subprocess.run([sys.executable, "-m", "grader", "sandbox", "--prepare", "torch"], cwd=ROOT, check=True)
    running = SiteOfTheWay(tmp_path_factory.mktemp("site"))
    try:
        running.start()
        running.wait_for(WAY)
        yield running
    finally:
        running.stop()


def hand_in(page: Page, source: str) -> Locator:
    """Type it, submit it, and wait for its verdict, however long it trains."""
    write(page, source)
    page.keyboard.press("Control+Shift+Enter")
    expect(verdict(page)).to_be_visible(timeout=LONGEST)
    expect(page.locator("[data-run-state]")).to_be_hidden(timeout=LONGEST)
    return verdict(page)


def test_a_learner_goes_the_way_with_answers_of_their_own(page_maker, student):
    learner = page_maker(student)
    handed_in: dict[str, str] = {}
    for number, exercise in enumerate(WAY):
        right = sorted((COURSE / exercise / "alternatives").glob("*.py"))
        alternatives = [path for path in right if path.name not in TOO_SLOW]
        answer = alternatives[number % len(alternatives)]
        open_exercise(learner, address(exercise))
        if used(exercise):
            pieces = learner.locator("[data-pieces]")
            expect(pieces).to_contain_text("This exercise runs with code of yours.")
            for piece in used(exercise):
                expect(pieces).to_contain_text(f"submission {handed_in[piece]}")
        result = hand_in(learner, answer.read_text())
        said = f"{exercise} with {answer.name}: {result.inner_text()}"
        assert result.get_attribute("data-word") == "passed", said
        assert not re.search(r"the official \w+ \(", result.inner_text()), said
        handed_in[exercise] = result.get_attribute("data-submission") or ""

    learner.goto("/progress/")
    for module in MODULES:
        count = sum(exercise.startswith(module) for exercise in WAY)
        expect(learner.get_by_text(f"{count} of {count} passed")).not_to_have_count(0)
