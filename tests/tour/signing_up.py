"""Signing up and in by the identity provider's own pages, as a browser without scripts does it."""

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
    password = secrets.token_urlsafe(16)
    email = f"{name.lower()}-{secrets.token_hex(5)}@example.com"
    answers = {"name": name, "email": email, "password1": password, "password2": password}
    with _Authorization(system, scopes=SCOPES) as authorization:
        sign_in_page = authorization.open(authorization.address)
        return authorization.send_form(authorization.open(_link_to_sign_up(sign_in_page)), answers)


def sign_in(system: System, *, email: str, password: str, scopes: str) -> dict[str, Any]:
    """Come back with tokens of somebody who has an account.

    Raises:
        WrongAnswer: a page or the token endpoint answers otherwise.
    """
    with _Authorization(system, scopes=scopes) as authorization:
        page = authorization.open(authorization.address)
        return authorization.send_form(page, {"login": email, "email": email, "password": password})


class _Authorization:
    """One way through the provider's pages: a browser, and the secrets that belong to it."""

    def __init__(self, system: System, *, scopes: str) -> None:
        self._system = system
        self._verifier, self._state = secrets.token_urlsafe(48), secrets.token_urlsafe()
        self._browser = httpx.Client(follow_redirects=False, timeout=60)
        self.address = _authorization_address(system, scopes, self._verifier, self._state)

    def __enter__(self) -> _Authorization:
        return self

    def __exit__(self, *error: object) -> None:
        self._browser.close()

    def open(self, address: str) -> httpx.Response:
        """A page, through all redirects."""
        return _open(self._browser, self._system, address)

    def send_form(self, page: httpx.Response, answers: dict[str, str]) -> dict[str, Any]:
        """Fill in the page's form; the tokens that the way back to the client leads to."""
        form = _Form(page.text)
        filled = {
            **form.hidden,
            **{name: value for name, value in answers.items() if name in form.names},
        }
        sent = self._browser.post(urljoin(str(page.url), form.action), data=filled)
        back = _follow(self._browser, self._system, sent)
        return _exchange(self._system, back, verifier=self._verifier, state=self._state)


def _authorization_address(system: System, scopes: str, verifier: str, state: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {
        "response_type": "code",
        "client_id": system.client_id,
        "redirect_uri": system.redirect_uri,
        "scope": scopes,
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
