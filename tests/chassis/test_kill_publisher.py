"""A publisher killed at each step: the next worker leaves the bucket as if nothing had happened."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from chassis.models import PublishedFile, PublishJob, PublishLease
from chassis.publishing import objects
from chassis.storage import s3_client
from tests.chassis.distribution import Distribution
from tests.chassis.publishing_samples import Shelf

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
BUCKETS = {"bucket": "quartet-public", "source": "quartet-uploads"}
# Every step of the job below, in order, and which time it comes. A test holds the list to be whole.
STEPS = [
    "leased 1", "claimed 1",
    "noted 1", "file_put 1", "file_put 2", "file_put 3", "file_put 4", "put 1", "recorded 1",
    "leaves_written 1", "leaves_served 1",
    "noted 2", "file_put 5", "file_put 6", "put 2", "recorded 2", "pointers_written 1",
    "removals_noted 1", "file_removed 1", "removed 1", "removals_recorded 1",
    "edge_told 1", "edge_told_recorded 1", "receipt 1", "followed_up 1", "published 1",
]  # fmt: skip
# Where the bucket and the rows say different things, or a stage is half done.
BETWEEN = ["noted 1", "file_put 2", "put 1", "leaves_served 1", "file_put 5", "file_removed 1", "edge_told 1"]
JPEG = {"rule": "IMMUTABLE", "type": "image/jpeg"}


@pytest.fixture(scope="module")
def zygote(object_store_server: Any, django_db_setup: None) -> Iterator[subprocess.Popen[str]]:
    """The process that forks workers."""
    store = object_store_server.environment()
    variables = {
        **os.environ,
        **store,
        "DATABASE_URL": _test_database(),
        "PUBLIC_URL": f"{store['S3_ENDPOINT_URL']}/{store['S3_PUBLIC_BUCKET']}",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.chassis.publisher_process"],
        cwd=ROOT,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.communicate(timeout=30)


@pytest.fixture
def workers(zygote: subprocess.Popen[str], distribution: Distribution, settings: Any) -> Callable[[str], str]:
    """`workers("put 1")`: a worker that is killed there; `killed`, or `done` if it never came so far."""

    def work(step: str) -> str:
        assert zygote.stdin is not None
        assert zygote.stdout is not None
        variables = {name: getattr(settings, name) for name in EDGE}
        zygote.stdin.write(json.dumps([*step.split(), objects.COPY_PART_BYTES, variables]))
        zygote.stdin.write("\n")
        zygote.stdin.flush()
        return zygote.stdout.readline().strip()

    return work


EDGE = (
    "FILES_DISTRIBUTION_ID",
    "CLOUDFRONT_ENDPOINT_URL",
    "CLOUDFRONT_ACCESS_KEY_ID",
    "CLOUDFRONT_SECRET_ACCESS_KEY",
    "PUBLISHING_RECEIPT_SECONDS",
)


def _test_database() -> str:
    """The address of the database that this test uses: that of the environment, under another name."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def stock(shelf: Shelf) -> None:
    """How it was before."""
    shelf.put("a/index.html", "a, as it was")
    shelf.put("gone.html", "on its way out")
    shelf.put("b.jpg", "picture", **JPEG)
    shelf.put("index.html", "a, gone", rule="LISTING")
    shelf.put("same.json", "{}", rule="LISTING", type="application/json")


def change(shelf: Shelf) -> None:
    """What the killed job is to do: four leaves, two pointers, one removal."""
    artifact = b"artifact"
    s3_client().put_object(Bucket=BUCKETS["source"], Key=shelf.key("upload"), Body=artifact)
    shelf.put("a/index.html", "a, as it is")
    shelf.put("c.html", "a new page")
    shelf.put("d.jpg", "a new picture", **JPEG)
    shelf.copy("app.exe", artifact, source_bucket=BUCKETS["source"], source_key=shelf.key("upload"))
    shelf.put("index.html", "a, c", rule="LISTING")
    shelf.put("latest.json", "app.exe", rule="POINTER", type="application/json")
    shelf.take("gone.html")


CHANGED = ["", "a/", "a/index.html", "c.html", "gone.html", "index.html", "latest.json"]


def content_of(shelf: Shelf) -> dict[str, tuple[Any, ...]]:
    """Everything in the bucket below its keys: bytes and headers."""
    client = s3_client()
    listed = client.list_objects_v2(Bucket=BUCKETS["bucket"], Prefix=f"{shelf.scope}/")
    found = {}
    for item in listed.get("Contents", []):
        answer = client.get_object(Bucket=BUCKETS["bucket"], Key=item["Key"])
        headers = (answer["ContentType"], answer["CacheControl"], answer["Metadata"])
        found[item["Key"].removeprefix(f"{shelf.scope}/")] = (answer["Body"].read(), *headers)
    return found


def let_the_leases_run_out() -> None:
    """As if the killed worker had been gone for an hour."""
    long_ago = timezone.now() - timedelta(hours=1)
    DBTaskResult.objects.filter(status="RUNNING").update(started_at=long_ago)
    PublishLease.objects.update(until=long_ago)


