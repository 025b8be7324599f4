"""Edith, who releases software, and what she has."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

import httpx
import pytest

from tests.api_client import ApiClient
from tests.issuer import Issuer

API = "/api/updates/v1"


@pytest.fixture
def edith(issuer: Issuer) -> ApiClient:
    """A client with the token of an editor."""
    return ApiClient(issuer.editor_token())


@pytest.fixture
def product(db: None, edith: ApiClient) -> str:
    """The short name of a product with the channel `stable`."""
    answer = edith.post(f"{API}/products", {"slug": "tide", "name": "Tide"})
    assert answer.status_code == 201, answer.content
    return "tide"


@pytest.fixture
def release(product: str, edith: ApiClient) -> dict[str, Any]:
    """A draft of 1.0.0 in `stable`."""
    answer = edith.post(f"{API}/products/{product}/releases", {"channel": "stable", "version": "1.0.0"})
    assert answer.status_code == 201, answer.content
    document: dict[str, Any] = answer.json()
    return document


def zip_of(text: str, *, size: int = 0) -> bytes:
    """A small file that begins as a ZIP archive does."""
    return b"PK\x03\x04" + text.encode().ljust(size, b".")


def declaration(body: bytes, file_name: str = "tide-1.0.0-linux.zip", **changes: Any) -> dict[str, Any]:
    """What an uploader says of a file."""
    return {
        "file_name": file_name,
        "operating_system": "linux",
        "architecture": "x86_64",
        "kind": "full",
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        **changes,
    }


def send_parts(edith: ApiClient, artifact_id: str, body: bytes, *, numbers: list[int] | None = None) -> None:
    """PUT parts of a file, all of them if none are named, to their signed addresses."""
    address = f"{API}/artifacts/{artifact_id}/upload"
    begun = edith.post(address, {}).json()
    wanted = numbers or list(range(1, begun["part_count"] + 1))
    urls = edith.post(f"{address}/urls", {"numbers": wanted}).json()["urls"]
    size = begun["part_bytes"]
    for number in wanted:
        answer = httpx.put(urls[str(number)], content=body[(number - 1) * size : number * size])
        assert answer.status_code == 200, answer.text


@pytest.fixture
def add_artifact(
    object_store: Any, edith: ApiClient, release: dict[str, Any], run_tasks: Callable[[], int]
) -> Callable[..., dict[str, Any]]:
    """`add_artifact(body, "tide-1.0.0.zip")`: declared, uploaded and verified; as the API then shows it."""

    def add(
        body: bytes, *args: Any, to: str = "", sent: bytes | None = None, **changes: Any
    ) -> dict[str, Any]:
        address = f"{API}/releases/{to or release['id']}/artifacts"
        added = edith.post(address, declaration(body, *args, **changes))
        assert added.status_code == 201, added.content
        artifact_id = added.json()["id"]
        send_parts(edith, artifact_id, body if sent is None else sent)
        completed = edith.post(f"{API}/artifacts/{artifact_id}/upload/completion", {})
        assert completed.status_code == 200, completed.content
        run_tasks()
        document: dict[str, Any] = edith.get(f"{API}/artifacts/{artifact_id}").json()
        return document

    return add


@pytest.fixture
def empty_public_bucket(object_store: Any, settings: Any) -> None:
    """Nothing that another test published; and no long wait for a receipt that will not come."""
    from chassis.storage import s3_client

    settings.PUBLISHING_RECEIPT_SECONDS = 5
    pages = s3_client().get_paginator("list_objects_v2").paginate(Bucket=settings.S3_PUBLIC_BUCKET)
    # A page is as many as are deleted at once.
    for page in list(pages):
        keys: Any = [{"Key": found["Key"]} for found in page.get("Contents", ())]
        if keys:
            s3_client().delete_objects(Bucket=settings.S3_PUBLIC_BUCKET, Delete={"Objects": keys})


@pytest.fixture(autouse=True)
def without_blog(settings: Any) -> None:
    """Announcements have tests of their own (`tests/contracts`)."""
    # Addresses are made once a process: with all services, or tests after this one miss some.
    import_module("config.urls")
    settings.SERVICES = tuple(name for name in settings.SERVICES if name != "blog")


@pytest.fixture
def add_history(db: None) -> Callable[[str, int], None]:
    """`add_history("tide", 1000)`: releases of a file each that were published long ago, as rows alone."""

    def add(product: str, count: int) -> None:
        from tests.updates.history import add_releases

        add_releases(product, count)

    return add
