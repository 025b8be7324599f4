"""The RSA keys that sign tokens: one file each, the newest signs, the ones before it are still published.

Read at each use, so that a rotation holds at once in a running provider.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path

from allauth.idp.oidc.models import PrivateKey
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from local.identity import settings
from local.identity.secret_files import write_secret_file

# A verifier's clock may be behind ours.
CLOCK_ALLOWANCE = timedelta(minutes=5)


def list_signing_keys(directory: Path) -> list[PrivateKey]:
    """All keys, oldest first. Each expires when the last token that it signed has expired."""
    life = timedelta(
        seconds=max(settings.IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN, settings.IDP_OIDC_ID_TOKEN_EXPIRES_IN)
    )
    files = sorted(directory.glob("*.pem"), key=_issued_at)
    successors = [_issued_at(file) for file in files[1:]]
    return [
        PrivateKey(
            pem=file.read_text(),
            issued_at=_issued_at(file),
            expires_at=successor + life + CLOCK_ALLOWANCE if successor else None,
        )
        for file, successor in zip_longest(files, successors)
    ]


def add_signing_key(directory: Path) -> Path:
    """Make a key of mode 600 that signs from now on, and drop those that no living token needs."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = directory / f"{int(datetime.now(UTC).timestamp() * 1000)}.pem"
    while not write_secret_file(path, pem):
        path = path.with_name(f"{int(path.stem) + 1}.pem")
    _drop_expired(directory)
    return path


def _drop_expired(directory: Path) -> None:
    files = sorted(directory.glob("*.pem"), key=_issued_at)
    for file, key in zip(files, list_signing_keys(directory), strict=True):
        if key.expires_at is not None and key.expires_at < datetime.now(UTC):
            file.unlink()


def _issued_at(file: Path) -> datetime:
    """The name of a key's file is the time of its making, in milliseconds."""
    return datetime.fromtimestamp(int(file.stem) / 1000, UTC)
