"""Buckets, storages and clients of the object store, on a real one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command

from chassis.errors import Unavailable
from chassis.publishing.rules import CacheRule
from chassis.storage import answering_store, prepare_buckets, s3_client, sts_client

pytestmark = pytest.mark.usefixtures("object_store")
PRIVATE = ["quartet-uploads", "quartet-users"]


# --- Buckets -----------------------------------------------------------------------------------


def test_preparing_buckets_again_makes_none_and_keeps_files() -> None:
    s3_client().put_object(Bucket="quartet-users", Key="users/kept/a", Body=b"kept")

    made = prepare_buckets()

    assert made == []
    assert s3_client().get_object(Bucket="quartet-users", Key="users/kept/a")["Body"].read() == b"kept"


def test_the_command_makes_what_is_missing(settings: Any) -> None:
    settings.S3_UPLOADS_BUCKET = "quartet-other-uploads"

    first = call_command("buckets")
    second = call_command("buckets")

    assert first == "Made quartet-other-uploads."
    assert second == "All buckets were there."


def test_everybody_reads_the_public_bucket_and_nobody_writes_it(object_store: Any) -> None:
    s3_client().put_object(Bucket="quartet-public", Key="page.html", Body=b"page")
    address = f"{object_store.endpoint_url}/quartet-public/page.html"

    assert httpx.get(address).content == b"page"
    assert httpx.put(address, content=b"forged").status_code == 403
    assert httpx.delete(address).status_code == 403
    assert httpx.get(f"{object_store.endpoint_url}/quartet-public?list-type=2").status_code == 403


@pytest.mark.parametrize("bucket", PRIVATE)
def test_nobody_reads_a_private_bucket(object_store: Any, bucket: str) -> None:
    s3_client().put_object(Bucket=bucket, Key="private", Body=b"private")

    assert httpx.get(f"{object_store.endpoint_url}/{bucket}/private").status_code == 403
    assert httpx.get(f"{object_store.endpoint_url}/{bucket}?list-type=2").status_code == 403


@pytest.mark.parametrize("bucket", ["quartet-public", *PRIVATE])
@pytest.mark.parametrize(
    ("origin", "is_allowed"), [("http://127.0.0.1:8080", True), ("https://evil.example", False)]
)
def test_only_known_origins_may_call_a_bucket_from_a_browser(
    object_store: Any, bucket: str, origin: str, is_allowed: bool
) -> None:
    answer = httpx.options(
        f"{object_store.endpoint_url}/{bucket}/key",
        headers={"Origin": origin, "Access-Control-Request-Method": "PUT"},
    )

    assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is is_allowed


def test_the_users_bucket_keeps_versions_for_a_while() -> None:
    rules = s3_client().get_bucket_lifecycle_configuration(Bucket="quartet-users")["Rules"]

    assert s3_client().get_bucket_versioning(Bucket="quartet-users")["Status"] == "Enabled"
    assert rules[0]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30


@pytest.mark.parametrize("bucket", ["quartet-public", "quartet-uploads", "quartet-users"])
def test_parts_of_uploads_and_copies_that_were_never_completed_go_after_a_week(bucket: str) -> None:
    rules = s3_client().get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]

    assert rules[0]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7


# --- Storages ----------------------------------------------------------------------------------


def test_a_public_file_has_a_plain_address(settings: Any) -> None:
    name = storages["public"].save("photos/boat.jpg", ContentFile(b"boat"))

    url = storages["public"].url(name)

    assert url == f"{settings.PUBLIC_URL}/photos/boat.jpg"
    assert httpx.get(url).headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("alias", ["uploads", "users"])
def test_a_private_file_has_a_signed_address(alias: str) -> None:
    name = storages[alias].save("a.txt", ContentFile(b"private"))

    url = storages[alias].url(name)

    assert httpx.get(url).content == b"private"
    assert httpx.get(url.partition("?")[0]).status_code == 403
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url


def test_an_upload_never_takes_the_place_of_another() -> None:
    first = storages["uploads"].save("same.txt", ContentFile(b"first"))
    second = storages["uploads"].save("same.txt", ContentFile(b"second"))

    assert first != second
    assert storages["uploads"].open(first).read() == b"first"


# --- Static files ------------------------------------------------------------------------------


@pytest.fixture
def collect(settings: Any, tmp_path: Path) -> Callable[[dict[str, str]], dict[str, str]]:
    """Write files, collect them into the public bucket, and read the manifest."""
    (tmp_path / "static").mkdir()
    settings.STATICFILES_DIRS = [tmp_path / "static"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_MANIFEST_DIR = tmp_path / "manifest"
    settings.STATIC_URL = f"{settings.PUBLIC_URL}/static/"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "chassis.storage.StaticStorage"},
    }

    def run(files: dict[str, str]) -> dict[str, str]:
        for name, text in files.items():
            (tmp_path / "static" / name).write_text(text)
        call_command("collectstatic", interactive=False, verbosity=0)
        document: dict[str, Any] = json.loads((tmp_path / "manifest" / "staticfiles.json").read_text())
        return dict(document["paths"])

    return run


def test_static_files_are_collected_under_hashed_names_for_ever(
    collect: Callable[[dict[str, str]], dict[str, str]], settings: Any
) -> None:
    paths = collect({"page.css": "body { background: url(boat.svg) }", "boat.svg": "<svg/>"})

    assert re.fullmatch(r"page\.[0-9a-f]{12}\.css", paths["page.css"])
    answer = httpx.get(f"{settings.STATIC_URL}{paths['page.css']}")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/css")
    assert paths["boat.svg"] in answer.text


def test_the_plain_name_of_a_static_file_is_not_kept_for_ever(
    collect: Callable[[dict[str, str]], dict[str, str]], settings: Any
) -> None:
    collect({"plain.css": "body {}"})

    assert httpx.get(f"{settings.STATIC_URL}plain.css").headers["Cache-Control"] == CacheRule.POINTER.origin


def test_a_changed_static_file_gets_another_name_and_the_old_one_stays(
    collect: Callable[[dict[str, str]], dict[str, str]], settings: Any
) -> None:
    before = collect({"changed.css": "a {}"})["changed.css"]
    after = collect({"changed.css": "b {}"})["changed.css"]

    assert before != after
    assert httpx.get(f"{settings.STATIC_URL}{before}").text == "a {}"
    assert httpx.get(f"{settings.STATIC_URL}{after}").text == "b {}"


def test_a_page_names_static_files_without_asking_the_store(
    collect: Callable[[dict[str, str]], dict[str, str]], settings: Any
) -> None:
    hashed = collect({"page.css": "body {}"})["page.css"]
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:9"

    assert staticfiles_storage.url("page.css") == f"{settings.STATIC_URL}{hashed}"


# --- Clients -----------------------------------------------------------------------------------


def test_a_client_is_shared_until_the_settings_change(settings: Any) -> None:
    first = s3_client()
    settings.S3_ACCESS_KEY_ID = "another"

    assert s3_client() is not first
    assert sts_client() is sts_client()


def test_a_store_that_is_away_is_unavailable(settings: Any) -> None:
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:9"

    with pytest.raises(Unavailable), answering_store():
        s3_client().list_buckets()


@pytest.mark.parametrize(("status", "error"), [(500, Unavailable), (503, Unavailable), (404, ClientError)])
def test_only_a_failing_store_is_unavailable(status: int, error: type[Exception]) -> None:
    answer: Any = {"Error": {"Code": "x"}, "ResponseMetadata": {"HTTPStatusCode": status}}

    with pytest.raises(error), answering_store():
        raise ClientError(answer, "GetObject")
