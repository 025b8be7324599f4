"""What the publisher does not overwrite, does not remove and does not repair."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

import pytest
from django.contrib.auth.models import Group

from chassis import publishing
from chassis.models import PublishedFile
from chassis.publishing import CacheRule, ImmutableConflict, PublicCopy, PublicFile
from chassis.storage import s3_client
from tests.chassis.publishing_samples import Shelf
from tests.chassis.test_publish import get, publish

pytestmark = pytest.mark.django_db
BUCKET = "quartet-public"
SOURCE = "quartet-uploads"
JPEG = {"rule": "IMMUTABLE", "type": "image/jpeg"}


def put_by_a_stranger(key: str, body: bytes, bucket: str = BUCKET, **more: Any) -> str:
    """An object that no job wrote; its ETag."""
    return str(s3_client().put_object(Bucket=bucket, Key=key, Body=body, **more)["ETag"])


def forget(shelf: Shelf) -> None:
    """As if the worker had been killed between the bucket and its rows."""
    PublishedFile.objects.filter(scope=shelf.scope).update(is_settled=False, etag="", sha256="")


def test_a_strangers_bytes_under_a_new_key_are_logged_and_replaced(shelf, run_tasks, caplog):
    put_by_a_stranger(shelf.key("a.html"), b"not ours")
    shelf.put("a.html", "a")

    job = publish(shelf, run_tasks)

    assert (job.state, get(shelf, "a.html").text) == ("published", "a")
    assert "publish_overwrites_unseen" in caplog.messages


def test_a_strangers_bytes_in_place_of_ours_are_logged_and_replaced(shelf, run_tasks, caplog):
    shelf.put("a.html", "a")
    publish(shelf, run_tasks)
    put_by_a_stranger(shelf.key("a.html"), b"not ours")
    shelf.put("a.html", "a2")

    publish(shelf, run_tasks)

    assert get(shelf, "a.html").text == "a2"
    assert "publish_overwrites_unseen" in caplog.messages


def test_our_own_bytes_that_no_row_knows_of_are_recorded_and_not_written(
    shelf, run_tasks, calls_of_the_store, caplog
):
    shelf.put("a.html", "a")
    publish(shelf, run_tasks)
    forget(shelf)
    calls_of_the_store.clear()

    job = publish(shelf, run_tasks)

    # The put was refused by its guard, and the look that followed was enough.
    assert [call for call, _ in calls_of_the_store] == ["PutObject", "HeadObject"]
    assert (job.state, job.receipt["written"]) == ("published", 1)
    assert "publish_overwrites_unseen" not in caplog.messages


def test_a_row_that_is_not_settled_is_not_believed(shelf, run_tasks):
    """A worker was killed after it put `a2` and before its row; then `a` is published again."""
    shelf.put("a.html", "a")
    publish(shelf, run_tasks)
    put_by_a_stranger(shelf.key("a.html"), b"a2", Metadata={"sha256": hashlib.sha256(b"a2").hexdigest()})
    PublishedFile.objects.filter(key=shelf.key("a.html")).update(is_settled=False)

    publish(shelf, run_tasks)

    assert get(shelf, "a.html").text == "a"


def test_something_that_vanished_is_written_again_when_it_changes(shelf, run_tasks):
    shelf.put("a.html", "a")
    publish(shelf, run_tasks)
    s3_client().delete_object(Bucket=BUCKET, Key=shelf.key("a.html"))
    shelf.put("a.html", "a2")

    assert publish(shelf, run_tasks).state == "published"
    assert get(shelf, "a.html").text == "a2"


@pytest.mark.parametrize("written_by", ["a job", "a stranger"])
def test_other_bytes_under_a_key_that_is_written_once_fail_the_job_and_name_the_key(
    shelf, run_tasks, written_by
):
    if written_by == "a job":
        shelf.put("a.jpg", "first", **JPEG)
        publish(shelf, run_tasks)
    else:
        put_by_a_stranger(shelf.key("a.jpg"), b"first")
    shelf.put("a.jpg", "second", **JPEG)
    shelf.put("index.html", "names a.jpg", rule="LISTING")

    job = publish(shelf, run_tasks)

    assert (job.state, job.attempts) == ("failed", 1)
    assert shelf.key("a.jpg") in job.error
    assert get(shelf, "a.jpg").text == "first"
    assert get(shelf, "index.html").status_code == 404
    assert Group.objects.filter(name=f"failed {job.pk}").exists()


def test_a_name_that_is_written_once_stays_taken_after_its_file_is_removed(shelf, run_tasks):
    shelf.put("a.jpg", "first", **JPEG)
    publish(shelf, run_tasks)
    shelf.take("a.jpg")
    publish(shelf, run_tasks)
    shelf.set(removals=[])
    shelf.put("a.jpg", "second", **JPEG)

    refused = publish(shelf, run_tasks)
    shelf.put("a.jpg", "first", **JPEG)
    restored = publish(shelf, run_tasks)

    assert (refused.state, restored.state) == ("failed", "published")
    assert get(shelf, "a.jpg").text == "first"


def test_a_strangers_file_that_has_the_same_bytes_is_taken_as_it_is(shelf, run_tasks):
    put_by_a_stranger(
        shelf.key("a.jpg"), b"jpeg", ContentType="image/jpeg", CacheControl=CacheRule.IMMUTABLE.origin
    )
    shelf.put("a.jpg", "jpeg", **JPEG)

    assert publish(shelf, run_tasks).state == "published"


def test_wrong_headers_of_a_file_that_is_written_once_are_mended(shelf, run_tasks):
    put_by_a_stranger(shelf.key("a.jpg"), b"jpeg", ContentType="text/html")
    shelf.put("a.jpg", "jpeg", **JPEG)

    publish(shelf, run_tasks)

    assert get(shelf, "a.jpg").headers["Content-Type"] == "image/jpeg"


def test_the_same_immutable_file_may_be_in_two_scopes(make_shelf, run_tasks):
    one, other = make_shelf(), make_shelf()
    one.put("a.jpg", "jpeg", **JPEG)
    publish(one, run_tasks)
    other.set(files={one.key("a.jpg"): {"text": "jpeg", **JPEG}})

    assert publish(other, run_tasks).state == "published"


def test_a_key_of_another_scope_is_not_written(make_shelf, run_tasks):
    one, other = make_shelf(), make_shelf()
    one.put("a.html", "one")
    publish(one, run_tasks)
    other.set(files={one.key("a.html"): {"text": "other"}})

    job = publish(other, run_tasks)

    assert job.state == "failed"
    assert one.key("a.html") in job.error
    assert get(one, "a.html").text == "one"


def test_a_key_of_another_scope_is_not_removed(make_shelf, run_tasks):
    one, other = make_shelf(), make_shelf()
    one.put("a.html", "one")
    publish(one, run_tasks)
    other.set(removals=[one.key("a.html")])

    assert publish(other, run_tasks).state == "failed"
    assert get(one, "a.html").text == "one"


def test_a_key_that_nobody_published_is_not_removed(shelf, run_tasks):
    put_by_a_stranger(shelf.key("stranger.txt"), b"not ours")
    shelf.set(removals=[shelf.key("stranger.txt")])

    publish(shelf, run_tasks)

    assert get(shelf, "stranger.txt").content == b"not ours"


def test_what_a_stranger_put_in_place_of_ours_is_logged_and_removed(shelf, run_tasks, caplog):
    shelf.put("a.html", "a")
    publish(shelf, run_tasks)
    put_by_a_stranger(shelf.key("a.html"), b"not ours")
    shelf.take("a.html")

    publish(shelf, run_tasks)

    assert get(shelf, "a.html").status_code == 404
    assert "publish_removes_unseen" in caplog.messages


def test_a_plan_that_names_a_key_twice_or_contradicts_itself_fails(shelf, run_tasks):
    shelf.put("a.html", "a")
    shelf.set(removals=[shelf.key("a.html")])

    job = publish(shelf, run_tasks)

    assert "is a file of the plan and a removal" in job.error


# --- Copies -----------------------------------------------------------------------------------


@pytest.mark.parametrize("part_bytes", [64 * 1024 * 1024, 5 * 1024 * 1024])
def test_an_artifact_is_copied_by_the_store_in_one_piece_or_in_parts(
    shelf, run_tasks, monkeypatch, part_bytes, calls_of_the_store
):
    monkeypatch.setattr("chassis.publishing.objects.COPY_PART_BYTES", part_bytes)
    body = b"quartet" * 1_700_000
    etag = put_by_a_stranger(shelf.key("upload"), body, SOURCE)
    shelf.copy("app.exe", body, source_bucket=SOURCE, source_key=shelf.key("upload"), source_etag=etag)
    calls_of_the_store.clear()

    job = publish(shelf, run_tasks)

    answer = get(shelf, "app.exe")
    assert job.state == "published"
    assert answer.content == body
    assert answer.headers["Cache-Control"] == CacheRule.IMMUTABLE.origin
    assert job.receipt["files"][0]["sha256"] == hashlib.sha256(body).hexdigest()
    assert "GetObject" not in [call for call, _ in calls_of_the_store]


def test_a_source_that_changed_since_it_was_checked_is_not_published(shelf, run_tasks):
    etag = put_by_a_stranger(shelf.key("upload"), b"checked", SOURCE)
    put_by_a_stranger(shelf.key("upload"), b"changed", SOURCE)
    source = {"source_bucket": SOURCE, "source_key": shelf.key("upload"), "source_etag": etag}
    shelf.copy("app.exe", b"checked", **source)

    job = publish(shelf, run_tasks)

    assert (job.state, job.attempts) == ("failed", 1)
    assert "is not what was checked" in job.error
    assert get(shelf, "app.exe").status_code == 404


def test_a_source_that_is_gone_fails_the_job(shelf, run_tasks):
    shelf.copy("app.exe", b"gone", source_bucket=SOURCE, source_key=shelf.key("gone"))

    assert publish(shelf, run_tasks).state == "failed"


def test_a_copy_that_is_there_already_is_left(shelf, run_tasks):
    put_by_a_stranger(shelf.key("upload"), b"app", SOURCE)
    shelf.copy("app.exe", b"app", source_bucket=SOURCE, source_key=shelf.key("upload"))
    publish(shelf, run_tasks)
    forget(shelf)
    s3_client().delete_object(Bucket=SOURCE, Key=shelf.key("upload"))

    # Even without its source.
    assert publish(shelf, run_tasks).state == "published"


# --- What a plan may hold -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "a/../b", "./a", "a*", "a?b", "a#b", "a\nb", "a%20b", "x" * 256]
)
def test_a_key_that_no_address_can_carry_is_refused(key):
    with pytest.raises(ValueError, match="no key of a public file"):
        PublicFile(key, b"", "image/png", CacheRule.PAGE)


def test_a_text_without_its_charset_is_refused():
    with pytest.raises(ValueError, match="charset"):
        PublicFile("a.html", b"", "text/html", CacheRule.PAGE)


def test_a_rule_of_answers_is_no_rule_of_files():
    with pytest.raises(ValueError, match="no rule for files"):
        PublicFile("a.json", b"", "application/json", CacheRule.SHARED_ANSWER)


def test_a_copy_without_a_hash_is_refused():
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        PublicCopy("a.exe", "b", "k", sha256="", size=1, content_type="application/octet-stream")


def test_only_an_immutable_file_is_stored_without_a_job(shelf):
    with pytest.raises(ValueError, match="only an immutable file"):
        publishing.store(PublicFile("a.png", b"", "image/png", CacheRule.PAGE), scope=shelf.scope)


def test_a_rendition_with_other_bytes_is_refused(shelf):
    publishing.store(PublicFile(shelf.key("a"), b"1", "image/png", CacheRule.IMMUTABLE), scope=shelf.scope)

    with pytest.raises(ImmutableConflict):
        publishing.store(
            PublicFile(shelf.key("a"), b"2", "image/png", CacheRule.IMMUTABLE), scope=shelf.scope
        )


@pytest.fixture(autouse=True)
def _warnings(caplog):
    caplog.set_level(logging.WARNING)
