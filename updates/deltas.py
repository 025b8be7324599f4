"""Differences by zstd with the earlier file as a prefix: made, and applied. Pure; both files are in memory.

About four times the two files together is what making one takes at its height.
"""

from __future__ import annotations

import hashlib
import sys
import zlib
from dataclasses import dataclass
from typing import Any

LEVEL = 9
_WINDOW_LOG_LEAST, _WINDOW_LOG_MOST = 10, 31


class DoesNotApply(ValueError):
    """A difference that does not lead from these bytes to others."""


@dataclass(frozen=True)
class Made:
    """A difference, and how far a client has to look back, as a power of two."""

    body: bytes
    window_log: int

    @property
    def sha256(self) -> str:
        """Of the difference."""
        return hashlib.sha256(self.body).hexdigest()


def make(base: bytes, target: bytes) -> Made:
    """What makes `target` of `base`; `zstd -d --patch-from=base --long=<window_log>` reads it, too."""
    zstd = _zstd()
    window_log = min(_WINDOW_LOG_MOST, max(_WINDOW_LOG_LEAST, (len(base) + len(target)).bit_length()))
    options = {
        zstd.CompressionParameter.compression_level: LEVEL,
        zstd.CompressionParameter.window_log: window_log,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
        zstd.CompressionParameter.checksum_flag: 1,
    }
    before = zstd.ZstdDict(base, is_raw=True).as_prefix
    return Made(zstd.compress(target, options=options, zstd_dict=before), window_log)


def apply(base: bytes, body: bytes, *, size: int) -> bytes:
    """The later file.

    Raises:
        DoesNotApply: these bytes and this difference do not belong together, or it makes more than `size`.
    """
    zstd = _zstd()
    options = {zstd.DecompressionParameter.window_log_max: _WINDOW_LOG_MOST}
    reader = zstd.ZstdDecompressor(zstd_dict=zstd.ZstdDict(base, is_raw=True).as_prefix, options=options)
    try:
        made: bytes = reader.decompress(body, max_length=size + 1)
    except zstd.ZstdError as error:
        raise DoesNotApply(str(error)) from error
    if len(made) != size:
        raise DoesNotApply(f"It makes {len(made)} bytes or more, not {size}.")
    return made


def inflated(packed: bytes, *, most: int) -> bytes | None:
    """The tar inside of a .tar.gz; None for what is no gzip, or larger than `most`."""
    reader = zlib.decompressobj(wbits=31)
    try:
        body = reader.decompress(packed, most + 1)
    except zlib.error:
        return None
    return body if reader.eof and len(body) <= most and not reader.unused_data else None


def _zstd() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd
