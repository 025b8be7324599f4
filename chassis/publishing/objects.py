"""Writing to the public bucket, guarded: nothing is overwritten that this writer has not seen."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from chassis.publishing import puts, steps
from chassis.publishing.errors import ImmutableConflict, SourceChanged
from chassis.publishing.files import PublicCopy, PublicFile
from chassis.storage import answering_store, s3_client

log = logging.getLogger(__name__)

SHA256 = "sha256"
# Above this a copy goes in parts: one of 5 GB is the most that S3 takes at once, and a part is
# copied before any time-out.
COPY_PART_BYTES = 64 * 1024 * 1024
COPY_THREADS = 4
# Enough for a stranger who writes at the same moment; against a busier one nothing helps.
TRIES = 5
_GUARD_FAILED = frozenset({404, 409, 412})


@dataclass(frozen=True)
class Outgoing:
    """A file on its way, with its bytes (none for a copy) and their hash."""

    file: PublicFile | PublicCopy
    body: bytes
    sha256: str
    size: int

    @property
    def key(self) -> str:
        """Where it goes."""
        return self.file.key


def outgoing(file: PublicFile | PublicCopy) -> Outgoing:
    """Read a file, and hash it."""
    if isinstance(file, PublicCopy):
        return Outgoing(file, b"", file.sha256, file.size)
    body = file.read()
    return Outgoing(file, body, hashlib.sha256(body).hexdigest(), len(body))


@dataclass(frozen=True)
class Found:
    """What the bucket holds under a key."""

    etag: str
    sha256: str
    content_type: str
    cache_control: str

    def is_as(self, wanted: Outgoing) -> bool:
        """Whether bytes and headers are what is wanted."""
        return (self.sha256, self.content_type, self.cache_control) == (
            wanted.sha256,
            wanted.file.content_type,
            wanted.file.rule.origin,
        )


def write(wanted: Outgoing, *, etag: str = "", before_overwriting: Callable[[], None] = lambda: None) -> str:
    """Write one file where `etag` says what is there (empty: nothing); its ETag.

    What is there already, because a writer was killed between the write and its row, is left.
    `before_overwriting` is asked before bytes are replaced that this writer has not seen.

    Raises:
        ImmutableConflict: the key is written once and holds other bytes.
        SourceChanged: the source of a copy is not the one that was checked.
        Unavailable: the store does not answer.
    """
    expected = "" if wanted.file.is_write_once else etag
    for _ in range(TRIES):
        written = _try_to_write(wanted, expected)
        if written:
            steps.reached_key("file_put", wanted.key)
            return written
        found = find(wanted.key)
        if found is None and isinstance(wanted.file, PublicCopy):
            raise SourceChanged(
                f"{wanted.key}: {wanted.file.source_key} is not what was checked, or is gone."
            )
        if found is not None and found.is_as(wanted):
            return found.etag
        _refuse_other_bytes(wanted, found)
        before_overwriting()
        expected = found.etag if found else ""
        log.warning("publish_overwrites_unseen", extra={"key": wanted.key, "etag": expected})
    raise RuntimeError(f"{wanted.key} is being written by somebody else all the time.")


def write_public(file: PublicFile) -> bool:
    """Write one file that is in no job; False where it is there as it should be."""
    wanted = outgoing(file)
    found = find(file.key)
    if found is not None and found.is_as(wanted):
        return False
    write(wanted, etag=found.etag if found else "")
    return True


def remove(key: str, *, etag: str) -> None:
    """Take one file out of the bucket. That it is gone already is as well."""
    expected = etag
    for _ in range(TRIES):
        if _try_to_remove(key, expected):
            steps.reached_key("file_removed", key)
            return
        found = find(key)
        if found is None:
            return
        log.warning("publish_removes_unseen", extra={"key": key, "etag": found.etag})
        expected = found.etag
    raise RuntimeError(f"{key} is being written by somebody else all the time.")


@answering_store()
def find(key: str) -> Found | None:
    """What is there, if anything."""
    from botocore.exceptions import ClientError

    try:
        head = s3_client().head_object(Bucket=settings.S3_PUBLIC_BUCKET, Key=key)
    except ClientError as error:
        if _status(error) == 404:
            return None
        raise
    sha256 = head["Metadata"].get(SHA256) or _sha256_of(key)
    return Found(_quoted(head["ETag"]), sha256, head.get("ContentType", ""), head.get("CacheControl", ""))


def _sha256_of(key: str) -> str:
    """The hash of what others than the publisher put there, who left none."""
    digest = hashlib.sha256()
    body = s3_client().get_object(Bucket=settings.S3_PUBLIC_BUCKET, Key=key)["Body"]
    for block in body.iter_chunks(1024 * 1024):
        digest.update(block)
    return digest.hexdigest()


def _refuse_other_bytes(wanted: Outgoing, found: Found | None) -> None:
    if wanted.file.is_write_once and found is not None and found.sha256 != wanted.sha256:
        raise ImmutableConflict(
            f"{wanted.key} holds other bytes (sha256 {found.sha256}, not {wanted.sha256}). "
            "It is written once: publish under another name."
        )


@answering_store()
def _try_to_write(wanted: Outgoing, etag: str) -> str:
    """The new ETag; empty where the guard held."""
    from botocore.exceptions import ClientError

    try:
        return _copy(wanted, etag) if isinstance(wanted.file, PublicCopy) else _put(wanted, etag)
    except ClientError as error:
        if _status(error) not in _GUARD_FAILED or error.response["Error"]["Code"] == "NoSuchBucket":
            raise
        return ""


def _put(wanted: Outgoing, etag: str) -> str:
    headers = {
        "Content-Type": wanted.file.content_type,
        "Cache-Control": wanted.file.rule.origin,
        f"x-amz-meta-{SHA256}": wanted.sha256,
        **({"If-Match": etag} if etag else {"If-None-Match": "*"}),
    }
    return _quoted(puts.put(wanted.key, wanted.body, sha256=wanted.sha256, headers=headers))


def _copy(wanted: Outgoing, etag: str) -> str:
    file = wanted.file
    assert isinstance(file, PublicCopy)  # noqa: S101 - for the checker; see the caller
    guard: Any = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
    source: Any = {"CopySource": {"Bucket": file.source_bucket, "Key": file.source_key}}
    if file.source_etag:
        source["CopySourceIfMatch"] = file.source_etag
    if file.size > COPY_PART_BYTES:
        return _copy_in_parts(wanted, source, guard)
    copied: Any = s3_client().copy_object(
        MetadataDirective="REPLACE", **source, **_described(wanted), **guard
    )
    return _quoted(copied["CopyObjectResult"]["ETag"])


def _copy_in_parts(wanted: Outgoing, source: Any, guard: Any) -> str:
    client: Any = s3_client()
    place = {"Bucket": settings.S3_PUBLIC_BUCKET, "Key": wanted.key}
    upload = {**place, "UploadId": client.create_multipart_upload(**_described(wanted))["UploadId"]}

    def copy_part(number: int) -> dict[str, Any]:
        first = (number - 1) * COPY_PART_BYTES
        last = min(first + COPY_PART_BYTES, wanted.size) - 1
        copied = client.upload_part_copy(
            PartNumber=number, CopySourceRange=f"bytes={first}-{last}", **upload, **source
        )
        steps.reached_key("part_copied", wanted.key)
        return {"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]}

    try:
        with ThreadPoolExecutor(COPY_THREADS) as threads:
            parts = list(threads.map(copy_part, range(1, -(-wanted.size // COPY_PART_BYTES) + 1)))
        stored = client.complete_multipart_upload(MultipartUpload={"Parts": parts}, **upload, **guard)
    except Exception:
        client.abort_multipart_upload(**upload)
        raise
    return _quoted(stored["ETag"])


def _described(wanted: Outgoing) -> Any:
    return {
        "Bucket": settings.S3_PUBLIC_BUCKET,
        "Key": wanted.key,
        "ContentType": wanted.file.content_type,
        "CacheControl": wanted.file.rule.origin,
        "Metadata": {SHA256: wanted.sha256},
    }


@answering_store()
def _try_to_remove(key: str, etag: str) -> bool:
    from botocore.exceptions import ClientError

    guard: Any = {"IfMatch": etag} if etag else {}
    try:
        s3_client().delete_object(Bucket=settings.S3_PUBLIC_BUCKET, Key=key, **guard)
    except ClientError as error:
        if _status(error) not in _GUARD_FAILED:
            raise
        return False
    return True


def _status(error: Any) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def _quoted(etag: str) -> str:
    """SeaweedFS leaves the quotes away in the answer to a copy."""
    return f'"{etag.strip(chr(34))}"'
