"""A release is compared, approved by a second person, offered to a tenth, paused, resumed and withdrawn."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import sign_in, width_beyond_the_window

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
VERSION = "1.3.0"
PAUSE_MILLISECONDS_MOST = 5000
WORKER_MILLISECONDS = 120_000


def enter(page, desk, email):
    """Into the admin, as somebody."""
    page.goto(f"{desk.web_url}/admin/")
    page.get_by_role("link", name="Sign in with").click()
    sign_in(page, email)
    expect(page.get_by_role("heading", name="What would you like to look after?")).to_be_visible()


def press(page, name, state):
    """A button, and the state that follows as soon as the edge serves it."""
    page.locator("#release").get_by_role("button", name=name).click()
    expect(page.locator("#release-state")).to_have_text(state, timeout=WORKER_MILLISECONDS)
    expect(page.get_by_text("The public address served it")).to_be_visible(timeout=WORKER_MILLISECONDS)


def milliseconds_of(page):
    """What the receipt says."""
    text = page.get_by_text("The public address served it").inner_text()
    return int("".join(letter for letter in text.partition(" ms ")[0] if letter.isdigit()))


def make_a_release(page, desk, archive):
    """Its author's part, until it is verified and planned."""
    page.goto(f"{desk.web_url}/admin/updates/release/add/")
    page.locator("#id_channel").select_option(label="Tide · Stable")
    page.locator("#id_version").fill(VERSION)
    page.locator("#id_notes").fill("Tides of the whole year.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#artifact-file").set_input_files(archive)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#release-state")).to_have_text("verified", timeout=WORKER_MILLISECONDS)
    page.reload()
    page.locator("#rollout-schedule").fill("10 % now, 50 % tomorrow 9:00, 100 % in 5 days")
    page.get_by_role("button", name="Plan").click()
    expect(page.locator("svg.curve")).to_be_visible()
    expect(page.get_by_text("What publishing would change")).to_be_visible()


@pytest.fixture
def second_person(page, desk):
    """The product asks for one, while this test runs; the page is an admin's."""

    def ask(wanted):
        page.goto(f"{desk.web_url}/admin/updates/product/?q=tide")
        page.locator("#result_list tbody th a").first.click()
        page.locator("#id_needs_second_person").set_checked(wanted)
        page.get_by_role("button", name="Save", exact=True).click()

    enter(page, desk, "ada@example.com")
    ask(True)
    yield
    ask(False)


@pytest.fixture
def other(browser, desk):
    """The page of another person."""
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    page = context.new_page()
    enter(page, desk, "edith@example.com")
    yield page
    context.close()


@pytest.mark.usefixtures("second_person")
def test_a_rollout_with_a_second_person(page, other, desk, tmp_path, photograph):
    archive = tmp_path / f"tide-{VERSION}-linux-x86_64.zip"
    archive.write_bytes(b"PK\x03\x04" + b"tide" * 3_000_000)
    make_a_release(page, desk, archive)
    page.get_by_label("publish when approved").check()
    page.set_viewport_size({"width": 1280, "height": 1500})
    photograph(page, "release-preview")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_text("Waits for somebody else's approval.")).to_be_visible()

    other.goto(page.url)
    photograph(other, "release-approve")
    press(other, "Approve and publish", "published")
    photograph(other, "release-rollout")
    address = other.locator("#release ~ .receipt li a").nth(1).inner_text()
    latest = httpx.get(address).json()["latest"]
    assert (latest["version"], latest["rollout"]["percent"]) == (VERSION, 10)

    press(other, "Pause", "paused")
    paused = milliseconds_of(other)
    photograph(other, "release-paused")
    assert httpx.get(address).json()["latest"]["version"] != VERSION
    assert paused <= PAUSE_MILLISECONDS_MOST
    press(other, "Resume", "published")
    assert httpx.get(address).json()["latest"]["version"] == VERSION
    press(other, "Withdraw", "withdrawn")
    assert httpx.get(address).json()["latest"]["version"] != VERSION
    other.set_viewport_size({"width": 360, "height": 740})
    assert width_beyond_the_window(other) == 0
