"""One desk and one Chromium for the session; a page of its own, that must not complain, for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from local.identity.people import DEMO_PASSWORD
from tests.local.fresh_desk import FreshDesk

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
# What a browser does by itself in the background has no place in a test.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
ANSWER_MILLISECONDS = 60_000


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreshDesk]:
    """A whole desk with its demo world."""
    desk = FreshDesk(tmp_path_factory.mktemp("desk"))
    try:
        desk.wait_until_ready()
        yield desk
        desk.stop()
    finally:
        desk.program.close()


@pytest.fixture(scope="session")
def client_url(desk: FreshDesk) -> str:
    """The address of the web client."""
    return f"{desk.files_url}/clients/todos/index.html"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium: CHROMIUM, or the system's, or the one that Playwright installed."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    expect.set_options(timeout=ANSWER_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What pages wrote to the console as an error, violations of the CSP among it."""
    return []


@pytest.fixture
def context(browser: Browser, complaints: list[str]) -> Iterator[BrowserContext]:
    """A browser profile of its own. The test fails if any of its pages complained."""
    context = browser.new_context(viewport={"width": 1200, "height": 800}, locale="en-GB")
    context.set_default_timeout(ANSWER_MILLISECONDS)
    context.on(
        "console",
        lambda message: (
            complaints.append(f"{message.text} ({message.page.url if message.page else ''})")
            if message.type == "error"
            else None
        ),
    )
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A new page."""
    return context.new_page()


@pytest.fixture
def open_client(page: Page, client_url: str) -> Callable[..., Page]:
    """`open_client("alice@example.com")`: the web client, signed in through the identity provider's pages."""

    def open_it(email: str, on: Page | None = None) -> Page:
        target = on or page
        target.goto(client_url)
        target.get_by_role("button", name="Sign in").click()
        sign_in(target, email)
        expect(target.get_by_role("button", name="Sign out")).to_be_visible()
        return target

    return open_it


@pytest.fixture
def photograph() -> Callable[[Page, str], None]:
    """Keep a picture of a page for the documentation, when SCREENSHOTS=1 asks for it."""

    def take(page: Page, name: str) -> None:
        if os.environ.get("SCREENSHOTS") == "1":
            IMAGES.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=IMAGES / f"{name}.png")

    return take


def sign_in(page: Page, email: str) -> None:
    """Fill in the identity provider's form."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def width_beyond_the_window(page: Page) -> int:
    """How many pixels one would have to scroll sideways."""
    pixels: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return pixels
