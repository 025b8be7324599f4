"""Whether the bytes that arrived are those that were declared."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from chassis import objects
from chassis.transactions import transactional
from updates import events
from updates.commands.steps import audit, lock_artifact, settle_releases_of
from updates.file_types import HEAD_BYTES, TAIL_BYTES, content_finding
from updates.inflated import Inflated
from updates.models import Artifact, ArtifactKind, ArtifactState, Release, ReleaseState
from updates.scanning import scan_finding
from updates.signatures import read_public_key, read_signature, signature_finding

log = logging.getLogger(__name__)

VERIFIER = "verifier"


@dataclass(frozen=True)
class Contents:
    """What was found in an upload."""

    size: int
    sha256: str
    sha512: str
    head: bytes
    tail: bytes
    etag: str
    # What minisign signs.
    blake2b: bytes
    # Of a .tar.gz: the size and SHA-256 of the tar inside, where it could be read.
    inner: tuple[int, str] | None = None


def verify_artifact(*, artifact_id: UUID) -> None:
    """Read an artifact's bytes as a stream and take them, or refuse them with the reason.

    Doing it again changes nothing. Nothing is read inside a transaction.

    Raises:
        Unavailable: the store does not answer; it is tried again.
        ObjectGone: the object changed under the reader; it is tried again.
    """
    waiting = Artifact.objects.filter(id=artifact_id, state=ArtifactState.UPLOADED)
    artifact = waiting.select_related("product").first()
    if artifact is None:
        return
    stored = objects.find_object(bucket=settings.S3_UPLOADS_BUCKET, key=artifact.upload_key)
    contents = None if stored is None else read_contents(artifact.upload_key, stored.etag)
    finding = finding_of(artifact, contents)
    if not finding and contents is not None:
        finding = _signature_finding(artifact, contents) or scan_finding(_blocks(artifact, contents))
    _record(artifact_id, contents, finding)


def read_contents(key: str, etag: str) -> Contents:
    """Size, hashes and both ends of an upload, in the memory of a few blocks."""
    sha256, sha512, blake2b = hashlib.sha256(), hashlib.sha512(), hashlib.blake2b()
    inner = Inflated() if key.endswith(".tar.gz") else None
    size, head, tail = 0, b"", b""
    for block in objects.read_blocks(bucket=settings.S3_UPLOADS_BUCKET, key=key, etag=etag):
        sha256.update(block)
        sha512.update(block)
        blake2b.update(block)
        if inner is not None:
            inner.update(block)
        size += len(block)
        head = head if len(head) >= HEAD_BYTES else (head + block)[:HEAD_BYTES]
        tail = (tail + block[-TAIL_BYTES:])[-TAIL_BYTES:]
    found = inner.found() if inner is not None else None
    return Contents(size, sha256.hexdigest(), sha512.hexdigest(), head, tail, etag, blake2b.digest(), found)


def finding_of(artifact: Artifact, contents: Contents | None) -> str:
    """Why these bytes are not taken, in a sentence; empty when they are."""
    if contents is None:
        return "The uploaded file is not there. Upload it again."
    if contents.size != artifact.declared_size:
        return f"The file has {contents.size} bytes; {artifact.declared_size} were declared."
    if contents.sha256 != artifact.declared_sha256:
        return (
            f"Its SHA-256 is {contents.sha256[:12]}…, declared was {artifact.declared_sha256[:12]}…: "
            "these are not the bytes that were built."
        )
    return content_finding(artifact.file_name, head=contents.head, tail=contents.tail)


def _signature_finding(artifact: Artifact, contents: Contents) -> str:
    if not artifact.signature:
        return ""
    return signature_finding(
        read_signature(artifact.signature),
        [read_public_key(line) for line in artifact.product.public_keys.split()],
        size=contents.size,
        blake2b=contents.blake2b,
        contents=lambda: b"".join(_blocks(artifact, contents)),
    )


def _blocks(artifact: Artifact, contents: Contents) -> Iterator[bytes]:
    return objects.read_blocks(bucket=settings.S3_UPLOADS_BUCKET, key=artifact.upload_key, etag=contents.etag)


@transactional
def _record(artifact_id: UUID, contents: Contents | None, finding: str) -> None:
    artifact = lock_artifact(artifact_id)
    if artifact.state != ArtifactState.UPLOADED:
        return
    artifact.finding = finding
    if artifact.finding or contents is None:
        artifact.state = ArtifactState.REFUSED
        artifact.save(update_fields=["state", "finding"])
    else:
        artifact.state, artifact.verified_at = ArtifactState.VERIFIED, timezone.now()
        artifact.size, artifact.upload_etag = contents.size, contents.etag
        artifact.sha256, artifact.sha512 = contents.sha256, contents.sha512
        artifact.inner_size, artifact.inner_sha256 = contents.inner or (None, "")
        artifact.save()
    audit(
        artifact.product,
        f"artifact_{artifact.state}",
        actor=VERIFIER,
        file_name=artifact.file_name,
        finding=artifact.finding,
    )
    settle_releases_of(artifact)
    _announce_deltas(artifact)
    log.info("artifact_checked", extra={"file_name": artifact.file_name, "finding": artifact.finding})


def _announce_deltas(artifact: Artifact) -> None:
    """With the last of its files, what a release brings of differences can be tried."""
    ready = artifact.releases.filter(state=ReleaseState.VERIFIED)
    for release in ready.filter(artifacts__kind=ArtifactKind.DELTA).distinct():
        events.delta_brought.send(sender=Release, release_id=release.id)
