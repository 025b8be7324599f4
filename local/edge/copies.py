"""The edge's copies on disk: where nginx keeps one, and taking it away.

nginx keeps the copy of a key in a file named after the key's MD5, and begins it with the key. Without
the file the next request is a miss. A fetch that is under way is on disk nowhere: what it brings will
be kept, so a publisher invalidates once more after the longest fetch.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

from local.edge.configuration import APP_KEY, FILES_KEY

VARIANTS = (b"", b"gzip")
INDEX = b"index.html"
_NAME = re.compile(r"[0-9a-f]{32}")
# The key stands behind a header of a few hundred bytes; addresses have at most 8 kB.
_HEAD_BYTES = 16 * 1024


class FileCopies:
    """Copies of files of the public bucket."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    def remove(self, path: str) -> int:
        """Take away the copies of one address (`/blog/`), or of all that begin as it does (`/blog/*`).

        Returns how many there were.
        """
        if path.endswith("*"):
            beginnings = tuple(_key(variant, name_of(path[:-1])) for variant in VARIANTS)
            return _remove_matching(self._cache, lambda key: key.startswith(beginnings))
        name = name_of(path)
        # A page has two addresses.
        directory = name.removesuffix(INDEX)
        names = {name, directory if directory.endswith(b"/") else name}
        names |= {each + INDEX for each in names if each.endswith(b"/")}
        keys = [_key(variant, each) for variant in VARIANTS for each in names]
        return sum(_unlink(copy_of(self._cache, key)) for key in keys)


def _key(variant: bytes, name: bytes) -> bytes:
    return FILES_KEY.encode() + variant + b":" + name


class AppCopies:
    """Copies of one web process's answers. Their keys name the host; variants have files of their own."""

    def __init__(self, cache: Path, *, name: str) -> None:
        self._cache = cache
        self._beginning = f"{APP_KEY}{name}:".encode()

    def remove(self, path: str) -> int:
        """Take away the copies of one address with its query, or of all that begin as it does (`/api/*`)."""
        wanted = path.encode()

        def is_meant(key: bytes) -> bool:
            if not key.startswith(self._beginning):
                return False
            _, _, address = key.removeprefix(self._beginning).partition(b"/")
            address = b"/" + address
            return address.startswith(wanted[:-1]) if wanted.endswith(b"*") else address == wanted

        return _remove_matching(self._cache, is_meant)


def copy_of(cache: Path, key: bytes) -> Path:
    """The file in which nginx keeps the answer to a key (`levels=1:2`)."""
    name = hashlib.md5(key, usedforsecurity=False).hexdigest()
    return cache / name[-1] / name[-3:-1] / name


def kept_key(copy: Path) -> bytes | None:
    """The key in a copy; None where it is gone, or no copy."""
    try:
        with copy.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except FileNotFoundError:
        return None
    _, found, rest = head.partition(b"\nKEY: ")
    return rest.partition(b"\n")[0] if found else None


def copies_in(cache: Path) -> Iterator[Path]:
    """Every finished copy."""
    for path in cache.glob("*/*/*"):
        if _NAME.fullmatch(path.name):
            yield path


def _remove_matching(cache: Path, is_meant: Callable[[bytes], bool]) -> int:
    count = 0
    for copy in copies_in(cache):
        key = kept_key(copy)
        if key is not None and is_meant(key):
            count += _unlink(copy)
    return count


def _unlink(copy: Path) -> int:
    try:
        copy.unlink()
    except FileNotFoundError:
        return 0
    return 1


def name_of(path: str) -> bytes:
    """As nginx sees it: decoded, without the query, which is no part of a file's key."""
    return re.sub(rb"/{2,}", b"/", unquote_to_bytes(path.partition("?")[0]))
