"""Refresh, revocation, services' tokens and signing keys of the provider."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from django.conf import settings

from local.identity import clients
from local.identity.people import DEMO_PEOPLE
from tests.identity_provider import ACCOUNTS_SECRET, TODOS_SECRET, Browser, IdentityProvider
from tests.local.test_identity_sign_in import verified

ALICE, BOB = DEMO_PEOPLE[0], DEMO_PEOPLE[1]
SERVICES = {
    "service-accounts": (ACCOUNTS_SECRET, "todos/erase todos/export"),
    "service-todos": (TODOS_SECRET, "accounts/attach"),
}


@pytest.fixture
def tokens(identity_provider: IdentityProvider) -> dict[str, Any]:
    """What alice has got."""
    return Browser(identity_provider).tokens_of(ALICE.email)


def refresh(provider: IdentityProvider, token: str, **form: str) -> httpx.Response:
    return provider.token(
        **{"grant_type": "refresh_token", "client_id": "quartet-tour", "refresh_token": token, **form}
    )


def revoke(provider: IdentityProvider, token: str, **form: str) -> httpx.Response:
    data = {"client_id": "quartet-tour", "token": token, **form}
    return httpx.post(f"{provider.url}/identity/o/api/revoke", data=data)


def set_expiry(provider: IdentityProvider, token: str, moment: datetime) -> None:
    """Let time pass for one token, in the provider's own database."""
    row = (moment.strftime("%Y-%m-%d %H:%M:%S.%f"), hashlib.sha256(token.encode()).hexdigest())
    with sqlite3.connect(provider.directory / "identity.sqlite3") as database:
        changed = database.execute("UPDATE allauth_idp_oidc_token SET expires_at = ? WHERE hash = ?", row)
    assert changed.rowcount == 1


# --- Refresh ---------------------------------------------------------------------------------


def test_a_refresh_gives_a_new_pair_for_the_same_person(identity_provider, tokens):
    fresh = refresh(identity_provider, tokens["refresh_token"]).json()

    claims = verified(identity_provider, fresh["access_token"])
    assert claims["sub"] == str(ALICE.subject)
    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert fresh["access_token"] != tokens["access_token"]


def test_a_refresh_token_lives_for_thirty_days(tokens):
    assert 0 < tokens["refresh_expires_in"] <= 30 * 24 * 3600


def test_rotation_does_not_prolong_a_sign_in(identity_provider, tokens):
    set_expiry(identity_provider, tokens["refresh_token"], datetime.now(UTC) + timedelta(hours=1))

    fresh = refresh(identity_provider, tokens["refresh_token"]).json()

    assert 0 < fresh["refresh_expires_in"] <= 3600


def test_an_expired_refresh_token_is_refused(identity_provider, tokens):
    set_expiry(identity_provider, tokens["refresh_token"], datetime.now(UTC) - timedelta(seconds=1))

    answer = refresh(identity_provider, tokens["refresh_token"])

    assert answer.json()["error"] == "invalid_grant"


def test_a_rotated_refresh_token_that_comes_back_ends_the_whole_family(identity_provider, tokens):
    second = refresh(identity_provider, tokens["refresh_token"]).json()
    third = refresh(identity_provider, second["refresh_token"]).json()

    stolen = refresh(identity_provider, tokens["refresh_token"])

    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert refresh(identity_provider, third["refresh_token"]).json()["error"] == "invalid_grant"
    assert identity_provider.userinfo(third["access_token"]).status_code == 401


def test_another_sign_in_of_the_same_person_goes_on(identity_provider, tokens):
    other_device = Browser(identity_provider).tokens_of(ALICE.email)
    refresh(identity_provider, tokens["refresh_token"])

    refresh(identity_provider, tokens["refresh_token"])

    assert refresh(identity_provider, other_device["refresh_token"]).status_code == 200


def test_of_many_that_refresh_at_once_one_wins(identity_provider, tokens):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: refresh(identity_provider, tokens["refresh_token"]), range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7


def test_a_refresh_token_is_for_its_own_client(identity_provider, tokens):
    answer = refresh(identity_provider, tokens["refresh_token"], client_id="todos-web")

    assert answer.json()["error"] == "invalid_grant"
    assert refresh(identity_provider, tokens["refresh_token"]).status_code == 200


def test_a_refresh_cannot_widen_the_scopes(identity_provider, tokens):
    answer = refresh(identity_provider, tokens["refresh_token"], scope="openid todos/erase")

    assert answer.json()["error"] == "invalid_scope"


# --- Revocation ------------------------------------------------------------------------------


