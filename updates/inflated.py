"""What is inside of a gzip file, as it comes by: size and hash, in the memory of a block. Pure."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator

_BLOCK_BYTES = 1024**2
_GZIP = 16 + zlib.MAX_WBITS
# A file that blows up further is nothing that anybody unpacks.
SIZE_MOST = 32 * 1024**3


class Inflated:
    """Give it the blocks of a file; then it knows what they hold, if they are a gzip file."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._size = 0
        self._inflate = zlib.decompressobj(_GZIP)
        self._is_broken = False

    def update(self, block: bytes) -> None:
        """The next block."""
        try:
            while block and not self._is_broken:
                block = self._take(block)
        except zlib.error:
            self._is_broken = True

    def found(self) -> tuple[int, str] | None:
        """Size and SHA-256 of what is inside; None where that cannot be said."""
        return None if self._is_broken or not self._inflate.eof else (self._size, self._hash.hexdigest())

    def _take(self, block: bytes) -> bytes:
        if self._inflate.eof:
            # A gzip file may have several members.
            self._inflate = zlib.decompressobj(_GZIP)
        inflated = self._inflate.decompress(block, _BLOCK_BYTES)
        self._hash.update(inflated)
        self._size += len(inflated)
        self._is_broken = self._size > SIZE_MOST
        return self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail


def unpacked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """What is inside of the blocks of a gzip file, a block at a time.

    Raises:
        ValueError: it is none, or was cut short.
    """
    inflate = zlib.decompressobj(_GZIP)
    try:
        for block in blocks:
            while block:
                if inflate.eof:
                    inflate = zlib.decompressobj(_GZIP)
                yield inflate.decompress(block, _BLOCK_BYTES)
                block = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not inflate.eof:
        raise ValueError("It was cut short.")
