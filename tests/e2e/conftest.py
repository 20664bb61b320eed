"""A running site, and a browser with somebody signed in. Console errors of a page fail its test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from tests.e2e.running import CLASSROOM, RunningSite

CHROMIUM = "/usr/bin/chromium"
WIDE = {"width": 1280, "height": 800}

expect.set_options(timeout=60_000)  # only a failing test takes it


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Iterator[RunningSite]:
    running = RunningSite(tmp_path_factory.mktemp("site"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def base_url(site) -> str:
    return site.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    quiet = ["--disable-quic", "--disable-background-networking", "--disable-component-update"]
    names = f"--host-resolver-rules=MAP {CLASSROOM} 127.0.0.1"
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox", names, *quiet]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": WIDE, "locale": "en-GB"}


@pytest.fixture(scope="session")
def _names() -> Iterator[str]:
    return (f"s{number}@example.org" for number in itertools.count())


@pytest.fixture
def student(_names) -> str:
    """The address of a student whom no other test has used."""
    return next(_names)


@pytest.fixture
def sign_in(site) -> Callable[[BrowserContext, str], None]:
    def put_cookie(context: BrowserContext, email: str) -> None:
        context.add_cookies([{"name": "sessionid", "value": site.sessions[email], "url": site.url}])

    return put_cookie


class Console:
    """What pages complained about. A test that provokes complaints says which."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._provoked: tuple[str, ...] = ()

    def forgive(self, *words: str) -> None:
        """Lines with one of these words are expected, however late the browser writes them."""
        self._provoked = words

    @property
    def unexpected(self) -> list[str]:
        return [line for line in self.lines if not any(word in line for word in self._provoked)]


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def watched(console) -> Iterator[Callable[[Page], Page]]:
    """Watches a page: at the end of the test nothing may stand on its console."""

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            console.lines.append(message.text)

    def watch(page: Page) -> Page:
        page.on("console", note)
        page.on("pageerror", lambda error: console.lines.append(str(error)))
        return page

    yield watch
    assert console.unexpected == []


@pytest.fixture
def learner(context, student, sign_in, watched) -> Page:
    """A page of a student who begins from nothing."""
    sign_in(context, student)
    return watched(context.new_page())


@pytest.fixture
def page_maker(browser, site, sign_in, watched) -> Iterator[Callable[..., Page]]:
    """Pages in contexts of their own: another person, another screen, other preferences."""
    contexts: list[BrowserContext] = []

    def make(email: str | None = None, **options: Any) -> Page:
        given: dict[str, Any] = {"base_url": site.url, "locale": "en-GB", "viewport": WIDE} | options
        context = browser.new_context(**given)
        contexts.append(context)
        if email:
            sign_in(context, email)
        return watched(context.new_page())

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def visitor(context, watched) -> Page:
    return watched(context.new_page())


@pytest.fixture
def reference() -> str:
    return (Path(__file__).parents[2] / "exercises/01-maths/04-logsumexp-softmax/reference.py").read_text()
