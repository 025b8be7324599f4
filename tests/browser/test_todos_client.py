"""The web client as a person uses it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import sign_in, width_beyond_the_window

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# Every value that any progress bar has had.
PROGRESS_RECORDER = """
window.progressSeen = [];
new MutationObserver((changes) => {
  const bars = changes.map((change) => change.target).filter((target) => target.localName === "progress");
  window.progressSeen.push(...bars.map((bar) => bar.value));
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["value"] });
"""


def test_a_todo_is_added_completed_and_opened_again_by_keyboard_alone(open_client):
    page = open_client("bob@example.com")
    page.get_by_label("New to-do").focus()

    page.keyboard.type("Oil the garden gate")
    page.keyboard.press("Enter")
    box = page.get_by_role("checkbox", name="Done: Oil the garden gate")
    expect(box).not_to_be_checked()
    expect(page.get_by_label("New to-do")).to_be_focused()
    box.focus()
    page.keyboard.press("Space")

    expect(page.get_by_role("status")).to_have_text("Done: Oil the garden gate")
    expect(box).to_be_hidden()
    page.get_by_role("radio", name="Open").focus()
    page.keyboard.press("ArrowRight")
    expect(box).to_be_checked()
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_hidden()


def test_a_dialog_is_left_by_escape_and_gives_the_keyboard_back(open_client):
    page = open_client("bob@example.com")
    button = page.get_by_role("button", name="New list")
    button.focus()

    page.keyboard.press("Enter")
    expect(page.get_by_label("Name of the list")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_a_list_is_made_renamed_and_deleted(open_client):
    page = open_client("bob@example.com")

    page.get_by_role("button", name="New list").click()
    page.get_by_label("Name of the list").fill("Allotment")
    page.get_by_role("button", name="Add list").click()
    expect(page.get_by_role("heading", name="Allotment")).to_be_visible()
    page.get_by_role("button", name="Rename the list Allotment").click()
    page.get_by_label("Name of the list").fill("Garden")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Garden")).to_be_visible()
    page.get_by_role("button", name="Delete the list Garden").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(page.get_by_role("heading", name="All to-dos")).to_be_visible()
    expect(page.get_by_role("button", name="Garden", exact=True)).to_have_count(0)


def test_a_todo_keeps_what_was_edited_and_can_be_deleted(open_client):
    page = open_client("bob@example.com")
    page.get_by_label("New to-do").fill("Order seeds")
    page.keyboard.press("Enter")

    page.get_by_role("button", name="Edit Order seeds").click()
    page.get_by_label("Title").fill("Order tulip bulbs")
    page.get_by_role("dialog").get_by_label("Due date").fill("2031-10-01")
    page.get_by_label("Tags").fill("garden, autumn")
    page.get_by_role("button", name="Save").click()
    row = page.get_by_role("listitem").filter(has_text="Order tulip bulbs").first
    expect(row).to_contain_text("1 Oct 2031")
    expect(row).to_contain_text("autumn")
    page.get_by_role("button", name="Edit Order tulip bulbs").click()
    page.get_by_role("button", name="Delete to-do").click()

    expect(page.get_by_role("status")).to_have_text("Deleted: Order tulip bulbs")
    expect(page.get_by_role("button", name="Edit Order tulip bulbs")).to_have_count(0)


def test_a_file_is_uploaded_with_progress_attached_and_opened(open_client, page, tmp_path):
    plan = tmp_path / "garden plan.txt"
    plan.write_bytes(b"beans, peas, two rows of leeks\n" * 20_000)
    page.add_init_script(PROGRESS_RECORDER)
    open_client("carol@example.com")

    page.get_by_role("link", name="Files").click()
    page.locator("input[type=file]").set_input_files(plan)
    expect(page.get_by_role("button", name="Download garden plan.txt")).to_be_visible()
    seen = page.evaluate("window.progressSeen")
    page.get_by_role("link", name="To-dos").click()
    page.get_by_label("New to-do").fill("Dig the beds")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Edit Dig the beds").click()
    page.get_by_role("button", name="Attach from your folder").click()
    page.get_by_role("button", name="garden plan.txt").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Open garden plan.txt").click()

    assert seen == sorted(seen)
    assert seen[-1] == plan.stat().st_size
    assert download.value.path().read_bytes() == plan.read_bytes()


def test_a_file_is_deleted_from_the_folder(open_client, page, tmp_path):
    note = tmp_path / "scrap.txt"
    note.write_text("not needed any more")
    open_client("bob@example.com")
    page.get_by_role("link", name="Files").click()
    page.locator("input[type=file]").set_input_files(note)

    page.get_by_role("button", name="Delete scrap.txt").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(page.get_by_role("status")).to_have_text("Deleted: scrap.txt")
    expect(page.get_by_role("button", name="Delete scrap.txt")).to_have_count(0)


def test_an_upload_in_parts_that_broke_off_sends_only_what_is_missing(
    open_client, page, tmp_path, complaints
):
    film = tmp_path / "film.bin"
    with film.open("wb") as file:
        file.truncate(51 * 1000 * 1000)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    open_client("carol@example.com")
    page.get_by_role("link", name="Files").click()
    page.route(re.compile("partNumber=7"), lambda route: route.abort())

    page.locator("input[type=file]").set_input_files(film)
    expect(page.get_by_role("status")).to_contain_text("Choose the same file again")
    page.unroute_all()
    page.reload()
    sent.clear()
    page.locator("input[type=file]").set_input_files(film)

    expect(page.get_by_role("button", name="Download film.bin")).to_be_visible()
    assert [re.findall(r"partNumber=(\d+)", url) for url in sent] == [["7"]]
    complaints.clear()


def test_an_old_token_is_renewed_without_a_word(open_client):
    page = open_client("bob@example.com")
    read_token = "JSON.parse(sessionStorage.getItem('quartet.tokens')).refresh_token"
    before = page.evaluate(read_token)

    page.evaluate(
        """() => {
            const tokens = JSON.parse(sessionStorage.getItem("quartet.tokens"));
            sessionStorage.setItem("quartet.tokens", JSON.stringify({ ...tokens, expires_at: 0 }));
        }"""
    )
    page.reload()

    expect(page.get_by_role("checkbox").first).to_be_visible()
    assert page.evaluate(read_token) != before


def test_signing_out_ends_the_sign_in_at_the_identity_provider_too(open_client):
    page = open_client("bob@example.com")

    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_label("Password")).to_be_visible()
    assert page.evaluate("Object.keys(sessionStorage)") == []


def test_an_answer_that_belongs_to_another_sign_in_is_refused(page, client_url):
    page.goto(f"{client_url}?code=stolen&state=of-somebody-else")

    expect(page.get_by_role("alert")).to_contain_text("belongs to another sign-in")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert "stolen" not in page.url


@pytest.mark.parametrize("place", ["#todos", "#files"])
def test_nothing_is_wider_than_a_small_phone(open_client, page, place):
    page.set_viewport_size({"width": 360, "height": 740})
    open_client("alice@example.com")

    page.evaluate("place => { location.hash = place; }", place)
    expect(page.get_by_role("listitem").first).to_be_visible()

    assert width_beyond_the_window(page) == 0


def test_pictures_for_the_documentation(page, client_url, photograph):
    page.goto(client_url)
    page.get_by_role("button", name="Sign in").click()
    photograph(page, "sign-in")
    sign_in(page, "alice@example.com")
    page.get_by_role("button", name="Trip to Lisbon").click()
    expect(page.get_by_role("heading", name="Trip to Lisbon")).to_be_visible()
    expect(page.get_by_role("checkbox").first).to_be_visible()
    photograph(page, "client")
    page.emulate_media(color_scheme="dark")
    page.get_by_role("link", name="Files").click()
    page.locator("[id='folder-lisbon/']").click()
    expect(page.get_by_role("button", name="Download packing.txt")).to_be_visible()
    photograph(page, "client-files-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 780})
    page.get_by_role("link", name="To-dos").click()
    expect(page.get_by_role("checkbox").first).to_be_visible()
    photograph(page, "client-phone")
