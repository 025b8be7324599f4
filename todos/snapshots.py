"""The snapshot as a file: one page of all that is there, compressed while it is read."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import orjson

from todos import queries
from todos.cursors import sign_position
from todos.models import Account
from todos.queries import Position

FORMAT = 1
# A row more or less costs nothing, a page more a query: few and of bounded size.
PAGE = 1000
# 1 is three times as fast as 6, and the file a fifth larger.
LEVEL = 1
_GZIP = 16 + zlib.MAX_WBITS


def snapshot_file(account: Account) -> bytes:
    """The account at its version, as `docs/sync.md` describes the file. Reads without a lock."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    parts = [packer.compress(part) for part in _parts(account)]
    return b"".join([*parts, packer.flush()])


def _parts(account: Account) -> Iterator[bytes]:
    head = {
        "format": FORMAT,
        "version": account.version,
        "cursor": sign_position(Position(account.version), subject=account.subject),
    }
    yield orjson.dumps(head)[:-1]
    open_kind = ""
    for kind, rows in _rows(account):
        if kind != open_kind:
            yield (b"]" if open_kind else b"") + f',"{kind}":['.encode()
            open_kind, separator = kind, b""
        if rows:
            # Without the brackets of the list.
            yield separator + orjson.dumps(rows, option=orjson.OPT_UTC_Z)[1:-1]
            separator = b","
    yield b"]}"


def _rows(account: Account) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every kind in order, each in as many parts as it takes."""
    after = None
    known = dict.fromkeys(queries.KINDS, False)
    while True:
        page = queries.read_snapshot_page(account, version=account.version, after=after, limit=PAGE)
        for kind in queries.KINDS:
            if page.rows[kind] or (not known[kind] and _is_behind(kind, page.after)):
                known[kind] = True
                yield kind, page.rows[kind]
        if page.after is None:
            return
        after = page.after


def _is_behind(kind: str, after: tuple[str, Any] | None) -> bool:
    """Whether no later page has rows of this kind."""
    return after is None or queries.KINDS.index(kind) < queries.KINDS.index(after[0])
