"""What a plan is made of: files to be written, files to be copied, keys to be removed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chassis.publishing.rules import FILE_RULES, CacheRule

KEY_BYTES_MOST = 1024
SEGMENT_BYTES_MOST = 255
# `*` at the end of a path invalidates everything below it; the others end or bend an address.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f*?#%\\"<>|^`{}\[\]]|//|(^|/)\.{1,2}(/|$)|^/|/$')


@dataclass(frozen=True)
class PublicFile:
    """A file with its bytes. A `body` to be called is called when its turn comes, and may be more than once.

    With `CacheRule.IMMUTABLE` it is written once: the same bytes again are harmless, others an error.
    One that `is_awaited` is asked for before it is there: the edge is told of it, since it may remember
    that there was nothing.
    """

    key: str
    body: bytes | Callable[[], bytes]
    content_type: str
    rule: CacheRule
    # It was there before and may name a leaf that was not: it waits for the leaves as pointers do.
    is_late: bool = False
    is_awaited: bool = False

    def __post_init__(self) -> None:
        check_key(self.key)
        _check_type(self.key, self.content_type, is_text=self.content_type.startswith("text/"))
        _check_rule(self.key, self.rule)

    @property
    def is_write_once(self) -> bool:
        """Whether its key never gets other bytes."""
        return self.rule is CacheRule.IMMUTABLE

    def read(self) -> bytes:
        """The bytes."""
        return self.body if isinstance(self.body, bytes) else self.body()


@dataclass(frozen=True)
class PublicCopy:
    """An object of another bucket, copied by the store itself. Always written once.

    `source_etag` is the ETag of the bytes that `sha256` was computed of: without it a source that
    changed since then would be copied as it is now.
    """

    key: str
    source_bucket: str
    source_key: str
    sha256: str
    size: int
    content_type: str
    rule: CacheRule = CacheRule.IMMUTABLE
    source_etag: str = ""

    is_write_once = True
    is_late = False
    is_awaited = False

    def __post_init__(self) -> None:
        check_key(self.key)
        _check_type(self.key, self.content_type, is_text=False)
        _check_rule(self.key, self.rule)
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ValueError(f"{self.key}: sha256 is {self.sha256!r}; expected 64 hexadecimal digits.")


@dataclass(frozen=True)
class Plan:
    """Which files there are to be, and which keys of the scope no longer.

    `files` may be a generator: leaves are written as they come. What names other files is written
    after all of them, so until then its body waits in memory, unless it is one to be called.
    `settle` runs in the transaction that finishes the job that made this very plan, once all of it
    is served: what it notes is true of the bucket.
    """

    files: Iterable[PublicFile | PublicCopy]
    removals: Iterable[str] = ()
    settle: Callable[[], None] = lambda: None


def check_key(key: str) -> None:
    """Refuse a key that is no plain path.

    Raises:
        ValueError: it is empty, too long, or has something in it that an address cannot carry.
    """
    too_long = len(key.encode()) > KEY_BYTES_MOST or any(
        len(segment.encode()) > SEGMENT_BYTES_MOST for segment in key.split("/")
    )
    if not key or too_long or _FORBIDDEN.search(key):
        raise ValueError(
            f"{key!r} is no key of a public file; expected a plain path such as blog/index.html."
        )


def _check_type(key: str, content_type: str, *, is_text: bool) -> None:
    if "/" not in content_type or (is_text and "charset=" not in content_type):
        raise ValueError(
            f"{key}: content type is {content_type!r}; expected type/subtype, text with its charset."
        )


def _check_rule(key: str, rule: CacheRule) -> None:
    if rule not in FILE_RULES:
        raise ValueError(f"{key}: {rule.name} is no rule for files.")
