"""Asking an origin what an edge would ask of it, without downloading more than some kilobytes a question."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    import httpx

READ_BYTES = 64 * 1024
HOPS_MOST = 8
SECONDS = 10.0
FIRST, LAST = 100, 199
# What clients bring that must not matter. Not Accept-Encoding, which no edge sends for an artifact: packed
# bytes cannot be compared with others.
DRESSED = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Updater/9.9",
    "Accept-Language": "de",
    "Cookie": "session=audit; tracking=audit",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True)
class Answer:
    """Status, headers and the first bytes of an answer; `is_whole` if there were no more."""

    status: int
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: bytes = b""
    is_whole: bool = True
    seconds: float = 0.0

    def get(self, name: str) -> str:
        """A header's values, joined; empty if there is none."""
        return ", ".join(self.headers.get(name.lower(), ()))

    def line(self, name: str) -> str:
        """The header as it came, to be shown."""
        return f"{name}: {self.get(name)}" if name.lower() in self.headers else f"no {name} header"

    @property
    def length(self) -> int | None:
        """The declared length of the body."""
        value = self.get("Content-Length")
        return int(value) if value.isascii() and value.isdigit() else None


@dataclass(frozen=True)
class Observed:
    """All answers to one address; `failure` if there is none, with the words of whatever failed.

    `unanswered`: questions that failed after the first had been answered, each with its words. `bare`: the
    address without its query.
    """

    url: str
    hops: tuple[str, ...] = ()
    is_loop: bool = False
    failure: str = ""
    unanswered: tuple[str, ...] = ()
    plain: Answer = Answer(0)
    again: Answer | None = None
    head: Answer | None = None
    part: Answer | None = None
    unchanged: Answer | None = None
    part_if_other: Answer | None = None
    queried: Answer | None = None
    bare: Answer | None = None
    dressed: Answer | None = None

    @property
    def path(self) -> str:
        """Of the address that was asked in the end."""
        return urlsplit(self.url).path or "/"


def observe(url: str, *, seconds: float = SECONDS) -> Observed:
    """Ask an address, and where it leads to, up to nine questions."""
    import httpx

    timeout = httpx.Timeout(seconds)
    try:
        with httpx.Client(timeout=timeout, headers={"User-Agent": "Quartet-Audit"}) as client:
            return _Observer(client, seconds).observe(url)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as error:
        return Observed(url, failure=f"This is no address that can be asked: {error}")


class _Observer:
    def __init__(self, client: httpx.Client, seconds: float) -> None:
        self._client = client
        self._seconds = seconds
        self._unanswered: list[str] = []

    def observe(self, url: str) -> Observed:
        import httpx

        hops: list[str] = []
        seen = {url}
        try:
            plain = self._ask(url)
            while plain.status in (301, 302, 303, 307, 308) and plain.get("Location"):
                target = urljoin(url, plain.get("Location"))
                hops.append(f"{plain.status} Location: {plain.get('Location')}")
                if target in seen or len(hops) > HOPS_MOST:
                    return Observed(url, tuple(hops), is_loop=True, plain=plain)
                # Another host, or another scheme: the edge asks one of each.
                if urlsplit(target)[:2] != urlsplit(url)[:2]:
                    return Observed(url, tuple(hops), plain=plain)
                seen.add(target)
                url, plain = target, self._ask(target)
        except httpx.HTTPError as error:
            return Observed(url, tuple(hops), failure=_words(error))
        if plain.status != 200:
            return Observed(url, tuple(hops), plain=plain)
        return self._look_closer(url, tuple(hops), plain)

    def _look_closer(self, url: str, hops: tuple[str, ...], plain: Answer) -> Observed:
        part_of = {"Range": f"bytes={FIRST}-{LAST}"}
        tag = plain.get("ETag")
        condition = {"If-None-Match": tag} if tag else {"If-Modified-Since": plain.get("Last-Modified")}
        mark = f"quartet-audit={secrets.token_hex(6)}"
        parts = urlsplit(url)
        found = Observed(
            url,
            hops,
            plain=plain,
            again=self._try(url),
            head=self._try(url, method="HEAD"),
            part=self._try(url, part_of),
            unchanged=self._try(url, condition) if any(condition.values()) else None,
            part_if_other=self._try(url, {**part_of, "If-Range": '"of-another-version"'}),
            queried=self._try(f"{url}{'&' if parts.query else '?'}{mark}"),
            bare=self._try(parts._replace(query="").geturl()) if parts.query else None,
            dressed=self._try(url, DRESSED),
        )
        return replace(found, unanswered=tuple(self._unanswered))

    def _try(
        self, url: str, headers: Mapping[str, str] | None = None, *, method: str = "GET"
    ) -> Answer | None:
        import httpx

        try:
            return self._ask(url, headers, method=method)
        except httpx.HTTPError as error:
            brought = f" with {', '.join(headers)}" if headers else ""
            self._unanswered.append(f"{method} {url}{brought}: {_words(error)}")
        return None

    def _ask(self, url: str, headers: Mapping[str, str] | None = None, *, method: str = "GET") -> Answer:
        """Up to so many bytes; then the connection is closed, so the origin sends no more."""
        began = time.monotonic()
        # A cookie of one answer must not make the next one somebody's own.
        self._client.cookies.clear()
        wanted = {"Accept-Encoding": "identity", **(headers or {})}
        with self._client.stream(method, url, headers=wanted) as answer:
            body, is_whole = b"", True
            for some in answer.iter_raw(READ_BYTES):
                body += some
                if len(body) >= READ_BYTES or time.monotonic() - began > self._seconds:
                    is_whole = False
                    break
            found: dict[str, tuple[str, ...]] = {}
            for name, value in answer.headers.multi_items():
                found[name] = (*found.get(name, ()), value)
        return Answer(answer.status_code, found, body[:READ_BYTES], is_whole, time.monotonic() - began)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
