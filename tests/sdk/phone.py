"""A phone: `phone.mts` as a process, and the system's browser that it sends people to."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx

from local.identity.people import DEMO_PASSWORD
from tests.identity_provider import Browser
from tests.sdk.node import NODE

PROGRAM = Path(__file__).with_name("phone.mts")
SCOPES = "openid email profile accounts/read accounts/write accounts/folder todos/read todos/write"


class PhoneError(Exception):
    """What a step on the phone failed with: the name of the error's class, and what it says."""


class SystemBrowser(Browser):
    """The browser of the system, outside of the application."""

    def __init__(self, issuer: str) -> None:
        self.provider = self  # type: ignore[assignment]  # an address is all that the parent asks of it
        self.url = issuer
        self.http = httpx.Client(base_url=issuer, timeout=30)

    def open(self, address: str) -> httpx.Response:
        """Open the page that an application sends somebody to."""
        return self.follow(self.http.get(address))

    def sign_out_everywhere(self) -> None:
        """The button on the provider's page."""
        self.submit(self.http.get("/"))


class Phone:
    """One installation of the application. Its directory survives `kill`."""

    def __init__(self, directory: Path, *, api: str, issuer: str, redirect_uri: str) -> None:
        directory.mkdir(exist_ok=True)
        self.browser = SystemBrowser(issuer)
        self._settings = {
            "directory": str(directory),
            "api": api,
            "issuer": issuer,
            "clientId": "todos-mobile",
            "redirectUri": redirect_uri,
            "scope": SCOPES,
        }
        self.start()

    def start(self, **changes: str) -> None:
        """Start the application, after `kill` with what it had kept."""
        self._process = subprocess.Popen(
            [NODE, PROGRAM, json.dumps({**self._settings, **changes})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def kill(self) -> None:
        """As the system does when it needs the memory."""
        self._process.kill()
        self._process.communicate()

    def __call__(self, action: str, **values: str) -> Any:
        """One step of the application.

        Raises:
            PhoneError: it threw an error.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": action, **values}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise PhoneError(f"{answer['error']}: {answer['message']}")
        return answer["value"]

    def sign_in(self, email: str) -> str:
        """Through the system's browser; the address by which it came back."""
        page = self.browser.open(self("sign in"))
        back: str = self.browser.sign_in(page, email, DEMO_PASSWORD).headers["Location"]
        self("come back", address=back)
        return back
