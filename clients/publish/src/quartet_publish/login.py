"""Signing in as a person: OAuth 2.0 for native applications (RFC 8252), with PKCE and a loopback address."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import sys
import time
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from quartet_publish.errors import NotLetIn, TookTooLong, Unreachable

# A provider that compares addresses letter for letter needs to know the port beforehand.
PORT = 8765
SCOPE = "openid updates/read updates/write"
WAIT_SECONDS = 300
LEFT_SECONDS_LEAST = 60


def token_of_person(url: str) -> str:
    """The token of whoever signed in for this server; empty where nobody did, or too long ago."""
    kept = _read().get(url.rstrip("/"), {})
    if not kept:
        return ""
    if kept.get("expires_at", 0) > time.time() + LEFT_SECONDS_LEAST:
        return str(kept["access_token"])
    return _renew(url.rstrip("/"), kept) if kept.get("refresh_token") else ""


def sign_in(url: str, *, issuer: str, client_id: str, port: int = PORT) -> None:
    """Have a person sign in with the browser, and keep what comes back.

    Raises:
        NotLetIn: the provider, or the person, said no.
        TookTooLong: nobody came back.
    """
    endpoints = _discover(issuer)
    verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    with _Loopback(port) as loopback:
        question = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": loopback.address,
            "scope": SCOPE,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = f"{endpoints['authorization_endpoint']}?{urlencode(question)}"
        print(f"Sign in at {address}", file=sys.stderr, flush=True)
        webbrowser.open(address)
        answer = loopback.wait()
    if not secrets.compare_digest(answer.get("state", ""), state) or "code" not in answer:
        raise NotLetIn(answer.get("error_description") or answer.get("error") or "Nobody signed in.")
    grant = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": loopback.address,
        "client_id": client_id,
        "code_verifier": verifier,
    }
    _keep(url.rstrip("/"), _tokens(endpoints["token_endpoint"], grant), issuer, client_id)


def sign_out(url: str) -> None:
    """Forget whoever signed in for this server."""
    kept = _read()
    kept.pop(url.rstrip("/"), None)
    _write(kept)


class _Loopback:
    """A server for one answer, on this machine only."""

    def __init__(self, port: int) -> None:
        self.answer: dict[str, str] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = urlsplit(self.path)
                if found.path != "/callback":
                    self.send_error(404)
                    return
                outer.answer = {name: values[0] for name, values in parse_qs(found.query).items()}
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.end_headers()
                self.wfile.write(b"You are signed in. Close this page and go on in the terminal.\n")

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = HTTPServer(("127.0.0.1", port), Handler)
        self._server.timeout = 1.0
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/callback"

    def __enter__(self) -> _Loopback:
        return self

    def __exit__(self, *args: object) -> None:
        self._server.server_close()

    def wait(self) -> dict[str, str]:
        until = time.monotonic() + WAIT_SECONDS
        while not self.answer:
            if time.monotonic() > until:
                raise TookTooLong("Nobody signed in.")
            self._server.handle_request()
        return self.answer


def _renew(url: str, kept: dict[str, Any]) -> str:
    grant = {
        "grant_type": "refresh_token",
        "refresh_token": kept["refresh_token"],
        "client_id": kept["client_id"],
    }
    try:
        fresh = _tokens(_discover(kept["issuer"])["token_endpoint"], grant)
    except NotLetIn:
        return ""
    _keep(url, {"refresh_token": kept["refresh_token"], **fresh}, kept["issuer"], kept["client_id"])
    return str(fresh["access_token"])


def _discover(issuer: str) -> dict[str, Any]:
    try:
        answer = httpx.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=20)
        document: dict[str, Any] = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unreachable(f"{issuer} does not say where to sign in: {error}") from error
    return document


def _tokens(address: str, grant: dict[str, str]) -> dict[str, Any]:
    try:
        answer = httpx.post(address, data=grant, timeout=20)
    except httpx.TransportError as error:
        raise Unreachable(f"{address} does not answer: {error}") from error
    if not answer.is_success:
        raise NotLetIn(f"The provider answered {answer.status_code}: {answer.text[:300]}")
    document: dict[str, Any] = answer.json()
    return document


def _keep(url: str, tokens: dict[str, Any], issuer: str, client_id: str) -> None:
    kept = {
        "access_token": tokens["access_token"],
        "refresh_token": tokens.get("refresh_token", ""),
        "expires_at": time.time() + float(tokens.get("expires_in", 300)),
        "issuer": issuer,
        "client_id": client_id,
    }
    _write({**_read(), url: kept})


def _file() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "quartet-publish" / "tokens.json"


def _read() -> dict[str, Any]:
    try:
        document = json.loads(_file().read_text())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _write(document: dict[str, Any]) -> None:
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        json.dump(document, opened)
    part.replace(file)
