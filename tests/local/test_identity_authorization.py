"""The threat list of the authorisation endpoint and of the exchange of codes (RFC 9700)."""

from __future__ import annotations

import httpx
import pytest

from local.identity.people import DEMO_PEOPLE
from tests.identity_provider import (
    STAFF_SECRET,
    AuthorizationRequest,
    Browser,
    IdentityProvider,
    answer_of,
)

ALICE = DEMO_PEOPLE[0]


@pytest.fixture
def alice(identity_provider: IdentityProvider) -> Browser:
    """A browser in which alice is signed in."""
    browser = Browser(identity_provider)
    browser.tokens_of(ALICE.email)
    return browser


@pytest.mark.parametrize("method", ["plain", "s256", "", None])
def test_pkce_by_another_method_than_s256_is_refused(alice, identity_provider, method):
    request = AuthorizationRequest(identity_provider, changes={"code_challenge_method": method})

    answer = answer_of(alice.authorize(request))

    assert answer["error"] == "invalid_request"
    assert "code" not in answer


@pytest.mark.parametrize("challenge", [None, "", "short", "=" * 43])
def test_a_request_without_a_real_challenge_is_refused(alice, identity_provider, challenge):
    request = AuthorizationRequest(identity_provider, changes={"code_challenge": challenge})

    answer = answer_of(alice.authorize(request))

    assert answer["error"] == "invalid_request"
    assert "code" not in answer


def test_a_confidential_client_needs_pkce_too(alice, identity_provider):
    changes = {"code_challenge": None, "redirect_uri": f"{identity_provider.web_url}/admin/oidc/callback"}
    request = AuthorizationRequest(identity_provider, "quartet-admin", "openid", changes)

    answer = answer_of(alice.authorize(request))

    assert answer["error"] == "invalid_request"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8004/callback",
        "http://127.0.0.1:8003/callback/",
        "http://127.0.0.1:8003/callback?more=1",
        "http://127.0.0.1:8003/Callback",
        "http://127.0.0.1:8003@mallory.example/callback",
        "http://mallory@127.0.0.1:8003/callback",
        "http://localhost:8003/callback",
        "https://mallory.example/callback",
        "javascript:alert(1)",
    ],
)
def test_a_redirect_that_is_not_registered_letter_for_letter_is_refused(alice, identity_provider, address):
    request = AuthorizationRequest(identity_provider, changes={"redirect_uri": address})

    page = alice.authorize(request)

    assert page.status_code == 200
    assert "cannot be answered" in page.text
    assert "Location" not in page.headers


@pytest.mark.parametrize(
    "scope", ["todos/erase", "openid accounts/attach", "openid todos/read todos/export", "made/up"]
)
def test_a_scope_of_a_service_is_not_given_to_people(alice, identity_provider, scope):
    answer = answer_of(alice.authorize(AuthorizationRequest(identity_provider, scope=scope)))

    assert answer["error"] == "invalid_scope"
    assert "code" not in answer


def test_the_staff_client_gets_no_scope_of_the_api(alice, identity_provider):
    changes = {"redirect_uri": f"{identity_provider.web_url}/admin/oidc/callback"}
    request = AuthorizationRequest(identity_provider, "quartet-admin", "openid todos/read", changes)

    answer = answer_of(alice.authorize(request))

    assert answer["error"] == "invalid_scope"


@pytest.mark.parametrize("response_type", ["token", "id_token", "id_token token", "code token", "none"])
def test_tokens_are_never_given_through_the_browser(alice, identity_provider, response_type):
    request = AuthorizationRequest(identity_provider, changes={"response_type": response_type})

    back = alice.authorize(request)

    assert "access_token" not in back.headers["Location"]
    assert "id_token=" not in back.headers["Location"]
    assert "error=" in back.headers["Location"]


def test_a_service_cannot_be_signed_in_to(alice, identity_provider):
    page = alice.authorize(AuthorizationRequest(identity_provider, "service-todos", "accounts/attach"))

    assert "cannot be answered" in page.text


def test_a_code_without_its_verifier_gets_nothing(alice, identity_provider):
    request = AuthorizationRequest(identity_provider)
    code = answer_of(alice.authorize(request))["code"]

    refused = [request.exchange(code, code_verifier=verifier) for verifier in ("", "x" * 64)]

    assert [answer.status_code for answer in refused] == [400, 400]
    assert request.exchange(code).status_code == 200


