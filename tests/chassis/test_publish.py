"""The publisher's main road: what is asked for is in the bucket, the edge is told, a receipt proves it."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from chassis import publishing
from chassis.models import PublishedFile, PublishJob
from chassis.publishing import CacheRule
from chassis.storage import s3_client
from tests.chassis.distribution import Distribution
from tests.chassis.publishing_samples import Shelf

pytestmark = pytest.mark.django_db


def get(shelf: Shelf, name: str) -> httpx.Response:
    """What a reader gets."""
    from django.conf import settings

    return httpx.get(f"{settings.PUBLIC_URL}/{shelf.key(name)}")


def publish(shelf: Shelf, run_tasks: Any, by: str = "alice") -> PublishJob:
    """Have a shelf published, and look at the job."""
    job = shelf.request(by)
    run_tasks()
    job.refresh_from_db()
    return job


def test_what_is_published_is_at_the_public_address_with_its_headers(shelf, run_tasks):
    shelf.put("a/index.html", "<p>Å")

    job = publish(shelf, run_tasks)

    page = get(shelf, "a/index.html")
    assert (job.state, job.error, job.attempts) == ("published", "", 1)
    assert page.content == "<p>Å".encode()
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == CacheRule.PAGE.origin
    stored = s3_client().head_object(Bucket="quartet-public", Key=shelf.key("a/index.html"))
    assert stored["Metadata"] == {"sha256": hashlib.sha256(page.content).hexdigest()}


def test_the_receipt_tells_what_the_address_served_and_after_how_long(shelf, run_tasks, settings):
    shelf.put("index.html", "home", rule="LISTING")
    shelf.put("a/index.html", "a")

    job = publish(shelf, run_tasks)

    lines = {line["url"]: line for line in job.receipt["files"]}
    home = lines[f"{settings.PUBLIC_URL}/{shelf.key('index.html')}"]
    assert home["sha256"] == hashlib.sha256(b"home").hexdigest()
    assert set(lines) == {f"{settings.PUBLIC_URL}/{shelf.key(n)}" for n in ("index.html", "a/index.html")}
    assert job.receipt["milliseconds"] == max(line["milliseconds"] for line in lines.values()) > 0
    assert (job.receipt["written"], job.receipt["removed"]) == (2, 0)


def test_the_service_is_told_once_in_the_transaction_that_finishes_the_job(shelf, run_tasks):
    shelf.put("a.html", "a")

    job = publish(shelf, run_tasks)

    assert list(Group.objects.values_list("name", flat=True)) == [f"published {job.pk}"]


def test_a_request_that_is_undone_publishes_nothing(shelf, run_tasks, db):
    shelf.put("a.html", "a")
    with transaction.atomic():
        shelf.request()
        transaction.set_rollback(True)

    assert run_tasks() == 0
    assert get(shelf, "a.html").status_code == 404


def test_a_kind_that_nobody_registered_is_refused_at_once(db):
    with pytest.raises(LookupError, match="nothing-of-the-kind"):
        publishing.request(kind="nothing-of-the-kind", argument="", scope="s", title="t", requested_by="a")

    assert not PublishJob.objects.exists()


def test_pointers_are_written_after_every_leaf_and_removals_last(shelf, run_tasks, calls_of_the_store):
    shelf.put("old.html", "old")
    publish(shelf, run_tasks)
    shelf.put("index.html", "home", rule="LISTING")
    shelf.put("latest.json", "{}", rule="POINTER", type="application/json")
    shelf.put("a.html", "a")
    shelf.put("a.jpg", "jpeg", rule="IMMUTABLE", type="image/jpeg")
    shelf.take("old.html")
    calls_of_the_store.clear()

    publish(shelf, run_tasks)

    writes = [call for call in calls_of_the_store if call[0] in ("PutObject", "DeleteObject")]
    stages = [{"a.html": 1, "a.jpg": 1, "old.html": 3}.get(key.rpartition("/")[2], 2) for _, key in writes]
    assert stages == [1, 1, 2, 2, 3]


def test_what_did_not_change_costs_no_call_of_the_store(shelf, run_tasks, calls_of_the_store):
    shelf.put("a.html", "a")
    shelf.put("index.html", "home", rule="LISTING")
    publish(shelf, run_tasks)
    calls_of_the_store.clear()

    again = publish(shelf, run_tasks)

    assert calls_of_the_store == []
    assert again.state == "published"
    assert again.receipt["written"] == 0
    # That nothing was to be done is proved, too.
    assert len(again.receipt["files"]) == 2


def test_what_changed_is_written_and_nothing_else(shelf, run_tasks, calls_of_the_store):
    shelf.put("a.html", "a")
    shelf.put("b.html", "b")
    publish(shelf, run_tasks)
    shelf.put("b.html", "b2")
    calls_of_the_store.clear()

    job = publish(shelf, run_tasks)

    assert calls_of_the_store == [("PutObject", shelf.key("b.html"))]
    assert get(shelf, "b.html").text == "b2"
    assert job.receipt["written"] == 1


def test_a_changed_header_is_written_though_the_bytes_are_the_same(shelf, run_tasks):
    shelf.put("a.json", "{}", rule="PAGE", type="application/json")
    publish(shelf, run_tasks)
    shelf.put("a.json", "{}", rule="POINTER", type="application/json")

    publish(shelf, run_tasks)

    assert get(shelf, "a.json").headers["Cache-Control"] == CacheRule.POINTER.origin


def test_what_is_removed_is_gone_and_can_come_back(shelf, run_tasks):
    shelf.put("a.html", "a")
    publish(shelf, run_tasks)
    shelf.take("a.html")

    removed = publish(shelf, run_tasks)

    assert get(shelf, "a.html").status_code == 404
    assert (removed.receipt["removed"], removed.receipt["files"][0]["sha256"]) == (1, "")
    assert publishing.keys_of(shelf.scope) == []
    shelf.set(removals=[])
    shelf.put("a.html", "a")
    publish(shelf, run_tasks)
    assert get(shelf, "a.html").text == "a"
    assert publishing.keys_of(shelf.scope) == [shelf.key("a.html")]


def test_removing_what_was_never_there_is_harmless(shelf, run_tasks):
    shelf.put("a.html", "a")
    shelf.take("never.html")

    assert publish(shelf, run_tasks).state == "published"


def test_the_edge_is_told_exactly_what_changed_and_once_more_later(
    shelf, run_tasks, distribution: Distribution, let_time_pass
):
    shelf.put("a b/index.html", "a")
    shelf.put("b.html", "b")
    shelf.put("c.jpg", "c", rule="IMMUTABLE", type="image/jpeg")
    publish(shelf, run_tasks)
    shelf.put("b.html", "b2")
    shelf.take("a b/index.html")

    job = publish(shelf, run_tasks)

    gone, page = shelf.key("a%20b/"), shelf.key("b.html")
    paths = [f"/{gone}", f"/{gone}index.html", f"/{page}"]
    told = [one for one in distribution.invalidations() if one.reference.startswith(str(job.pk))]
    assert [one.paths for one in told] == [paths]
    assert len(job.receipt["invalidations"]) == 1
    let_time_pass()
    run_tasks()
    told = [one for one in distribution.invalidations() if one.reference.startswith(str(job.pk))]
    assert [one.paths for one in told] == [paths, paths]
    assert told[0].reference != told[1].reference


def test_nothing_changed_means_that_the_edge_is_told_nothing(shelf, run_tasks, distribution: Distribution):
    shelf.put("a.html", "a")
    publish(shelf, run_tasks)
    before = distribution.invalidations()

    publish(shelf, run_tasks)

    assert distribution.invalidations() == before


def test_a_file_that_is_written_once_is_not_invalidated_when_it_comes(shelf, run_tasks, distribution):
    shelf.put("a.jpg", "a", rule="IMMUTABLE", type="image/jpeg")

    publish(shelf, run_tasks)

    assert distribution.invalidations() == []


def test_a_rendition_is_stored_at_once_and_twice_is_harmless(shelf, settings, calls_of_the_store):
    file = publishing.PublicFile(shelf.key("a.jpg"), b"a", "image/jpeg", CacheRule.IMMUTABLE)

    publishing.store(file, scope=shelf.scope)
    publishing.store(file, scope=shelf.scope)

    assert get(shelf, "a.jpg").content == b"a"
    assert calls_of_the_store == [("PutObject", shelf.key("a.jpg"))]
    assert PublishedFile.objects.get(key=shelf.key("a.jpg")).is_settled
