"""Everything that is read of accounts: profiles from the database, files from the object store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.errors import FileNotFound
from accounts.folder import is_reserved, object_key, prefix_of
from accounts.models import Profile
from chassis import multipart
from chassis.errors import NotFound
from chassis.multipart import Part, UploadNotFound
from chassis.storage import answering_store, s3_client

DOWNLOAD_SECONDS = 900


@dataclass(frozen=True)
class StoredFile:
    """A file of a folder as the object store knows it."""

    key: str
    size: int
    etag: str
    last_modified: datetime
    content_type: str = ""


@dataclass(frozen=True)
class FolderPage:
    """Some files and sub-folders, in the order of their names, and where to go on."""

    files: list[StoredFile]
    prefixes: list[str]
    continuation: str | None


@dataclass(frozen=True)
class FolderCount:
    """How full a folder is. What the services keep there for the user does not count."""

    files: int = 0
    used_bytes: int = 0
    # With older versions and the parts of unfinished uploads, which no list of files shows.
    stored_bytes: int = 0


@dataclass(frozen=True)
class UnfinishedUpload:
    """An upload in parts that was begun, and neither completed nor given up."""

    key: str
    upload_id: str
    begun_at: datetime


def find_profile(subject: str) -> Profile | None:
    """A subject's profile, if there is one. One query."""
    return Profile.objects.filter(subject=subject).first()


def get_public_profile(profile_id: UUID) -> Profile:
    """A profile that its owner made public. One query.

    Raises:
        NotFound: there is none, or it is private: the answer does not tell which.
    """
    profile = Profile.objects.filter(id=profile_id, is_public=True).first()
    if profile is None:
        raise NotFound("There is no public profile of this id.")
    return profile


def get_public_profile_of(subject: str) -> Profile:
    """The public profile of a subject. One query.

    Raises:
        NotFound: there is none, or it is private.
    """
    profile = Profile.objects.filter(subject=subject, is_public=True).first()
    if profile is None:
        raise NotFound("There is no public profile of this subject.")
    return profile


@answering_store()
def list_folder(*, subject: str, prefix: str, continuation: str | None, limit: int) -> FolderPage:
    """One level of a folder. One request to the store."""
    root = prefix_of(subject)
    options: dict[str, Any] = {"ContinuationToken": continuation} if continuation else {}
    answer = s3_client().list_objects_v2(
        Bucket=settings.S3_USERS_BUCKET, Prefix=root + prefix, Delimiter="/", MaxKeys=limit, **options
    )
    files = [_stored(found, root) for found in answer.get("Contents", ()) if found["Key"] != root + prefix]
    prefixes = [str(found["Prefix"]).removeprefix(root) for found in answer.get("CommonPrefixes", ())]
    return FolderPage(
        files=sorted(files, key=lambda file: file.key),
        prefixes=sorted(prefixes),
        continuation=answer.get("NextContinuationToken") if answer.get("IsTruncated") else None,
    )


@answering_store()
def count_folder(subject: str) -> FolderCount:
    """Count a folder. One request for each thousand versions, and one for each unfinished upload."""
    root = prefix_of(subject)
    versions = [found for found in _every_version(root) if not is_reserved(found["Key"].removeprefix(root))]
    sizes = [found["Size"] for found in versions if found["IsLatest"]]
    unfinished = sum(_unfinished_bytes(root, upload) for upload in list_uploads(subject=subject))
    return FolderCount(
        files=len(sizes),
        used_bytes=sum(sizes),
        stored_bytes=sum(found["Size"] for found in versions) + unfinished,
    )


@answering_store()
def list_uploads(*, subject: str) -> list[UnfinishedUpload]:
    """The unfinished uploads of a folder, by key; so that one can be resumed or given up."""
    root = prefix_of(subject)
    pages = (
        s3_client()
        .get_paginator("list_multipart_uploads")
        .paginate(Bucket=settings.S3_USERS_BUCKET, Prefix=root)
    )
    found = [
        UnfinishedUpload(
            key=str(upload["Key"]).removeprefix(root),
            upload_id=upload["UploadId"],
            begun_at=upload["Initiated"],
        )
        for page in pages
        for upload in page.get("Uploads", ())
    ]
    mine = [upload for upload in found if not is_reserved(upload.key)]
    return sorted(mine, key=lambda upload: (upload.key, upload.upload_id))


@answering_store()
def get_file(*, subject: str, key: str) -> StoredFile:
    """What the store says of one file.

    Raises:
        InvalidInput: the key is not one.
        FileNotFound: there is no such file.
    """
    from botocore.exceptions import ClientError

    try:
        head = s3_client().head_object(Bucket=settings.S3_USERS_BUCKET, Key=object_key(subject, key))
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            raise FileNotFound from error
        raise
    return StoredFile(
        key=key,
        size=head["ContentLength"],
        etag=head["ETag"],
        last_modified=head["LastModified"],
        content_type=head.get("ContentType", "application/octet-stream"),
    )


def download_url(*, subject: str, key: str) -> str:
    """An address from which this file can be downloaded for a quarter of an hour.

    Always as an attachment: a page that a user uploaded must not run in anybody's browser.

    Raises:
        InvalidInput, FileNotFound.
    """
    from urllib.parse import quote

    get_file(subject=subject, key=key)
    name = quote(key.rsplit("/", 1)[-1])
    return s3_client().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings.S3_USERS_BUCKET,
            "Key": object_key(subject, key),
            "ResponseContentDisposition": f"attachment; filename*=UTF-8''{name}",
        },
        ExpiresIn=DOWNLOAD_SECONDS,
    )


def list_parts(*, subject: str, key: str, upload_id: str) -> list[Part]:
    """The parts of an unfinished upload that have arrived.

    Raises:
        InvalidInput: the key is not one.
        UploadNotFound: there is no such upload of this key.
    """
    return _parts_of(object_key(subject, key), upload_id)


def _parts_of(stored_key: str, upload_id: str) -> list[Part]:
    return multipart.list_parts(bucket=settings.S3_USERS_BUCKET, key=stored_key, upload_id=upload_id)


def _unfinished_bytes(root: str, upload: UnfinishedUpload) -> int:
    """What has arrived of an upload; nothing when it was completed or given up meanwhile."""
    try:
        return sum(part.size for part in _parts_of(root + upload.key, upload.upload_id))
    except UploadNotFound:
        return 0


def _every_version(prefix: str) -> Iterator[Any]:
    pages = (
        s3_client()
        .get_paginator("list_object_versions")
        .paginate(Bucket=settings.S3_USERS_BUCKET, Prefix=prefix)
    )
    for page in pages:
        yield from page.get("Versions", ())


def _stored(found: Any, root: str) -> StoredFile:
    return StoredFile(
        key=str(found["Key"]).removeprefix(root),
        size=found["Size"],
        etag=found["ETag"],
        last_modified=found["LastModified"],
    )
