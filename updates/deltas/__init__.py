"""Differences between two versions of a file: made, and applied, each way by a module. Pure; all in memory.

`python -m updates.deltas` is the same in a process of its own, whose memory and time are bounded
(`updates.deltas.bounded` starts it): what it reads may come from anybody.
"""

from __future__ import annotations

from types import ModuleType

from updates.deltas import bsdiff, zstd
from updates.deltas.made import DoesNotApply, Made

ZSTD, BSDIFF = "zstd-prefix", "bsdiff4"
WAYS: dict[str, ModuleType] = {ZSTD: zstd, BSDIFF: bsdiff}

__all__ = [
    "BSDIFF",
    "WAYS",
    "ZSTD",
    "DoesNotApply",
    "Made",
    "apply",
    "make",
    "memory_to_apply",
    "memory_to_make",
]


def make(base: bytes, target: bytes, *, way: str = ZSTD) -> Made:
    """What makes `target` of `base`."""
    made: Made = WAYS[way].make(base, target)
    return made


def apply(base: bytes, body: bytes, *, size: int, way: str = ZSTD) -> bytes:
    """The later file, which has `size` bytes.

    Raises:
        DoesNotApply: these bytes and this difference do not belong together, or it makes more or less.
    """
    applied: bytes = WAYS[way].apply(base, body, size=size)
    return applied


def memory_to_make(way: str, base_size: int, target_size: int) -> int:
    """How many bytes making one takes at its height, the files included."""
    needed: int = WAYS[way].memory_to_make(base_size, target_size)
    return needed


def memory_to_apply(base_size: int, target_size: int, size: int) -> int:
    """The same of applying one of `size` bytes, whichever way."""
    return base_size + 4 * target_size + 2 * size
