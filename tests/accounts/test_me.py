"""One's own profile: made at the first visit, its e-mail address from the identity provider."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from accounts.commands import ensure_profile
from accounts.models import Profile
from tests.api_client import ApiClient
from tests.issuer import Issuer

ME = "/api/accounts/v1/me"


@pytest.fixture
def alice(db: None, client_of: Callable[..., ApiClient]) -> ApiClient:
    """A client with alice's token."""
    return client_of("alice")


def test_the_first_visit_makes_a_profile_with_the_verified_address(alice: ApiClient) -> None:
    answer = alice.get(ME)

    assert answer.status_code == 200
    document = answer.json()
    assert (document["subject"], document["email"]) == ("alice", "alice@example.com")
    assert document["is_public"] is False
    assert Profile.objects.count() == 1


def test_a_later_visit_asks_the_provider_no_more(
    alice: ApiClient, issuer: Issuer, django_assert_num_queries: Any
) -> None:
    alice.get(ME)
    issuer.is_down = True

    with django_assert_num_queries(1):
        answer = alice.get(ME)

    assert answer.json()["email"] == "alice@example.com"


def test_a_provider_that_is_away_keeps_nobody_from_their_profile(alice: ApiClient, issuer: Issuer) -> None:
    _learn_the_issuers_keys(alice)
    issuer.is_down = True
    first = alice.get(ME)
    issuer.is_down = False

    second = alice.get(ME)

    assert (first.status_code, first.json()["email"]) == (200, "")
    assert second.json()["email"] == "alice@example.com"


def _learn_the_issuers_keys(alice: ApiClient) -> None:
    """By a request that is refused only after its token was verified."""
    assert alice.post("/api/accounts/v1/internal/attachments", {}).status_code == 403


@pytest.mark.parametrize(
    "person",
    [
        {"email": "alice@example.com", "email_verified": False},
        {"email": "alice@example.com", "email_verified": "false"},
        {"email": None},
        {"email": "no address"},
        {"email": ["alice@example.com"]},
    ],
)
def test_an_address_that_is_not_verified_is_not_kept(
    alice: ApiClient, issuer: Issuer, person: dict[str, Any]
) -> None:
    issuer.people["alice"] = person

    assert alice.get(ME).json()["email"] == ""


def test_a_profile_that_is_unchanged_is_a_304(alice: ApiClient) -> None:
    etag = alice.get(ME)["ETag"]

    answer = alice.get(ME, if_none_match=etag)

    assert answer.status_code == 304
    assert answer.content == b""


def test_an_owner_changes_name_text_and_visibility(alice: ApiClient) -> None:
    before = alice.get(ME)

    answer = alice.patch(ME, {"display_name": "Alice", "bio": "One.\nTwo.", "is_public": True})

    document = answer.json()
    assert answer.status_code == 200
    assert (document["display_name"], document["bio"], document["is_public"]) == ("Alice", "One.\nTwo.", True)
    assert answer["ETag"] != before["ETag"]


def test_a_change_that_changes_nothing_keeps_the_version(alice: ApiClient) -> None:
    first = alice.patch(ME, {"display_name": "Alice"})

    second = alice.patch(ME, {"display_name": "Alice"})

    assert second["ETag"] == first["ETag"]


def test_a_change_of_an_old_version_is_refused(alice: ApiClient) -> None:
    etag = alice.get(ME)["ETag"]
    alice.patch(ME, {"display_name": "Alice"})

    answer = alice.patch(ME, {"display_name": "Mallory"}, if_match=etag)

    assert answer.status_code == 412
    assert answer.json()["type"].endswith("/version-mismatch")
    assert alice.get(ME).json()["display_name"] == "Alice"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"email": "mallory@example.com"}, "/email"),
        ({"subject": "mallory"}, "/subject"),
        ({"id": "x"}, "/id"),
        ({"version": 1}, "/version"),
        ({"display_name": "a" * 101}, "/display_name"),
        ({"display_name": "a\nb"}, "/display_name"),
        ({"display_name": "a\u202eb"}, "/display_name"),
        ({"display_name": 5}, "/display_name"),
        ({"bio": "a" * 2001}, "/bio"),
        ({"is_public": "perhaps"}, "/is_public"),
    ],
)
def test_a_wrong_change_is_refused_at_its_field(
    alice: ApiClient, change: dict[str, Any], pointer: str
) -> None:
    before = alice.get(ME).json()

    answer = alice.patch(ME, change)

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert alice.get(ME).json() == before


def test_mallory_sees_and_changes_only_her_own(alice: ApiClient, client_of: Callable[..., ApiClient]) -> None:
    mine = alice.get(ME).json()
    mallory = client_of("mallory")

    mallory.patch(ME, {"display_name": "Mallory"})

    assert mallory.get(ME).json()["id"] != mine["id"]
    assert alice.get(ME).json() == mine


def test_reading_needs_its_scope_and_so_does_changing(
    client_of: Callable[..., ApiClient], anonymous: ApiClient, service_client: Callable[..., ApiClient]
) -> None:
    assert client_of("alice", scope="accounts/folder").get(ME).status_code == 403
    assert client_of("alice", scope="accounts/read").patch(ME, {}).status_code == 403
    assert anonymous.get(ME).status_code == 401
    assert service_client().get(ME).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_two_first_visits_at_once_make_one_profile() -> None:
    from django.db import connection

    barrier = threading.Barrier(4)

    def visit() -> None:
        barrier.wait()
        ensure_profile(subject="alice")
        connection.close()

    with ThreadPoolExecutor(4) as visitors:
        list(visitors.map(lambda _: visit(), range(4)))

    assert Profile.objects.filter(subject="alice").count() == 1
