"""Signatures that publishers bring: minisign and plain Ed25519, read and checked. Pure.

minisign signs BLAKE2b-512 of the file (`ED`), which is computed as the file streams by; its older form and
plain Ed25519 (RFC 8032, as Sparkle has it) sign the file itself, which then has to be read into memory.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# What is signed as a whole is held in memory as a whole.
WHOLE_BYTES_MOST = 64 * 1024**2
KEYS_MOST = 5
_COMMENT, _TRUSTED = "untrusted comment:", "trusted comment: "


@dataclass(frozen=True)
class PublicKey:
    """A key of 32 bytes; minisign's have an id."""

    raw: bytes
    key_id: bytes | None = None


@dataclass(frozen=True)
class Signature:
    """A signature of 64 bytes. Of minisign: by which key, whether of the hash, and the signed comment."""

    raw: bytes
    key_id: bytes | None = None
    is_of_hash: bool = False
    comment: str = ""
    comment_raw: bytes = b""


def read_public_key(text: str) -> PublicKey:
    """A key as `minisign -G` prints it, or 32 bytes in Base64.

    Raises:
        ValueError: it is neither.
    """
    raw = _decode(text)
    if len(raw) == 42 and raw[:2] == b"Ed":
        return PublicKey(raw[10:], raw[2:10])
    if len(raw) == 32:
        return PublicKey(raw)
    raise ValueError(text)


def read_signature(text: str) -> Signature:
    """The text of a .minisig file (Tauri writes it in Base64 once more), or 64 bytes in Base64.

    Raises:
        ValueError: it is neither.
    """
    text = text.strip()
    if not text.startswith(_COMMENT):
        raw = _decode(text)
        if len(raw) == 64:
            return Signature(raw)
        text = raw.decode("ascii").strip()
    lines = text.splitlines()
    if len(lines) != 4 or not lines[0].startswith(_COMMENT) or not lines[2].startswith(_TRUSTED):
        raise ValueError(text)
    raw, comment_raw = _decode(lines[1]), _decode(lines[3])
    if len(raw) != 74 or raw[:2] not in (b"ED", b"Ed") or len(comment_raw) != 64:
        raise ValueError(text)
    return Signature(raw[10:], raw[2:10], raw[:2] == b"ED", lines[2].removeprefix(_TRUSTED), comment_raw)


def signature_finding(
    signature: Signature,
    keys: Iterable[PublicKey],
    *,
    size: int,
    blake2b: bytes,
    contents: Callable[[], bytes],
) -> str:
    """What is wrong with a file's signature, in a sentence; empty when one of the keys made it."""
    if not signature.is_of_hash and size > WHOLE_BYTES_MOST:
        megabytes = WHOLE_BYTES_MOST // 1024**2
        return f"Above {megabytes} MiB sign the hash, as minisign does: this signature is of the whole file."
    fitting = [
        key for key in keys if (key.key_id == signature.key_id) or None in (key.key_id, signature.key_id)
    ]
    if not fitting:
        return "It is signed with a key that the product does not have."
    message = blake2b if signature.is_of_hash else contents()
    if not any(_is_by(key, signature.raw, message) for key in fitting):
        return "Its signature is not by the product's key, or not of these bytes."
    signed_comment = signature.raw + signature.comment.encode()
    if signature.comment_raw and not any(
        _is_by(key, signature.comment_raw, signed_comment) for key in fitting
    ):
        return "The comment of its signature was changed after it was signed."
    return ""


def _is_by(key: PublicKey, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip().encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(text) from error
