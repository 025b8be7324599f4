"""zstd with the earlier file as a prefix, which any program that has zstd applies."""

from __future__ import annotations

import sys
from typing import Any

from updates.deltas.made import DoesNotApply, Made

LEVEL = 9
_WINDOW_LOG_LEAST, _WINDOW_LOG_MOST = 10, 31


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


def memory_to_make(base_size: int, target_size: int) -> int:
    """The files, the window over both, and the tables in which it looks for what was there before."""
    return 4 * (base_size + target_size)


def _zstd() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd
