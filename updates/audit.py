"""The chain of audit entries: what is hashed, and how. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

FIRST_HASH = "0" * 64


def entry_hash(
    *,
    product_id: UUID,
    number: int,
    at: datetime,
    actor: str,
    action: str,
    release_id: UUID | None,
    details: dict[str, Any],
    previous_hash: str,
) -> str:
    """SHA-256 over one entry and the hash of the one before it."""
    document = {
        "product": str(product_id),
        "number": number,
        # Both databases keep microseconds.
        "at": at.isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "release": None if release_id is None else str(release_id),
        "details": details,
        "previous": previous_hash,
    }
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()
