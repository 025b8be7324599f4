"""Signatures by Ed25519 keys that never leave AWS KMS. Whoever asks has the function's role."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from chassis.storage import aws_client

# What KMS takes as a message that it hashes itself.
MESSAGE_BYTES_MOST = 4096


def ed25519_public_key(key_id: str) -> bytes:
    """The 32 bytes of a public key.

    Raises:
        ValueError: this is a key of another kind.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(_client().get_public_key(KeyId=key_id)["PublicKey"])
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"{key_id} is no Ed25519 key (KeySpec ECC_NIST_EDWARDS25519).")
    return key.public_bytes_raw()


def sign_ed25519(key_id: str, message: bytes) -> bytes:
    """The signature over a short message.

    Raises:
        ValueError: the message is longer than KMS takes.
    """
    if len(message) > MESSAGE_BYTES_MOST:
        raise ValueError(f"{len(message)} bytes; KMS signs at most {MESSAGE_BYTES_MOST}.")
    signed = _client().sign(
        KeyId=key_id, Message=message, MessageType="RAW", SigningAlgorithm="ED25519_SHA_512"
    )
    signature: bytes = signed["Signature"]
    return signature


def _client() -> Any:
    return aws_client("kms", "", "", "", settings.AWS_REGION)
