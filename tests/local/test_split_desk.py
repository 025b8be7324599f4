"""`make run SPLIT=1`: a process, a database and an admin for each service, on one host."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from collections.abc import Iterator

import httpx
import pytest
from django.conf import settings

from local.identity.people import DEMO_PASSWORD
from tests.local.fresh_desk import FreshDesk
from tests.local.test_desk import manage, printed_addresses

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("desk"), pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreshDesk]:
    """One split desk for this file."""
    desk = FreshDesk(tmp_path_factory.mktemp("split-desk"), is_split=True)
    desk.wait_until_ready()
    yield desk
    desk.stop()
    desk.program.close()


@pytest.fixture
def sites(desk: FreshDesk) -> dict[str, str]:
    """The address of each service's own process."""
    variables = {
        "accounts": "WEB_PORT",
        **{name: f"{name.upper()}_PORT" for name in settings.KNOWN_SERVICES[1:]},
    }
    return {name: desk.url_at(variable) for name, variable in variables.items()}


def test_each_service_answers_for_itself_alone(desk, sites):
    ready = {name: httpx.get(f"{url}/health/ready", timeout=60).json() for name, url in sites.items()}

    assert {name: answer["services"] for name, answer in ready.items()} == {name: [name] for name in sites}
    assert {answer["status"] for answer in ready.values()} == {"ok"}
    assert httpx.get(f"{sites['todos']}/api/accounts/v1/me", timeout=60).status_code == 404
    assert httpx.get(f"{sites['todos']}/api/todos/v1/lists", timeout=60).status_code == 401


def test_every_start_page_tells_of_the_others(desk, sites):
    for name, url in sites.items():
        page = httpx.get(f"{url}/", timeout=60).text

        assert "Split:" in page
        assert {other for other in sites if f'href="{sites[other]}"' in page} == set(sites) - {name}


def test_every_address_that_is_printed_answers(desk, sites):
    printed = printed_addresses(desk)

    statuses = {
        name: httpx.get(url, follow_redirects=True, timeout=60).status_code for name, url in printed.items()
    }

    assert {f"Service {name}" for name in sites} <= set(printed)
    # The store's root lists buckets, and the blog's first page is an editor's to make.
    assert {name for name, status in statuses.items() if status != 200} <= {"Object store", "Files"}


def test_each_service_has_a_database_with_its_tables_alone(desk, sites):
    for name in sites:
        with sqlite3.connect(desk.directory / f"{name}.sqlite3") as database:
            tables = {table for (table,) in database.execute("SELECT name FROM sqlite_master")}

        assert any(table.startswith(f"{name}_") for table in tables)
        assert not [table for table in tables if table.startswith(tuple(f"{n}_" for n in sites if n != name))]
        assert [table for table in tables if table.endswith("_dbtaskresult")]
    assert not (desk.directory / "quartet.sqlite3").exists()


def test_a_command_speaks_to_the_service_that_it_names(desk, sites):
    shell = "from django.conf import settings; print(settings.SERVICES, settings.WEB_URL)"

    named = manage(desk, "shell", "-v", "0", "-c", shell, SERVICES="todos")
    unnamed = manage(desk, "shell", "-v", "0", "-c", shell)

    assert named.stdout.split() == ["('todos',)", sites["todos"]]
    assert unnamed.stdout.split() == ["('accounts',)", sites["accounts"]]


def test_one_person_is_in_two_admins_at_once(desk, sites):
    with httpx.Client(follow_redirects=True, timeout=30) as browser:
        page = browser.get(f"{sites['accounts']}/admin/oidc/login")
        text = html.unescape(page.text)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text))
        action = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', text)[0]
        filled = {**hidden, "login": "ada@example.com", "password": DEMO_PASSWORD}
        first = browser.post(page.url.join(action), data=filled)
        second = browser.get(f"{sites['todos']}/admin/oidc/login")
        again = browser.get(f"{sites['accounts']}/admin/")
        names = set(browser.cookies)

    assert (str(first.url), str(second.url)) == (f"{sites['accounts']}/admin/", f"{sites['todos']}/admin/")
    assert str(again.url) == f"{sites['accounts']}/admin/"
    assert {"quartet_accounts_session", "quartet_todos_session"} <= names


def test_each_process_knows_its_own_secret_alone(desk, sites):
    secrets = json.loads((desk.directory / "secrets.json").read_text())

    for name in sites:
        text = (desk.directory / f"environment.{name}").read_text()
        known = {secret for secret, value in secrets.items() if value in text}
        own = {"OIDC_STAFF_CLIENT_SECRET", f"{name.upper()}_CLIENT_SECRET"}
        assert known == own | ({"UPDATES_KEYS_PASSPHRASE"} if name == "updates" else set())
