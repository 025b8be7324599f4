"""The object store: clients made once and late, the storages of Django, the buckets themselves.

boto3 costs a quarter of a second to import, so nothing here imports it before it is used. Endpoints
and keys come from the settings at each use; a client is made anew only when they change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from os import PathLike
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, StaticFilesStorage
from django.core.files.storage import FileSystemStorage, Storage
from django.utils.functional import LazyObject, cached_property

from chassis.errors import Unavailable
from chassis.publishing.rules import CacheRule

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

CONNECT_SECONDS = 2
READ_SECONDS = 10
# As Django writes them: the first 12 digits of an MD5 before the last dot.
_HASHED_NAME = re.compile(r"\.[0-9a-f]{12}(\.[^./]+)?$")


def s3_client() -> S3Client:
    """The services' own client of the object store, shared by all threads (boto3 clients are)."""
    client: S3Client = aws_client(
        "s3",
        settings.S3_ENDPOINT_URL,
        settings.S3_ACCESS_KEY_ID,
        settings.S3_SECRET_ACCESS_KEY,
        settings.AWS_REGION,
    )
    return client


def s3_credentials() -> Any:
    """The keys of the services' own client, for a request that is signed without it."""
    from botocore.credentials import Credentials

    if settings.S3_ACCESS_KEY_ID:
        return Credentials(settings.S3_ACCESS_KEY_ID, settings.S3_SECRET_ACCESS_KEY)
    # The function's role; botocore renews what it hands out in time.
    found = _session().get_credentials()
    return found and found.get_frozen_credentials()


def browser_origins(bucket: str) -> list[str]:
    """The origins at which a browser speaks to a bucket, for a page's Content-Security-Policy."""
    if settings.S3_ENDPOINT_URL:
        parts = settings.S3_ENDPOINT_URL.split("/")
        return ["/".join(parts[:3])]
    return [f"https://{bucket}.s3.{settings.AWS_REGION}.amazonaws.com", f"https://{bucket}.s3.amazonaws.com"]


def sts_client() -> STSClient:
    """The broker's client: it may assume the folder role, and nothing else."""
    client: STSClient = aws_client(
        "sts",
        settings.STS_ENDPOINT_URL,
        settings.STS_ACCESS_KEY_ID,
        settings.STS_SECRET_ACCESS_KEY,
        settings.AWS_REGION,
    )
    return client


@lru_cache(maxsize=8)
def aws_client(service: str, endpoint_url: str, key_id: str, secret: str, region: str) -> Any:
    """A client of one of AWS's services, or of what stands in for it. Empty keys: the function's role."""
    from botocore.config import Config

    config = Config(
        # boto3 presigns with the old scheme in us-east-1, which temporary credentials cannot use.
        signature_version="s3v4" if service == "s3" else None,
        s3={"addressing_style": "path" if endpoint_url else "virtual"},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 3, "mode": "standard"},
    )
    return _session().client(
        service,
        endpoint_url=endpoint_url or None,
        aws_access_key_id=key_id or None,
        aws_secret_access_key=secret or None,
        region_name=region,
        config=config,
    )


@lru_cache(maxsize=1)
def _session() -> Any:
    """One session: its first client costs 100 ms and more, the next ones a few."""
    import boto3
    import botocore.session

    core = botocore.session.get_session()
    # Half the time of reading a listing was dateutil, 0.3 ms for the date of each object.
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_read_moment)
    return boto3.Session(botocore_session=core)


def _read_moment(value: Any) -> datetime:
    """A moment as S3 writes it, with its zone; all else (seconds, RFC 9110) as botocore reads it."""
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment
    except (TypeError, ValueError):
        pass
    from botocore.utils import parse_timestamp

    parsed: datetime = parse_timestamp(value)
    return parsed


# --- Storages of Django ------------------------------------------------------------------------


class _LateStorage(LazyObject):  # type: ignore[type-arg]  # not generic at run time
    """A storage whose class, and with it boto3, is imported at the first use."""

    bucket_setting = ""
    # A model's field asks whether this is a storage when the model is imported: no reason to import boto3.
    __class__ = property(lambda _: Storage)

    def _options(self) -> dict[str, Any]:
        """What this storage has of its own, from the settings as they are at the first use."""
        raise NotImplementedError

    def _setup(self) -> None:
        from storages.backends.s3 import S3Storage

        bucket = getattr(settings, self.bucket_setting)
        self._wrapped = S3Storage(**_storage_options(bucket), **self._options())


def _storage_options(bucket: str) -> dict[str, Any]:
    return {
        "bucket_name": bucket,
        "endpoint_url": settings.S3_ENDPOINT_URL or None,
        "access_key": settings.S3_ACCESS_KEY_ID or None,
        "secret_key": settings.S3_SECRET_ACCESS_KEY or None,
        "region_name": settings.AWS_REGION,
        "signature_version": "s3v4",
        "addressing_style": "path" if settings.S3_ENDPOINT_URL else "virtual",
        "default_acl": None,
    }


class UploadsStorage(_LateStorage):
    """Originals as they came: private, never overwritten, read by signed addresses."""

    bucket_setting = "S3_UPLOADS_BUCKET"

    def _options(self) -> dict[str, Any]:
        return {"querystring_auth": True, "file_overwrite": False}


