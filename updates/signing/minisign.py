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
_ID_BYTES, _KEY_BYTES, _SIGNATURE_BYTES = 8, 32, 64


class BadSignature(Exception):
    """A signature that is not over these bytes, not by this key, or none at all."""


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


def read_trusted_comment(text: str, *, key: PublicKey) -> str:
    """What the signer says beside the signature, believed without the file.

    Raises:
        BadSignature: no such file, or by another key.
    """
    signature, trusted, whole = _parts(text, key)
    _verify(key, whole, signature + trusted.encode())
    return trusted


def verify(body: bytes, text: str, *, key: PublicKey) -> str:
    """The trusted comment of a signature over these bytes.

    Raises:
        BadSignature: it is over others, by another key, or none.
    """
    trusted = read_trusted_comment(text, key=key)
    signature, _, _ = _parts(text, key)
    _verify(key, signature, hashlib.blake2b(body).digest())
    return trusted


def _parts(text: str, key: PublicKey) -> tuple[bytes, str, bytes]:
    lines = text.splitlines()
    prefix = "trusted comment: "
    if len(lines) != 4 or not lines[2].startswith(prefix):
        raise BadSignature("This is no minisign file.")
    try:
        signed, whole = (base64.b64decode(line, validate=True) for line in (lines[1], lines[3]))
    except ValueError as error:
        raise BadSignature("This is no minisign file.") from error
    if len(signed) != 2 + _ID_BYTES + _SIGNATURE_BYTES or len(whole) != _SIGNATURE_BYTES:
        raise BadSignature("This is no minisign file.")
    if signed[:2] != ALGORITHM or signed[2 : 2 + _ID_BYTES] != key.id:
        raise BadSignature("This is signed by another key.")
    return signed[2 + _ID_BYTES :], lines[2].removeprefix(prefix), whole


def _verify(key: PublicKey, signature: bytes, message: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key.key).verify(signature, message)
    except InvalidSignature as error:
        raise BadSignature("These are not the bytes that were signed.") from error


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
