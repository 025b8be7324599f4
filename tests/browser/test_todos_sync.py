"""One account in two browsers: what each changes, what both change, and what happens without a network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def other(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """A page in another browser, which knows nothing of the first."""
    context = browser.new_context(viewport={"width": 900, "height": 800}, locale="en-GB")
    context.set_default_timeout(20_000)
    context.on(
        "console", lambda message: complaints.append(message.text) if message.type == "error" else None
    )
    yield context.new_page()
    context.close()


def add(page: Page, title: str) -> None:
    """By the form."""
    page.get_by_label("New to-do").fill(title)
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name=f"Done: {title}")).to_be_visible()


def come_back(page: Page) -> None:
    """As when the tab comes to the front."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def retitle(page: Page, title: str) -> None:
    """In the dialog that is open."""
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_each_changes_both_have(open_client, page, other):
    open_client("carol@example.com")
    add(page, "Rehearse the motet")
    open_client("carol@example.com", other)
    other.get_by_role("button", name="Edit Rehearse the motet").click()

    page.get_by_role("button", name="Edit Rehearse the motet").click()
    page.get_by_label("Tags").fill("choir")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    other.get_by_role("dialog").get_by_label("Priority").select_option("1")
    other.get_by_role("button", name="Save").click()

    row = other.get_by_role("listitem").filter(has_text="Rehearse the motet").first
    expect(row).to_contain_text("choir")
    expect(row).to_contain_text("Priority 1")
    expect(other.get_by_role("heading", name="Changed in two places")).to_be_hidden()


def test_what_both_changed_the_person_decides(open_client, page, other, photograph):
    open_client("carol@example.com")
    add(page, "Book the hall")
    open_client("carol@example.com", other)
    other.get_by_role("button", name="Edit Book the hall").click()
    page.get_by_role("button", name="Edit Book the hall").click()

    retitle(page, "Book the large hall")
    retitle(other, "Book the small hall")
    expect(other.get_by_role("heading", name="Changed in two places")).to_be_visible()
    expect(other.get_by_role("status")).to_contain_text("Another device had changed it, too")
    other.get_by_role("heading", name="Changed in two places").scroll_into_view_if_needed()
    photograph(other, "client-conflict")
    come_back(page)
    expect(page.get_by_role("button", name="Keep “Book the small hall”")).to_be_visible()
    other.get_by_role("button", name="Use “Book the large hall”").click()

    for each in (other, page):
        come_back(each)
        expect(each.get_by_role("checkbox", name="Done: Book the large hall")).to_be_visible()
        expect(each.get_by_role("heading", name="Changed in two places")).to_be_hidden()


def test_what_was_done_without_a_network_is_sent_when_there_is_one(open_client, page, other, complaints):
    open_client("bob@example.com")
    expect(page.get_by_role("checkbox").first).to_be_visible()
    page.context.set_offline(True)

    add(page, "Sharpen the chisels")
    add(page, "Order hinges")
    expect(page.get_by_text("2 changes wait to be sent")).to_be_visible()
    page.context.set_offline(False)

    expect(page.get_by_text("to be sent")).to_be_hidden()
    open_client("bob@example.com", other)
    expect(other.get_by_role("checkbox", name="Done: Sharpen the chisels")).to_be_visible()
    # The browser itself tells of requests that found no network.
    assert [found for found in complaints if "ERR_INTERNET_DISCONNECTED" not in found] == []
    complaints.clear()


def test_looking_for_news_asks_the_folder_and_no_service(open_client, page, other):
    page.clock.install()
    open_client("alice@example.com")
    expect(page.get_by_role("checkbox").first).to_be_visible()
    # Her file is written some seconds after the demo was made; this one shows that it is there.
    with page.expect_response(lambda answer: "snapshot.json.gz" in answer.url and answer.status == 200):
        page.clock.fast_forward(40_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    with page.expect_response(lambda answer: "snapshot.json.gz" in answer.url) as second:
        page.clock.fast_forward(40_000)

    assert second.value.status == 304
    assert [url for url in asked if "/api/todos/" in url] == []


def test_keys_of_their_own(open_client, page):
    open_client("alice@example.com")
    boxes = page.get_by_role("checkbox")
    expect(boxes.nth(2)).to_be_visible()

    page.keyboard.press("n")
    expect(page.get_by_label("New to-do")).to_be_focused()
    page.keyboard.type("njke?")
    expect(page.get_by_label("New to-do")).to_have_value("njke?")
    boxes.first.focus()
    page.keyboard.press("j")
    expect(boxes.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(boxes.first).to_be_focused()
    page.keyboard.press("e")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard shortcuts").click()

    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
