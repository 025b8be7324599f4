"""The whole way of a post: written with a pasted photo, published, read, subscribed to, mailed, left."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from local.demo.pictures import jpeg_of, make_picture
from tests.browser.conftest import sign_in, width_beyond_the_window
from tests.browser.test_readers import mails_to
from tests.local.fresh_desk import FreshDesk
from tests.local.programs import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
READER = "rita@journey.example"
Photograph = Callable[[Page, str], None]

# What a browser does when somebody pastes a picture.
PASTE = """async ([selector, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name, { type: "image/jpeg" }));
  document.querySelector(selector).dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def newsroom(page: Page, desk: FreshDesk) -> Page:
    """edith in the newsroom, before an empty draft."""
    page.set_viewport_size({"width": 1400, "height": 1100})
    page.goto(f"{desk.web_url}/admin/blog/post/add/")
    page.get_by_role("link", name="Sign in with").click()
    sign_in(page, "edith@example.com")
    expect(page.get_by_label("Title")).to_be_visible()
    return page


def write(page: Page, title: str, text: str) -> None:
    page.get_by_label("Title").fill(title)
    page.get_by_label("Summary").fill(f"What {title.lower()} is about.")
    page.locator("#id_body").fill(text)


def paste_photo(page: Page, name: str) -> None:
    picture = jpeg_of(make_picture("harbour", width=1200, height=800, light="evening", seed=7))
    page.locator("#id_body").focus()
    page.evaluate(PASTE, ["#id_body", name, base64.b64encode(picture).decode()])
    expect(page.get_by_text(f"{name} is ready.")).to_be_visible()
    page.locator("#id_body").press_sequentially("Boats that wait")


def subscribe_and_confirm(page: Page, desk: FreshDesk) -> None:
    page.get_by_label("Your e-mail address").fill(READER)
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    until(lambda: len(mails_to(desk, READER)) == 1, what="the welcome mail")
    (welcome,) = mails_to(desk, READER)
    page.goto(re.findall(r"http://\S+/blog/confirm\?\S+", welcome["text"])[0])
    page.get_by_role("button", name="Yes, subscribe me").click()
    expect(page.get_by_role("heading", name="You are subscribed")).to_be_visible()


def look_at_two_widths(page: Page, photograph: Photograph) -> None:
    page.get_by_role("link", name="As readers will see it").click()
    phone = page.frame_locator("iframe[title='On a telephone']")
    expect(phone.get_by_role("heading", name="The winter harbour", level=1)).to_be_visible()
    expect(phone.get_by_role("img", name="Boats that wait")).to_be_visible()
    photograph(page, "newsroom-looks")


def publish(page: Page) -> None:
    page.get_by_role("button", name="Save and publish").click()
    expect(page.locator("#receipt")).to_contain_text("Readers have it:")


def read_and_subscribe(reader: Page, desk: FreshDesk) -> None:
    reader.set_viewport_size({"width": 390, "height": 844})
    reader.goto(f"{desk.files_url}/blog/the-winter-harbour/")
    expect(reader.get_by_role("img", name="Boats that wait")).to_be_visible()
    assert width_beyond_the_window(reader) == 0
    subscribe_and_confirm(reader, desk)
    reader.goto(f"{desk.web_url}/blog/search?q=freezing")
    expect(reader.get_by_role("link", name="The winter harbour")).to_be_visible()
    assert width_beyond_the_window(reader) == 0


def mail_to_subscribers(page: Page, desk: FreshDesk, photograph: Photograph) -> None:
    page.get_by_role("link", name="By mail").click()
    mail = page.frame_locator("iframe.mail-frame")
    expect(mail.get_by_role("heading", name="The spring harbour")).to_be_visible()
    page.get_by_role("button", name=re.compile(r"Send to \d+ subscriber")).click()
    until(lambda: len(mails_to(desk, READER)) == 2, what="the mail of the post")
    expect(page.get_by_text("All of them have gone out.")).to_be_visible()
    photograph(page, "newsroom-mailed")


def leave_by_one_click(page: Page, desk: FreshDesk) -> None:
    newest = max(mails_to(desk, READER), key=lambda mail: "The spring harbour" in mail["subject"])
    leave = re.findall(r"<(https?://[^>]+)>", dict(newest["headers"])["List-Unsubscribe"])[0]
    answer = page.context.request.post(leave, form={"List-Unsubscribe": "One-Click"})
    assert answer.status == 200


def test_a_post_from_its_first_word_to_a_reader_who_leaves(
    newsroom: Page, desk: FreshDesk, photograph: Photograph
) -> None:
    page = newsroom
    write(page, "The winter harbour", "It **freezes** slowly.\n\n")
    paste_photo(page, "winter.jpg")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    page.locator("#id_body").press("End")
    page.locator("#id_body").press_sequentially(" ")
    expect(page.locator("#kept")).to_contain_text("is kept")
    draft = page.url
    look_at_two_widths(page, photograph)
    page.goto(draft)
    publish(page)
    read_and_subscribe(page.context.new_page(), desk)

    page.goto(f"{desk.web_url}/admin/blog/post/add/")
    write(page, "The spring harbour", "It thaws.")
    publish(page)
    mail_to_subscribers(page, desk, photograph)
    leave_by_one_click(page, desk)

    page.goto(f"{desk.web_url}/admin/blog/subscriber/?q={READER}")
    expect(page.locator("#result_list")).to_contain_text("unsubscribed")