def begin(shelf: Shelf, run_tasks: Any) -> PublishJob:
    """A published shelf, and the request to publish it changed."""
    stock(shelf)
    shelf.request()
    run_tasks()
    change(shelf)
    return shelf.request()


_undisturbed: dict[tuple[Callable[[Shelf], None], ...], dict[str, tuple[Any, ...]]] = {}


@pytest.fixture
def undisturbed(make_shelf: Callable[[], Shelf], run_tasks: Callable[[], int]) -> Callable[..., Any]:
    """`undisturbed(stock, change)`: what the bucket holds when that is published for the first time."""

    def content(*changes: Callable[[Shelf], None]) -> dict[str, tuple[Any, ...]]:
        if changes not in _undisturbed:
            shelf = make_shelf()
            for make in changes:
                make(shelf)
            shelf.request()
            run_tasks()
            _undisturbed[changes] = content_of(shelf)
        return _undisturbed[changes]

    return content


@pytest.mark.parametrize("step", STEPS)
def test_after_a_kill_at_any_step_the_bucket_is_as_after_a_fresh_publish(
    step, workers, distribution, make_shelf, run_tasks, let_time_pass, undisturbed
):
    shelf: Shelf = make_shelf()
    job = begin(shelf, run_tasks)

    ended = workers(step)
    let_the_leases_run_out()
    let_time_pass()
    run_tasks()

    job.refresh_from_db()
    assert ended == "killed"
    assert (job.state, job.error) == ("published", "")
    assert content_of(shelf) == undisturbed(stock, change)
    assert not PublishedFile.objects.exclude(is_settled=True, is_stale_at_edge=False).exists()
    # Once, though the worker may have been killed just after.
    assert Group.objects.filter(name=f"published {job.pk}").count() == 1
    invalidations = [one for one in distribution.invalidations() if one.reference.startswith(str(job.pk))]
    paths = sorted(f"/{shelf.key(name)}" for name in CHANGED)
    first = [one.paths for one in invalidations if "again" not in one.reference]
    assert first == [paths]
    assert {tuple(one.paths) for one in invalidations} == {tuple(paths)}


@pytest.mark.parametrize("step", BETWEEN)
def test_after_a_kill_the_bucket_can_go_back_to_what_it_was(
    step, workers, distribution, make_shelf, run_tasks, let_time_pass, undisturbed
):
    shelf: Shelf = make_shelf()
    begin(shelf, run_tasks)
    workers(step)
    before = {shelf.key(name) for name in ("c.html", "d.jpg", "app.exe", "latest.json")}

    stock(shelf)
    shelf.set(
        files={key: file for key, file in shelf.content["files"].items() if key not in before},
        removals=sorted(before),
    )
    shelf.request()
    let_the_leases_run_out()
    let_time_pass()
    run_tasks()

    assert not PublishJob.objects.exclude(state="published").exists()
    assert content_of(shelf) == undisturbed(stock)
    assert not PublishedFile.objects.exclude(is_settled=True, is_stale_at_edge=False).exists()


def test_the_steps_above_are_all_there_are(distribution, make_shelf, run_tasks, caplog):
    shelf: Shelf = make_shelf()
    begin(shelf, run_tasks)

    with caplog.at_level(logging.DEBUG, logger="chassis.publishing"):
        run_tasks()

    reached = [str(record.__dict__["step"]) for record in caplog.records if "step" in record.__dict__]
    numbered = [f"{step} {reached[: place + 1].count(step)}" for place, step in enumerate(reached)]
    assert numbered == STEPS


def test_a_job_whose_worker_is_killed_every_time_fails_at_last(
    workers, distribution, make_shelf, run_tasks, let_time_pass, monkeypatch
):
    monkeypatch.setattr("chassis.publishing.jobs.ATTEMPTS", 2)
    shelf: Shelf = make_shelf()
    job = begin(shelf, run_tasks)
    for _ in range(2):
        workers("claimed 1")
        let_the_leases_run_out()
        let_time_pass()
        DBTaskResult.objects.filter(status="RUNNING").update(status="READY")

    run_tasks()

    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "RuntimeError: The worker ended in the middle, 2 times.")


def test_a_kill_between_the_parts_of_a_copy_leaves_no_file(
    workers, distribution, make_shelf, run_tasks, let_time_pass, monkeypatch
):
    monkeypatch.setattr(objects, "COPY_PART_BYTES", 5 * 1024 * 1024)
    body = b"quartet" * 1_700_000
    shelf: Shelf = make_shelf()
    s3_client().put_object(Bucket=BUCKETS["source"], Key=shelf.key("upload"), Body=body)
    shelf.copy("app.exe", body, source_bucket=BUCKETS["source"], source_key=shelf.key("upload"))
    job = shelf.request()

    ended = workers("part_copied 1")
    after_the_kill = content_of(shelf)
    let_the_leases_run_out()
    let_time_pass()
    run_tasks()

    job.refresh_from_db()
    assert (ended, after_the_kill, job.state) == ("killed", {}, "published")
    assert content_of(shelf)["app.exe"][0] == body
