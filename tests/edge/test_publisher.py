"""The publisher in front of a real edge: what is published is what the next reader gets."""

from __future__ import annotations

import uuid

import pytest

from chassis.publishing.rules import CacheRule
from tests.chassis.publishing_samples import Shelf
from tests.chassis.test_publish import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(edge, settings, tmp_path):
    """Something to publish at the edge."""
    settings.CLOUDFRONT_ACCESS_KEY_ID = settings.CLOUDFRONT_SECRET_ACCESS_KEY = "publisher"
    name = f"shelf-{uuid.uuid4().hex}"
    return Shelf(tmp_path / f"{name}.json", name)


def test_readers_get_the_new_files_as_soon_as_the_job_is_published(shelf, run_tasks, reader):
    shelf.put("a b/index.html", "old")
    shelf.put("index.html", "old home", rule="LISTING")
    publish(shelf, run_tasks)
    before = [reader.get(f"/{shelf.key(name)}").text for name in ("a b/", "a b/index.html", "")]
    shelf.put("a b/index.html", "new")
    shelf.put("index.html", "new home", rule="LISTING")

    job = publish(shelf, run_tasks)

    after = [reader.get(f"/{shelf.key(name)}") for name in ("a b/", "a b/index.html", "")]
    assert (job.state, job.attempts, len(job.receipt["invalidations"])) == ("published", 1, 1)
    assert before == ["old", "old", "old home"]
    assert [answer.text for answer in after] == ["new", "new", "new home"]
    assert {answer.headers["Cache-Control"] for answer in after} == {CacheRule.PAGE.viewer}


def test_what_is_removed_is_gone_for_the_next_reader(shelf, run_tasks, reader):
    shelf.put("a/index.html", "a")
    publish(shelf, run_tasks)
    reader.get(f"/{shelf.key('a/')}")
    shelf.take("a/index.html")

    job = publish(shelf, run_tasks)

    assert job.state == "published"
    assert [reader.get(f"/{shelf.key(name)}").status_code for name in ("a/", "a/index.html")] == [404, 404]


def test_a_page_that_somebody_asked_for_too_early_is_there_once_it_is_published(shelf, run_tasks, reader):
    early = reader.get(f"/{shelf.key('a/')}").status_code
    shelf.put("a/index.html", "a")

    job = publish(shelf, run_tasks)

    assert (early, job.state) == (404, "published")
    assert reader.get(f"/{shelf.key('a/')}").text == "a"


def test_a_browser_after_the_receipt_costs_the_store_nothing(shelf, run_tasks, reader, origin_requests):
    shelf.put("a.html", "a")
    publish(shelf, run_tasks)
    asked = origin_requests(shelf.key("a.html"))

    answer = reader.get(f"/{shelf.key('a.html')}", headers={"Accept-Encoding": "gzip, deflate, br"})

    assert answer.text == "a"
    assert origin_requests(shelf.key("a.html")) == asked
