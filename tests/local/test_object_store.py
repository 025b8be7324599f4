"""The object store of a desk: what it keeps over a restart, whom it lets in, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import psutil
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.object_store import ROLE_ARN, USERS_BUCKET, ObjectStore, PortInUse

LOOPBACK = "127.0.0.1"


def client_of(store: ObjectStore, service: str, key_of: str = "S3") -> Any:
    """An SDK client with a lasting key of the store: `S3` (the services) or `STS` (the broker)."""
    environment = store.environment()
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=store.endpoint_url,
        aws_access_key_id=environment[f"{key_of}_ACCESS_KEY_ID"],
        aws_secret_access_key=environment[f"{key_of}_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """A running store of its own, with one bucket."""
    with ObjectStore(tmp_path_factory.mktemp("store"), allowed_origins=["http://127.0.0.1:8000"]) as running:
        client_of(running, "s3").create_bucket(Bucket=USERS_BUCKET)
        yield running


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def refusal_of(call: Callable[[], Any]) -> str:
    """The code with which the store refuses; fails when it does not."""
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


def test_files_keys_and_port_survive_a_kill(tmp_path: Path) -> None:
    first = ObjectStore(tmp_path)
    first.start()
    client_of(first, "s3").create_bucket(Bucket="kept")
    client_of(first, "s3").put_object(Bucket="kept", Key="a", Body=b"acknowledged")
    assert first._process is not None
    os.killpg(first._process.pid, signal.SIGKILL)
    first.stop()

    with ObjectStore(tmp_path) as second:
        body = client_of(second, "s3").get_object(Bucket="kept", Key="a")["Body"].read()

    assert body == b"acknowledged"
    assert second.environment() == first.environment()


def test_credentials_made_before_a_restart_are_good_after_it(tmp_path: Path) -> None:
    with ObjectStore(tmp_path) as first:
        client_of(first, "s3").create_bucket(Bucket=USERS_BUCKET)
        made = client_of(first, "sts", "STS").assume_role(RoleArn=ROLE_ARN, RoleSessionName="before")

    with ObjectStore(tmp_path) as second:
        kept = made["Credentials"]
        client = boto3.client(
            "s3",
            endpoint_url=second.endpoint_url,
            aws_access_key_id=kept["AccessKeyId"],
            aws_secret_access_key=kept["SecretAccessKey"],
            aws_session_token=kept["SessionToken"],
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}),
        )
        client.put_object(Bucket=USERS_BUCKET, Key="users/x/a", Body=b"x")


def test_a_taken_port_is_named_with_its_variable(tmp_path: Path, taken_port: int) -> None:
    with pytest.raises(PortInUse, match=rf"Port {taken_port} is in use.*S3_PORT"):
        ObjectStore(tmp_path, port=taken_port).start()


def test_an_inner_port_that_was_taken_meanwhile_is_changed(tmp_path: Path, taken_port: int) -> None:
    store = ObjectStore(tmp_path)
    kept = json.loads((tmp_path / "ports.json").read_text())
    (tmp_path / "ports.json").write_text(json.dumps({**kept, "filer.port": taken_port}))

    with ObjectStore(tmp_path) as running:
        assert running.port == store.port


def test_keys_are_random_and_their_owners_alone(tmp_path: Path) -> None:
    one, other = ObjectStore(tmp_path / "one"), ObjectStore(tmp_path / "other")
    one.command()

    secrets = [value for name, value in one.environment().items() if "SECRET" in name]
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in one.directory.glob("*.json")}
    assert not set(secrets) & set(other.environment().values())
    assert modes["keys.json"] == modes["identities.json"] == modes["iam.json"] == "0o600"


def test_it_listens_on_loopback_alone(store: ObjectStore) -> None:
    assert store._process is not None
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(store._process.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]

    assert listening
    assert set(listening) == {LOOPBACK}


def test_it_calls_nobody_outside(store: ObjectStore) -> None:
    assert "-master.telemetry=false" in store.command()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_the_inner_file_server_hands_out_nothing(store: ObjectStore, method: str) -> None:
    client = client_of(store, "s3")
    client.put_object(Bucket=USERS_BUCKET, Key="users/alice/a", Body=b"private")
    port = json.loads((store.directory / "ports.json").read_text())["filer.port"]
    path = f"/buckets/{USERS_BUCKET}/users/alice/a"

    answer = httpx.request(method, f"http://{LOOPBACK}:{port}{path}")

    assert answer.status_code == 404
    assert client.get_object(Bucket=USERS_BUCKET, Key="users/alice/a")["Body"].read() == b"private"


def test_a_stranger_reads_and_writes_nothing(store: ObjectStore) -> None:
    client_of(store, "s3").put_object(Bucket=USERS_BUCKET, Key="users/alice/a", Body=b"private")
    address = f"{store.endpoint_url}/{USERS_BUCKET}/users/alice/a"

    statuses = [httpx.request(method, address).status_code for method in ("GET", "HEAD", "PUT", "DELETE")]

    assert statuses == [403, 403, 403, 403]


def test_a_bucket_is_not_made_by_a_typing_error(store: ObjectStore) -> None:
    code = refusal_of(lambda: client_of(store, "s3").put_object(Bucket="quartet-user", Key="a", Body=b"a"))

    assert code == "NoSuchBucket"


def test_a_bucket_with_files_is_not_deleted(store: ObjectStore) -> None:
    client = client_of(store, "s3")
    client.put_object(Bucket=USERS_BUCKET, Key="users/alice/a", Body=b"private")

    assert refusal_of(lambda: client.delete_bucket(Bucket=USERS_BUCKET)) == "BucketNotEmpty"


def test_the_services_cannot_assume_the_folder_role(store: ObjectStore) -> None:
    services = client_of(store, "sts")

    code = refusal_of(lambda: services.assume_role(RoleArn=ROLE_ARN, RoleSessionName="services"))

    assert code == "AccessDenied"


@pytest.mark.parametrize("bucket", [USERS_BUCKET, "quartet-uploads"])
def test_the_role_itself_cannot_change_a_bucket(store: ObjectStore, bucket: str) -> None:
    made = client_of(store, "sts", "STS").assume_role(RoleArn=ROLE_ARN, RoleSessionName="whole-role")
    role = boto3.client(
        "s3",
        endpoint_url=store.endpoint_url,
        aws_access_key_id=made["Credentials"]["AccessKeyId"],
        aws_secret_access_key=made["Credentials"]["SecretAccessKey"],
        aws_session_token=made["Credentials"]["SessionToken"],
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )

    assert refusal_of(lambda: role.put_bucket_policy(Bucket=bucket, Policy="{}")) == "AccessDenied"
    assert refusal_of(lambda: role.delete_bucket(Bucket=bucket)) == "AccessDenied"


def test_after_a_stop_nothing_is_left(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path)
    store.start()
    assert store._process is not None
    group = store._process.pid

    store.stop()

    ports = json.loads((tmp_path / "ports.json").read_text()).values()
    left = [path for port in ports for path in Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock")]
    assert left == []
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends children with their parent")
def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import pathlib, sys, time
        from local.object_store import ObjectStore
        store = ObjectStore(pathlib.Path({str(tmp_path)!r}))
        store.start()
        print(store._process.pid, flush=True)
        time.sleep(600)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    server = int(parent.stdout.readline())

    parent.kill()
    parent.communicate()

    assert until(lambda: not psutil.pid_exists(server))


def test_a_server_that_ends_at_once_tells_its_last_words(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path)
    (tmp_path / "data").write_text("a file where a directory belongs")
    store.command = lambda: [sys.executable, "-c", "print('out of order'); raise SystemExit(1)"]  # type: ignore[method-assign]

    with pytest.raises(RuntimeError, match="out of order"):
        store.start()
