"""Signing up by the identity provider's own pages, as a browser without scripts does it."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from tests.tour.system import System, WrongAnswer, expect

SCOPES = "openid email profile accounts/read accounts/write accounts/folder todos/read todos/write"


def sign_up(system: System, *, name: str) -> dict[str, Any]:
    """Make an account under a new address, and come back with tokens (code + PKCE S256, RFC 7636).

    Raises:
        WrongAnswer: a page or the token endpoint answers otherwise.
    """
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe()
    with httpx.Client(follow_redirects=False) as browser:
        sign_in_page = _open(browser, system, _authorization_address(system, verifier, state))
        sign_up_page = _open(browser, system, _link_to_sign_up(sign_in_page))
        form = _Form(sign_up_page.text)
        password = secrets.token_urlsafe(16)
        person = {"name": name, "email": f"{name.lower()}-{secrets.token_hex(5)}@example.com"}
        answers = {**form.hidden, **person, "password1": password, "password2": password}
        filled = {field: answers[field] for field in form.names if field in answers}
        back = _follow(
            browser, system, browser.post(urljoin(str(sign_up_page.url), form.action), data=filled)
        )
    return _exchange(system, back, verifier=verifier, state=state)


def _authorization_address(system: System, verifier: str, state: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {
        "response_type": "code",
        "client_id": system.client_id,
        "redirect_uri": system.redirect_uri,
        "scope": SCOPES,
        "state": state,
        "nonce": secrets.token_urlsafe(),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return str(httpx.URL(system.authorization_url, params=query))


def _exchange(system: System, back: httpx.Response, *, verifier: str, state: str) -> dict[str, Any]:
    location = back.headers.get("Location", "")
    expect("The way back to the client", location.split("?")[0], system.redirect_uri)
    answer = parse_qs(urlsplit(location).query)
    expect("The state that comes back with the code", answer.get("state"), [state])
    response = httpx.post(
        system.token_url,
        data={
            "grant_type": "authorization_code",
            "client_id": system.client_id,
            "redirect_uri": system.redirect_uri,
            "code": answer["code"][0],
            "code_verifier": verifier,
        },
    )
    expect("Status of the token endpoint", response.status_code, 200)
    tokens: dict[str, Any] = response.json()
    return tokens


def _open(browser: httpx.Client, system: System, address: str) -> httpx.Response:
    page = _follow(browser, system, browser.get(address))
    expect(f"Status of {page.url}", page.status_code, 200)
    return page


def _follow(browser: httpx.Client, system: System, response: httpx.Response) -> httpx.Response:
    """Follow redirects up to the one that leads back to the client."""
    while response.is_redirect and not response.headers["Location"].startswith(system.redirect_uri):
        response = browser.get(urljoin(str(response.url), response.headers["Location"]))
    return response


def _link_to_sign_up(page: httpx.Response) -> str:
    found = re.search(r'href="([^"]*/signup/[^"]*)"', page.text)
    if found is None:
        raise WrongAnswer(f"The sign-in page {page.url} has no link to sign up.")
    return urljoin(str(page.url), html.unescape(found[1]))


class _Form(HTMLParser):
    """The first form of a page that is sent by POST: where to, its fields, what the hidden ones hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.names: list[str] = []
        self.hidden: dict[str, str] = {}
        self._state = "before"
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form opens, or one of its fields."""
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and self._state == "before" and found.get("method", "").lower() == "post":
            self._state, self.action = "inside", found.get("action", "")
        elif tag == "input" and self._state == "inside" and "name" in found:
            self.names.append(found["name"])
            if found.get("type") == "hidden":
                self.hidden[found["name"]] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """The form ends."""
        if tag == "form" and self._state == "inside":
            self._state = "after"
