"""Large files of a user's folder in parts, within the folder's rules and quota."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from accounts import queries
from accounts.commands.usage import recount_folder, require_room
from accounts.errors import FileNotFound, FolderFull
from accounts.folder import writable_key
from accounts.queries import StoredFile
from chassis import multipart
from chassis.multipart import UploadNotFound


@dataclass(frozen=True)
class MultipartUpload:
    """An upload in `part_count` parts of `part_bytes` each, the last one shorter."""

    upload_id: str
    key: str
    part_bytes: int
    part_count: int


def begin_multipart(*, subject: str, key: str, content_type: str, size: int) -> MultipartUpload:
    """Begin an upload in parts.

    Raises:
        InvalidInput: at `/key`.
        FolderFull: it does not fit.
    """
    stored_key = writable_key(subject, key)
    require_room(subject=subject, size=size)
    upload_id = multipart.begin(bucket=settings.S3_USERS_BUCKET, key=stored_key, content_type=content_type)
    return MultipartUpload(upload_id, key, multipart.part_bytes_of(size), multipart.part_count_of(size))


def sign_parts(*, subject: str, key: str, upload_id: str, numbers: Sequence[int]) -> dict[int, str]:
    """Addresses to PUT these parts to, good for an hour.

    Raises:
        InvalidInput: at `/key`.
        UploadNotFound: there is no such upload of this key.
    """
    return multipart.sign_parts(
        bucket=settings.S3_USERS_BUCKET, key=writable_key(subject, key), upload_id=upload_id, numbers=numbers
    )


def complete_multipart(*, subject: str, key: str, upload_id: str, size: int) -> StoredFile:
    """Join the parts into the file. Completing what is complete answers the file.

    Raises:
        InvalidInput: at `/key` or `/size`.
        UploadIncomplete: with `missing_bytes`; the parts that are there stay.
        UploadNotFound: there is no such upload of this key.
        FolderFull: more arrived than fits; the parts are thrown away.
    """
    bucket, stored_key = settings.S3_USERS_BUCKET, writable_key(subject, key)
    try:
        parts = multipart.require_complete(bucket=bucket, key=stored_key, upload_id=upload_id, size=size)
        require_room(subject=subject, size=size, is_stored=True)
        multipart.join(bucket=bucket, key=stored_key, upload_id=upload_id, parts=parts)
    except UploadNotFound:
        return _completed_before(subject, key, size)
    except FolderFull:
        multipart.abort(bucket=bucket, key=stored_key, upload_id=upload_id)
        raise
    recount_folder(subject=subject, is_forced=True)
    return queries.get_file(subject=subject, key=key)


def abort_multipart(*, subject: str, key: str, upload_id: str) -> None:
    """Give an upload up; its parts are thrown away. Doing it twice is no error.

    Raises:
        InvalidInput: at `/key`.
    """
    multipart.abort(bucket=settings.S3_USERS_BUCKET, key=writable_key(subject, key), upload_id=upload_id)


def _completed_before(subject: str, key: str, size: int) -> StoredFile:
    """The answer of a completion whose first answer was lost."""
    try:
        found = queries.get_file(subject=subject, key=key)
    except FileNotFound as error:
        raise UploadNotFound from error
    if found.size != size:
        raise UploadNotFound
    return found
