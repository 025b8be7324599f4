"""Who publishes: a pipeline by its provider's token, a person who signed in, or a token that was given.

In this order: `QUARTET_TOKEN`; GitHub Actions (`permissions: id-token: write`); GitLab
(`id_tokens: QUARTET_ID_TOKEN`); what `quartet-publish login` left.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from quartet_publish.api import TIMEOUT, result_of
from quartet_publish.errors import NotLetIn, Unreachable

# A token that ends while a command runs would be asked for in its middle.
LEFT_SECONDS_LEAST = 60
_HELP = (
    "No credentials: set QUARTET_TOKEN, give the workflow `permissions: id-token: write` (GitHub) or "
    "`id_tokens: QUARTET_ID_TOKEN` (GitLab), or run `quartet-publish login`."
)


class Credentials:
    """The token for one product of one server, fetched when it is first needed."""

    def __init__(self, url: str, product: str) -> None:
        self.url = url.rstrip("/")
        self.product = product
        self._token = ""

    def token(self, renew: bool = False) -> str:
        """A token; another one if the last was not taken.

        Raises:
            NotLetIn: there is none, or it was refused.
        """
        if renew or not self._token:
            self._token = self._find(renew)
        return self._token

    def _find(self, renew: bool) -> str:
        if given := os.environ.get("QUARTET_TOKEN"):
            return given
        kept = TokenFile(f"{self.url} {self.product} {os.environ.get('QUARTET_ID_TOKEN', '')}")
        if not renew and (found := kept.read()):
            return found
        if pipeline := self._pipeline_token():
            issued = self._exchange(pipeline)
            kept.write(issued["token"], _seconds(issued["expires_at"]))
            return str(issued["token"])
        from quartet_publish.login import token_of_person

        if person := token_of_person(self.url):
            return person
        raise NotLetIn(_HELP)

    def _pipeline_token(self) -> str:
        if given := os.environ.get("QUARTET_ID_TOKEN"):
            return given
        address = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL")
        secret = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
        if not address or not secret:
            return ""
        # Told, not asked for, a server that was broken into cannot have a token made for another place.
        audience = os.environ.get("QUARTET_AUDIENCE") or self._audience()
        found = self._ask(
            "GET", address, params={"audience": audience}, headers={"Authorization": f"bearer {secret}"}
        )
        return str(found["value"])

    def _audience(self) -> str:
        return str(self._ask("GET", f"{self.url}/api/updates/v1/publishing/audience")["audience"])

    def _exchange(self, token: str) -> Any:
        body = {"product": self.product, "token": token}
        return self._ask("POST", f"{self.url}/api/updates/v1/publishing/token", json=body)

    def _ask(self, method: str, address: str, params: dict[str, str] | None = None, **options: Any) -> Any:
        url = httpx.URL(address).copy_merge_params(params or {})
        try:
            return result_of(httpx.request(method, url, timeout=TIMEOUT, **options))
        except httpx.TransportError as error:
            raise Unreachable(f"{url.host} does not answer: {error}") from error


class TokenFile:
    """A token between two commands of one job: GitLab's own is exchanged once. For this user's eyes only."""

    def __init__(self, name: str) -> None:
        digest = hashlib.sha256(f"{_user()} {name}".encode()).hexdigest()
        directory = (
            os.environ.get("QUARTET_TOKEN_DIR") or os.environ.get("RUNNER_TEMP") or tempfile.gettempdir()
        )
        self.path = Path(directory) / f"quartet-publish-{digest[:32]}.json"

    def read(self) -> str:
        """The token, if it is good for a while; empty if there is none."""
        try:
            if self.path.is_symlink() or _user() not in (None, self.path.stat().st_uid):
                return ""
            document = json.loads(self.path.read_text())
            left = float(document["expires_at"]) - time.time()
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        return str(document["token"]) if left > LEFT_SECONDS_LEAST else ""

    def write(self, token: str, expires_at: float) -> None:
        """Keep it. That it cannot be kept is no reason to stop."""
        document = json.dumps({"token": token, "expires_at": expires_at})
        try:
            self.path.unlink(missing_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            return
        with os.fdopen(descriptor, "w") as file:
            file.write(document)


def _user() -> int | None:
    """Whose files these are; None on Windows, where a directory for temporary files is one user's."""
    return os.getuid() if hasattr(os, "getuid") else None


def _seconds(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
