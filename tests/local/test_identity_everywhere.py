"""Signing out everywhere, and a mobile application's ways back."""

from __future__ import annotations

import httpx
import pytest

from local.identity.clients import MOBILE_REDIRECTS
from local.identity.people import DEMO_PEOPLE
from tests.identity_provider import AuthorizationRequest, Browser, IdentityProvider, answer_of

ALICE, BOB = DEMO_PEOPLE[0], DEMO_PEOPLE[1]


def refresh(provider: IdentityProvider, tokens: dict[str, str]) -> httpx.Response:
    return provider.token(
        grant_type="refresh_token", client_id="quartet-tour", refresh_token=tokens["refresh_token"]
    )


def test_signing_out_everywhere_ends_every_sign_in_of_that_person_alone(identity_provider):
    laptop, phone, other = (Browser(identity_provider) for _ in range(3))
    of_laptop, of_phone = laptop.tokens_of(ALICE.email), phone.tokens_of(ALICE.email)
    of_bob = other.tokens_of(BOB.email)

    laptop.submit(laptop.http.get("/"))

    assert refresh(identity_provider, of_laptop).json()["error"] == "invalid_grant"
    assert refresh(identity_provider, of_phone).json()["error"] == "invalid_grant"
    assert identity_provider.userinfo(of_phone["access_token"]).status_code == 401
    assert "Sign in" in phone.http.get("/").text
    assert "Sign in" in laptop.http.get("/").text
    assert refresh(identity_provider, of_bob).status_code == 200
    assert "Bob" in other.http.get("/").text


def test_signing_out_everywhere_is_not_done_by_a_link_or_a_strangers_page(identity_provider):
    browser = Browser(identity_provider)
    tokens = browser.tokens_of(ALICE.email)

    by_link = browser.http.get("/accounts/logout/everywhere/")
    by_stranger = browser.http.post(
        "/accounts/logout/everywhere/", headers={"Origin": "https://mallory.example"}
    )

    assert by_link.status_code == 405
    assert by_stranger.status_code == 403
    assert refresh(identity_provider, tokens).status_code == 200


@pytest.mark.parametrize("address", MOBILE_REDIRECTS)
def test_an_application_comes_back_by_its_own_scheme_or_a_claimed_address(identity_provider, address):
    request = AuthorizationRequest(
        identity_provider, client_id="todos-mobile", changes={"redirect_uri": address}
    )
    browser = Browser(identity_provider)

    back = browser.sign_in(browser.authorize(request), ALICE.email)
    answer = request.exchange(answer_of(back)["code"], client_id="todos-mobile", redirect_uri=address)

    assert back.headers["Location"].startswith(f"{address}?")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "address", ["org.quartet.todos:/other", "org.mallory:/callback", "org.quartet.todos://callback"]
)
def test_an_application_comes_back_to_no_other_address(identity_provider, address):
    request = AuthorizationRequest(
        identity_provider, client_id="todos-mobile", changes={"redirect_uri": address}
    )
    browser = Browser(identity_provider)

    page = browser.sign_in(browser.authorize(request), ALICE.email)

    assert "Location" not in page.headers
    assert "cannot be answered" in page.text


def test_a_form_may_lead_on_to_an_applications_own_scheme(identity_provider):
    page = Browser(identity_provider).http.get("/accounts/login/")

    assert (
        "org.quartet.todos:" in page.headers["Content-Security-Policy"].split("form-action")[1].split(";")[0]
    )
