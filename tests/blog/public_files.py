"""What the public bucket has of photos."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as configured

from chassis.storage import s3_client


def public_files() -> dict[str, bytes]:
    """Every rendition in the public bucket."""
    listed = s3_client().list_objects_v2(Bucket=configured.S3_PUBLIC_BUCKET, Prefix="media/")
    return {entry["Key"]: read_public(entry["Key"]) for entry in listed.get("Contents", [])}


def read_public(key: str) -> bytes:
    return s3_client().get_object(Bucket=configured.S3_PUBLIC_BUCKET, Key=key)["Body"].read()


@pytest.fixture(autouse=True)
def empty_bucket(object_store: Any) -> None:
    for key in public_files():
        s3_client().delete_object(Bucket=configured.S3_PUBLIC_BUCKET, Key=key)
