"""The receipt: what a reader gets at the public address, asked for as a reader asks.

A whole file is read and hashed. Of a large artifact the last bytes are read, and its length and
ETag compared: the store hashed the rest.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.conf import settings
from django.utils import timezone

from chassis.publishing.errors import NotServed

if TYPE_CHECKING:
    import httpx

FIRST_PAUSE_SECONDS = 0.05
PAUSE_SECONDS_MOST = 2.0
TIMEOUT_SECONDS = 15.0
READERS = 8
WHOLE_BYTES_MOST = 8 * 1024 * 1024
TAIL_BYTES = 1024


@dataclass(frozen=True)
class Expected:
    """What the public address is to serve for a key: these bytes or, without a hash, nothing."""

    key: str
    sha256: str = ""
    size: int = 0
    etag: str = ""


def url_of(key: str) -> str:
    """The public address of a key."""
    return f"{settings.PUBLIC_URL}/{quote(key)}"


def wait_for(expected: Sequence[Expected], *, since: datetime) -> list[dict[str, Any]]:
    """Ask until everything is served as expected; the receipt's lines, slowest first.

    Raises:
        NotServed: the time was up before that.
    """
    deadline = time.monotonic() + settings.PUBLISHING_RECEIPT_SECONDS

    def read(one: Expected) -> dict[str, Any] | str:
        found = _wait_for_one(one, deadline)
        if found is not None:
            return found
        milliseconds = round((timezone.now() - since).total_seconds() * 1000)
        return {"url": url_of(one.key), "sha256": one.sha256, "milliseconds": milliseconds}

    with ThreadPoolExecutor(READERS) as readers:
        answers = list(readers.map(read, expected))
    missing = [
        (one.key, found) for one, found in zip(expected, answers, strict=True) if isinstance(found, str)
    ]
    if missing:
        raise NotServed(_sentence(missing), keys=[key for key, _ in missing])
    lines = [line for line in answers if not isinstance(line, str)]
    return sorted(lines, key=lambda line: (-line["milliseconds"], line["url"]))


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    """One client for all jobs and threads: to make one takes longer than to publish."""
    import httpx

    return httpx.Client(timeout=TIMEOUT_SECONDS)


def _wait_for_one(expected: Expected, deadline: float) -> str | None:
    """None when it is served; else what was served last."""
    pause = FIRST_PAUSE_SECONDS
    while (found := _look(expected)) is not None:
        left = deadline - time.monotonic()
        if left <= 0:
            return found
        time.sleep(min(pause, left))
        pause = min(2 * pause, PAUSE_SECONDS_MOST)
    return None


def _look(expected: Expected) -> str | None:
    import httpx

    url = url_of(expected.key)
    try:
        if not expected.sha256:
            status = _client().get(url).status_code
            # A bucket that may not be listed says 403.
            return None if status in (403, 404) else f"still answers {status}"
        if expected.size > WHOLE_BYTES_MOST:
            return _look_at_the_end(url, expected)
        return _look_at_all(url, expected)
    except httpx.HTTPError as error:
        return f"does not answer ({type(error).__name__})"


def _look_at_all(url: str, expected: Expected) -> str | None:
    digest = hashlib.sha256()
    with _client().stream("GET", url) as answer:
        if answer.status_code != 200:
            return f"answers {answer.status_code}"
        for block in answer.iter_bytes():
            digest.update(block)
    found = digest.hexdigest()
    return (
        None
        if found == expected.sha256
        else f"serves sha256 {found[:12]}… instead of {expected.sha256[:12]}…"
    )


def _look_at_the_end(url: str, expected: Expected) -> str | None:
    tail = {"Range": f"bytes={expected.size - TAIL_BYTES}-"}
    with _client().stream("GET", url, headers=tail) as answer:
        if answer.status_code != 206:
            return f"answers {answer.status_code} to a range"
        length = answer.headers.get("Content-Range", "").rpartition("/")[2]
        etag = answer.headers.get("ETag", "").removeprefix("W/")
        received = sum(map(len, answer.iter_bytes()))
    if (length, etag, received) != (str(expected.size), expected.etag, TAIL_BYTES):
        return f"serves {length} bytes with ETag {etag} instead of {expected.size} with {expected.etag}"
    return None


def _sentence(missing: Iterable[tuple[str, str]]) -> str:
    found = [f"{url_of(key)} {what}" for key, what in missing]
    more = f", and {len(found) - 3} more" if len(found) > 3 else ""
    return f"{'; '.join(found[:3])}{more}, {settings.PUBLISHING_RECEIPT_SECONDS} s after it was written."
