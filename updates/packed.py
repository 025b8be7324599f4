"""Logs that are packed by gzip or not, a block at a time."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

BLOCK_BYTES = 1024**2
_GZIP = b"\x1f\x8b"
_WBITS = 31


def unpacked(
    blocks: Iterable[bytes], *, cut_short: Callable[[str], object] = lambda _: None
) -> Iterator[bytes]:
    """The blocks as they are, or what is packed in them; packed files may be put one behind the other.

    What ends too early, or goes on as something else, counts to there; `cut_short` is told why.
    """
    unpacker, is_inside = None, False
    for number, packed in enumerate(blocks):
        if number == 0 and packed.startswith(_GZIP):
            unpacker = zlib.decompressobj(wbits=_WBITS)
        if unpacker is None:
            yield packed
            continue
        while packed:
            try:
                block = unpacker.decompress(packed, BLOCK_BYTES)
            except zlib.error as error:
                cut_short(f"gzip: {error}")
                return
            if block:
                yield block
            packed, is_inside = unpacker.unconsumed_tail, not unpacker.eof
            if unpacker.eof:
                packed, unpacker = unpacker.unused_data, zlib.decompressobj(wbits=_WBITS)
    if is_inside:
        cut_short("gzip: the end is missing")
