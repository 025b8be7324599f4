"""How client secrets are kept."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher


class ClientSecretHasher(BasePasswordHasher):
    """HMAC-SHA256 with a salt, for client secrets only.

    A client secret is long and random, so guessing it is hopeless however fast the check is, while
    a slow hash would cost every token request some 0.4 s. People's passwords never use it.
    """

    algorithm = "client_secret_hmac_sha256"

    def encode(self, password: str, salt: str) -> str:
        """`algorithm$salt$digest`."""
        digest = hmac.new(salt.encode(), password.encode(), hashlib.sha256).hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def verify(self, password: str, encoded: str) -> bool:
        """Whether `password` is the one that was encoded, in constant time."""
        _, salt, _ = encoded.split("$")
        return hmac.compare_digest(self.encode(password, salt), encoded)

    def decode(self, encoded: str) -> dict[str, Any]:
        """The parts of an encoded secret."""
        algorithm, salt, digest = encoded.split("$")
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing: there is no work factor to catch up with."""
