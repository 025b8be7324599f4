"""Large files in parts, straight to the store: begun, signed part by part, resumed, completed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from accounts import queries
from accounts.commands.usage import recount_folder, require_room
from accounts.errors import FileNotFound, FolderFull, UploadIncomplete, UploadNotFound
from accounts.folder import writable_key
from accounts.queries import StoredFile
from chassis.errors import FieldError, InvalidInput
from chassis.storage import answering_store, s3_client

PART_SECONDS = 3600
PART_BYTES_LEAST = 8 * 1024**2  # S3 asks for 5 MiB at least in all parts but the last.
PARTS_MOST = 10_000
SIZE_MOST = 5 * 1024**4


@dataclass(frozen=True)
class MultipartUpload:
    """An upload in `part_count` parts of `part_bytes` each, the last one shorter."""

    upload_id: str
    key: str
    part_bytes: int
    part_count: int


@answering_store()
def begin_multipart(*, subject: str, key: str, content_type: str, size: int) -> MultipartUpload:
    """Begin an upload in parts.

    Raises:
        InvalidInput: at `/key`.
        FolderFull: it does not fit.
    """
    stored_key = writable_key(subject, key)
    require_room(subject=subject, size=size)
    answer = s3_client().create_multipart_upload(
        Bucket=settings.S3_USERS_BUCKET,
        Key=stored_key,
        ContentType=content_type,
    )
    part_bytes = max(PART_BYTES_LEAST, -(-size // PARTS_MOST))
    return MultipartUpload(answer["UploadId"], key, part_bytes, max(1, -(-size // part_bytes)))


@answering_store()
def sign_parts(*, subject: str, key: str, upload_id: str, numbers: Sequence[int]) -> dict[int, str]:
    """Addresses to PUT these parts to, good for an hour.

    Raises:
        InvalidInput: at `/key`.
        UploadNotFound: there is no such upload of this key.
    """
    stored_key = writable_key(subject, key)
    queries.list_parts(subject=subject, key=key, upload_id=upload_id)
    return {
        number: s3_client().generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": settings.S3_USERS_BUCKET,
                "Key": stored_key,
                "UploadId": upload_id,
                "PartNumber": number,
            },
            ExpiresIn=PART_SECONDS,
        )
        for number in numbers
    }


@answering_store()
def complete_multipart(*, subject: str, key: str, upload_id: str, size: int) -> StoredFile:
    """Join the parts into the file. Completing what is complete answers the file.

    Raises:
        InvalidInput: at `/key` or `/size`.
        UploadIncomplete: with `missing_bytes`; the parts that are there stay.
        UploadNotFound: there is no such upload of this key.
        FolderFull: more arrived than fits; the parts are thrown away.
    """
    stored_key = writable_key(subject, key)
    try:
        parts = queries.list_parts(subject=subject, key=key, upload_id=upload_id)
    except UploadNotFound:
        return _completed_before(subject, key, size)
    received = sum(part.size for part in parts)
    if received < size:
        detail = f"{received} of {size} bytes have arrived. Send the missing parts."
        raise UploadIncomplete(detail, missing_bytes=size - received)
    if received > size:
        abort_multipart(subject=subject, key=key, upload_id=upload_id)
        detail = f"{received} bytes arrived where {size} were declared. The parts were thrown away."
        raise InvalidInput(f"/size: {detail}", errors=[FieldError("/size", "size-mismatch", detail)])
    try:
        require_room(subject=subject, size=received, is_stored=True)
    except FolderFull:
        abort_multipart(subject=subject, key=key, upload_id=upload_id)
        raise
    s3_client().complete_multipart_upload(
        Bucket=settings.S3_USERS_BUCKET,
        Key=stored_key,
        UploadId=upload_id,
        MultipartUpload={"Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]},
    )
    recount_folder(subject=subject, is_forced=True)
    return queries.get_file(subject=subject, key=key)


@answering_store()
def abort_multipart(*, subject: str, key: str, upload_id: str) -> None:
    """Give an upload up; its parts are thrown away. Doing it twice is no error.

    Raises:
        InvalidInput: at `/key`.
    """
    from botocore.exceptions import ClientError

    try:
        s3_client().abort_multipart_upload(
            Bucket=settings.S3_USERS_BUCKET, Key=writable_key(subject, key), UploadId=upload_id
        )
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (400, 404):
            raise


def _completed_before(subject: str, key: str, size: int) -> StoredFile:
    """The answer of a completion whose first answer was lost."""
    try:
        found = queries.get_file(subject=subject, key=key)
    except FileNotFound as error:
        raise UploadNotFound from error
    if found.size != size:
        raise UploadNotFound
    return found
