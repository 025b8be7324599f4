"""What making a difference gives, and how applying one fails."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


class DoesNotApply(ValueError):
    """A difference that does not lead from these bytes to others."""


@dataclass(frozen=True)
class Made:
    """A difference, and how far a client has to look back, as a power of two; 0 where that is no question."""

    body: bytes
    window_log: int = 0

    @property
    def sha256(self) -> str:
        """Of the difference."""
        return hashlib.sha256(self.body).hexdigest()
