"""Keys that sign: encrypted files of this machine, or keys that never leave AWS KMS.

| location | where the key is |
|---|---|
| `file:tide-targets-3f….pem` | below `UPDATES_KEYS_DIR`, PKCS #8, encrypted with `UPDATES_KEYS_PASSPHRASE` |
| `awskms:alias/tide-targets` | in AWS KMS: P-256 for TUF's roles, Ed25519 for the manifests |
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from updates.errors import KeyUnusable

if TYPE_CHECKING:
    from securesystemslib.signer import Key, Signer, SSlibKey

FILE, KMS = "file:", "awskms:"


def make_key_file(path: Path, passphrase: str) -> SSlibKey:
    """Make an Ed25519 key, encrypted, readable by its owner alone; the public part.

    Raises:
        KeyUnusable: there is no passphrase, or the file is there already.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from securesystemslib.signer import SSlibKey

    if not passphrase:
        raise KeyUnusable("A key is kept with a passphrase only.")
    key = Ed25519PrivateKey.generate()
    encoded = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise KeyUnusable(f"{path} is there already; a key is never written over.") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(encoded)
    return SSlibKey.from_crypto(key.public_key())


def open_key_file(path: Path, passphrase: str) -> Signer:
    """The signer of a key file.

    Raises:
        KeyUnusable: it is not there, no key, or the passphrase is another one.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    try:
        private: Any = load_pem_private_key(path.read_bytes(), passphrase.encode())
    except OSError as error:
        raise KeyUnusable(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError) as error:
        raise KeyUnusable(f"{path} is no key of this passphrase.") from error
    return CryptoSigner(private)


def signer_at(location: str, public: dict[str, Any]) -> Signer:
    """The signer of one of TUF's roles, kept for the next time: to open a key file takes a while.

    Raises:
        KeyUnusable: the key is not there, or is another one.
    """
    signer = _signer_at(location, json.dumps(public), settings.UPDATES_KEYS_DIR)
    if signer.public_key.keyid != public["keyid"]:
        raise KeyUnusable(f"{location} holds another key than the one that was written down.")
    return signer


def manifest_signer_at(location: str, public: dict[str, Any]) -> Callable[[bytes], bytes]:
    """What signs a manifest: Ed25519 over short messages.

    Raises:
        KeyUnusable: the key is not there, or is another one.
    """
    if location.startswith(KMS):
        from chassis.key_service import sign_ed25519

        return partial(sign_ed25519, location.removeprefix(KMS))
    signer = signer_at(location, public)
    return lambda message: bytes.fromhex(signer.sign(message).signature)


def public_of_kms(key_id: str, *, is_for_manifests: bool) -> dict[str, Any]:
    """What is written down of a key in KMS.

    Raises:
        KeyUnusable: it is no key for this.
    """
    from securesystemslib.signer import AWSSigner, SSlibKey

    if is_for_manifests:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        from chassis.key_service import ed25519_public_key

        try:
            raw = ed25519_public_key(key_id)
        except ValueError as error:
            raise KeyUnusable(str(error)) from error
        return as_document(SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(raw)))
    _, key = AWSSigner.import_(key_id)
    return as_document(key)


def as_document(key: SSlibKey) -> dict[str, Any]:
    """A public key as JSON, with its id."""
    return {"keyid": key.keyid, **key.to_dict()}


def key_of(public: Any) -> Key:
    """A public key as TUF's metadata holds it.

    Raises:
        KeyUnusable: it is none.
    """
    from securesystemslib.signer import Key

    try:
        document = {name: value for name, value in public.items() if name != "keyid"}
        key = Key.from_dict(public["keyid"], document)
        key.to_dict()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise KeyUnusable("This is no public key as TUF writes it.") from error
    if not isinstance(key.keyid, str):
        raise KeyUnusable("The id of a key is a text.")
    return key


@lru_cache(maxsize=64)
def _signer_at(location: str, public: str, directory: str) -> Signer:
    if location.startswith(KMS):
        from securesystemslib.signer import AWSSigner

        return AWSSigner.from_priv_key_uri(location, key_of(json.loads(public)))
    if not directory:
        raise KeyUnusable(f"{location}: UPDATES_KEYS_DIR is empty, so there are no key files here.")
    path = Path(directory, location.removeprefix(FILE))
    return open_key_file(path, settings.UPDATES_KEYS_PASSPHRASE)
