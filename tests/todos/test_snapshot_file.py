"""The snapshot in the user's own folder: written after changes, read straight from the object store."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError
from django_tasks_db.models import DBTaskResult

from tests.accounts.conftest import credentials_of as credentials_of  # a fixture
from tests.accounts.conftest import folder_of as folder_of  # a fixture
from tests.api_client import ApiClient
from tests.todos.sync_client import Device, Send
from todos import commands, snapshots
from todos.models import Account, Todo

BUCKET = "quartet-users"
SYNC = "/api/todos/v1/sync"
SNAPSHOT = "/api/todos/v1/snapshot"


@pytest.fixture
def subject() -> str:
    """Somebody new: the store is shared by all tests."""
    return f"alice-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def written_at_once(settings: Any) -> None:
    """No waiting for further changes."""
    settings.TODOS_SNAPSHOT_DELAY_SECONDS = 0


def key_of(subject: str) -> str:
    """Where the file is."""
    return f"users/{subject}/todos/snapshot.json.gz"


def sender_of(client: ApiClient) -> Send:
    """The network of a device."""

    def send(method: str, path: str, body: Any) -> tuple[int, Any]:
        response = client.request(method, f"/api/todos/v1/{path}", body)
        return response.status_code, orjson.loads(response.content) if response.content else None

    return send


def read_file(folder: Any, subject: str, **conditions: str) -> dict[str, Any]:
    """The file as a client with folder credentials gets it."""
    found = folder.get_object(Bucket=BUCKET, Key=key_of(subject), **conditions)
    document: dict[str, Any] = orjson.loads(gzip.decompress(found["Body"].read()))
    return {**document, "etag": found["ETag"], "metadata": found["Metadata"]}


@pytest.mark.usefixtures("written_at_once")
def test_after_a_change_the_file_is_what_the_api_answers(
    subject: str, folder_of: Any, client_of: Any, make_list: Any, make_todo: Any, run_tasks: Callable[[], int]
) -> None:
    found = make_list(subject)
    make_todo(subject, list_id=found.id, title="Milk")
    run_tasks()

    file = read_file(folder_of(subject), subject)

    answer = client_of(subject).get(SNAPSHOT).json()
    assert {name: file[name] for name in answer if name != "next"} == {
        name: value for name, value in answer.items() if name != "next"
    }
    assert (file["format"], file["metadata"]) == (1, {"version": "2"})


@pytest.mark.usefixtures("written_at_once")
def test_what_has_not_changed_is_not_sent_again(
    subject: str, folder_of: Any, make_todo: Any, run_tasks: Callable[[], int]
) -> None:
    make_todo(subject)
    run_tasks()
    folder = folder_of(subject)
    etag = read_file(folder, subject)["etag"]

    with pytest.raises(ClientError) as refused:
        read_file(folder, subject, IfNoneMatch=etag)

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 304
    make_todo(subject)
    run_tasks()
    assert read_file(folder, subject, IfNoneMatch=etag)["version"] == 2


def test_changes_of_a_few_seconds_share_a_file(
    subject: str, make_todo: Any, queued_tasks: Callable[[], list[str]]
) -> None:
    for _ in range(5):
        make_todo(subject)

    waiting = DBTaskResult.objects.filter(task_path="todos.tasks.write_snapshot")
    assert [row.args_kwargs["args"] for row in waiting] == [[subject]]
    assert waiting[0].run_after > waiting[0].enqueued_at


def test_what_changes_nothing_writes_no_file(subject: str, make_todo: Any, client_of: Any) -> None:
    todo = make_todo(subject)
    DBTaskResult.objects.all().delete()

    client_of(subject).patch(f"/api/todos/v1/todos/{todo.id}", {"title": todo.title})

    assert not DBTaskResult.objects.exists()


def test_the_users_own_credentials_only_read_it(
    subject: str, folder_of: Any, object_store: Any, make_todo: Any
) -> None:
    make_todo(subject)
    commands.write_snapshot(subject=subject)
    folder = folder_of(subject)

    for call in (
        lambda: folder.put_object(Bucket=BUCKET, Key=key_of(subject), Body=b"{}"),
        lambda: folder.delete_object(Bucket=BUCKET, Key=key_of(subject)),
        lambda: folder.put_object(Bucket=BUCKET, Key=f"users/{subject}/todos/other", Body=b""),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert read_file(folder, subject)["version"] == 1
    folder.put_object(Bucket=BUCKET, Key=f"users/{subject}/notes.txt", Body=b"mine")


def test_nobody_else_reads_it(subject: str, folder_of: Any, make_todo: Any) -> None:
    make_todo(subject)
    commands.write_snapshot(subject=subject)

    with pytest.raises(ClientError) as refused:
        read_file(folder_of("mallory"), subject)

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_change_while_the_file_is_read_is_in_the_file_at_last(
    subject: str, folder_of: Any, make_todo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_todo(subject, title="first")
    real, waiting = snapshots.snapshot_file, ["second", "third"]

    def slow(account: Account) -> bytes:
        file = real(account)
        if waiting:
            make_todo(subject, title=waiting.pop(0))
        return file

    monkeypatch.setattr("todos.commands.snapshots.snapshot_file", slow)

    version = commands.write_snapshot(subject=subject)

    file = read_file(folder_of(subject), subject)
    assert (version, file["version"], len(file["todos"])) == (3, 3, 3)


@pytest.mark.usefixtures("written_at_once")
def test_while_the_store_is_away_devices_sync_and_the_file_comes_later(
    subject: str, folder_of: Any, client_of: Any, run_tasks: Callable[[], int], settings: Any
) -> None:
    folder, address = folder_of(subject), settings.S3_ENDPOINT_URL
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:9"
    device = Device("phone", sender_of(client_of(subject)))
    for title in ("Milk", "Bread"):
        device.do("todo.create", title=title)
        device.sync()
        run_tasks()
    row = DBTaskResult.objects.get(task_path="todos.tasks.write_snapshot")
    settings.S3_ENDPOINT_URL = address

    DBTaskResult.objects.update(run_after=row.enqueued_at)
    run_tasks()

    assert (row.status, "Unavailable" in row.exception_class_path) == ("READY", True)
    assert [result["status"] for _, result in device.answered] == ["applied", "applied"]
    file = read_file(folder, subject)
    assert {row["id"]: row for row in file["todos"]} == device.rows["todos"]
    assert not device.take_file(file)


def test_a_client_goes_on_from_the_file_and_never_back(
    subject: str, folder_of: Any, client_of: Callable[..., ApiClient], make_todo: Any
) -> None:
    device = Device("phone", sender_of(client_of(subject)))
    make_todo(subject, title="old")
    commands.write_snapshot(subject=subject)
    file = read_file(folder_of(subject), subject)

    assert device.take_file(file)
    device.do("todo.create", title="mine")
    device.sync()
    assert not device.take_file(file)

    assert sorted(row["title"] for row in device.rows["todos"].values()) == ["mine", "old"]
    assert device.version == 2


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_the_file_is_whole_whatever_the_pages(
    make_list: Any, make_todo: Any, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(snapshots, "PAGE", page)
    found = make_list()
    for number in range(3):
        make_todo(title=f"t{number}", list_id=found.id)

    file = orjson.loads(gzip.decompress(snapshots.snapshot_file(Account.objects.get())))

    assert [len(file[kind]) for kind in ("lists", "todos", "completions", "conflicts")] == [1, 3, 0, 0]
    assert {row["id"] for row in file["todos"]} == {str(todo.id) for todo in Todo.objects.all()}


@pytest.mark.django_db
def test_the_file_of_an_empty_account_is_empty() -> None:
    file = orjson.loads(gzip.decompress(snapshots.snapshot_file(Account(subject="nobody"))))

    assert (file["version"], file["lists"], file["todos"]) == (0, [], [])
