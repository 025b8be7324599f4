"""A profile is public only if its owner says so, and shows no more than its owner meant."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from tests.api_client import ApiClient

ME = "/api/accounts/v1/me"
PROFILES = "/api/accounts/v1/profiles"


@pytest.fixture
def alice(db: None, client_of: Callable[..., ApiClient]) -> ApiClient:
    """A client with alice's token, whose profile is there."""
    client = client_of("alice")
    client.patch(ME, {"display_name": "Alice", "bio": "Sails."})
    return client


@pytest.fixture
def profile_id(alice: ApiClient) -> str:
    """The address of alice's profile."""
    return str(alice.get(ME).json()["id"])


def test_a_private_profile_cannot_be_told_from_none(anonymous: ApiClient, profile_id: str) -> None:
    private = anonymous.get(f"{PROFILES}/{profile_id}")
    missing = anonymous.get(f"{PROFILES}/{uuid.uuid4()}")

    assert private.status_code == missing.status_code == 404
    assert private.json()["detail"] == missing.json()["detail"]
    assert anonymous.get(f"{PROFILES}?subject=alice").status_code == 404


def test_a_public_profile_shows_name_and_text_alone(
    alice: ApiClient, anonymous: ApiClient, profile_id: str
) -> None:
    alice.patch(ME, {"is_public": True})

    shown = anonymous.get(f"{PROFILES}/{profile_id}")

    assert shown.json() == {"id": profile_id, "display_name": "Alice", "bio": "Sails."}
    assert anonymous.get(f"{PROFILES}?subject=alice").json() == shown.json()


def test_a_profile_that_becomes_private_again_is_gone(
    alice: ApiClient, anonymous: ApiClient, profile_id: str
) -> None:
    alice.patch(ME, {"is_public": True})
    etag = anonymous.get(f"{PROFILES}/{profile_id}")["ETag"]

    alice.patch(ME, {"is_public": False})

    assert anonymous.get(f"{PROFILES}/{profile_id}", if_none_match=etag).status_code == 404


def test_an_unchanged_profile_is_a_304(alice: ApiClient, anonymous: ApiClient, profile_id: str) -> None:
    alice.patch(ME, {"is_public": True})
    etag = anonymous.get(f"{PROFILES}/{profile_id}")["ETag"]

    assert anonymous.get(f"{PROFILES}/{profile_id}", if_none_match=etag).status_code == 304


def test_an_author_without_a_subject_is_refused_at_the_parameter(anonymous: ApiClient, db: None) -> None:
    answer = anonymous.get(PROFILES)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "?subject"