def test_revoking_the_refresh_token_takes_its_access_tokens_along(identity_provider, tokens):
    answer = revoke(identity_provider, tokens["refresh_token"])

    assert answer.status_code == 200
    assert refresh(identity_provider, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert identity_provider.userinfo(tokens["access_token"]).status_code == 401


def test_revoking_an_access_token_leaves_the_refresh_token(identity_provider, tokens):
    revoke(identity_provider, tokens["access_token"])

    assert identity_provider.userinfo(tokens["access_token"]).status_code == 401
    assert refresh(identity_provider, tokens["refresh_token"]).status_code == 200


def test_another_client_cannot_revoke_it(identity_provider, tokens):
    answer = revoke(identity_provider, tokens["refresh_token"], client_id="todos-web")

    assert answer.status_code == 200
    assert refresh(identity_provider, tokens["refresh_token"]).status_code == 200


def test_revoking_nonsense_is_no_error(identity_provider):
    assert revoke(identity_provider, "nonsense").status_code == 200


# --- Services --------------------------------------------------------------------------------


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_speaks_for_itself_alone(identity_provider, service):
    secret, scope = SERVICES[service]

    answer = identity_provider.token(auth=(service, secret), grant_type="client_credentials", scope=scope)

    claims = verified(identity_provider, answer.json()["access_token"])
    assert claims["sub"] == claims["client_id"] == service
    assert set(claims["scope"].split()) == set(scope.split())
    assert claims["token_use"] == "access"
    assert "refresh_token" not in answer.json()
    assert not {"username", "cognito:groups"} & set(claims)


def test_a_service_that_names_no_scope_gets_all_of_its_own(identity_provider):
    answer = identity_provider.token(auth=("service-todos", TODOS_SECRET), grant_type="client_credentials")

    assert verified(identity_provider, answer.json()["access_token"])["scope"] == "accounts/attach"


def test_a_token_names_the_configured_issuer_whatever_host_is_asked(identity_provider):
    answer = httpx.post(
        f"{identity_provider.url}/identity/o/api/token",
        data={"grant_type": "client_credentials"},
        auth=("service-todos", TODOS_SECRET),
        headers={"Host": "localhost:1234"},
    )

    assert verified(identity_provider, answer.json()["access_token"])["iss"] == identity_provider.url


@pytest.mark.parametrize("scope", ["todos/erase", "todos/read", "openid", "accounts/attach todos/erase"])
def test_a_service_gets_no_scope_of_another_or_of_people(identity_provider, scope):
    answer = identity_provider.token(
        auth=("service-todos", TODOS_SECRET), grant_type="client_credentials", scope=scope
    )

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize("secret", ["wrong", ACCOUNTS_SECRET])
def test_a_service_needs_its_own_secret(identity_provider, secret):
    answer = identity_provider.token(auth=("service-todos", secret), grant_type="client_credentials")

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("client", ["quartet-tour", "todos-web"])
def test_a_public_client_gets_no_token_of_its_own(identity_provider, client):
    answer = identity_provider.token(grant_type="client_credentials", client_id=client, scope="todos/read")

    assert answer.status_code in (400, 401)
    assert "access_token" not in answer.json()


@pytest.mark.parametrize("grant", ["password", "urn:ietf:params:oauth:grant-type:device_code", "implicit"])
def test_other_grants_are_not_there(identity_provider, grant):
    answer = identity_provider.token(
        grant_type=grant, client_id="quartet-tour", username=ALICE.email, password=ALICE.password
    )

    assert answer.status_code in (400, 401)
    assert "access_token" not in answer.json()


def test_the_clients_scopes_are_those_that_the_services_accept():
    people = {
        "todos-web": frozenset(clients.USER_SCOPES),
        "todos-mobile": frozenset(clients.USER_SCOPES),
        "quartet-tour": frozenset((*clients.USER_SCOPES, *clients.STAFF_SCOPES)),
        "quartet-publish": frozenset(("updates/read", "updates/write")),
    }
    services = {client: frozenset(scopes) for client, scopes in clients.SERVICE_SCOPES.items()}

    assert people == settings.OIDC_USER_CLIENTS
    assert services == settings.OIDC_SERVICE_CLIENTS


# --- Keys ------------------------------------------------------------------------------------


def test_only_public_parts_of_keys_are_published(identity_provider):
    keys = identity_provider.public_keys()

    assert keys
    assert all(set(key) <= {"kty", "n", "e", "kid", "use", "alg", "key_ops"} for key in keys)
    assert all(key["kty"] == "RSA" and len(base64.urlsafe_b64decode(key["n"] + "==")) == 256 for key in keys)


def test_a_key_is_named_by_its_thumbprint(identity_provider):
    key = identity_provider.public_keys()[0]

    canonical = f'{{"e":"{key["e"]}","kty":"RSA","n":"{key["n"]}"}}'.encode()
    expected = base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).decode().rstrip("=")
    assert key["kid"] == expected


def test_after_a_rotation_new_tokens_have_the_new_key_and_old_ones_still_verify(identity_provider, tokens):
    before = {key["kid"] for key in identity_provider.public_keys()}

    identity_provider.run("rotate-key")

    after = {key["kid"] for key in identity_provider.public_keys()}
    fresh = refresh(identity_provider, tokens["refresh_token"]).json()["access_token"]
    assert before < after
    assert {jwt.get_unverified_header(fresh)["kid"]} == after - before
    assert verified(identity_provider, fresh)["sub"] == str(ALICE.subject)
    assert verified(identity_provider, tokens["access_token"])["sub"] == str(ALICE.subject)
    assert identity_provider.userinfo(tokens["access_token"]).status_code == 200


def test_secrets_on_disk_are_for_their_owner_alone(identity_provider):
    files = [path for path in identity_provider.directory.rglob("*") if path.suffix in (".pem", ".sqlite3")]
    files.append(identity_provider.directory / "identity-secret")

    assert len(files) >= 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_preparing_again_changes_nothing_that_is_in_use(identity_provider, tokens):
    keys = identity_provider.public_keys()

    identity_provider.run("prepare")

    assert identity_provider.public_keys() == keys
    assert refresh(identity_provider, tokens["refresh_token"]).status_code == 200
