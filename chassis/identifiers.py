"""Identifiers: UUIDv7, made by the client or here (RFC 9562 §5.7)."""

from __future__ import annotations

import hashlib
import os
import threading
import time
import uuid
from datetime import datetime

_lock = threading.Lock()
_last_milliseconds = 0
_counter = 0


def uuid7() -> uuid.UUID:
    """A UUIDv7: 48 bits of milliseconds, a 12-bit counter that keeps order within one, 62 random bits.

    The counter is RFC 9562 §6.2 method 1; when it runs over, the clock is taken one step further.
    """
    global _last_milliseconds, _counter
    with _lock:
        now = time.time_ns() // 1_000_000
        if now > _last_milliseconds:
            _last_milliseconds = now
            # Half the range is left to count up in.
            _counter = int.from_bytes(os.urandom(2), "big") & 0x7FF
        else:
            _counter += 1
            if _counter > 0xFFF:
                _last_milliseconds += 1
                _counter = 0
        milliseconds, counter = _last_milliseconds, _counter
    random_bits = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return uuid.UUID(int=(milliseconds << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62) | random_bits)


def uuid7_of(at: datetime, name: bytes) -> uuid.UUID:
    """The UUIDv7 of something that has a name and no id: of this moment, and always the same."""
    milliseconds = int(at.timestamp() * 1000)
    digest = int.from_bytes(hashlib.sha256(name).digest()[:10], "big")
    counter, random_bits = digest >> 68, digest & ((1 << 62) - 1)
    return uuid.UUID(int=(milliseconds << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62) | random_bits)
