"""Ways around the folder's border: bent paths, letters of another case, writing without leave to.

The other half of the proof is in `test_folder_isolation.py`, where the calls are well-formed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from chassis.errors import InvalidInput
from tests.accounts.conftest import s3_client_of
from tests.accounts.raw_requests import send

BUCKET = "quartet-users"
SECRET = b"nobody but mallory reads this"
# Each names mallory's file to somebody who reads the path otherwise than the policy does.
BENT_PATHS = [
    "alice/../mallory/secret.txt",
    "alice/%2e%2e/mallory/secret.txt",
    "alice/%2E./mallory/secret.txt",
    "alice/..%2fmallory/secret.txt",
    "alice%2f..%2fmallory%2fsecret.txt",
    "alice/./../mallory/secret.txt",
    "alice//../mallory/secret.txt",
    "alice/x/../../mallory/secret.txt",
    "alice/..%5cmallory%5csecret.txt",
    "alice/..;/mallory/secret.txt",
    "alice/%00/../../mallory/secret.txt",
    "alice%00/../mallory/secret.txt",
    "alice/%c0%ae%c0%ae/mallory/secret.txt",
    "alice/%ef%bc%8e%ef%bc%8e/mallory/secret.txt",
    "alice/%252e%252e/mallory/secret.txt",
    "/mallory/secret.txt",
    "%6dallory/secret.txt",
    "mallory/secret.txt/",
    "mallory/./secret.txt",
    "mallory//secret.txt",
    "*/secret.txt",
    "MALLORY/secret.txt",
]
BENT_LISTS = [
    "prefix=users/mallory/&prefix=users/alice/",
    "prefix=users/alice/&prefix=users/mallory/",
    "prefix=users/alice/../mallory/",
    "prefix=users/alice/%2e%2e/mallory/",
    "prefix=users/alice//../mallory/",
    "prefix=users//mallory/",
    "prefix=users/*",
    "prefix=users/alic",
    "prefix=users/alice",
    "prefix=/users/mallory/",
    "prefix=",
    "prefix=users/alice/&Prefix=users/mallory/",
    "prefix=users/alice/&start-after=users/mallory/",
    "prefix=users/alice/&continuation-token=users/mallory/",
    "prefix=users/alice/&marker=users/mallory/",
]


@pytest.fixture
def stored() -> Callable[[str], bytes]:
    """The bytes under a key, read by the services' key."""

    def read(key: str) -> bytes:
        from chassis.storage import s3_client

        return s3_client().get_object(Bucket=BUCKET, Key=key)["Body"].read()

    return read


@pytest.fixture
def alice(credentials_of: Callable[[str], Any], put_file: Callable[..., str]) -> Any:
    """Alice's credentials; mallory's folder has a file and hers has one."""
    put_file("alice", "own.txt", b"own")
    put_file("mallory", "secret.txt", SECRET)
    return credentials_of("alice")


def code_of(call: Callable[[], Any]) -> str:
    """The code with which the store refuses; fails when it does not."""
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


@pytest.mark.parametrize("path", BENT_PATHS)
def test_a_bent_path_does_not_read_anothers_file(alice: Any, path: str) -> None:
    status, body = send(alice, "GET", f"/{BUCKET}/users/{path}")

    assert 400 <= status < 500
    assert SECRET not in body


@pytest.mark.parametrize("path", BENT_PATHS)
def test_a_bent_path_does_not_change_anothers_file(
    alice: Any, path: str, stored: Callable[[str], bytes]
) -> None:
    send(alice, "PUT", f"/{BUCKET}/users/{path}", body=b"forged")
    send(alice, "DELETE", f"/{BUCKET}/users/{path}")

    assert stored("users/mallory/secret.txt") == SECRET


@pytest.mark.parametrize("path", BENT_PATHS)
def test_a_bent_source_copies_nothing_of_anothers(alice: Any, path: str) -> None:
    source = {"x-amz-copy-source": f"/{BUCKET}/users/{path}"}

    status, _ = send(alice, "PUT", f"/{BUCKET}/users/alice/stolen.txt", headers=source)

    assert 400 <= status < 500


@pytest.mark.parametrize("query", BENT_LISTS)
@pytest.mark.parametrize("version", ["list-type=2&", ""])
def test_a_bent_list_shows_nothing_of_anothers(alice: Any, version: str, query: str) -> None:
    _, body = send(alice, "GET", f"/{BUCKET}?{version}{query}")

    assert b"mallory/secret.txt" not in body


def test_a_plain_path_and_list_work(alice: Any) -> None:
    read = send(alice, "GET", f"/{BUCKET}/users/alice/own.txt")
    listed = send(alice, "GET", f"/{BUCKET}?list-type=2&prefix=users/alice/")

    assert read == (200, b"own")
    assert listed[0] == 200
    assert b"users/alice/own.txt" in listed[1]


