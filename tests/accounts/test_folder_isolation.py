"""Nobody opens another's folder: every kind of call with alice's temporary credentials, on a real store.

`ab` is a sibling whose name begins as `a`'s does; mallory and the other buckets are strangers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

BUCKET = "quartet-users"
MINE = "users/a/"
OTHERS = ["users/ab/secret.txt", "users/mallory/secret.txt", "users/mallory/sub/secret.txt", "secret.txt"]
ODD = ["users/a/../mallory/secret.txt", "users/a/./../mallory/secret.txt", "users//mallory/secret.txt"]

Call = Callable[[Any, str], Any]

OBJECT_CALLS: dict[str, Call] = {
    "get": lambda s3, key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read(),
    "get a range": lambda s3, key: s3.get_object(Bucket=BUCKET, Key=key, Range="bytes=0-1"),
    "head": lambda s3, key: s3.head_object(Bucket=BUCKET, Key=key),
    "put": lambda s3, key: s3.put_object(Bucket=BUCKET, Key=key, Body=b"mine now"),
    "delete": lambda s3, key: s3.delete_object(Bucket=BUCKET, Key=key),
    "copy from": lambda s3, key: s3.copy_object(
        Bucket=BUCKET, Key=f"{MINE}stolen", CopySource={"Bucket": BUCKET, "Key": key}
    ),
    "copy to": lambda s3, key: s3.copy_object(
        Bucket=BUCKET, Key=key, CopySource={"Bucket": BUCKET, "Key": f"{MINE}own.txt"}
    ),
    "begin multipart": lambda s3, key: s3.create_multipart_upload(Bucket=BUCKET, Key=key),
    "read tags": lambda s3, key: s3.get_object_tagging(Bucket=BUCKET, Key=key),
    "write tags": lambda s3, key: s3.put_object_tagging(
        Bucket=BUCKET, Key=key, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}
    ),
    "delete tags": lambda s3, key: s3.delete_object_tagging(Bucket=BUCKET, Key=key),
    "read acl": lambda s3, key: s3.get_object_acl(Bucket=BUCKET, Key=key),
    "write acl": lambda s3, key: s3.put_object_acl(Bucket=BUCKET, Key=key, ACL="public-read"),
    "read a version": lambda s3, key: s3.get_object(Bucket=BUCKET, Key=key, VersionId=_a_version_of(key)),
    "delete a version": lambda s3, key: s3.delete_object(
        Bucket=BUCKET, Key=key, VersionId=_a_version_of(key)
    ),
    "list": lambda s3, key: s3.list_objects_v2(Bucket=BUCKET, Prefix=key.rpartition("/")[0] + "/"),
    "list, old style": lambda s3, key: s3.list_objects(Bucket=BUCKET, Prefix=key.rpartition("/")[0] + "/"),
    "list versions": lambda s3, key: s3.list_object_versions(
        Bucket=BUCKET, Prefix=key.rpartition("/")[0] + "/"
    ),
}
BUCKET_CALLS: dict[str, Call] = {
    "list everything": lambda s3, bucket: s3.list_objects_v2(Bucket=bucket),
    "list all users": lambda s3, bucket: s3.list_objects_v2(Bucket=bucket, Prefix="users/"),
    "list a half name": lambda s3, bucket: s3.list_objects_v2(Bucket=bucket, Prefix="users/a"),
    "list by delimiter": lambda s3, bucket: s3.list_objects_v2(Bucket=bucket, Prefix="users/", Delimiter="/"),
    "list multipart uploads": lambda s3, bucket: s3.list_multipart_uploads(Bucket=bucket),
    "list all versions": lambda s3, bucket: s3.list_object_versions(Bucket=bucket),
    "read policy": lambda s3, bucket: s3.get_bucket_policy(Bucket=bucket),
    "write policy": lambda s3, bucket: s3.put_bucket_policy(Bucket=bucket, Policy="{}"),
    "write cors": lambda s3, bucket: s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": []}),
    "write versioning": lambda s3, bucket: s3.put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
    ),
    "delete the bucket": lambda s3, bucket: s3.delete_bucket(Bucket=bucket),
    "put at the root": lambda s3, bucket: s3.put_object(Bucket=bucket, Key="x", Body=b"x"),
}


def _a_version_of(key: str) -> str:
    from chassis.storage import s3_client

    found = s3_client().list_object_versions(Bucket=BUCKET, Prefix=key).get("Versions", [])
    return found[0]["VersionId"] if found else "null"


def refusal_of(call: Callable[[], Any]) -> int:
    """The status with which the store refuses; fails when it does not."""
    with pytest.raises(ClientError) as refused:
        call()
    return int(refused.value.response["ResponseMetadata"]["HTTPStatusCode"])


@pytest.fixture
def alice(folder_of: Callable[[str], Any], put_file: Callable[..., str]) -> Any:
    """An S3 client with the credentials of subject `a`, whose folder holds one file."""
    put_file("a", "own.txt", b"my own")
    return folder_of("a")


@pytest.fixture(autouse=True)
def others_files(object_store: Any) -> None:
    """What alice must not reach."""
    from chassis.storage import s3_client

    for key in OTHERS:
        s3_client().put_object(Bucket=BUCKET, Key=key, Body=b"secret")


@pytest.mark.parametrize("key", OTHERS)
@pytest.mark.parametrize("name", OBJECT_CALLS)
def test_a_call_on_anothers_file_is_refused(alice: Any, name: str, key: str) -> None:
    assert refusal_of(lambda: OBJECT_CALLS[name](alice, key)) == 403


@pytest.mark.parametrize("key", OTHERS)
def test_after_all_the_calls_anothers_file_is_as_it_was(alice: Any, key: str) -> None:
    from chassis.storage import s3_client

    for call in OBJECT_CALLS.values():
        refusal_of(partial(call, alice, key))

    assert s3_client().get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"secret"


@pytest.mark.parametrize("key", ODD)
@pytest.mark.parametrize("name", ["get", "head", "put", "copy from"])
def test_an_odd_key_leads_nowhere(alice: Any, name: str, key: str) -> None:
    assert refusal_of(lambda: OBJECT_CALLS[name](alice, key)) in (400, 403, 404)


def test_an_encoded_way_up_is_a_name_in_ones_own_folder(alice: Any) -> None:
    from chassis.storage import s3_client

    alice.put_object(Bucket=BUCKET, Key=f"{MINE}%2e%2e/mallory/secret.txt", Body=b"mine")

    others = s3_client().get_object(Bucket=BUCKET, Key="users/mallory/secret.txt")
    assert others["Body"].read() == b"secret"


@pytest.mark.parametrize("bucket", ["quartet-users", "quartet-uploads"])
@pytest.mark.parametrize("name", BUCKET_CALLS)
def test_a_call_on_a_whole_bucket_is_refused(alice: Any, name: str, bucket: str) -> None:
    assert refusal_of(lambda: BUCKET_CALLS[name](alice, bucket)) == 403


@pytest.mark.parametrize("name", [name for name in BUCKET_CALLS if not name.startswith("list")])
def test_the_public_bucket_cannot_be_changed(alice: Any, name: str) -> None:
    assert refusal_of(lambda: BUCKET_CALLS[name](alice, "quartet-public")) == 403


@pytest.mark.parametrize("key", OTHERS)
def test_an_upload_in_parts_that_another_began_cannot_be_touched(alice: Any, key: str) -> None:
    from chassis.storage import s3_client

    begun = s3_client().create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    names: dict[str, Any] = {"Bucket": BUCKET, "Key": key, "UploadId": begun}

    assert refusal_of(lambda: alice.upload_part(**names, PartNumber=1, Body=b"x")) == 403
    assert refusal_of(lambda: alice.list_parts(**names)) == 403
    assert refusal_of(lambda: alice.complete_multipart_upload(**names, MultipartUpload={"Parts": []})) == 403
    assert refusal_of(lambda: alice.abort_multipart_upload(**names)) == 403
    s3_client().abort_multipart_upload(**names)


@pytest.mark.parametrize("key", OTHERS)
def test_a_part_cannot_be_copied_from_anothers_file(alice: Any, key: str) -> None:
    own = {"Bucket": BUCKET, "Key": f"{MINE}parts"}
    begun = alice.create_multipart_upload(**own)["UploadId"]

    status = refusal_of(
        lambda: alice.upload_part_copy(
            **own, UploadId=begun, PartNumber=1, CopySource={"Bucket": BUCKET, "Key": key}
        )
    )

    alice.abort_multipart_upload(**own, UploadId=begun)
    assert status == 403


def test_a_batch_that_names_anothers_file_deletes_only_ones_own(alice: Any) -> None:
    from chassis.storage import s3_client

    objects = [{"Key": key} for key in [f"{MINE}own.txt", *OTHERS]]
    try:
        answer = alice.delete_objects(Bucket=BUCKET, Delete={"Objects": objects})
        refused = {error["Key"] for error in answer.get("Errors", [])}
    except ClientError:
        refused = set(OTHERS)  # Refusing the whole batch is as good.

    assert refused == set(OTHERS)
    for key in OTHERS:
        assert s3_client().get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"secret"


def test_temporary_credentials_cannot_assume_the_role_again(
    credentials_of: Callable[[str], Any], settings: Any
) -> None:
    mine = credentials_of("a")
    sts = boto3.client(
        "sts",
        endpoint_url=mine["endpoint_url"],
        aws_access_key_id=mine["access_key_id"],
        aws_secret_access_key=mine["secret_access_key"],
        aws_session_token=mine["session_token"],
        region_name="us-east-1",
    )

    status = refusal_of(
        lambda: sts.assume_role(
            RoleArn=settings.FOLDER_ROLE_ARN, RoleSessionName="again", DurationSeconds=900
        )
    )

    assert status == 403


def test_the_broker_itself_opens_no_folder(object_store: Any, settings: Any) -> None:
    broker = boto3.client(
        "s3",
        endpoint_url=settings.S3_ENDPOINT_URL,
        aws_access_key_id=settings.STS_ACCESS_KEY_ID,
        aws_secret_access_key=settings.STS_SECRET_ACCESS_KEY,
        region_name="us-east-1",
    )

    assert refusal_of(lambda: broker.get_object(Bucket=BUCKET, Key=OTHERS[0])) == 403


@pytest.mark.parametrize("reserved", ["todos/snapshot.json", "exports/all.json"])
def test_what_the_services_write_for_a_user_the_user_only_reads(
    alice: Any, put_file: Callable[..., str], reserved: str
) -> None:
    key = put_file("a", reserved, b"by the services")

    assert alice.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"by the services"
    assert refusal_of(lambda: alice.put_object(Bucket=BUCKET, Key=key, Body=b"forged")) == 403
    assert refusal_of(lambda: alice.delete_object(Bucket=BUCKET, Key=key)) == 403


def test_ones_own_folder_is_open_for_everything_that_is_meant(alice: Any) -> None:
    own = {"Bucket": BUCKET, "Key": f"{MINE}sub/new.txt"}

    alice.put_object(**own, Body=b"new")
    listed = alice.list_objects_v2(Bucket=BUCKET, Prefix=MINE)
    copied = alice.copy_object(Bucket=BUCKET, Key=f"{MINE}copy", CopySource=own)
    upload_id = alice.create_multipart_upload(Bucket=BUCKET, Key=f"{MINE}big")["UploadId"]
    part = alice.upload_part(
        Bucket=BUCKET, Key=f"{MINE}big", UploadId=upload_id, PartNumber=1, Body=b"x" * 10
    )
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    alice.complete_multipart_upload(
        Bucket=BUCKET, Key=f"{MINE}big", UploadId=upload_id, MultipartUpload={"Parts": parts}
    )
    alice.delete_object(**own)

    assert alice.get_object(Bucket=BUCKET, Key=f"{MINE}copy")["Body"].read() == b"new"
    assert alice.head_object(Bucket=BUCKET, Key=f"{MINE}big")["ContentLength"] == 10
    assert f"{MINE}sub/new.txt" in {found["Key"] for found in listed["Contents"]}
    assert copied["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("name", OBJECT_CALLS)
def test_each_refused_call_works_for_who_may_do_it(alice: Any, name: str) -> None:
    from chassis.storage import s3_client

    assert OBJECT_CALLS[name](s3_client(), OTHERS[0])


@pytest.mark.parametrize(
    "name", ["get", "get a range", "head", "put", "copy from", "copy to", "list", "delete"]
)
def test_each_meant_call_works_in_ones_own_folder(alice: Any, name: str) -> None:
    assert OBJECT_CALLS[name](alice, f"{MINE}own.txt")


def test_parts_are_copied_listed_and_given_up_in_ones_own_folder(alice: Any) -> None:
    place: dict[str, Any] = {"Bucket": BUCKET, "Key": f"{MINE}parts"}
    place["UploadId"] = alice.create_multipart_upload(**place)["UploadId"]

    alice.upload_part_copy(**place, PartNumber=1, CopySource={"Bucket": BUCKET, "Key": f"{MINE}own.txt"})
    parts = alice.list_parts(**place)["Parts"]
    alice.abort_multipart_upload(**place)

    assert [(part["PartNumber"], part["Size"]) for part in parts] == [(1, len(b"my own"))]
    assert refusal_of(lambda: alice.list_parts(**place)) == 404


def test_a_batch_deletes_in_ones_own_folder(alice: Any, put_file: Callable[..., str]) -> None:
    keys = [put_file("a", "one"), put_file("a", "two")]

    answer = alice.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys]})

    assert {found["Key"] for found in answer["Deleted"]} == set(keys)
    assert "Errors" not in answer