def test_a_code_sent_a_second_time_is_refused_and_ends_what_it_gave(alice, identity_provider):
    request = AuthorizationRequest(identity_provider)
    code = answer_of(alice.authorize(request))["code"]
    tokens = request.exchange(code).json()

    again = request.exchange(code)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert identity_provider.userinfo(tokens["access_token"]).status_code == 401
    refreshed = identity_provider.token(
        grant_type="refresh_token", client_id="quartet-tour", refresh_token=tokens["refresh_token"]
    )
    assert refreshed.json()["error"] == "invalid_grant"


def test_a_code_is_for_the_client_that_asked(alice, identity_provider):
    request = AuthorizationRequest(identity_provider)
    code = answer_of(alice.authorize(request))["code"]

    other = request.exchange(code, client_id="todos-web")
    staff = request.exchange(code, client_id="quartet-admin", client_secret=STAFF_SECRET)

    assert other.json()["error"] == "invalid_grant"
    assert staff.json()["error"] == "invalid_grant"
    assert request.exchange(code).status_code == 200


def test_a_code_is_for_the_redirect_that_was_asked(alice, identity_provider):
    request = AuthorizationRequest(identity_provider)
    code = answer_of(alice.authorize(request))["code"]

    answer = request.exchange(code, redirect_uri="http://127.0.0.1:8003/other")

    assert answer.status_code == 400
    assert "access_token" not in answer.json()


def test_a_confidential_client_gets_nothing_without_its_secret(alice, identity_provider):
    redirect = f"{identity_provider.web_url}/admin/oidc/callback"
    request = AuthorizationRequest(identity_provider, "quartet-admin", "openid", {"redirect_uri": redirect})
    code = answer_of(alice.authorize(request))["code"]

    without = request.exchange(code, redirect_uri=redirect)
    wrong = request.exchange(code, redirect_uri=redirect, client_secret="wrong")
    right = request.exchange(code, redirect_uri=redirect, client_secret=STAFF_SECRET)

    assert [answer.status_code for answer in (without, wrong, right)] == [401, 401, 200]


@pytest.mark.parametrize("resource", ["https://api.example", "not an address"])
def test_a_resource_cannot_be_asked_for(identity_provider, resource):
    answer = identity_provider.token(grant_type="refresh_token", client_id="quartet-tour", resource=resource)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")


def test_tokens_are_not_kept_by_caches(alice, identity_provider):
    request = AuthorizationRequest(identity_provider)
    code = answer_of(alice.authorize(request))["code"]

    answer = request.exchange(code)

    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_issuer_is_the_configured_one_whatever_host_is_named(identity_provider, host):
    named = {"Host": f"{host}:1234"}

    document = httpx.get(f"{identity_provider.url}/.well-known/openid-configuration", headers=named).json()

    assert document["issuer"] == identity_provider.url
    addresses = [value for name, value in document.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(addresses) == 6
    assert all(address.startswith(f"{identity_provider.url}/") for address in addresses)


def test_a_strange_host_is_refused(identity_provider):
    answer = httpx.get(
        f"{identity_provider.url}/.well-known/openid-configuration", headers={"Host": "mallory.example"}
    )

    assert answer.status_code == 400


def test_discovery_says_what_is_really_done(identity_provider):
    document = httpx.get(f"{identity_provider.url}/.well-known/openid-configuration").json()

    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["response_types_supported"] == ["code"]
    assert document["grant_types_supported"] == ["authorization_code", "client_credentials", "refresh_token"]
    assert "device_authorization_endpoint" not in document
    assert "todos/erase" in document["scopes_supported"]


@pytest.mark.parametrize(
    "path", ["/identity/o/device", "/identity/o/api/device/code", "/identity/o/api/introspect"]
)
def test_what_nobody_needs_is_not_there(identity_provider, path):
    assert httpx.post(f"{identity_provider.url}{path}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/identity/o/api/token",
        "/identity/o/api/userinfo",
        "/identity/o/api/revoke",
        "/.well-known/openid-configuration",
        "/.well-known/jwks.json",
    ],
)
def test_the_web_clients_scripts_may_use_the_endpoints(identity_provider, path):
    asked = {
        "Origin": "http://127.0.0.1:8080",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }

    allowed = httpx.options(f"{identity_provider.url}{path}", headers=asked)
    stranger = httpx.options(
        f"{identity_provider.url}{path}", headers={**asked, "Origin": "https://mallory.example"}
    )

    assert allowed.headers["Access-Control-Allow-Origin"] == "http://127.0.0.1:8080"
    assert "authorization" in allowed.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in stranger.headers


@pytest.mark.parametrize("path", ["/accounts/login/", "/identity/o/authorize"])
def test_no_script_may_read_the_pages(identity_provider, path):
    answer = httpx.get(f"{identity_provider.url}{path}", headers={"Origin": "http://127.0.0.1:8080"})

    assert "Access-Control-Allow-Origin" not in answer.headers
