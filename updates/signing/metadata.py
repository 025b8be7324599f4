"""TUF's signed metadata: which files are to be signed anew, and how. Decides in memory; see plans.py.

A role is signed again when what it says has changed, when another key signs for it, or when half of its
life is over. Versions only grow; who keeps what is returned here publishes equal bytes ever after.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from securesystemslib.signer import Signer
    from tuf.api.metadata import Metadata, Root

Contents = dict[str, Any]
ROOT_NOTICE = timedelta(days=30)
_LATE = 0.75


@dataclass(frozen=True)
class Signed:
    """A file that was signed: what is known of it without reading it."""

    role: str
    version: int
    says: str
    signed_at: datetime
    expires_at: datetime
    body: str = ""

    @property
    def late_at(self) -> datetime:
        """From when on somebody is told: a root is signed by people, the renewal has a quarter of a life."""
        if self.role == "root":
            return self.expires_at - ROOT_NOTICE
        return self.signed_at + (self.expires_at - self.signed_at) * _LATE

    def is_fresh(self, now: datetime) -> bool:
        """Whether less than half of its life is over."""
        return now < self.signed_at + (self.expires_at - self.signed_at) / 2


@dataclass(frozen=True)
class Lives:
    """How long signatures hold: of the one file that clients ask for each time, and of the others."""

    pointer: timedelta
    metadata: timedelta


SignerOf = Callable[[str], "Signer"]


def sign_roles(
    roles: Mapping[str, Contents],
    current: Mapping[str, Signed],
    *,
    signer_of: SignerOf,
    lives: Lives,
    now: datetime,
) -> list[Signed]:
    """What has to be signed: of `targets` and its bins, then snapshot, then timestamp. Often nothing."""
    signed = []
    versions = {}
    for role, contents in roles.items():
        fresh = _signed(role, contents, current.get(role), signer_of("targets"), lives.metadata, now)
        versions[f"{role}.json"] = {"version": fresh.version}
        signed.append(fresh)
    snapshot = _signed(
        "snapshot", {"meta": versions}, current.get("snapshot"), signer_of("snapshot"), lives.metadata, now
    )
    meta = {"meta": {"snapshot.json": {"version": snapshot.version}}}
    timestamp = _signed(
        "timestamp", meta, current.get("timestamp"), signer_of("timestamp"), lives.pointer, now
    )
    return [fresh for fresh in (*signed, snapshot, timestamp) if fresh != current.get(fresh.role)]


def digest_of(contents: Any) -> str:
    """The hash of what a file says, apart from its version and its times."""
    return hashlib.sha256(orjson.dumps(contents, option=orjson.OPT_SORT_KEYS)).hexdigest()


def expiry(now: datetime, life: timedelta) -> datetime:
    """When a signature of now ends; TUF's times are whole seconds."""
    return (now + life).replace(microsecond=0)


def _signed(
    role: str, contents: Contents, before: Signed | None, signer: Signer, life: timedelta, now: datetime
) -> Signed:
    says = digest_of([contents, signer.public_key.keyid])
    if before is not None and before.says == says and before.is_fresh(now):
        return before
    version = before.version + 1 if before else 1
    expires_at = expiry(now, life)
    body = _sign(role, {**contents, "version": version}, expires_at, signer)
    return Signed(role, version, says, now, expires_at, body)


def _sign(role: str, contents: Contents, expires_at: datetime, signer: Signer) -> str:
    from tuf.api.metadata import SPECIFICATION_VERSION, Metadata

    document = {
        "signed": {
            "_type": role if role in ("snapshot", "timestamp") else "targets",
            "spec_version": ".".join(SPECIFICATION_VERSION),
            "expires": expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            **contents,
        },
        "signatures": [],
    }
    metadata: Metadata[Any] = Metadata.from_dict(document)
    metadata.sign(signer)
    return written(metadata)


def written(metadata: Metadata[Any]) -> str:
    """The bytes that are published; read back before they are."""
    from tuf.api.serialization.json import JSONSerializer

    return metadata.to_bytes(JSONSerializer(compact=True, validate=True)).decode()


def read_root(body: bytes) -> Metadata[Root]:
    """A root as it was written.

    Raises:
        ValueError: it is none.
    """
    from tuf.api.metadata import Metadata, Root
    from tuf.api.serialization import DeserializationError

    try:
        metadata = Metadata[Root].from_bytes(body)
    except DeserializationError as error:
        raise ValueError("This is no TUF metadata.") from error
    if not isinstance(metadata.signed, Root):
        raise ValueError(f"This is {metadata.signed.type} metadata, no root.")
    return metadata
