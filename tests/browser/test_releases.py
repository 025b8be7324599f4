"""A release editor makes a release: the file goes up in parts, is verified, published, and read by people."""

from __future__ import annotations

import zipfile

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import sign_in, width_beyond_the_window

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
VERSION = "1.2.0"
NOTES = "## Night mode\n\n* Dark charts for the hours before dawn\n* Fewer taps to the next high water"
WORKER_MILLISECONDS = 120_000


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A file that is cut into three parts."""
    file = tmp_path_factory.mktemp("build") / f"tide-{VERSION}-linux-x86_64.zip"
    content = bytes(range(256)) * 80_000
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("tide", content)
    return file


@pytest.fixture
def editor(page, desk):
    """A page of the admin, entered as an editor."""
    page.goto(f"{desk.web_url}/admin/")
    page.get_by_role("link", name="Sign in with").click()
    sign_in(page, "edith@example.com")
    expect(page.get_by_role("heading", name="What would you like to look after?")).to_be_visible()
    return page


def badge(page, state):
    """The state of the release, as soon as it is this one."""
    return expect(page.locator("#release-state")).to_have_text(state, timeout=WORKER_MILLISECONDS)


def test_a_release_is_made_uploaded_verified_published_and_downloaded(editor, desk, archive, photograph):
    page = editor
    page.goto(f"{desk.web_url}/admin/updates/release/add/")
    page.locator("#id_channel").select_option(label="Tide · Stable")
    page.locator("#id_version").fill(VERSION)
    page.locator("#id_notes").fill(NOTES)
    page.get_by_role("button", name="Save", exact=True).click()
    badge(page, "draft")

    page.locator("#artifact-file").set_input_files(archive)
    photograph(page, "release-upload")
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#artifacts progress")).to_be_visible()
    badge(page, "verified")
    photograph(page, "release-verified")

    page.get_by_role("button", name="Publish").click()
    expect(page.locator("#release-state")).to_have_text("published", timeout=WORKER_MILLISECONDS)
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    photograph(page, "release-published")
    page_url = page.locator("#release ~ .receipt li a").first.inner_text()
    manifest = httpx.get(f"{page_url}stable.json").json()
    served = httpx.get(manifest["latest"]["files"][0]["url"], headers={"Range": "bytes=-1000"})

    assert manifest["latest"]["version"] == VERSION
    assert served.status_code == 206
    assert served.content == archive.read_bytes()[-1000:]

    page.goto(f"{page_url}index.html")
    expect(page.get_by_role("heading", name="Tide", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name=f"Stable {VERSION}")).to_be_visible()
    page.set_viewport_size({"width": 1200, "height": 1500})
    photograph(page, "download-page")
    page.set_viewport_size({"width": 360, "height": 740})
    photograph(page, "download-page-phone")
    assert width_beyond_the_window(page) == 0


def test_an_upload_that_broke_off_goes_on_after_the_page_was_closed(editor, desk, tmp_path, complaints):
    page = editor
    file = tmp_path / "tide-9.0.0-linux-x86_64.zip"
    file.write_bytes(b"PK\x03\x04" + b"tide" * 5_000_000)
    page.goto(f"{desk.web_url}/admin/updates/release/add/")
    page.locator("#id_channel").select_option(label="Tide · Beta")
    page.locator("#id_version").fill("9.0.0")
    page.get_by_role("button", name="Save", exact=True).click()
    sent = []
    page.on("request", lambda request: sent.append(request.url) if "partNumber=" in request.url else None)
    page.route("**/*partNumber=3*", lambda route: route.abort())
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#artifact-file").set_input_files(file)
    with page.expect_response(lambda answer: "partNumber=2" in answer.url):
        page.get_by_role("button", name="Upload").click()
    page.goto("about:blank")
    page.unroute_all(behavior="ignoreErrors")
    first = set(sent)
    sent.clear()

    page.go_back()
    page.locator("label.resume input").set_input_files(file)
    badge(page, "verified")

    assert len(first) >= 2
    assert {url.split("partNumber=")[1].split("&")[0] for url in sent} <= {"1", "3"}
    page.get_by_role("button", name="Discard").click()
    badge(page, "discarded")
    # The browser itself writes down the requests that were broken off.
    assert [complaint for complaint in complaints if "net::ERR_FAILED" not in complaint] == []
    complaints.clear()
