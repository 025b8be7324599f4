"""blog → accounts: who is the author? Both ends for real, in one process and in two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.conf import settings as configured

from blog import commands
from blog.models import Author
from chassis import services
from chassis.errors import Unavailable
from tests.blog.conftest import edith, publish, site  # noqa: F401 - fixtures
from tests.contracts.service_processes import ServiceProcess

ME = "/api/accounts/v1/me"
PAGE = "blog/tides/index.html"


@pytest.fixture(autouse=True)
def fresh_clients() -> Iterator[None]:
    """No token or circuit of another test."""
    services.close_clients()
    yield
    services.close_clients()


@pytest.fixture
def author(client_of):
    """edith as a user of accounts, with a public profile."""
    author = client_of("edith")
    author.get(ME)
    author.patch(ME, {"display_name": "Edith Evans", "bio": "Writes about tides.", "is_public": True})
    return author


# --- One process --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_in_one_process_a_page_names_its_author(author, publish, site):  # noqa: F811
    publish("Tides")

    assert "Edith Evans" in site.read(PAGE)
    assert "Writes about tides." in site.read(PAGE)
    shown = site.json("blog/api/posts/tides.json")["author"]
    assert (shown["name"], shown["about"]) == ("Edith Evans", "Writes about tides.")
    assert "Edith Evans" in site.read(shown["url"].split("/quartet-public/")[1] + "index.html")


@pytest.mark.django_db(transaction=True)
def test_a_new_name_comes_to_the_authors_pages_with_the_next_post(author, publish, site):  # noqa: F811
    publish("Tides")
    author.patch(ME, {"display_name": "Edith E."})

    publish("Ebb")

    assert "Edith E." in site.read(PAGE)
    assert "Edith Evans" not in site.read(PAGE)


@pytest.mark.django_db(transaction=True)
def test_a_profile_that_has_not_changed_is_not_sent_again(author, publish, site):  # noqa: F811
    publish("Tides")
    edith_here = Author.objects.get()

    is_new = commands.read_author_profile(author_id=edith_here.id)

    assert not is_new
    again = Author.objects.get()
    assert again.profile_read_at != edith_here.profile_read_at
    assert again.display_name == "Edith Evans"


@pytest.mark.django_db(transaction=True)
def test_a_private_profile_is_not_shown(author, publish, site):  # noqa: F811
    publish("Tides")
    author.patch(ME, {"is_public": False})

    publish("Ebb")

    assert "Edith" not in site.read(PAGE)
    assert site.json("blog/api/posts/tides.json")["author"] is None


@pytest.mark.django_db(transaction=True)
def test_publishing_goes_on_while_accounts_is_away(publish, site, settings):  # noqa: F811
    settings.SERVICES = tuple(name for name in configured.SERVICES if name != "accounts")

    post = publish("Tides")

    assert post["state"] == "published"
    assert "All about Tides." in site.read(PAGE)


@pytest.mark.django_db(transaction=True)
def test_what_was_known_of_an_author_stays_while_accounts_is_away(author, publish, site, settings):  # noqa: F811
    publish("Tides")
    settings.SERVICES = tuple(name for name in configured.SERVICES if name != "accounts")

    publish("Ebb")

    assert "Edith Evans" in site.read("blog/ebb/index.html")
    with pytest.raises(Unavailable, match="ACCOUNTS_URL"):
        commands.read_author_profile(author_id=Author.objects.get().id)


# --- Two processes ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_in_two_processes_a_page_names_its_author(publish, site, issuer, object_store, settings, tmp_path):  # noqa: F811
    environment = {**object_store.environment(), **issuer.environment()}
    with ServiceProcess("accounts", tmp_path / "accounts", environment) as accounts:
        settings.SERVICES = tuple(name for name in configured.SERVICES if name != "accounts")
        settings.SERVICE_URLS = {**configured.SERVICE_URLS, "accounts": accounts.url}
        headers: Any = {"Authorization": f"Bearer {issuer.token('edith')}"}
        there = httpx.Client(base_url=accounts.url, headers=headers)
        there.get(ME)
        there.patch(ME, json={"display_name": "Edith Evans", "is_public": True}).raise_for_status()

        publish("Tides")

    assert "Edith Evans" in site.read(PAGE)