@pytest.mark.parametrize(
    "subject", ["", ".", "..", "a/b", "a*", "a?", "${aws:username}", "a\n", "ä", "A", "a" * 129]
)
def test_a_subject_that_means_something_in_a_policy_gets_none(subject: str) -> None:
    from accounts.folder import session_policy

    with pytest.raises(InvalidInput):
        session_policy(subject, bucket=BUCKET, may_write=True)


@pytest.mark.parametrize("key", ["todos/snapshot.json", "exports/all.json"])
def test_no_way_of_writing_leads_into_a_reserved_part(
    alice: Any, put_file: Callable[..., str], stored: Callable[[str], bytes], key: str
) -> None:
    from chassis.storage import s3_client

    s3 = s3_client_of(alice)
    place: dict[str, Any] = {"Bucket": BUCKET, "Key": put_file("alice", key, b"by the services")}
    begun = s3_client().create_multipart_upload(**place)["UploadId"]
    own = {"Bucket": BUCKET, "Key": "users/alice/own.txt"}

    codes = [
        code_of(lambda: s3.put_object(**place, Body=b"forged")),
        code_of(lambda: s3.delete_object(**place)),
        code_of(lambda: s3.copy_object(**place, CopySource=own)),
        code_of(lambda: s3.create_multipart_upload(**place)),
        code_of(lambda: s3.upload_part(**place, UploadId=begun, PartNumber=1, Body=b"forged")),
        code_of(lambda: s3.abort_multipart_upload(**place, UploadId=begun)),
    ]

    assert codes == ["AccessDenied"] * 6
    assert stored(place["Key"]) == b"by the services"


def test_over_quota_there_is_no_way_to_write(
    settings: Any, put_file: Callable[..., str], folder_of: Callable[[str], Any]
) -> None:
    before = folder_of("alice")
    place = {"Bucket": BUCKET, "Key": "users/alice/more"}
    begun = before.create_multipart_upload(**place)["UploadId"]
    own = {"Bucket": BUCKET, "Key": put_file("alice", "own.txt", b"x" * 100)}
    settings.ACCOUNTS_FOLDER_QUOTA_BYTES = 100
    s3 = folder_of("alice")

    codes = [
        code_of(lambda: s3.put_object(**place, Body=b"x")),
        code_of(lambda: s3.copy_object(**place, CopySource=own)),
        code_of(lambda: s3.create_multipart_upload(**place)),
        code_of(lambda: s3.upload_part(**place, UploadId=begun, PartNumber=1, Body=b"x")),
    ]

    assert codes == ["AccessDenied"] * 4
    assert s3.get_object(**own)["Body"].read() == b"x" * 100
    s3.delete_object(**own)


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("list_users", {}),
        ("create_user", {"UserName": "mallory"}),
        ("create_access_key", {"UserName": "services"}),
        ("put_user_policy", {"UserName": "broker", "PolicyName": "all", "PolicyDocument": "{}"}),
        ("list_policies", {}),
        ("get_role", {"RoleName": "quartet-folder"}),
        ("update_assume_role_policy", {"RoleName": "quartet-folder", "PolicyDocument": "{}"}),
    ],
)
def test_identities_are_not_open_to_temporary_credentials(
    alice: Any, call: str, arguments: dict[str, str]
) -> None:
    iam = _aws_client("iam", alice)

    with pytest.raises(ClientError) as refused:
        getattr(iam, call)(**arguments)

    assert 400 <= refused.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500


def test_the_list_of_access_keys_holds_no_secret(alice: Any, settings: Any) -> None:
    # SeaweedFS 4.48 shows key ids to anybody with a key (docs/folder.md); AWS does not.
    shown = str(_aws_client("iam", alice).list_access_keys())

    assert settings.S3_SECRET_ACCESS_KEY not in shown
    assert settings.STS_SECRET_ACCESS_KEY not in shown


@pytest.mark.parametrize("role_arn", ["arn:aws:iam::000000000000:role/quartet-folder", None])
def test_temporary_credentials_make_no_others(alice: Any, role_arn: str | None) -> None:
    # Without a role SeaweedFS would let a caller make a session for itself.
    target = "/?Action=AssumeRole&Version=2011-06-15&RoleSessionName=again"

    status, body = send(alice, "POST", f"{target}&RoleArn={role_arn}" if role_arn else target)

    assert 400 <= status < 500
    assert b"SecretAccessKey" not in body


def _aws_client(service: str, credentials: dict[str, Any]) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=credentials["endpoint_url"],
        aws_access_key_id=credentials["access_key_id"],
        aws_secret_access_key=credentials["secret_access_key"],
        aws_session_token=credentials["session_token"],
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}),
    )
