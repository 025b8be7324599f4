"""A token whose signature was found good once is still looked at: its time, its key, and the settings."""

from __future__ import annotations

import time
from typing import Any

import pytest

from chassis import tokens
from tests.api_client import ApiClient
from tests.issuer import Issuer

pytestmark = pytest.mark.urls("tests.chassis.urls")

WHO = "/api/test/who"


def test_a_remembered_token_expires_like_any_other(issuer: Issuer, settings: Any) -> None:
    settings.OIDC_CLOCK_SKEW_SECONDS = 120
    alice = ApiClient(issuer.token("alice", exp=int(time.time()) - 60))
    within_the_skew = alice.get(WHO).status_code

    settings.OIDC_CLOCK_SKEW_SECONDS = 30
    after = alice.get(WHO)

    assert within_the_skew == 200
    assert (after.status_code, "expired" in after.json()["detail"]) == (401, True)


def test_a_remembered_token_goes_with_its_key(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = ApiClient(issuer.token("alice"))
    before = alice.get(WHO).status_code
    monkeypatch.setattr(issuer, "jwks", {"keys": [{**issuer.public_jwk(), "kid": "another"}]})
    later = time.monotonic() + tokens.KEYS_SECONDS_MOST + 1
    monkeypatch.setattr("chassis.tokens.time.monotonic", lambda: later)

    after = alice.get(WHO).status_code

    assert (before, after) == (200, 401)


@pytest.mark.parametrize(
    ("setting", "value"), [("OIDC_ISSUER", "https://other.example"), ("OIDC_AUDIENCES", ("other",))]
)
def test_a_remembered_token_is_as_good_as_the_settings_say(
    issuer: Issuer, settings: Any, setting: str, value: Any
) -> None:
    settings.OIDC_AUDIENCES = ("ours",)
    alice = ApiClient(issuer.token("alice", aud="ours"))
    before = alice.get(WHO).status_code

    setattr(settings, setting, value)

    assert (before, alice.get(WHO).status_code) == (200, 401)


def test_no_more_tokens_are_remembered_than_said(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED_MOST", 2)

    statuses = [ApiClient(issuer.token(f"person-{n}")).get(WHO).status_code for n in range(5)]

    assert statuses == [200] * 5
    assert len(tokens._remembered._found) <= 2
