"""A job that cannot be done, or not yet: refused, tried again, failed at last, and never half-hidden."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from chassis.models import PublishedFile, PublishJob
from chassis.publishing import jobs
from tests.chassis.slow_edge import SlowEdge
from tests.chassis.test_publish import get, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def edge(object_store: Any, settings: Any) -> Iterator[SlowEdge]:
    """The public address is that of an edge which keeps everything."""
    with SlowEdge(settings.PUBLIC_URL) as slow_edge:
        settings.PUBLIC_URL = slow_edge.url
        settings.PUBLISHING_RECEIPT_SECONDS = 1
        yield slow_edge


def test_what_the_plan_refuses_fails_at_once_and_says_where(shelf, run_tasks, calls_of_the_store):
    shelf.put("a.html", "a")
    shelf.set(refused="Say what the picture shows.")
    calls_of_the_store.clear()

    job = publish(shelf, run_tasks)

    assert (job.state, job.attempts, job.error) == ("failed", 1, "The shelf is not ready.")
    assert job.errors == [{"pointer": "/cover", "code": "alt-text", "detail": "Say what the picture shows."}]
    assert job.finished_at is not None
    assert calls_of_the_store == []
    assert list(Group.objects.values_list("name", flat=True)) == [f"failed {job.pk}"]
    assert run_tasks() == 0


def test_what_went_wrong_is_tried_again_and_shown_meanwhile(shelf, run_tasks, let_time_pass):
    shelf.put("a.html", "a")
    shelf.set(broken="the database hiccups")

    waiting = publish(shelf, run_tasks)

    assert (waiting.state, waiting.error) == ("waiting", "RuntimeError: the database hiccups")
    shelf.content.pop("broken")
    shelf.set()
    let_time_pass()
    run_tasks()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error, waiting.attempts) == ("published", "", 2)


def fail_for_good(shelf: Any, run_tasks: Any, let_time_pass: Any) -> PublishJob:
    """A job whose attempts are used up."""
    job: PublishJob = shelf.request()
    for _ in range(jobs.ATTEMPTS + 1):
        let_time_pass()
        run_tasks()
    job.refresh_from_db()
    return job


def test_after_its_last_attempt_a_job_is_failed_and_its_service_told_once(shelf, run_tasks, let_time_pass):
    shelf.set(broken="a bug")

    job = fail_for_good(shelf, run_tasks, let_time_pass)

    assert (job.state, job.attempts, job.error) == ("failed", jobs.ATTEMPTS, "RuntimeError: a bug")
    assert list(Group.objects.values_list("name", flat=True)) == [f"failed {job.pk}"]
    # The job says what failed; its task is not dead.
    assert not DBTaskResult.objects.filter(status="FAILED").exists()


def test_a_failed_job_can_be_tried_again(shelf, run_tasks, let_time_pass):
    shelf.set(broken="a bug")
    job = fail_for_good(shelf, run_tasks, let_time_pass)
    shelf.content.pop("broken")
    shelf.put("a.html", "a")

    assert jobs.try_again(job)
    run_tasks()

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("published", 1)
    assert not jobs.try_again(job)


def test_a_store_that_does_not_answer_is_waited_for(shelf, run_tasks, settings, let_time_pass):
    shelf.put("a.html", "a")
    address, settings.S3_ENDPOINT_URL = settings.S3_ENDPOINT_URL, "http://127.0.0.1:9"

    job = publish(shelf, run_tasks)

    assert (job.state, job.error) == ("waiting", "The object store does not answer.")
    settings.S3_ENDPOINT_URL = address
    let_time_pass()
    run_tasks()
    job.refresh_from_db()
    assert job.state == "published"


def test_an_edge_that_cannot_be_told_is_told_later(shelf, run_tasks, settings, distribution, let_time_pass):
    shelf.put("a.html", "a")
    address, settings.CLOUDFRONT_ENDPOINT_URL = settings.CLOUDFRONT_ENDPOINT_URL, "http://127.0.0.1:9"

    job = publish(shelf, run_tasks)

    assert (job.state, job.error) == ("waiting", "The edge does not answer.")
    settings.CLOUDFRONT_ENDPOINT_URL = address
    let_time_pass()
    run_tasks()
    job.refresh_from_db()
    assert job.state == "published"
    assert [one.paths for one in distribution.invalidations()] == [[f"/{shelf.key('a.html')}"]]


def test_what_a_failed_job_wrote_is_told_to_the_edge_by_the_next_one(
    shelf, run_tasks, distribution, make_shelf
):
    shelf.put("a.html", "a")
    shelf.put("b.jpg", "b", rule="IMMUTABLE", type="image/jpeg")
    publish(shelf, run_tasks)
    shelf.put("a.html", "a2")
    shelf.put("b.jpg", "other bytes", rule="IMMUTABLE", type="image/jpeg")
    shelf.put("c.html", "c")
    PublishedFile.objects.filter(key=shelf.key("b.jpg")).update(sha256="")  # found out at the bucket only
    assert publish(shelf, run_tasks).state == "failed"
    shelf.put("b.jpg", "b", rule="IMMUTABLE", type="image/jpeg")

    job = publish(shelf, run_tasks)

    told = [one.paths for one in distribution.invalidations() if one.reference.startswith(str(job.pk))]
    assert told == [[f"/{shelf.key('a.html')}", f"/{shelf.key('c.html')}"]]


def test_an_address_that_goes_on_with_the_old_file_keeps_the_job_from_being_published(
    shelf, run_tasks, edge, distribution, let_time_pass
):
    shelf.put("index.html", "old", rule="LISTING")
    publish(shelf, run_tasks)
    shelf.put("index.html", "new", rule="LISTING")

    job = publish(shelf, run_tasks)

    assert job.state == "waiting"
    assert f"{shelf.key('index.html')} serves sha256" in job.error
    assert not Group.objects.filter(name=f"published {job.pk}").exists()
    edge.requests_until_forgotten = 0
    edge._left.clear()
    let_time_pass()
    run_tasks()
    job.refresh_from_db()
    assert job.state == "published"
    # Told again, by another reference: the first one would have changed nothing.
    first, again = [
        one for one in distribution.invalidations()
        if one.reference.startswith(str(job.pk)) and "again" not in one.reference
    ]  # fmt: skip
    assert first.paths == again.paths


def test_nothing_names_a_new_file_before_the_edge_serves_it(shelf, run_tasks, edge, let_time_pass):
    """Somebody asked for it too early, and the edge remembers that it was not there."""
    edge.answer(f"/{shelf.key('app.exe')}")
    shelf.put("app.exe", "app", rule="IMMUTABLE", type="application/octet-stream")
    shelf.put("latest.json", "app.exe", rule="POINTER", type="application/json")

    job = publish(shelf, run_tasks)

    assert job.state == "waiting"
    assert f"{shelf.key('app.exe')} answers 404" in job.error
    assert not PublishedFile.objects.filter(key=shelf.key("latest.json")).exists()
    edge._left.clear()
    let_time_pass()
    run_tasks()
    job.refresh_from_db()
    assert job.state == "published"


def test_the_receipt_waits_until_the_edge_has_forgotten(shelf, run_tasks, edge):
    shelf.put("index.html", "old", rule="LISTING")
    publish(shelf, run_tasks)
    edge._left = dict.fromkeys(edge._left, 3)
    edge.requests.clear()
    shelf.put("index.html", "new", rule="LISTING")

    job = publish(shelf, run_tasks)

    assert (job.state, job.attempts) == ("published", 1)
    assert len(edge.requests) == 4
    # Three pauses: 50, 100 and 200 ms.
    assert job.receipt["milliseconds"] >= 350


def test_a_follow_up_that_fails_leaves_the_job_unfinished(shelf, run_tasks, let_time_pass):
    shelf.put("a.html", "a")
    job = shelf.request()
    taken = Group.objects.create(name=f"published {job.pk}")

    run_tasks()

    job.refresh_from_db()
    assert (job.state, job.receipt.get("files")) == ("waiting", None)
    assert "IntegrityError" in job.error
    taken.delete()
    let_time_pass()
    run_tasks()
    job.refresh_from_db()
    assert job.state == "published"
    assert get(shelf, "a.html").text == "a"


def test_a_job_fails_though_its_service_cannot_be_told(shelf, run_tasks):
    shelf.set(refused="no")
    job = shelf.request()
    Group.objects.create(name=f"failed {job.pk}")

    run_tasks()

    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "The shelf is not ready.")


def test_a_job_of_a_kind_that_is_gone_fails_at_last(shelf, run_tasks, let_time_pass):
    job = shelf.request()
    PublishJob.objects.update(kind="gone", attempts=jobs.ATTEMPTS - 1)

    run_tasks()

    job.refresh_from_db()
    assert job.state == "failed"
    assert "Nothing is registered as 'gone'" in job.error


def test_old_jobs_are_pruned_and_failed_ones_kept(shelf, run_tasks):
    published = publish(shelf, run_tasks)
    shelf.set(refused="no")
    failed = publish(shelf, run_tasks)
    PublishJob.objects.update(requested_at=timezone.now() - jobs.KEPT - timedelta(days=1))
    recent = publish(shelf, run_tasks)

    assert jobs.prune() == 1

    assert set(PublishJob.objects.values_list("pk", flat=True)) == {failed.pk, recent.pk}
    assert published.pk not in (failed.pk, recent.pk)
