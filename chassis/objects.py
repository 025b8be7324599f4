"""Single objects of the store: whether one is there, its bytes as a stream, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from chassis.errors import NotFound, Unavailable
from chassis.storage import answering_store, s3_client

BLOCK_BYTES = 1024**2


class ObjectGone(NotFound):
    """The object is not there, or no longer the one that was meant."""

    code = "object-gone"
    title = "The file is not there any more."


@dataclass(frozen=True)
class StoredObject:
    """What the store says of an object."""

    size: int
    etag: str


@answering_store()
def find_object(*, bucket: str, key: str) -> StoredObject | None:
    """What the store has under a key. One request."""
    from botocore.exceptions import ClientError

    try:
        head = s3_client().head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise
    return StoredObject(size=head["ContentLength"], etag=head["ETag"])


@dataclass(frozen=True)
class ListedObject:
    """What a listing says of an object."""

    key: str
    etag: str
    size: int
    changed_at: datetime


def walk_objects(*, bucket: str, prefix: str) -> Iterator[ListedObject]:
    """What the store has beneath a prefix, in the order of keys. A request for each thousand.

    Raises:
        Unavailable: the store does not answer.
    """
    with answering_store():
        pages = s3_client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            for found in page.get("Contents", ()):
                yield ListedObject(found["Key"], found["ETag"], found["Size"], found["LastModified"])


def read_blocks(*, bucket: str, key: str, etag: str) -> Iterator[bytes]:
    """The bytes of an object, a block at a time: memory does not grow with the file.

    Raises:
        ObjectGone: there is none, or one with another ETag.
        Unavailable: the store does not answer, or stopped in the middle.
    """
    from botocore.exceptions import ClientError, IncompleteReadError

    with answering_store():
        try:
            body = s3_client().get_object(Bucket=bucket, Key=key, IfMatch=etag)["Body"]
            yield from body.iter_chunks(BLOCK_BYTES)
        except IncompleteReadError as error:
            raise Unavailable("The object store stopped in the middle of a file.") from error
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 412):
                raise ObjectGone from error
            raise


@answering_store()
def delete_object(*, bucket: str, key: str) -> None:
    """Delete an object; one that is not there is no error."""
    s3_client().delete_object(Bucket=bucket, Key=key)


@answering_store()
def put_object(*, bucket: str, key: str, body: bytes) -> str:
    """Put an object; its ETag. Again puts the same.

    Raises:
        Unavailable: the store does not answer.
    """
    return s3_client().put_object(Bucket=bucket, Key=key, Body=body)["ETag"]
