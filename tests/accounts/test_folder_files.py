"""Single files of one's own folder through the API: list, upload, download, delete, usage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.accounts.conftest import FOLDER
from tests.api_client import ApiClient

pytestmark = pytest.mark.usefixtures("object_store", "db", "empty_folders")
PLAIN = {"key": "notes/a.txt", "content_type": "text/plain", "size": 5}


@pytest.fixture
def alice(client_of: Callable[..., ApiClient]) -> ApiClient:
    """A client with alice's token."""
    return client_of("alice")


def send_form(form: dict[str, Any], body: bytes, **changed: str) -> httpx.Response:
    """Upload as a browser does."""
    return httpx.post(form["url"], data={**form["fields"], **changed}, files={"file": ("name", body)})


def stored_keys() -> list[str]:
    """All keys of the users' bucket, read by the services' key."""
    from chassis.storage import s3_client

    found = s3_client().list_objects_v2(Bucket="quartet-users", Prefix="users/").get("Contents", [])
    return sorted(entry["Key"] for entry in found)


# --- Upload ------------------------------------------------------------------------------------


def test_a_browser_uploads_a_file_straight_to_the_store(alice: ApiClient) -> None:
    form = alice.post(f"{FOLDER}/uploads", PLAIN).json()

    answer = send_form(form, b"hello")

    assert answer.status_code == 204
    items = alice.get(f"{FOLDER}?prefix=notes/").json()["items"]
    assert [(item["key"], item["size"]) for item in items] == [("notes/a.txt", 5)]


@pytest.mark.parametrize("body", [b"hello!", b"hell", b"", b"x" * 100_000])
def test_a_file_of_another_size_than_declared_is_refused_by_the_store(alice: ApiClient, body: bytes) -> None:
    form = alice.post(f"{FOLDER}/uploads", PLAIN).json()

    answer = send_form(form, body)

    assert 400 <= answer.status_code < 500
    assert stored_keys() == []


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "users/mallory/a.txt"},
        {"key": "users/alice/other.txt"},
        {"key": "users/alice/notes/../../mallory/a.txt"},
        {"Content-Type": "text/html"},
    ],
)
def test_a_changed_form_is_refused_by_the_store(alice: ApiClient, changed: dict[str, str]) -> None:
    form = alice.post(f"{FOLDER}/uploads", PLAIN).json()

    answer = send_form(form, b"hello", **changed)

    assert answer.status_code in (400, 403)
    assert stored_keys() == []


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"key": "../mallory/a"}, "/key"),
        ({"key": "a%2fb"}, "/key"),
        ({"key": "a\u0000b"}, "/key"),
        ({"key": "todos/a"}, "/key"),
        ({"key": ""}, "/key"),
        ({"key": 5}, "/key"),
        ({"size": -1}, "/size"),
        ({"size": "many"}, "/size"),
        ({"size": 101 * 1024**2}, "/size"),
        ({"content_type": "text/html; charset=utf-8\r\nX-Evil: 1"}, "/content_type"),
        ({"content_type": "html"}, "/content_type"),
        ({"expires": 10**9}, "/expires"),
    ],
)
def test_a_wrong_upload_is_refused_at_the_field(
    alice: ApiClient, changed: dict[str, Any], pointer: str
) -> None:
    answer = alice.post(f"{FOLDER}/uploads", {**PLAIN, **changed})

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


# --- List --------------------------------------------------------------------------------------


def test_a_level_shows_its_files_and_its_sub_folders(
    client_of: Callable[..., ApiClient], put_file: Callable[..., str]
) -> None:
    # A user of their own: SeaweedFS goes on listing sub-folders whose last file was deleted.
    for key in ("b.txt", "a.txt", "photos/1.jpg", "photos/2.jpg", "docs/x"):
        put_file("alice-levels", key)
    put_file("alice-levels2", "secret.txt")

    document = client_of("alice-levels").get(FOLDER).json()

    assert [item["key"] for item in document["items"]] == ["a.txt", "b.txt"]
    assert document["prefixes"] == ["docs/", "photos/"]
    assert document["next"] is None


