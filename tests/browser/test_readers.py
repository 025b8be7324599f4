"""A reader subscribes, confirms and leaves; an editor sends a photo straight to the store."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from local.demo.pictures import jpeg_of, make_picture
from tests.browser.conftest import sign_in, width_beyond_the_window
from tests.local.fresh_desk import FreshDesk
from tests.local.programs import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("desk")]
Photograph = Callable[[Page, str], None]


def mails_to(desk: FreshDesk, address: str) -> list[dict[str, Any]]:
    """What the mailbox has for an address."""
    mailbox = f"http://127.0.0.1:{desk.environment['MAILBOX_PORT']}"
    items: list[dict[str, Any]] = httpx.get(f"{mailbox}/api/mails", params={"to": address}).json()["items"]
    return items


def test_a_reader_subscribes_confirms_and_leaves(page: Page, desk: FreshDesk, photograph: Photograph) -> None:
    page.set_viewport_size({"width": 390, "height": 780})
    page.goto(f"{desk.web_url}/blog/subscribe")
    photograph(page, "subscribe-phone")
    assert width_beyond_the_window(page) <= 0
    page.goto(f"{desk.files_url}/blog/")
    page.get_by_label("Your e-mail address").fill("rita@readers.example")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    assert width_beyond_the_window(page) <= 0

    until(lambda: bool(mails_to(desk, "rita@readers.example")), what="the welcome mail")
    (mail,) = mails_to(desk, "rita@readers.example")
    headers = dict(mail["headers"])
    confirm, unsubscribe = re.findall(r"http://\S+/blog/(?:confirm|unsubscribe)\?\S+", mail["text"])
    assert headers["List-Unsubscribe"].strip() == f"<{unsubscribe}>"
    page.goto(mail["url"])
    photograph(page, "welcome-mail")
    page.goto(confirm)
    page.get_by_role("button", name="Yes, subscribe me").click()
    expect(page.get_by_role("heading", name="You are subscribed")).to_be_visible()
    page.goto(unsubscribe)
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()

    assert len(mails_to(desk, "rita@readers.example")) == 1


def test_an_editor_sends_a_photo_and_sees_its_thumbnail(
    page: Page, desk: FreshDesk, photograph: Photograph, tmp_path: Path
) -> None:
    photo = tmp_path / "harbour.jpg"
    photo.write_bytes(jpeg_of(make_picture("harbour", width=1600, height=1200, light="evening", seed=9)))
    page.goto(f"{desk.web_url}/admin/blog/photo/")
    page.get_by_role("link", name=re.compile("Sign in with")).click()
    sign_in(page, "edith@example.com")

    page.locator("input[type=file]").set_input_files(photo)
    words = page.get_by_label("Alternative text of harbour.jpg")
    expect(words).to_be_visible()
    words.fill("Boats in the harbour at dusk")
    photograph(page, "photo-upload")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.reload()

    thumbnail = page.get_by_role("img", name="Boats in the harbour at dusk").first
    expect(thumbnail).to_be_visible()
    assert thumbnail.evaluate("image => image.complete && image.naturalWidth") == 320
    photograph(page, "photos")
