"""Fixtures of the accounts tests: an S3 client with a user's temporary credentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.api_client import ApiClient

FOLDER = "/api/accounts/v1/me/folder"


def s3_client_of(credentials: dict[str, Any]) -> Any:
    """A plain AWS SDK client, as a mobile application has it."""
    config = Config(
        signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}
    )
    return boto3.client(
        "s3",
        endpoint_url=credentials["endpoint_url"],
        aws_access_key_id=credentials["access_key_id"],
        aws_secret_access_key=credentials["secret_access_key"],
        aws_session_token=credentials["session_token"],
        region_name=credentials["region"],
        config=config,
    )


@pytest.fixture
def credentials_of(db: None, object_store: Any, client_of: Callable[..., ApiClient]) -> Callable[[str], Any]:
    """`credentials_of("alice")`: the answer of the API."""

    def ask(subject: str) -> Any:
        answer = client_of(subject).post(f"{FOLDER}/credentials", {})
        assert answer.status_code == 201, answer.content
        return answer.json()

    return ask


@pytest.fixture
def folder_of(credentials_of: Callable[[str], Any]) -> Callable[[str], Any]:
    """`folder_of("alice")`: an S3 client with her temporary credentials."""
    return lambda subject: s3_client_of(credentials_of(subject))


@pytest.fixture
def put_file(object_store: Any) -> Callable[..., str]:
    """`put_file("alice", "a.txt", b"…")`: a file in a user's folder, put there by the services' key."""

    def put(subject: str, key: str, body: bytes = b"content") -> str:
        from chassis.storage import s3_client

        stored_key = f"users/{subject}/{key}"
        s3_client().put_object(Bucket="quartet-users", Key=stored_key, Body=body)
        return stored_key

    return put


@pytest.fixture
def empty_folders(object_store: Any) -> None:
    """No file, no version and no unfinished upload of anybody."""
    from chassis.storage import s3_client

    client, bucket = s3_client(), "quartet-users"
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for found in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            client.delete_object(Bucket=bucket, Key=found["Key"], VersionId=found["VersionId"])
    for begun in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in begun.get("Uploads", []):
            client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
