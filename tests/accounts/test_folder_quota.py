"""The quota: what counts, who is refused, and that no way around it is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts import commands
from tests.accounts.conftest import FOLDER
from tests.api_client import ApiClient

pytestmark = pytest.mark.usefixtures("object_store", "db", "empty_folders")
BUCKET = "quartet-users"
QUOTA = 1000


@pytest.fixture
def alice(client_of: Callable[..., ApiClient], settings: Any) -> ApiClient:
    """A client with alice's token; her folder has room for 1000 bytes."""
    settings.ACCOUNTS_FOLDER_QUOTA_BYTES = QUOTA
    return client_of("alice")


def usage_of(subject: str) -> tuple[int, int, int]:
    """Files, bytes and stored bytes, counted now."""
    profile = commands.recount_folder(subject=subject, is_forced=True)
    return profile.folder_files, profile.folder_bytes, profile.folder_stored_bytes


def test_usage_shows_files_bytes_and_quota(alice: ApiClient, put_file: Callable[..., str]) -> None:
    put_file("alice", "a", b"x" * 10)
    put_file("alice", "sub/b", b"x" * 20)
    put_file("alicea", "other", b"x" * 40)

    document = alice.get(f"{FOLDER}/usage").json()

    assert (document["files"], document["used_bytes"], document["quota_bytes"]) == (2, 30, QUOTA)


def test_what_the_services_keep_for_a_user_does_not_count(
    alice: ApiClient, put_file: Callable[..., str]
) -> None:
    put_file("alice", "todos/snapshot.json", b"x" * 500)
    put_file("alice", "exports/all.json", b"x" * 500)

    assert usage_of("alice") == (0, 0, 0)


def test_older_versions_and_unfinished_uploads_are_stored_bytes(
    alice: ApiClient, put_file: Callable[..., str]
) -> None:
    from chassis.storage import s3_client

    put_file("alice", "a", b"x" * 10)
    put_file("alice", "a", b"x" * 20)
    place: dict[str, Any] = {"Bucket": BUCKET, "Key": "users/alice/un%finished"}
    upload_id = s3_client().create_multipart_upload(**place)["UploadId"]
    s3_client().upload_part(**place, UploadId=upload_id, PartNumber=1, Body=b"x" * 100)

    assert usage_of("alice") == (1, 20, 130)


@pytest.mark.parametrize(("size", "status"), [(400, 201), (401, 403)])
def test_an_upload_must_fit(alice: ApiClient, put_file: Callable[..., str], size: int, status: int) -> None:
    put_file("alice", "a", b"x" * 600)

    answer = alice.post(f"{FOLDER}/uploads", {"key": "b", "size": size})

    assert answer.status_code == status


def test_a_refusal_tells_the_numbers(alice: ApiClient, put_file: Callable[..., str]) -> None:
    put_file("alice", "a", b"x" * 600)

    problem = alice.post(f"{FOLDER}/multipart", {"key": "b", "size": 500}).json()

    assert problem["type"].endswith("/quota-exceeded")
    assert (problem["quota_bytes"], problem["used_bytes"]) == (QUOTA, 600)


def test_deleting_makes_room_at_once(alice: ApiClient, put_file: Callable[..., str]) -> None:
    put_file("alice", "a", b"x" * 1000)
    assert alice.post(f"{FOLDER}/uploads", {"key": "b", "size": 500}).status_code == 403

    alice.post(f"{FOLDER}/deletions", {"keys": ["a"]})

    assert alice.post(f"{FOLDER}/uploads", {"key": "b", "size": 500}).status_code == 201


def test_overwriting_for_ever_ends_at_twice_the_quota(alice: ApiClient, put_file: Callable[..., str]) -> None:
    put_file("alice", "a", b"x" * 999)
    put_file("alice", "a", b"x" * 999)
    put_file("alice", "a", b"x" * 3)

    answer = alice.post(f"{FOLDER}/uploads", {"key": "b", "size": 1})

    assert answer.status_code == 403
    assert "Older versions" in answer.json()["detail"]
    assert alice.post(f"{FOLDER}/credentials", {}).json()["may_write"] is False


def test_an_upload_never_completed_is_no_store_without_end(alice: ApiClient) -> None:
    from chassis.storage import s3_client

    place: dict[str, Any] = {"Bucket": BUCKET, "Key": "users/alice/never"}
    upload_id = s3_client().create_multipart_upload(**place)["UploadId"]
    s3_client().upload_part(**place, UploadId=upload_id, PartNumber=1, Body=b"x" * 2 * QUOTA)

    assert alice.post(f"{FOLDER}/credentials", {}).json()["may_write"] is False
    alice.post(f"{FOLDER}/multipart/abort", {"key": "never", "upload_id": upload_id})
    assert alice.post(f"{FOLDER}/credentials", {}).json()["may_write"] is True


def test_an_upload_that_outgrew_the_folder_is_thrown_away(
    alice: ApiClient, put_file: Callable[..., str]
) -> None:
    from chassis.storage import s3_client

    begun = alice.post(f"{FOLDER}/multipart", {"key": "big", "size": 900}).json()
    names = {"key": "big", "upload_id": begun["upload_id"]}
    s3_client().upload_part(
        Bucket=BUCKET, Key="users/alice/big", UploadId=begun["upload_id"], PartNumber=1, Body=b"x" * 900
    )
    put_file("alice", "meanwhile", b"x" * 200)

    answer = alice.post(f"{FOLDER}/multipart/completion", {**names, "size": 900})

    assert answer.status_code == 403
    assert alice.get(f"{FOLDER}/multipart").json()["items"] == []
    assert [item["key"] for item in alice.get(FOLDER).json()["items"]] == ["meanwhile"]


def test_a_count_is_kept_for_a_short_while(alice: ApiClient, put_file: Callable[..., str]) -> None:
    alice.get(f"{FOLDER}/usage")
    put_file("alice", "a", b"x" * 10)

    kept = alice.get(f"{FOLDER}/usage").json()

    assert kept["used_bytes"] == 0
    assert usage_of("alice")[1] == 10
