"""Requests to the updates API: a token, patience with what passes, and errors that say what to do."""

from __future__ import annotations

import ipaddress
import random
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from quartet_publish.errors import NotLetIn, NotThere, PublishError, Refused, Unreachable, UsageError

ATTEMPTS = 6
PAUSE_SECONDS = 0.5
PAUSE_SECONDS_MOST = 20.0
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
PASSING = frozenset({429, 502, 503, 504})


def require_safe(url: str, *, what: str) -> None:
    """Refuse to send a token where others read along.

    Raises:
        UsageError: the address is none, or is neither https nor of this machine.
    """
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UsageError(f"{what} is no address: {error}") from error
    if not address.host or address.scheme not in ("https", "http"):
        raise UsageError(f"{what} is no address; expected https://….")
    if address.scheme == "http" and not _is_this_machine(address.host):
        raise UsageError(f"{what} must begin with https:// unless it is this machine.")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class Api:
    """The updates API of one server. `token` gives a token, and another one when it is asked to `renew`."""

    def __init__(self, url: str, token: Callable[[bool], str]) -> None:
        self.url = f"{url.rstrip('/')}/api/updates/v1"
        self._token = token
        self._client = httpx.Client(timeout=TIMEOUT, follow_redirects=False)

    def get(self, path: str, **params: str) -> Any:
        """GET."""
        return self._call("GET", path, params=params)

    def create(self, path: str, body: Any) -> Any:
        """POST what makes something. Asked again after a broken connection, it gets the first answer."""
        return self._call("POST", path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})

    def post(self, path: str, body: Any = None) -> Any:
        """POST a step. Every one may be taken again, so a broken connection is no reason to stop."""
        return self._call("POST", path, json={} if body is None else body)

    def patch(self, path: str, body: Any) -> Any:
        """PATCH."""
        return self._call("PATCH", path, json=body)

    def pages(self, path: str) -> Iterator[Any]:
        """The items of all pages."""
        params: dict[str, str] = {}
        while True:
            page = self.get(path, **params)
            yield from page["items"]
            if not page["next"]:
                return
            params = dict(httpx.URL(page["next"]).params) if "?" in page["next"] else {"cursor": page["next"]}

    def _call(self, method: str, path: str, **options: Any) -> Any:
        renewed, further = False, options.pop("headers", {})
        for attempt in range(1, ATTEMPTS + 1):
            headers = {"Authorization": f"Bearer {self._token(renewed)}", **further}
            try:
                answer = self._client.request(method, self.url + path, headers=headers, **options)
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    raise Unreachable(f"{self.url} does not answer: {error}") from error
                pause(attempt)
                continue
            if answer.status_code == 401 and not renewed:
                renewed = True
                continue
            if answer.status_code in PASSING and attempt < ATTEMPTS:
                pause(attempt, answer.headers.get("Retry-After"))
                continue
            return result_of(answer)
        raise Unreachable(f"{self.url} did not answer {ATTEMPTS} times.")


def result_of(answer: httpx.Response) -> Any:
    """The document of an answer.

    Raises:
        PublishError: what the problem document says, in the class of its exit code.
    """
    if answer.is_success:
        return answer.json() if answer.content else None
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    findings = [f"{found['pointer']}: {found['detail']}" for found in problem.get("errors", ())]
    text = "\n".join(findings) or problem.get("detail") or f"The server answered {answer.status_code}."
    raise _class_of(answer.status_code)(text)


def _class_of(status: int) -> type[PublishError]:
    if status in (401, 403):
        return NotLetIn
    if status == 404:
        return NotThere
    if status in PASSING or status >= 500:
        return Unreachable
    return Refused if 400 <= status < 500 else PublishError


def pause(attempt: int, retry_after: str | None = None) -> None:
    """Wait before the next attempt, longer each time, and not in step with others."""
    most = min(PAUSE_SECONDS_MOST, PAUSE_SECONDS * 2**attempt)
    asked = float(retry_after) if retry_after and retry_after.isdigit() else 0.0
    time.sleep(max(min(asked, 60.0), random.uniform(0, most)))  # noqa: S311 - no secret