def test_pages_together_show_every_file_once(
    client_of: Callable[..., ApiClient], put_file: Callable[..., str]
) -> None:
    for number in range(5):
        put_file("alice-pages", f"file{number}")
    alice = client_of("alice-pages")

    first = alice.get(f"{FOLDER}?limit=2").json()
    second = alice.get(first["next"]).json()
    third = alice.get(second["next"]).json()

    pages = [[item["key"] for item in page["items"]] for page in (first, second, third)]
    assert pages == [["file0", "file1"], ["file2", "file3"], ["file4"]]
    assert third["next"] is None


def test_a_cursor_of_another_user_is_refused(
    alice: ApiClient, client_of: Callable[..., ApiClient], put_file: Callable[..., str]
) -> None:
    put_file("alice", "a")
    put_file("alice", "b")
    following = alice.get(f"{FOLDER}?limit=1").json()["next"]

    answer = client_of("mallory").get(following)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "?cursor"


@pytest.mark.parametrize("prefix", ["../", "/", "photos", "a//", "a%2f..%2f..%2fmallory%2f"])
def test_a_prefix_that_leaves_the_folder_is_refused(alice: ApiClient, prefix: str) -> None:
    answer = alice.get(f"{FOLDER}?prefix={prefix}")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "?prefix"


# --- Download ----------------------------------------------------------------------------------


def test_a_download_comes_as_an_attachment_under_its_name(
    alice: ApiClient, put_file: Callable[..., str]
) -> None:
    put_file("alice", "notes/Straße #1.html", b"<script>")
    url = alice.post(f"{FOLDER}/downloads", {"key": "notes/Straße #1.html"}).json()["url"]

    answer = httpx.get(url)

    assert answer.content == b"<script>"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''Stra%C3%9Fe%20%231.html"


def test_a_file_that_is_not_there_has_no_download(alice: ApiClient) -> None:
    answer = alice.post(f"{FOLDER}/downloads", {"key": "none"})

    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/file-not-found")


def test_a_download_address_is_for_one_file_alone(alice: ApiClient, put_file: Callable[..., str]) -> None:
    put_file("alice", "a.txt")
    put_file("mallory", "a.txt", b"secret")
    url = alice.post(f"{FOLDER}/downloads", {"key": "a.txt"}).json()["url"]

    assert httpx.get(url).status_code == 200
    assert httpx.get(url.replace("/alice/", "/mallory/")).status_code == 403


# --- Delete ------------------------------------------------------------------------------------


def test_files_are_deleted_and_others_stay(alice: ApiClient, put_file: Callable[..., str]) -> None:
    for key in ("a", "b", "c"):
        put_file("alice", key)
    put_file("mallory", "a")

    answer = alice.post(f"{FOLDER}/deletions", {"keys": ["a", "b", "never-there"]})

    assert answer.status_code == 204
    assert stored_keys() == ["users/alice/c", "users/mallory/a"]


@pytest.mark.parametrize("bad", ["../mallory/a", "exports/all.json", ""])
def test_one_bad_key_stops_the_whole_deletion(
    alice: ApiClient, put_file: Callable[..., str], bad: str
) -> None:
    put_file("alice", "a")

    answer = alice.post(f"{FOLDER}/deletions", {"keys": ["a", bad]})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/keys/1"
    assert stored_keys() == ["users/alice/a"]


# --- Doors -------------------------------------------------------------------------------------


def test_a_token_without_the_folder_scope_opens_nothing(client_of: Callable[..., ApiClient]) -> None:
    narrow = client_of("alice", scope="accounts/read accounts/write")

    assert narrow.get(FOLDER).status_code == 403
    assert narrow.post(f"{FOLDER}/credentials", {}).status_code == 403
    assert narrow.post(f"{FOLDER}/uploads", PLAIN).status_code == 403


def test_a_service_has_no_folder(service_client: Callable[..., ApiClient]) -> None:
    service = service_client()

    assert service.get(FOLDER).status_code == 403
    assert service.post(f"{FOLDER}/credentials", {}).status_code == 403


def test_a_store_that_is_away_is_a_503(alice: ApiClient, settings: Any) -> None:
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:9"

    answer = alice.get(FOLDER)

    assert answer.status_code == 503
    assert answer["Retry-After"]
