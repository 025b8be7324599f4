"""The newsroom and the blog as people use them: an editor publishes, a reader reads at the edge."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from local.demo.pictures import jpeg_of, make_picture
from tests.browser.conftest import sign_in, width_beyond_the_window

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TEXT = """The mail boat comes on **Tuesdays**, unless it does not.

> Nobody has ever been late for it, since nobody knows when it comes.

"""


@pytest.fixture
def newsroom(page, desk):
    """edith in the newsroom."""
    page.set_viewport_size({"width": 1400, "height": 1100})
    page.goto(f"{desk.web_url}/admin/blog/post/")
    page.get_by_role("link", name="Sign in with").click()
    sign_in(page, "edith@example.com")
    expect(page.get_by_role("heading", name="Select post to change")).to_be_visible()
    return page


def test_an_editor_writes_with_a_photo_publishes_and_sees_the_receipt(newsroom, photograph, context):
    page = newsroom
    photograph(page, "newsroom-posts")
    page.goto(re.sub("/post/.*", "/post/add/", page.url))
    page.get_by_label("Title").fill("The mail boat")
    page.get_by_label("Summary").fill("It comes on Tuesdays, unless it does not.")
    body = page.locator("#id_body")
    body.fill(TEXT)
    page.locator("input[type=file]").set_input_files(
        {
            "name": "mail-boat.jpg",
            "mimeType": "image/jpeg",
            "buffer": jpeg_of(make_picture("harbour", width=1200, height=800, light="evening", seed=99)),
        }
    )
    expect(page.get_by_text("mail-boat.jpg is ready.")).to_be_visible()
    body.press_sequentially("Boats at the quay in the evening")
    preview = page.get_by_label("Preview")
    expect(preview.get_by_role("img", name="Boats at the quay in the evening")).to_be_visible()
    expect(preview.locator("strong")).to_have_text("Tuesdays")
    page.get_by_role("button", name="Use as cover").click()
    expect(page.get_by_text("It is the cover.", exact=True)).to_be_visible()
    photograph(page, "newsroom-writing")

    page.get_by_role("button", name="Save and publish").click()

    expect(page.locator("#receipt")).to_contain_text("Readers have it:")
    photograph(page, "newsroom-receipt")
    with context.expect_page() as opened:
        page.locator("#newsroom a[target=_blank]").click()
    reader = opened.value
    expect(reader.get_by_role("heading", name="The mail boat", level=1)).to_be_visible()
    expect(reader.get_by_role("img", name="Boats at the quay in the evening")).to_have_count(2)


def test_a_reader_at_phone_width_reads_the_blog_without_scripts(browser, desk, photograph):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=False, device_scale_factor=2
    )
    page = context.new_page()
    page.goto(f"{desk.files_url}/blog/")
    expect(page.get_by_role("heading", name="Where the tide waits")).to_be_visible()
    photograph(page, "blog-home-phone")

    page.get_by_role("link", name="Where the tide waits").click()

    expect(page.get_by_role("heading", name="Where the tide waits", level=1)).to_be_visible()
    expect(page.get_by_role("textbox", name="Your e-mail address")).to_be_visible()
    photograph(page, "blog-post-phone")
    context.close()


@pytest.mark.parametrize("width", [320, 390, 1200])
@pytest.mark.parametrize(
    "path", ["/blog/", "/blog/where-the-tide-waits/", "/blog/what-a-backup-is-for/", "/nowhere"]
)
def test_no_page_of_the_blog_is_wider_than_its_window(page, desk, complaints, path, width):
    page.set_viewport_size({"width": width, "height": 800})

    page.goto(f"{desk.files_url}{path}")

    assert width_beyond_the_window(page) == 0
    # The browser itself writes a missing page to the console.
    complaints[:] = [one for one in complaints if "404" not in one]


def test_pictures_of_the_blog_on_a_desk_light_and_dark(browser, desk, photograph):
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 1200, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        page.goto(f"{desk.files_url}/blog/")
        expect(page.get_by_role("heading", name="Where the tide waits")).to_be_visible()
        page.wait_for_load_state("networkidle")
        photograph(page, f"blog-home-{scheme}")
        page.goto(f"{desk.files_url}/blog/a-letter-to-whoever-finds-the-buoy/")
        page.wait_for_load_state("networkidle")
        photograph(page, f"blog-post-{scheme}")
        context.close()
