"""Files of photos for other widths: readers never miss a picture, and what nobody needs goes later."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from blog import commands
from blog.commands import renewal
from blog.models import Photo, PhotoState, Rendition
from blog.roles import editor
from chassis.models import PublishedFile
from chassis.storage import s3_client
from tests.blog.public_files import empty_bucket as empty_bucket  # a fixture
from tests.blog.public_files import public_files
from tests.blog.public_site import PublicSite

pytestmark = pytest.mark.django_db
Upload = Callable[..., dict[str, Any]]
_FILE = re.compile(r"media/[0-9a-f]{64}/\d+\.\w+")


@pytest.fixture
def photo_id(site: PublicSite, upload_photo: Upload, harbour: bytes, run_tasks: Callable[[], int]) -> str:
    """A photo with files of 1000, 640 and 320 pixels, in a bucket that was empty."""
    photo_id = str(upload_photo(harbour)["id"])
    run_tasks()
    return photo_id


def renew(*options: str) -> str:
    out = StringIO()
    call_command("blog", "renditions", *options, stdout=out, stderr=out)
    return out.getvalue()


def test_pages_name_the_other_widths_and_the_old_files_go_after_the_grace_time(
    photo_id: str,
    publish: Callable[..., Any],
    site: PublicSite,
    run_tasks: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish("Tides", cover_id=photo_id)
    before = set(public_files())
    monkeypatch.setattr("blog.pictures.WIDTHS", (800, 320))

    said, again = renew(), renew()
    assert Photo.objects.get().state == PhotoState.READY
    assert named(site) == before
    run_tasks()
    after = named(site)
    assert before | after == set(public_files())
    make_all_due()
    run_tasks()

    assert said == "1 photos have other files, 0 had what they need.\n"
    assert again == "0 photos have other files, 1 had what they need.\n"
    assert {key.rpartition("/")[2] for key in after} == {"800.jpg", "800.avif", "320.jpg", "320.avif"}
    assert set(public_files()) == after == set(Rendition.objects.values_list("key", flat=True))


def test_what_was_stopped_goes_on(
    upload_photo: Upload, harbour: bytes, run_tasks: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(2):
        upload_photo(harbour)
    run_tasks()
    monkeypatch.setattr("blog.pictures.WIDTHS", (320,))

    def stop(what: str, done: int, count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        commands.renew_all(every=False, tell=stop)

    assert renew() == "1 photos have other files, 1 had what they need.\n"


def test_a_photo_whose_original_is_gone_keeps_its_files(photo_id: str) -> None:
    original = str(Photo.objects.get().original)
    s3_client().delete_object(Bucket=configured.S3_UPLOADS_BUCKET, Key=original)

    out = StringIO()
    with pytest.raises(CommandError, match="1 keep the files that they have"):
        call_command("blog", "renditions", "--all", stdout=out, stderr=out)

    assert f"{photo_id}: The file is no longer in the store." in out.getvalue()
    assert Photo.objects.get().state == PhotoState.READY
    assert len(public_files()) == 6


def test_files_that_are_taken_away_meanwhile_are_made_once_more(
    photo_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = renewal._replace
    seen: list[Any] = []

    def taken_away_once(*args: Any) -> None:
        replace(*args)
        seen.append(args)
        if len(seen) == 1:
            PublishedFile.objects.update(removed_at=timezone.now())

    monkeypatch.setattr(renewal, "_replace", taken_away_once)

    assert renew("--all") == "1 photos have other files, 0 had what they need.\n"
    assert len(seen) == 2
    assert not PublishedFile.objects.exclude(removed_at=None).exists()


def test_an_editor_has_them_made_again_while_readers_have_those_that_are_there(
    photo_id: str, queued_tasks: Callable[[], list[str]], run_tasks: Callable[[], int]
) -> None:
    commands.remake_renditions(actor=editor("edith"), photo_id=Photo.objects.get().id)

    assert Photo.objects.get().state == PhotoState.READY
    assert [name.rpartition(".")[2] for name in queued_tasks()] == ["renew_renditions"]
    run_tasks()
    assert len(public_files()) == 6


def named(site: PublicSite) -> set[str]:
    """The files of photos that the pages of today name."""
    pages = [site.read(key) for key in site.listed("blog/") if key.endswith(("index.html", ".json"))]
    return {key for page in pages for key in _FILE.findall(page)}


def make_all_due() -> None:
    """As if the grace time were over."""
    Rendition.objects.exclude(retired_at=None).update(
        retired_at=timezone.now() - timedelta(days=configured.BLOG_PHOTO_GRACE_DAYS)
    )
    DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())
