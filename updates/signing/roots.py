"""TUF's root: who may sign what. Prepared here, signed offline by its holders, taken in here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from updates.errors import RootRefused
from updates.signing.keys import key_of
from updates.signing.metadata import read_root, written

if TYPE_CHECKING:
    from securesystemslib.signer import Signer

PublicKey = dict[str, Any]


def prepare(
    *,
    version: int,
    root_keys: Sequence[PublicKey],
    threshold: int,
    online: Mapping[str, PublicKey],
    expires_at: datetime,
) -> str:
    """A root without signatures.

    Raises:
        RootRefused: fewer keys than have to sign.
        KeyUnusable: one is no public key.
    """
    from tuf.api.metadata import Metadata, Root

    holders = {key.keyid: key for key in map(key_of, root_keys)}
    if not 1 <= threshold <= len(holders):
        raise RootRefused(f"{threshold} of {len(holders)} different keys cannot sign.")
    root = Root(version=version, expires=expires_at, consistent_snapshot=True)
    for holder in holders.values():
        root.add_key(holder, "root")
    root.roles["root"].threshold = threshold
    for role, key in online.items():
        root.add_key(key_of(key), role)
    return written(Metadata(root))


def sign(body: bytes, signer: Signer) -> str:
    """The root with one more signature.

    Raises:
        RootRefused: it is none, or does not know this key, nor did the one before it.
    """
    metadata = _read(body)
    if signer.public_key.keyid not in metadata.signed.keys and metadata.signed.version == 1:
        raise RootRefused("This root does not know the key.")
    metadata.sign(signer, append=True)
    return written(metadata)


def check(body: bytes, *, before: bytes | None, online: Mapping[str, set[str]], now: datetime) -> int:
    """The version of a root that may be the next one.

    `online` names, for each role, the keys that can sign here.

    Raises:
        RootRefused: signatures are missing, the version does not follow, or a role could not be signed.
    """
    metadata = _read(body)
    root = metadata.signed
    expected = _read(before).signed.version + 1 if before else 1
    if root.version != expected:
        raise RootRefused(f"Its version is {root.version}; the next one is {expected}.")
    if root.expires <= now:
        raise RootRefused(f"It has expired on {root.expires:%Y-%m-%d}.")
    if not root.consistent_snapshot:
        raise RootRefused("It says no consistent snapshots; files are published by their versions.")
    _require_signatures(body, by=body, who="its own keys")
    if before:
        _require_signatures(body, by=before, who="the keys of the root before it")
    for role, able in online.items():
        named = root.roles[role]
        if named.threshold != 1 or not able & {*named.keyids}:
            raise RootRefused(f"No key that signs here is named for {role}, or more than one has to sign.")
    return root.version


def online_keys_of(body: str) -> dict[str, list[str]]:
    """The ids of the keys that a root names for each role."""
    roles = json.loads(body)["signed"]["roles"]
    return {role: list(named["keyids"]) for role, named in roles.items()}


def root_keys_of(body: str) -> tuple[list[PublicKey], int]:
    """The keys of the root's holders, and how many of them have to sign."""
    signed = json.loads(body)["signed"]
    named = signed["roles"]["root"]
    return [{"keyid": keyid, **signed["keys"][keyid]} for keyid in named["keyids"]], named["threshold"]


def _require_signatures(body: bytes, *, by: bytes, who: str) -> None:
    root, candidate = _read(by).signed, _read(body)
    result = root.get_verification_result("root", candidate.signed_bytes, candidate.signatures)
    if not result:
        have = len(result.signed)
        raise RootRefused(f"{have} of {result.threshold} signatures by {who}.")


def _read(body: bytes) -> Any:
    try:
        return read_root(body)
    except ValueError as error:
        raise RootRefused(str(error)) from error