class UsersStorage(_LateStorage):
    """The users' folders: private, read by signed addresses."""

    bucket_setting = "S3_USERS_BUCKET"

    def _options(self) -> dict[str, Any]:
        return {"querystring_auth": True, "file_overwrite": True}


class PublicStorage(_LateStorage):
    """What everybody may read, at PUBLIC_URL."""

    bucket_setting = "S3_PUBLIC_BUCKET"

    def _options(self) -> dict[str, Any]:
        return _public_options()


class StaticStorage(ManifestFilesMixin, StaticFilesStorage):  # type: ignore[misc]  # as Django's own
    """Static files under hashed names in the public bucket; the manifest is a file of the package.

    A page's addresses come from the manifest and STATIC_URL alone. Only `collectstatic` speaks to
    the bucket, so only it imports boto3.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(
            *args,
            base_url=settings.STATIC_URL,
            manifest_storage=FileSystemStorage(location=settings.STATIC_MANIFEST_DIR),
            **kwargs,
        )

    @cached_property
    def bucket(self) -> Any:
        """The place in the public bucket."""
        from storages.backends.s3 import S3Storage

        return S3Storage(
            **{**_storage_options(settings.S3_PUBLIC_BUCKET), **_public_options(), "location": "static/"}
        )

    def path(self, name: str | PathLike[str]) -> str:
        """None: the files are not on this disk (Django asks this way)."""
        raise NotImplementedError("Static files are in the public bucket.")

    def _open(self, name: str, mode: str = "rb") -> Any:
        return self.bucket._open(name, mode)

    def _save(self, name: str, content: Any) -> str:
        # The hashed name never gets other bytes. The plain one is for people and old links.
        is_hashed = name in self.hashed_files.values() or _HASHED_NAME.search(name) is not None
        rule = CacheRule.IMMUTABLE if is_hashed else CacheRule.POINTER
        self.bucket.object_parameters["CacheControl"] = rule.origin
        return str(self.bucket.save(name, content))

    def exists(self, name: str) -> bool:
        """Whether the bucket has it."""
        return bool(self.bucket.exists(name))

    def delete(self, name: str) -> None:
        """Take it out of the bucket."""
        self.bucket.delete(name)

    def get_modified_time(self, name: str) -> datetime:
        """When it was put into the bucket."""
        moment: datetime = self.bucket.get_modified_time(name)
        return moment


def _public_options() -> dict[str, Any]:
    scheme, _, place = settings.PUBLIC_URL.partition("://")
    return {
        "querystring_auth": False,
        "custom_domain": place,
        "url_protocol": f"{scheme}:",
        "file_overwrite": True,
        "object_parameters": {"CacheControl": CacheRule.IMMUTABLE.origin},
    }


# --- Buckets -----------------------------------------------------------------------------------


def prepare_buckets() -> list[str]:
    """Make the buckets with policy, CORS and versioning; the names of those that were missing.

    Doing it again changes nothing. In the cloud CloudFormation does this instead.
    """
    made = [bucket for bucket in _buckets() if _make_bucket(bucket)]
    others = filter(None, settings.SERVICE_URLS.values())
    origins = sorted({settings.WEB_URL, *settings.CORS_ALLOWED_ORIGINS, *others})
    client = s3_client()
    for bucket in _buckets():
        client.put_bucket_cors(Bucket=bucket, CORSConfiguration=_cors(origins))
    client.put_bucket_policy(
        Bucket=settings.S3_PUBLIC_BUCKET, Policy=_public_policy(settings.S3_PUBLIC_BUCKET)
    )
    client.put_bucket_versioning(
        Bucket=settings.S3_USERS_BUCKET, VersioningConfiguration={"Status": "Enabled"}
    )
    for bucket in _buckets():
        client.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": [_LEFTOVERS]}
        )
    return made


# What no list of files shows: versions that were overwritten or deleted (only the users' bucket has
# any), and multipart uploads and copies that were never completed.
_LEFTOVERS: Any = {
    "ID": "leftovers",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}


def _buckets() -> tuple[str, str, str]:
    return settings.S3_PUBLIC_BUCKET, settings.S3_UPLOADS_BUCKET, settings.S3_USERS_BUCKET


def _make_bucket(bucket: str) -> bool:
    from botocore.exceptions import ClientError

    client = s3_client()
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        client.create_bucket(Bucket=bucket)
        return True
    return False


def _cors(origins: list[str]) -> Any:
    return {
        "CORSRules": [
            {
                "AllowedOrigins": origins,
                "AllowedMethods": ["GET", "HEAD", "PUT", "POST", "DELETE"],
                "AllowedHeaders": ["*"],
                # Multipart uploads from a browser read each part's ETag.
                "ExposeHeaders": ["ETag", "Content-Range", "Accept-Ranges", "x-amz-version-id"],
                "MaxAgeSeconds": 3600,
            }
        ]
    }


def _public_policy(bucket: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{bucket}/*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@contextmanager
def answering_store(system: str = "The object store") -> Iterator[None]:
    """Turn a store, or another system of AWS, that does not answer into `Unavailable`. Also a decorator.

    Raises:
        Unavailable: no connection, no answer in time, or an answer that the store itself is failing.
    """
    from botocore import exceptions

    try:
        yield
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise Unavailable(f"{system} does not answer.") from error
    except exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
            raise
        raise Unavailable(f"{system} is failing.") from error
