"""The steps of `docs/mobile.md`, each by the TypeScript recipe that the page shows."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from local.identity.clients import MOBILE_REDIRECTS
from tests.local.fresh_desk import free_ports
from tests.sdk.phone import PhoneError

pytestmark = [pytest.mark.sdk, pytest.mark.timeout(300)]

ALICE, BOB = "alice@example.com", "bob@example.com"


# --- 1. Sign-in ----------------------------------------------------------------------------------


@pytest.mark.parametrize("redirect_uri", MOBILE_REDIRECTS)
def test_somebody_signs_in_by_the_systems_browser_and_is_handed_back(phone_of, redirect_uri):
    phone = phone_of(redirect_uri=redirect_uri)

    back = phone.sign_in(ALICE)

    assert back.startswith(f"{redirect_uri}?code=")
    assert phone("who am I")["email"] == ALICE


def test_an_answer_to_another_sign_in_is_refused(phone_of):
    phone = phone_of()
    page = phone.browser.open(phone("sign in"))
    back = phone.browser.sign_in(page, ALICE).headers["Location"]

    state = parse_qs(urlsplit(back).query)["state"][0]
    with pytest.raises(PhoneError, match="state"):
        phone("come back", address=back.replace(state, "mallorys-state"))

    assert phone("tokens") is None


def test_a_code_is_worth_nothing_without_the_phones_verifier(phone_of, issuer_url):
    phone = phone_of()
    page = phone.browser.open(phone("sign in"))
    back = phone.browser.sign_in(page, ALICE).headers["Location"]

    stolen = httpx.post(
        f"{issuer_url}/identity/o/api/token",
        data={
            "grant_type": "authorization_code",
            "client_id": "todos-mobile",
            "redirect_uri": MOBILE_REDIRECTS[0],
            "code": parse_qs(urlsplit(back).query)["code"][0],
            "code_verifier": "m" * 43,
        },
    )

    assert stolen.status_code == 400
    assert stolen.json()["error"] == "invalid_grant"


# --- 2. Renewal ----------------------------------------------------------------------------------


def test_a_renewal_that_many_ask_for_at_once_is_one(phone_of):
    phone = phone_of(ALICE)
    first = phone("tokens")["refreshToken"]

    renewed = phone("renew at once, three times")

    assert len(set(renewed)) == 1
    assert first not in renewed
    assert phone("renew")["refreshToken"] not in renewed


def test_the_newest_refresh_token_is_the_one_after_a_restart(phone_of):
    phone = phone_of(ALICE)
    phone("renew")

    phone.kill()
    phone.start()

    phone("renew")
    assert phone("who am I")["email"] == ALICE


# --- 3. Unsent operations ------------------------------------------------------------------------


def test_what_was_done_without_a_network_survives_and_arrives_once(phone_of, desk):
    phone, tablet = phone_of(BOB), phone_of(BOB)
    phone("sync")
    phone.kill()
    phone.start(api=f"http://127.0.0.1:{free_ports(1)[0]}")
    todo = phone("add", title="Thought of in a tunnel")
    phone("complete", id=todo)
    with pytest.raises(PhoneError, match="fetch failed"):
        phone("sync")

    phone.kill()
    phone.start()

    assert len(phone("unsent")) == 2
    assert phone("sync") == []
    assert phone("unsent") == []
    tablet("sync")
    found = [row for row in tablet("todos") if row["title"] == "Thought of in a tunnel"]
    assert [row["id"] for row in found] == [todo]
    assert found[0]["done_at"] is not None


def test_what_was_sent_but_never_answered_is_sent_again_and_done_once(phone_of, tmp_path):
    phone = phone_of(BOB)
    phone("sync")
    phone("add", title="Answer lost")
    before = (tmp_path / "phone-0" / "copy.json").read_bytes()
    phone("sync")

    # The phone died between the server's commit and its answer: it still has what it had.
    phone.kill()
    (tmp_path / "phone-0" / "copy.json").write_bytes(before)
    phone.start()

    assert len(phone("unsent")) == 1
    assert phone("sync") == []
    assert [row["title"] for row in phone("todos")].count("Answer lost") == 1


# --- 4. The folder -------------------------------------------------------------------------------


def test_the_folder_is_used_straight_and_ends_at_its_prefix(phone_of):
    phone, others = phone_of(BOB), phone_of(ALICE)
    prefix = others("open the folder")
    others("write", name="diary.txt", text="Mine")

    phone("open the folder")
    phone("write", name="trip/list.txt", text="Tent, stove")

    assert phone("read", name="trip/list.txt") == "Tent, stove"
    assert "trip/list.txt" in phone("list")
    with pytest.raises(PhoneError, match=r"(?i)denied|forbidden"):
        phone("read key", key=f"{prefix}diary.txt")


# --- 5. Signing out ------------------------------------------------------------------------------


def test_signing_out_ends_this_sign_in_alone(phone_of):
    phone, tablet = phone_of(ALICE), phone_of(ALICE)

    phone("sign out")

    assert phone("tokens") is None
    with pytest.raises(PhoneError, match="SignedOut"):
        phone("who am I")
    assert tablet("renew")


def test_signing_out_everywhere_leaves_what_is_out_to_its_hour(phone_of, desk):
    lost, laptop = phone_of(BOB), phone_of(BOB)
    lost("open the folder")
    lost("write", name="before.txt", text="before")
    access_token = lost("tokens")["accessToken"]

    laptop.browser.sign_out_everywhere()

    # At once: nothing new for whoever holds the phone.
    with pytest.raises(PhoneError, match="SignedOut"):
        lost("renew")
    assert lost("tokens") is None
    # Until they end by themselves: the access token and the folder's credentials that are out already.
    todos = httpx.get(
        f"{desk.web_url}/api/todos/v1/todos", headers={"Authorization": f"Bearer {access_token}"}
    )
    claims = jwt.decode(access_token, options={"verify_signature": False})
    assert todos.status_code == 200
    assert claims["exp"] - claims["iat"] <= 3600
    assert lost("read", name="before.txt") == "before"
