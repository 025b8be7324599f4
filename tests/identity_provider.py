"""The desk's identity provider as a process of its own, and a browser that signs in by its pages."""

from __future__ import annotations

import base64
import hashlib
import html
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest

START_SECONDS = 180
PEOPLE_SCOPES = "openid email profile accounts/read accounts/write accounts/folder todos/read todos/write"
STAFF_SECRET = "staff-secret-of-the-tests"
ACCOUNTS_SECRET = "accounts-secret-of-the-tests"
TODOS_SECRET = "todos-secret-of-the-tests"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


class IdentityProvider:
    """`local.identity` under granian, with clients for addresses of these tests."""

    def __init__(self, directory: Path) -> None:
        port = free_port()
        self.directory = directory
        self.url = f"http://127.0.0.1:{port}"
        self.web_url = f"http://127.0.0.1:{free_port()}"
        self.public_url = "http://127.0.0.1:8080"
        self.tour_redirect = "http://127.0.0.1:8003/callback"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
            "ENVIRONMENT_FILE": str(directory / "none"),
            "LOCAL_DIR": str(directory),
            "OIDC_ISSUER": self.url,
            "WEB_URL": self.web_url,
            "PUBLIC_URL": self.public_url,
            "TOUR_REDIRECT": self.tour_redirect,
            "OIDC_STAFF_CLIENT_SECRET": STAFF_SECRET,
            "ACCOUNTS_CLIENT_SECRET": ACCOUNTS_SECRET,
            "TODOS_CLIENT_SECRET": TODOS_SECRET,
            "IDENTITY_CORS_ORIGINS": "http://127.0.0.1:8080",
            "IDENTITY_CONSENT_CLIENTS": "todos-web",
        }
        self.run("prepare")
        self._log = (directory / "log").open("wb")
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(port), "--workers", "1", "local.identity.wsgi:application"]
        self._process = subprocess.Popen(
            command,
            env=self.environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wait()

    def run(self, command: str) -> str:
        """`python -m local.identity <command>`; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "local.identity", command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=START_SECONDS,
        )
        return done.stdout

    def stop(self) -> None:
        """End the process and its worker."""
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._log.close()

    def token(self, *, auth: Any = None, **form: str) -> httpx.Response:
        """A request of the token endpoint."""
        options: dict[str, Any] = {"auth": auth} if auth else {}
        return httpx.post(f"{self.url}/identity/o/api/token", data=form, **options)

    def userinfo(self, access_token: str) -> httpx.Response:
        """A request of the userinfo endpoint."""
        headers = {"Authorization": f"Bearer {access_token}"}
        return httpx.get(f"{self.url}/identity/o/api/userinfo", headers=headers)

    def public_keys(self) -> list[dict[str, Any]]:
        """The published key set."""
        keys: list[dict[str, Any]] = httpx.get(f"{self.url}/.well-known/jwks.json").json()["keys"]
        return keys

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/health/live").status_code == 200:
                    return
            except httpx.TransportError:
                if self._process.poll() is not None:
                    break
            time.sleep(0.05)
        raise RuntimeError((self.directory / "log").read_text())


@dataclass
class AuthorizationRequest:
    """One request for a code with PKCE (RFC 7636), and its exchange."""

    provider: IdentityProvider
    client_id: str = "quartet-tour"
    scope: str = PEOPLE_SCOPES
    changes: Mapping[str, str | None] = field(default_factory=dict)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=secrets.token_urlsafe)
    nonce: str = field(default_factory=secrets.token_urlsafe)

    def parameters(self) -> dict[str, str]:
        """The query of the authorisation endpoint; a change to None leaves a parameter out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.provider.tour_redirect,
            "scope": self.scope,
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            **self.changes,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def exchange(self, code: str, **changes: str) -> httpx.Response:
        """Swap the code for tokens."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "redirect_uri": self.provider.tour_redirect,
            "code": code,
            "code_verifier": self.verifier,
            **changes,
        }
        return self.provider.token(**form)


class Browser:
    """Follows redirects and fills in forms as a person would, without scripts."""

    def __init__(self, provider: IdentityProvider, **options: Any) -> None:
        self.provider = provider
        self.http = httpx.Client(base_url=provider.url, **options)

    def authorize(self, request: AuthorizationRequest) -> httpx.Response:
        """Open the authorisation endpoint; the first page, or the redirect back to the client."""
        return self.follow(self.http.get("/identity/o/authorize", params=request.parameters()))

    def sign_in(
        self, page: httpx.Response, email: str, password: str = "four-strings-on-a-desk"
    ) -> httpx.Response:
        """Fill in the sign-in form that `page` shows."""
        return self.submit(page, login=email, password=password)

    def submit(self, page: httpx.Response, **values: str) -> httpx.Response:
        """Send the first form of a page with its hidden fields, and follow."""
        form = _Form(page.text)
        address = urljoin(str(page.url), form.action)
        return self.follow(self.http.post(address, data={**form.fields, **values}))

    def follow(self, response: httpx.Response) -> httpx.Response:
        """Redirects within the provider; one that leads to a client is returned."""
        while response.is_redirect:
            target = urljoin(str(response.url), response.headers["Location"])
            if not target.startswith(self.provider.url + "/"):
                break
            response = self.http.get(target)
        return response

    def tokens_of(self, email: str, request: AuthorizationRequest | None = None) -> dict[str, Any]:
        """Sign in and exchange the code."""
        request = request or AuthorizationRequest(self.provider)
        back = self.sign_in(self.authorize(request), email)
        answer = request.exchange(answer_of(back)["code"])
        tokens: dict[str, Any] = answer.raise_for_status().json()
        return tokens


def answer_of(response: Any) -> dict[str, str]:
    """The parameters with which a redirect goes back to the client."""
    query = urlsplit(response.headers["Location"]).query
    return {name: values[0] for name, values in parse_qs(query).items()}


def link_in(page: httpx.Response, pattern: str) -> str:
    """The address of the first link of a page that fits a pattern."""
    found = re.search(f'href="({pattern})"', page.text)
    assert found, f"No link {pattern} in {page.url}"
    return html.unescape(found[1])


class _Form(HTMLParser):
    """The first form of a page that is sent by POST: its address and hidden fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self._inside = False
        self._done = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form opens, or one of its fields."""
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and not self._done and found.get("method") == "post":
            self._inside = True
            self.action = found.get("action", "")
        if tag == "input" and self._inside and found.get("type") == "hidden":
            self.fields[found["name"]] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """The form ends."""
        if tag == "form" and self._inside:
            self._inside = False
            self._done = True


@pytest.fixture(scope="session")
def identity_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    """One provider for the session."""
    provider = IdentityProvider(tmp_path_factory.mktemp("identity"))
    yield provider
    provider.stop()
