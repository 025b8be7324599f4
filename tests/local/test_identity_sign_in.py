"""People sign in by code and PKCE through the provider's own pages, and get Cognito's kind of tokens."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest

from local.identity.people import DEMO_PEOPLE
from tests.identity_provider import (
    PEOPLE_SCOPES,
    AuthorizationRequest,
    Browser,
    IdentityProvider,
    answer_of,
    link_in,
)

ALICE, EDITH, ADA = DEMO_PEOPLE[0], DEMO_PEOPLE[3], DEMO_PEOPLE[5]


@pytest.fixture
def browser(identity_provider: IdentityProvider) -> Browser:
    return Browser(identity_provider)


def verified(provider: IdentityProvider, token: str, audience: str | None = None) -> dict[str, Any]:
    """Claims checked as any relying party would: plain PyJWT against the published keys."""
    key = jwt.PyJWKClient(f"{provider.url}/.well-known/jwks.json").get_signing_key_from_jwt(token)
    options: Any = {"require": ["exp", "iat", "iss", "sub", "jti"], "verify_aud": audience is not None}
    return jwt.decode(
        token, key, algorithms=["RS256"], issuer=provider.url, audience=audience, options=options
    )


def test_signing_up_works_at_once_and_gives_a_random_subject(browser, identity_provider):
    request = AuthorizationRequest(identity_provider)
    sign_in_page = browser.authorize(request)
    sign_up_url = link_in(sign_in_page, r'/accounts/signup/[^"]*')
    email = f"new-{secrets.token_hex(4)}@example.com"

    back = browser.submit(
        browser.http.get(sign_up_url), name="Nina New", email=email, password1="a long enough secret 7"
    )
    tokens = request.exchange(answer_of(back)["code"]).json()

    claims = verified(identity_provider, tokens["id_token"], audience="quartet-tour")
    assert (claims["email"], claims["name"]) == (email, "Nina New")
    assert UUID(claims["sub"]).version == 4
    assert claims["email_verified"] is False


def test_the_code_comes_back_with_the_state_to_the_registered_address(browser, identity_provider):
    request = AuthorizationRequest(identity_provider)

    back = browser.sign_in(browser.authorize(request), ALICE.email)

    assert back.headers["Location"].startswith(identity_provider.tour_redirect + "?")
    assert answer_of(back)["state"] == request.state


def test_access_tokens_carry_what_cognitos_carry(browser, identity_provider):
    tokens = browser.tokens_of(EDITH.email)

    claims = verified(identity_provider, tokens["access_token"])
    assert claims["token_use"] == "access"
    assert claims["client_id"] == "quartet-tour"
    assert claims["sub"] == claims["username"] == str(EDITH.subject)
    assert set(claims["scope"].split()) == set(PEOPLE_SCOPES.split())
    assert claims["cognito:groups"] == ["editors"]
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 3600
    assert abs(claims["iat"] - time.time()) < 60
    assert "aud" not in claims


def test_somebody_in_no_group_has_no_group_claim(browser, identity_provider):
    tokens = browser.tokens_of(ALICE.email)

    assert "cognito:groups" not in verified(identity_provider, tokens["access_token"])


def test_id_tokens_name_the_client_the_nonce_and_the_person(browser, identity_provider):
    request = AuthorizationRequest(identity_provider)

    tokens = browser.tokens_of(ADA.email, request)

    claims = verified(identity_provider, tokens["id_token"], audience="quartet-tour")
    assert claims["token_use"] == "id"
    assert claims["nonce"] == request.nonce
    assert (claims["sub"], claims["email"], claims["name"]) == (str(ADA.subject), ADA.email, ADA.name)
    assert claims["email_verified"] is True
    assert claims["cognito:groups"] == ["admins"]


def test_userinfo_names_the_person_of_the_token(browser, identity_provider):
    tokens = browser.tokens_of(ALICE.email)

    person = identity_provider.userinfo(tokens["access_token"]).json()

    assert (person["sub"], person["email"]) == (str(ALICE.subject), ALICE.email)
    assert person["email_verified"] is True


def test_userinfo_refuses_a_token_that_it_did_not_make(identity_provider):
    forged = jwt.encode({"sub": str(ALICE.subject)}, "x" * 32, algorithm="HS256")

    answer = identity_provider.userinfo(forged)

    assert answer.status_code == 401


def test_less_is_granted_where_less_is_asked_for(browser, identity_provider):
    request = AuthorizationRequest(identity_provider, scope="openid todos/read")

    tokens = browser.tokens_of(ALICE.email, request)

    assert set(verified(identity_provider, tokens["access_token"])["scope"].split()) == {
        "openid",
        "todos/read",
    }
    assert "email" not in verified(identity_provider, tokens["id_token"], audience="quartet-tour")


def test_a_wrong_password_shows_the_form_again(browser, identity_provider):
    page = browser.authorize(AuthorizationRequest(identity_provider))

    again = browser.sign_in(page, ALICE.email, password="not the password")

    assert again.status_code == 200
    assert 'role="alert"' in again.text or "errorlist" in again.text
    assert "identity_session" not in browser.http.cookies


def test_a_weak_password_is_refused_at_sign_up(browser):
    page = browser.http.get("/accounts/signup/")

    again = browser.submit(page, email="weak@example.com", password1="password1234")

    assert again.status_code == 200
    assert "too common" in again.text


def test_whoever_is_signed_in_is_not_asked_again(browser, identity_provider):
    browser.tokens_of(ALICE.email)

    back = browser.authorize(AuthorizationRequest(identity_provider))

    assert answer_of(back)["code"]


@pytest.mark.parametrize("scope", ["openid", "todos/read"])
def test_a_silent_request_of_nobody_says_login_required(browser, identity_provider, scope):
    request = AuthorizationRequest(identity_provider, scope=scope, changes={"prompt": "none"})

    back = browser.authorize(request)

    assert answer_of(back)["error"] == "login_required"


def test_signing_out_with_the_id_token_ends_the_session_and_goes_back(browser, identity_provider):
    tokens = browser.tokens_of(ALICE.email)

    back = browser.http.get(
        "/identity/o/logout",
        params={
            "id_token_hint": tokens["id_token"],
            "post_logout_redirect_uri": identity_provider.tour_redirect,
            "state": "bye",
        },
    )

    assert back.headers["Location"] == f"{identity_provider.tour_redirect}?state=bye"
    assert "/accounts/login/" in str(browser.authorize(AuthorizationRequest(identity_provider)).url)
    assert identity_provider.userinfo(tokens["access_token"]).status_code == 401


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9999/callback", "https://mallory.example/", "http://127.0.0.1:8003/callback/../x"],
)
def test_signing_out_goes_back_to_registered_addresses_only(browser, identity_provider, address):
    tokens = browser.tokens_of(ALICE.email)

    page = browser.http.get(
        "/identity/o/logout",
        params={"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": address},
    )

    assert page.status_code == 200
    assert "cannot be answered" in page.text


def test_signing_out_without_a_hint_asks_first(browser, identity_provider):
    browser.tokens_of(ALICE.email)

    page = browser.http.get("/identity/o/logout", params={"client_id": "quartet-tour"})

    assert page.status_code == 200
    assert answer_of(browser.authorize(AuthorizationRequest(identity_provider)))["code"]


def test_the_sign_in_page_does_not_send_people_to_strangers(browser):
    page = browser.http.get("/accounts/login/", params={"next": "https://mallory.example/"})

    after = browser.sign_in(page, ALICE.email)

    assert str(after.url).startswith(browser.provider.url)


@pytest.mark.parametrize(
    "path", ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nowhere"]
)
def test_pages_run_no_inline_code(browser, path):
    page = browser.http.get(path)

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "<script" not in page.text
    assert not re.search(r'\s(style|on\w+)="', page.text)
    assert page.headers["X-Frame-Options"] == "DENY"


def test_forms_may_end_at_the_clients(browser, identity_provider):
    policy = browser.http.get("/accounts/login/").headers["Content-Security-Policy"]

    form_action = next(part for part in policy.split("; ") if part.startswith("form-action"))
    assert {"'self'", "http://127.0.0.1:8003", "http://127.0.0.1:8080", identity_provider.web_url} <= set(
        form_action.split()
    )


def test_the_style_sheet_is_served_by_the_provider(browser):
    sheet = browser.http.get("/identity.css")

    assert sheet.headers["Content-Type"].startswith("text/css")
    assert "--accent" in sheet.text


def test_cookies_do_not_share_the_services_names(browser, identity_provider):
    browser.tokens_of(ALICE.email)

    assert set(browser.http.cookies) == {"identity_session", "identity_csrf"}


def consent_request(provider: IdentityProvider, **changes: str) -> AuthorizationRequest:
    changes["redirect_uri"] = f"{provider.public_url}/clients/todos/index.html"
    return AuthorizationRequest(provider, "todos-web", "openid todos/read todos/write", changes)


def test_a_client_that_asks_for_consent_gets_what_is_allowed_and_no_more(browser, identity_provider):
    request = consent_request(identity_provider)
    page = browser.sign_in(browser.authorize(request), ALICE.email)

    back = browser.submit(page, scopes="todos/read", action="grant")

    tokens = request.exchange(
        answer_of(back)["code"], redirect_uri=request.parameters()["redirect_uri"]
    ).json()
    assert "See your to-dos" in page.text
    assert verified(identity_provider, tokens["access_token"])["scope"] == "todos/read"


def test_whoever_does_not_allow_goes_back_without_a_code(browser, identity_provider):
    request = consent_request(identity_provider)
    page = browser.sign_in(browser.authorize(request), ALICE.email)

    back = browser.submit(page, scopes="todos/read", action="cancel")

    assert answer_of(back) == {"error": "access_denied", "state": request.state}


def test_a_consent_cannot_be_made_up(browser, identity_provider):
    page = browser.sign_in(browser.authorize(consent_request(identity_provider)), ALICE.email)

    answer = browser.submit(page, request="made:up", scopes="todos/read", action="grant")

    assert answer.status_code == 403


def test_a_silent_request_does_not_jump_the_consent(browser, identity_provider):
    browser.tokens_of(EDITH.email, AuthorizationRequest(identity_provider, scope="openid"))

    back = browser.authorize(consent_request(identity_provider, prompt="none"))

    assert answer_of(back)["error"] == "consent_required"


def test_a_form_without_its_token_is_refused(browser):
    answer = httpx.post(f"{browser.provider.url}/accounts/login/", data={"login": "x", "password": "y"})

    assert answer.status_code == 403
    assert "The form has expired" in answer.text
