"""Uploads by staff: straight from the browser into the private bucket, by a form that fits one file only.

Key, size, type and purpose are fixed in the signed form (a presigned POST), so the store itself refuses
everything else. Keys are `uploads/<subject>/<id>/<name>`: the id is the upload's own, and whoever hears
of the object later, from the browser or from the store's notification, means the same upload by it.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from chassis.auth import SUBJECT_PATTERN, validate_subject
from chassis.errors import NotFound
from chassis.storage import answering_store, s3_client

FORM_SECONDS = 3600
NAME_LENGTH_MOST = 100
_BLOCK_BYTES = 1024 * 1024
_KEY = re.compile(rf"uploads/({SUBJECT_PATTERN.pattern})/([0-9a-f-]{{36}})/([A-Za-z0-9._-]+)", re.ASCII)


class UploadNotThere(NotFound):
    """The object of an upload has not arrived, or was taken away."""

    code = "upload-not-there"
    title = "This upload has not arrived. Send the file first."


@dataclass(frozen=True)
class UploadForm:
    """Send `fields`, then the file as `file`, as multipart/form-data to `url`."""

    key: str
    url: str
    fields: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class UploadKey:
    """What a key says: whose upload it is, which one, and how the file was called."""

    subject: str
    upload_id: UUID
    name: str

    def __str__(self) -> str:
        return f"uploads/{self.subject}/{self.upload_id}/{self.name}"


@dataclass(frozen=True)
class StoredUpload:
    """What the store says of an object that has arrived."""

    key: UploadKey
    size: int
    content_type: str
    purpose: str


def plain_name(name: str) -> str:
    """A file name that means the same everywhere: letters, digits, `.`, `-` and `_`."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_only).strip("-.")
    return plain[-NAME_LENGTH_MOST:].lstrip("-.") or "file"


def find_key(text: str) -> UploadKey | None:
    """The parts of a key; None for one that no form of ours was made for."""
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    try:
        found = UploadKey(match.group(1), UUID(match.group(2)), match.group(3))
    except ValueError:
        return None
    return found if str(found) == text else None


@answering_store()
def begin(
    *, subject: str, upload_id: UUID, name: str, content_type: str, size: int, purpose: str
) -> UploadForm:
    """A form that takes exactly this file, signed by the services' own key.

    Raises:
        InvalidInput: the subject cannot be part of a key.
        Unavailable: the store does not answer.
    """
    key = str(UploadKey(validate_subject(subject), upload_id, plain_name(name)))
    fixed = {"Content-Type": content_type, "x-amz-meta-purpose": purpose}
    form = s3_client().generate_presigned_post(
        settings.S3_UPLOADS_BUCKET,
        key,
        Fields=fixed,
        Conditions=[
            *({field: value} for field, value in fixed.items()),
            ["content-length-range", size, size],
        ],
        ExpiresIn=FORM_SECONDS,
    )
    expires_at = timezone.now() + timedelta(seconds=FORM_SECONDS)
    return UploadForm(key, form["url"], form["fields"], expires_at)


@answering_store()
def get(key: UploadKey) -> StoredUpload:
    """What has arrived under this key.

    Raises:
        UploadNotThere: nothing.
        Unavailable: the store does not answer.
    """
    from botocore.exceptions import ClientError

    try:
        head = s3_client().head_object(Bucket=settings.S3_UPLOADS_BUCKET, Key=str(key))
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        raise UploadNotThere from error
    return StoredUpload(
        key,
        head["ContentLength"],
        head.get("ContentType", "application/octet-stream"),
        head["Metadata"].get("purpose", ""),
    )


@answering_store()
def put(key: UploadKey, body: bytes, *, content_type: str, purpose: str) -> StoredUpload:
    """An upload that the service makes itself, of a file that it was given. Again: the same.

    Raises:
        Unavailable: the store does not answer.
    """
    s3_client().put_object(
        Bucket=settings.S3_UPLOADS_BUCKET,
        Key=str(key),
        Body=body,
        ContentType=content_type,
        Metadata={"purpose": purpose},
    )
    return StoredUpload(key, len(body), content_type, purpose)


@contextmanager
def opened(key: str) -> Iterator[IO[bytes]]:
    """The object as a file on this disk, for as long as it is needed.

    Raises:
        UploadNotThere: there is none.
        Unavailable: the store does not answer.
    """
    with tempfile.TemporaryFile() as file:
        _read_into(key, file)
        file.seek(0)
        yield file


@answering_store()
def _read_into(key: str, file: IO[bytes]) -> None:
    client = s3_client()
    try:
        body = client.get_object(Bucket=settings.S3_UPLOADS_BUCKET, Key=key)["Body"]
    except client.exceptions.NoSuchKey as error:
        raise UploadNotThere from error
    for block in body.iter_chunks(_BLOCK_BYTES):
        file.write(block)


@answering_store()
def delete(keys: Sequence[str]) -> None:
    """Take objects away; one that is not there is no error."""
    for key in keys:
        s3_client().delete_object(Bucket=settings.S3_UPLOADS_BUCKET, Key=key)
