"""Large files in parts, straight to the object store: begun, signed part by part, resumed, joined.

No bytes pass here. Who may upload what to which key is the caller's to decide; parts stay in the store
until they are joined, given up, or thrown away after a week (the bucket's lifecycle).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chassis.errors import Conflict, FieldError, InvalidInput, NotFound
from chassis.storage import answering_store, s3_client

PART_SECONDS = 3600
PART_BYTES_LEAST = 8 * 1024**2  # S3 asks for 5 MiB at least in all parts but the last.
PARTS_MOST = 10_000
SIZE_MOST = 5 * 1024**4


class UploadNotFound(NotFound):
    """There is no such unfinished upload: it was completed, aborted, or never begun."""

    code = "upload-not-found"
    title = "There is no such unfinished upload. Begin a new one."


class UploadIncomplete(Conflict):
    """Parts of a multipart upload are missing."""

    code = "upload-incomplete"
    title = "Parts of this upload are missing."


@dataclass(frozen=True)
class Part:
    """A part of an unfinished upload that the store has."""

    number: int
    etag: str
    size: int


def part_bytes_of(size: int) -> int:
    """How large the parts of a file are: all of them so, but the last."""
    return max(PART_BYTES_LEAST, -(-size // PARTS_MOST))


def part_count_of(size: int) -> int:
    """In how many parts a file is sent."""
    return max(1, -(-size // part_bytes_of(size)))


@answering_store()
def begin(*, bucket: str, key: str, content_type: str) -> str:
    """Begin an upload; its id."""
    answer = s3_client().create_multipart_upload(Bucket=bucket, Key=key, ContentType=content_type)
    return answer["UploadId"]


@answering_store()
def sign_parts(*, bucket: str, key: str, upload_id: str, numbers: Iterable[int]) -> dict[int, str]:
    """Addresses to PUT these parts to, good for an hour.

    Raises:
        UploadNotFound: there is no such upload of this key.
    """
    list_parts(bucket=bucket, key=key, upload_id=upload_id)
    return {
        number: s3_client().generate_presigned_url(
            "upload_part",
            Params={"Bucket": bucket, "Key": key, "UploadId": upload_id, "PartNumber": number},
            ExpiresIn=PART_SECONDS,
        )
        for number in numbers
    }


@answering_store()
def list_parts(*, bucket: str, key: str, upload_id: str) -> list[Part]:
    """The parts of an unfinished upload that have arrived.

    Raises:
        UploadNotFound: there is no such upload of this key.
    """
    from botocore.exceptions import ClientError

    pages = s3_client().get_paginator("list_parts").paginate(Bucket=bucket, Key=key, UploadId=upload_id)
    try:
        found = [part for page in pages for part in page.get("Parts", ())]
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403, 404):
            raise UploadNotFound from error
        raise
    return [Part(number=part["PartNumber"], etag=part["ETag"], size=part["Size"]) for part in found]


def require_complete(*, bucket: str, key: str, upload_id: str, size: int) -> list[Part]:
    """The parts of an upload of which all bytes have arrived, ready to be joined.

    Raises:
        UploadIncomplete: with `missing_bytes`; the parts that are there stay.
        InvalidInput: at `/size`: more arrived than was declared; the parts are thrown away.
        UploadNotFound: there is no such upload of this key.
    """
    parts = list_parts(bucket=bucket, key=key, upload_id=upload_id)
    received = sum(part.size for part in parts)
    if received < size:
        detail = f"{received} of {size} bytes have arrived. Send the missing parts."
        raise UploadIncomplete(detail, missing_bytes=size - received)
    if received > size:
        abort(bucket=bucket, key=key, upload_id=upload_id)
        detail = f"{received} bytes arrived where {size} were declared. The parts were thrown away."
        raise InvalidInput(f"/size: {detail}", errors=[FieldError("/size", "size-mismatch", detail)])
    return parts


@answering_store()
def join(*, bucket: str, key: str, upload_id: str, parts: Iterable[Part]) -> None:
    """Make one object of the parts.

    Raises:
        UploadNotFound: somebody else joined or gave it up meanwhile.
    """
    from botocore.exceptions import ClientError

    try:
        s3_client().complete_multipart_upload(
            Bucket=bucket,
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]},
        )
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            raise UploadNotFound from error
        raise


@answering_store()
def abort(*, bucket: str, key: str, upload_id: str) -> None:
    """Give an upload up; its parts are thrown away. Doing it twice is no error."""
    from botocore.exceptions import ClientError

    try:
        s3_client().abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (400, 404):
            raise
