"""A photo from the browser to the public bucket, through the front door and a real object store."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from django.conf import settings as configured
from PIL import Image

from blog.models import Photo, PhotoState, Rendition
from chassis import inbox
from chassis.storage import s3_client
from tests.api_client import ApiClient
from tests.blog.bad_pictures import BAD_PICTURES
from tests.blog.conftest import PHOTOS
from tests.blog.public_files import empty_bucket as empty_bucket  # a fixture
from tests.blog.public_files import public_files
from tests.issuer import Issuer

pytestmark = pytest.mark.django_db
Upload = Callable[..., dict[str, Any]]


def test_an_uploaded_photo_gets_its_files(
    editor: ApiClient, upload_photo: Upload, harbour: bytes, run_tasks: Callable[[], int]
) -> None:
    photo = upload_photo(harbour)
    assert photo["state"] == "waiting"
    assert photo["picture"] is None

    run_tasks()

    ready = editor.get(f"{PHOTOS}/{photo['id']}").json()
    assert (ready["state"], ready["width"], ready["height"]) == ("ready", 1000, 750)
    assert ready["markdown"] == f"![Boats in the harbour](photo:{photo['id']})"
    assert [source["content_type"] for source in ready["picture"]["sources"]] == ["image/avif", "image/jpeg"]
    seen = httpx.get(ready["thumbnail_url"])
    assert seen.headers["Content-Type"] == "image/jpeg"
    assert "immutable" in seen.headers["Cache-Control"]
    assert Image.open(io.BytesIO(seen.content)).size == (320, 240)


def test_a_files_address_is_its_hash(
    upload_photo: Upload, harbour: bytes, run_tasks: Callable[[], int]
) -> None:
    upload_photo(harbour)

    run_tasks()

    files = public_files()
    assert len(files) == 6
    assert set(files) == set(Rendition.objects.values_list("key", flat=True))
    assert all(key.split("/")[1] == hashlib.sha256(body).hexdigest() for key, body in files.items())


def test_the_original_stays_private(send_photo: Callable[..., str], harbour: bytes) -> None:
    key = send_photo(harbour)

    response = httpx.get(f"{configured.S3_ENDPOINT_URL}/{configured.S3_UPLOADS_BUCKET}/{key}")

    assert response.status_code == 403


def test_saying_it_twice_makes_one_photo(
    editor: ApiClient, send_photo: Callable[..., str], harbour: bytes, queued_tasks: Callable[[], list[str]]
) -> None:
    key = send_photo(harbour)

    answers = [editor.post(PHOTOS, {"key": key}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert queued_tasks() == ["make_renditions"]


def test_the_stores_notification_adds_what_the_browser_did_not(
    send_photo: Callable[..., str], harbour: bytes, run_tasks: Callable[[], int]
) -> None:
    key = send_photo(harbour)

    inbox.deliver(notification(key))
    inbox.deliver(notification(key))
    run_tasks()

    photo = Photo.objects.get()
    assert photo.state == PhotoState.READY
    assert photo.subject == "edith"
    assert photo.file_name == "harbour.jpg"


def test_what_the_browser_says_after_the_notification_is_kept(
    editor: ApiClient, send_photo: Callable[..., str], harbour: bytes, run_tasks: Callable[[], int]
) -> None:
    key = send_photo(harbour, name="Hafen früh.jpg")
    inbox.deliver(notification(key))
    run_tasks()

    response = editor.post(PHOTOS, {"key": key, "alt": "The harbour", "file_name": "Hafen früh.jpg"})

    assert response.status_code == 201
    photo = Photo.objects.get()
    assert (photo.alt, photo.file_name) == ("The harbour", "Hafen früh.jpg")


def test_an_upload_of_another_service_is_no_photo(object_store: Any, run_tasks: Callable[[], int]) -> None:
    key = f"uploads/edith/{uuid4()}/tide-1.0.zip"
    s3_client().put_object(Bucket=configured.S3_UPLOADS_BUCKET, Key=key, Body=b"zip")

    inbox.deliver(notification(key))
    run_tasks()

    assert not Photo.objects.exists()


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_a_file_that_is_no_photo_is_refused_with_a_reason(
    name: str, editor: ApiClient, upload_photo: Upload, run_tasks: Callable[[], int]
) -> None:
    content, _ = BAD_PICTURES[name]
    photo = upload_photo(content)

    run_tasks()

    shown = editor.get(f"{PHOTOS}/{photo['id']}").json()
    assert shown["state"] == "refused"
    assert shown["refusal"].endswith(".")
    assert shown["picture"] is None
    assert not Rendition.objects.exists()
    assert public_files() == {}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"content_type": "image/svg+xml"}, "/content_type"),
        ({"content_type": "text/html"}, "/content_type"),
        ({"size": 0}, "/size"),
        ({"size": 10**9}, "/size"),
        ({"name": ""}, "/name"),
        ({"name": "a\u0000b"}, "/name"),
        ({"key": "uploads/bob/x"}, "/key"),
    ],
)
def test_a_form_for_something_else_is_refused_at_the_field(
    changes: dict[str, Any], pointer: str, editor: ApiClient, object_store: Any
) -> None:
    body = {"name": "boat.jpg", "content_type": "image/jpeg", "size": 1000}

    refused = editor.post(f"{PHOTOS}/uploads", {**body, **changes})

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert editor.post(f"{PHOTOS}/uploads", body).status_code == 201


def test_the_form_takes_nothing_but_the_file_that_was_named(editor: ApiClient, object_store: Any) -> None:
    body = {"name": "boat.jpg", "content_type": "image/jpeg", "size": 10}
    form = editor.post(f"{PHOTOS}/uploads", body).json()

    def send(content: bytes, **fields: str) -> int:
        sent = {**form["fields"], **fields}
        return httpx.post(form["url"], data=sent, files={"file": ("boat.jpg", content)}).status_code

    assert send(b"x" * 11) == 400
    assert send(b"x" * 9) == 400
    assert send(b"x" * 10, key=form["key"].replace("edith", "emil")) == 403
    assert send(b"x" * 10, **{"Content-Type": "text/html"}) == 403
    assert send(b"x" * 10, **{"x-amz-meta-purpose": "artifact"}) == 403
    assert send(b"x" * 10) in (200, 204)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b\\c.jpg", ".htaccess", "Schöne Häfen №5.jpg", "-rf", "x" * 255]
)
def test_a_files_name_becomes_a_plain_part_of_its_key(
    name: str, editor: ApiClient, object_store: Any
) -> None:
    body = {"name": name, "content_type": "image/jpeg", "size": 10}

    key = editor.post(f"{PHOTOS}/uploads", body).json()["key"]

    uploads, subject, identifier, plain = key.split("/")
    assert (uploads, subject) == ("uploads", "edith")
    assert UUID(identifier).version == 7
    assert plain.strip(".-") == plain
    assert len(plain) <= 100


def test_a_key_that_was_never_filled_is_not_found(editor: ApiClient, object_store: Any) -> None:
    body = {"name": "boat.jpg", "content_type": "image/jpeg", "size": 10}
    key = editor.post(f"{PHOTOS}/uploads", body).json()["key"]

    response = editor.post(PHOTOS, {"key": key})

    assert response.status_code == 404
    assert response.json()["type"].endswith("/upload-not-there")
    assert not Photo.objects.exists()


def test_another_editors_upload_is_not_ones_own(
    send_photo: Callable[..., str], issuer: Issuer, harbour: bytes
) -> None:
    key = send_photo(harbour)
    emil = ApiClient(issuer.editor_token("emil"))

    response = emil.post(PHOTOS, {"key": key})

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/key"
    assert not Photo.objects.exists()


def test_mallory_gets_nothing(
    client_of: Callable[..., ApiClient], upload_photo: Upload, harbour: bytes
) -> None:
    photo = upload_photo(harbour)
    mallory = client_of("mallory")

    answers = [
        mallory.post(f"{PHOTOS}/uploads", {"name": "x.jpg", "content_type": "image/jpeg", "size": 1}),
        mallory.post(PHOTOS, {"key": str(Photo.objects.get().original)}),
        mallory.get(PHOTOS),
        mallory.get(f"{PHOTOS}/{photo['id']}"),
        mallory.patch(f"{PHOTOS}/{photo['id']}", {"alt": "mine"}),
        mallory.delete(f"{PHOTOS}/{photo['id']}"),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert Photo.objects.get().alt == "Boats in the harbour"


def test_a_change_needs_the_version_that_was_seen(
    editor: ApiClient, upload_photo: Upload, harbour: bytes
) -> None:
    address = f"{PHOTOS}/{upload_photo(harbour)['id']}"

    changed = editor.patch(address, {"alt": "At dawn", "focal_point": {"x": 20, "y": 80}}, if_match=1)
    stale = editor.patch(address, {"alt": "At noon"}, if_match=1)

    assert changed.status_code == 200
    assert stale.status_code == 412
    photo = Photo.objects.get()
    assert (photo.alt, photo.focal_x, photo.focal_y, photo.version) == ("At dawn", 20, 80, 2)


@pytest.mark.parametrize(
    "body",
    [{"focal_point": {"x": 101, "y": 0}}, {"focal_point": {"x": 1}}, {"alt": "a\nb"}, {"state": "ready"}],
)
def test_a_change_that_means_nothing_is_refused(
    body: dict[str, Any], editor: ApiClient, upload_photo: Upload, harbour: bytes
) -> None:
    photo = upload_photo(harbour)

    response = editor.patch(f"{PHOTOS}/{photo['id']}", body)

    assert response.status_code == 400
    assert Photo.objects.get().version == 1


def test_photos_are_listed_the_newest_first_in_pages(
    editor: ApiClient, upload_photo: Upload, harbour: bytes, django_assert_num_queries: Any
) -> None:
    made = [upload_photo(harbour)["id"] for _ in range(3)]

    first = editor.get(f"{PHOTOS}?limit=2").json()
    with django_assert_num_queries(2):
        second = editor.get(first["next"]).json()

    assert [photo["id"] for photo in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None


def notification(key: str) -> str:
    """What S3 sends when an object has arrived."""
    return json.dumps(
        {
            "Records": [
                {
                    "eventSource": "aws:s3",
                    "eventName": "ObjectCreated:Post",
                    "s3": {"bucket": {"name": configured.S3_UPLOADS_BUCKET}, "object": {"key": key}},
                }
            ]
        }
    )
