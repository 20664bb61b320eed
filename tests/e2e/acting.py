"""What a person does on the exercise page, in words."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

EXERCISE = "/exercises/01-maths/04-logsumexp-softmax/"
WRONG = """\
import numpy as np


def logsumexp(x, axis=-1):
    return np.log(np.exp(x).sum(axis))


def softmax(x, axis=-1):
    e = np.exp(x)
    return e / e.sum()
"""
SLOW = "import time\nprint('begun', flush=True)\ntime.sleep(3.5)\n" + WRONG
ENDLESS = SLOW.replace("3.5", "60")
"""Ends when it is stopped, or when the exercise's five seconds are over."""


def open_exercise(page: Page, path: str = EXERCISE) -> None:
    page.goto(path)
    expect(page.locator("html[data-editor=ready]")).to_be_attached()


def write(page: Page, source: str) -> None:
    """Replace what stands in the editor, as by pasting."""
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)


def code(page: Page) -> Locator:
    """The field that is sent; the editor writes into it."""
    return page.locator("textarea[name=source]")


def verdict(page: Page) -> Locator:
    return page.locator("[data-result] article.verdict")


def run(page: Page, source: str, *, submit: bool = False) -> Locator:
    """Write, press the keys, and wait for the verdict of this very run."""
    before = verdict(page).get_attribute("data-submission") if verdict(page).count() else ""
    write(page, source)
    page.keyboard.press("Control+Shift+Enter" if submit else "Control+Enter")
    expect(verdict(page)).not_to_have_attribute("data-submission", before or "none")
    expect(page.locator("[data-run-state]")).to_be_hidden()
    return verdict(page)
