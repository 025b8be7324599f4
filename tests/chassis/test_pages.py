"""Pages for people: what runs here, where to go, and all of it under the Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client

from tests.api_client import ApiClient

pytestmark = [pytest.mark.urls("tests.chassis.urls"), pytest.mark.django_db]

MakeClient = Callable[..., ApiClient]
DATA_TYPES = ("application/json", "application/ld+json")


class InlineFinder(HTMLParser):
    """Everything in a page that a policy without `unsafe-inline` blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [str(given["href"])] if tag == "a" and given.get("href") else []
        if tag == "script" and "src" not in given and given.get("type") not in DATA_TYPES:
            self.found.append("<script>")
        if tag == "style":
            self.found.append("<style>")
        self.found += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        self.found += [str(value) for value in given.values() if (value or "").startswith("javascript:")]


def _look_at(response: Any) -> InlineFinder:
    finder = InlineFinder()
    finder.feed(response.content.decode())
    return finder


PUBLIC_PAGES = ["/", "/docs/", "/problems/", "/problems/not-found", "/nowhere", "/admin/login/"]
DOCS_PAGES = [f"/docs/{service}/" for service in configured.SERVICES]


@pytest.mark.parametrize("address", PUBLIC_PAGES + DOCS_PAGES)
def test_no_page_has_anything_inline(address: str) -> None:
    response = Client().get(address, headers={"Accept": "text/html"})

    assert response["Content-Type"].startswith("text/html")
    assert _look_at(response).found == []


@pytest.mark.parametrize("address", ["/admin/", "/admin/auth/user/", "/admin/auth/user/add/"])
def test_no_admin_page_has_anything_inline(admin_client: Client, address: str) -> None:
    response = admin_client.get(address)

    assert response.status_code == 200
    assert _look_at(response).found == []


@pytest.mark.parametrize(
    "address",
    ["/api/test/who", "/api/test/items?limit=2", "/api/test/echo", "/api/test/groups", "/api/test/version"],
)
def test_the_browsable_api_has_nothing_inline(issuer: Any, admin_client: Client, address: str) -> None:
    response = admin_client.get(address, headers={"Accept": "text/html"})

    assert response["Content-Type"].startswith("text/html")
    assert _look_at(response).found == []


def test_the_browsable_api_shows_what_a_program_gets(issuer: Any, admin_client: Client) -> None:
    page = admin_client.get("/api/test/version", headers={"Accept": "text/html"}).content.decode()

    assert "&quot;version&quot;: 3" in page


def test_the_browsable_api_asks_strangers_to_sign_in(issuer: Any) -> None:
    page = Client().get("/api/test/who", headers={"Accept": "text/html"})

    assert page.status_code == 401
    assert "/admin/login/?next=/api/test/who" in _look_at(page).links


def test_what_people_wrote_is_text_in_the_browsable_api(issuer: Any, admin_client: Client) -> None:
    response = admin_client.get(
        "/api/test/items?x=<script>alert(1)</script>&limit=1", headers={"Accept": "text/html"}
    )

    assert b"<script>alert" not in response.content


def test_the_start_page_names_the_services_and_where_to_go(settings: Any) -> None:
    settings.START_LINKS = ["Mailbox=http://127.0.0.1:8002", "no address"]

    page = Client().get("/")

    links = _look_at(page).links
    assert {"/admin/", "/docs/", "http://127.0.0.1:8002"} <= set(links)
    assert set(DOCS_PAGES) <= set(links)


def test_every_link_of_the_start_page_leads_somewhere() -> None:
    links = set(_look_at(Client().get("/")).links) - {"/health/ready"}

    statuses = {Client().get(link).status_code for link in links if link.startswith("/")}

    assert statuses <= {200, 302}


def test_the_start_page_says_that_one_process_runs_all() -> None:
    page = Client().get("/").content.decode()

    assert "One process with one database for all services" in page
    assert "Split:" not in page


def test_the_start_page_names_services_that_run_elsewhere(settings: Any) -> None:
    settings.SERVICES = ("todos",)
    settings.SERVICE_URLS = {"accounts": "https://accounts.example.org", "todos": "https://todos.example.org"}

    page = Client().get("/").content.decode()

    assert "Split: each service in a process of its own" in page
    assert 'href="https://accounts.example.org"' in page
    assert 'href="https://todos.example.org"' not in page


@pytest.mark.parametrize("address", ["/docs/nothing/", "/docs/nothing/start.js", "/problems/nothing"])
def test_what_is_not_there_is_404(address: str) -> None:
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize("service", configured.SERVICES)
def test_the_docs_page_is_started_by_a_script_of_its_own(service: str) -> None:
    script = Client().get(f"/docs/{service}/start.js")

    assert script["Content-Type"].startswith("text/javascript")
    assert f"/api/{service}/v1/schema/".replace("-", "\\u002D") in script.content.decode()
