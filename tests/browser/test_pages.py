"""The pages of the services under their content security policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import sign_in, width_beyond_the_window

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_the_start_page_says_that_all_is_well(page, desk, photograph):
    page.goto(desk.web_url)

    health = page.locator("#health dd")
    expect(health.first).to_have_text("ok")
    assert set(health.all_text_contents()) == {"ok"}
    photograph(page, "start-page")


def test_an_admin_enters_by_the_identity_provider(page, desk, photograph):
    page.goto(f"{desk.web_url}/admin/")

    page.get_by_role("link", name="Sign in with").click()
    sign_in(page, "ada@example.com")

    expect(page.get_by_role("heading", name="What would you like to look after?")).to_be_visible()
    expect(page.get_by_role("link", name="Accounts", exact=True)).to_be_visible()
    photograph(page, "admin")


def test_somebody_without_a_group_does_not_enter_the_admin(page, desk, complaints):
    page.goto(f"{desk.web_url}/admin/")

    page.get_by_role("link", name="Sign in with").click()
    sign_in(page, "bob@example.com")

    expect(page.get_by_role("link", name="Sign out, and in as somebody else")).to_be_visible()
    # The browser itself writes the refusal, a 403, to the console.
    assert [complaint for complaint in complaints if "403" not in complaint] == []
    complaints.clear()


@pytest.mark.parametrize("service", ["accounts", "todos", "blog", "updates"])
def test_the_api_documentation_shows_every_operation(page, desk, service):
    page.goto(f"{desk.web_url}/docs/{service}/")

    expect(page.locator(".opblock").first).to_be_visible()
    assert page.locator(".opblock").count() > 5


def test_picture_of_the_api_documentation(page, desk, photograph):
    page.goto(f"{desk.web_url}/docs/todos/")

    expect(page.locator(".opblock").first).to_be_visible()
    photograph(page, "api-docs-todos")


def test_staff_browse_the_api(page, desk):
    page.goto(f"{desk.web_url}/admin/")
    page.get_by_role("link", name="Sign in with").click()
    sign_in(page, "ada@example.com")
    expect(page.get_by_role("heading", name="What would you like to look after?")).to_be_visible()

    page.goto(f"{desk.web_url}/api/todos/v1/lists")

    expect(page.get_by_text("HTTP 200 OK")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/docs/", "/docs/todos/", "/problems/", "/admin/login/"])
def test_no_page_is_wider_than_a_small_phone(page, desk, path):
    page.set_viewport_size({"width": 360, "height": 740})

    page.goto(f"{desk.web_url}{path}")

    assert width_beyond_the_window(page) == 0
