"""minisign's files: public keys, and signatures over whole files (prehashed, `ED`). Pure.

The tool (`minisign -V`) and its libraries read them. The trusted comment is signed, too, so what it
says can be believed before the file is there: see docs/updates.md.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

ALGORITHM = b"ED"
_KEY_ALGORITHM = b"Ed"
_ID_BYTES = 8


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 key under minisign's name for it, which follows from the key."""

    key: bytes

    @property
    def id(self) -> bytes:
        """The eight bytes by which a signature names its key."""
        return hashlib.blake2b(self.key, digest_size=_ID_BYTES).digest()

    @property
    def line(self) -> str:
        """What `minisign -P` takes."""
        return _base64(_KEY_ALGORITHM + self.id + self.key)

    @property
    def text(self) -> str:
        """The `.pub` file."""
        return f"untrusted comment: minisign public key {self.id[::-1].hex().upper()}\n{self.line}\n"


def sign(
    body: bytes, *, key: PublicKey, sign_bytes: Callable[[bytes], bytes], untrusted: str, trusted: str
) -> str:
    """The `.minisig` file over these bytes, with both comments.

    Raises:
        ValueError: a comment is more than a line.
    """
    if {"\n", "\r"} & {*untrusted, *trusted}:
        raise ValueError("A comment is one line.")
    signature = sign_bytes(hashlib.blake2b(body).digest())
    whole = sign_bytes(signature + trusted.encode())
    lines = (
        f"untrusted comment: {untrusted}",
        _base64(ALGORITHM + key.id + signature),
        f"trusted comment: {trusted}",
        _base64(whole),
    )
    return "".join(f"{line}\n" for line in lines)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
