"""Deleting a photo: not while posts show it, and its files only after a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.conf import settings as configured
from django.utils import timezone

from blog.commands.photos import FILES_KIND, FILES_SCOPE
from blog.commands.renditions import remake_what_was_removed
from blog.models import Photo, Rendition
from chassis import publishing
from chassis.models import PublishedFile
from chassis.storage import s3_client
from tests.api_client import ApiClient
from tests.blog.conftest import PHOTOS
from tests.blog.public_files import empty_bucket as empty_bucket  # a fixture
from tests.blog.public_files import public_files

pytestmark = pytest.mark.django_db
Upload = Callable[..., dict[str, Any]]


def test_a_deleted_photos_files_go_after_the_grace_time(
    editor: ApiClient, upload_photo: Upload, harbour: bytes, run_tasks: Callable[[], int], settings: Any
) -> None:
    photo = upload_photo(harbour)
    run_tasks()
    original = str(Photo.objects.get().original)

    answers = [editor.delete(f"{PHOTOS}/{photo['id']}").status_code for _ in range(2)]
    run_tasks()
    assert len(public_files()) == 6
    make_all_due()
    run_tasks()

    assert answers == [204, 204]
    assert editor.get(f"{PHOTOS}/{photo['id']}").status_code == 404
    assert public_files() == {}
    listed = s3_client().list_objects_v2(Bucket=configured.S3_UPLOADS_BUCKET, Prefix=original)
    assert listed["KeyCount"] == 0


def test_files_that_another_photo_has_as_well_stay(
    editor: ApiClient, upload_photo: Upload, harbour: bytes, run_tasks: Callable[[], int], settings: Any
) -> None:
    settings.BLOG_PHOTO_GRACE_DAYS = 0
    first, second = upload_photo(harbour), upload_photo(harbour)
    run_tasks()
    assert len(public_files()) == 6

    editor.delete(f"{PHOTOS}/{first['id']}")
    run_tasks()

    assert len(public_files()) == 6
    thumbnail = editor.get(f"{PHOTOS}/{second['id']}").json()["thumbnail_url"]
    assert httpx.get(thumbnail).status_code == 200


def test_a_photo_deleted_before_its_files_were_made_leaves_none(
    editor: ApiClient, upload_photo: Upload, harbour: bytes, run_tasks: Callable[[], int], settings: Any
) -> None:
    settings.BLOG_PHOTO_GRACE_DAYS = 0
    photo = upload_photo(harbour)

    editor.delete(f"{PHOTOS}/{photo['id']}")
    run_tasks()

    assert public_files() == {}
    assert not Rendition.objects.exists()


def test_a_photo_that_a_post_shows_is_not_deleted(
    editor: ApiClient, upload_photo: Upload, harbour: bytes
) -> None:
    in_text, as_cover, unused = (upload_photo(harbour)["id"] for _ in range(3))
    body = {
        "slug": "harbour",
        "title": "The harbour",
        "body": f"![Boats](photo:{in_text})",
        "cover_id": as_cover,
    }
    assert editor.post("/api/blog/v1/posts", body).status_code == 201

    answers = {name: editor.delete(f"{PHOTOS}/{name}") for name in (in_text, as_cover, unused)}

    assert [answer.status_code for answer in answers.values()] == [409, 409, 204]
    assert answers[in_text].json()["type"].endswith("/photo-in-use")
    assert "The harbour" in answers[in_text].json()["detail"]
    assert {str(photo.id) for photo in Photo.objects.filter(deleted_at=None)} == {in_text, as_cover}


def test_files_of_a_photo_that_came_to_share_them_are_made_again(
    editor: ApiClient, upload_photo: Upload, harbour: bytes, run_tasks: Callable[[], int], settings: Any
) -> None:
    settings.BLOG_PHOTO_GRACE_DAYS = 0
    photo = upload_photo(harbour)
    run_tasks()
    job = publishing.request(
        kind=FILES_KIND, argument=FILES_SCOPE, scope=FILES_SCOPE, title="", requested_by=""
    )
    PublishedFile.objects.update(removed_at=timezone.now())

    remake_what_was_removed(job)
    run_tasks()

    assert editor.get(f"{PHOTOS}/{photo['id']}").json()["state"] == "ready"
    assert PublishedFile.objects.filter(removed_at=None).count() == 6


def make_all_due() -> None:
    """As if the time of every task that waits had come."""
    from django_tasks_db.models import DBTaskResult

    DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())
