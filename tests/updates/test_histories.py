"""Releases by four publishers at random, workers killed at random, readers all the time.

`HISTORY_RELEASES=1000` makes as many; `-s` shows how many publishes, deaths and reads that were.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from chassis.errors import DomainError
from chassis.models import PublishJob, PublishLease
from chassis.storage import s3_client
from updates import commands, plans, queries
from updates.models import Artifact, ArtifactState, Product, Release, ReleaseState, SignedFile
from updates.rollout import Step
from updates.versions import is_newer

ROOT = Path(__file__).resolve().parents[2]
RELEASES = int(os.environ.get("HISTORY_RELEASES", "12"))
# Three hours for a thousand.
TIMEOUT_SECONDS = 300 + 11 * RELEASES
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.timeout(TIMEOUT_SECONDS),
]
PUBLISHERS = ("ann", "ben", "cat", "dan")
PRODUCTS = ("tide", "ebb")
CHANNELS = ("stable", "beta")
# Steps of the publisher at which a worker dies, and how often it comes there in a job.
DEATHS = [
    "claimed 1",
    "file_put 2",
    "put 1",
    "leaves_served 1",
    "file_put 4",
    "pointers_written 1",
    "receipt 1",
]
KILLED_SHARE = 0.5
# A worker that dies does so in one of its first jobs: a job that killed eight would be given up.
JOBS_MOST = 8
# However slow workers are, that they are slow is no failure.
PATIENCE_SECONDS = 60
# Of these a manifest rightly stops to tell.
TAKEN_BACK = (ReleaseState.PAUSED, ReleaseState.WITHDRAWN, ReleaseState.PUBLISHING)


class Workers:
    """Workers that are processes, some of which are killed at a step."""

    def __init__(self, store):
        name = connection.settings_dict["NAME"]
        database = f"sqlite:///{name}"
        if connection.vendor != "sqlite":
            database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
        variables = {
            **store.environment(),
            "DATABASE_URL": database,
            "PUBLIC_URL": f"{store.environment()['S3_ENDPOINT_URL']}/quartet-public",
            # Announcing in a blog that is not there took most of the time.
            "SERVICES": "updates",
        }
        command = [sys.executable, "-m", "tests.chassis.publisher_process"]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        self.killed = 0

    def work(self, step):
        """A worker until nothing is left, or until it dies at this step."""
        name, times = step.split()
        self.stdin.write(json.dumps([name, times, 64 * 1024**2, {"PUBLISHING_RECEIPT_SECONDS": 5}]) + "\n")
        self.stdin.flush()
        self.killed += self.stdout.readline().strip() == "killed"

    def close(self):
        """The end."""
        self.process.communicate(timeout=60)


class Publisher:
    """Somebody who releases and changes his mind."""

    def __init__(self, name, seed):
        self.name = name
        self.random = random.Random(seed)
        self.refused = 0

    def release(self, number):
        """Make one, and then do something with any; whether it was made."""
        product, channel = self.random.choice(PRODUCTS), self.random.choice(CHANNELS)
        try:
            made = commands.create_release(
                actor=self.name, product=product, channel=channel, version=f"1.{number}.0"
            )
        except DomainError:
            self.refused += 1  # Another one was quicker with a higher version.
            return False
        body = f"{product} {channel} {number}".encode() + self.random.randbytes(2000)
        name = f"{product}-{channel}-1.{number}.0.bin"
        artifact = commands.add_artifact(
            actor=self.name,
            release_id=made.id,
            file_name=name,
            operating_system="any",
            architecture="any",
            kind="full",
            size=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
        )
        s3_client().put_object(Bucket="quartet-uploads", Key=artifact.upload_key, Body=body)
        Artifact.objects.filter(id=artifact.id).update(state=ArtifactState.UPLOADED)
        commands.verify_artifact(artifact_id=artifact.id)
        if self.random.random() < 0.5:
            commands.plan_rollout(
                actor=self.name, release_id=made.id, steps=[Step(self.random.randint(0, 60))]
            )
        commands.publish_release(actor=self.name, release_id=made.id)
        self.change_any()
        self.wait_for(made)
        return True

    @staticmethod
    def wait_for(release):
        """As people do: the next one is begun when this one is out, or what somebody made of it."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            job = Release.objects.select_related("job").get(id=release.id).job
            if job is None or job.is_finished:
                return
            time.sleep(0.02)

    def change_any(self):
        """Whatever comes to mind; what cannot be is refused."""
        found = Release.objects.order_by("?")[0]
        change = self.random.choice(
            [
                commands.pause_release,
                commands.resume_release,
                commands.withdraw_release,
                commands.release_to_everyone,
                commands.resume_release,
            ]
        )
        try:
            change(actor=self.name, release_id=found.id)
        except DomainError:
            self.refused += 1


class Reader:
    """Follows every manifest, and every file that it names."""

    def __init__(self, public_url):
        self.public_url = public_url
        self.client = httpx.Client(timeout=20)
        self.known = {}
        self.last = {}
        self.reads = 0
        self.complaints = []

    def read(self):
        """All of them once."""
        for product in PRODUCTS:
            for channel in CHANNELS:
                answer = self.client.get(f"{self.public_url}/updates/{product}/{channel}.json")
                if answer.status_code == 200:
                    self.check(product, channel, answer.json())

    def check(self, product, channel, manifest):
        """Every file is there and is what is told; no version goes back that was not taken back."""
        self.reads += 1
        told = [one for one in (manifest["latest"], *manifest["previous"]) if one]
        for file in (file for one in told for file in one["files"]):
            if self.known.get(file["url"]) == file["sha256"]:
                continue
            body = self.client.get(file["url"])
            if body.status_code != 200 or hashlib.sha256(body.content).hexdigest() != file["sha256"]:
                self.complaints.append(f"{file['url']} is {body.status_code} or other bytes")
            self.known[file["url"]] = file["sha256"]
        version = told[0]["version"] if told else "0.0.0"
        before = self.last.get((product, channel), "0.0.0")
        if is_newer("semver", before, version):
            release = Release.objects.get(
                channel__product__slug=product, channel__slug=channel, version=before
            )
            was_taken_back = release.state in TAKEN_BACK or release.paused_at or self.was_paused(release)
            if not was_taken_back:
                self.complaints.append(f"{product} {channel} went from {before} back to {version}")
        self.last[product, channel] = version

    @staticmethod
    def was_paused(release):
        """It may have been resumed since."""
        from updates.models import AuditEntry

        return AuditEntry.objects.filter(release_id=release.id, action="release_paused").exists()


def let_the_leases_run_out():
    """As if killed workers had been gone for an hour."""
    long_ago = timezone.now() - timedelta(hours=1)
    DBTaskResult.objects.filter(status="RUNNING").update(started_at=long_ago)
    PublishLease.objects.update(until=long_ago)
    soon = timezone.now() + timedelta(minutes=5)
    DBTaskResult.objects.filter(status="READY", run_after__lt=soon).update(run_after=timezone.now())


def in_thread(work):
    """Run it beside, with connections of its own."""

    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def is_anything_due():
    """Whether a worker would find something, now or soon."""
    soon = timezone.now() + timedelta(minutes=5)
    waiting = DBTaskResult.objects.filter(status__in=("READY", "RUNNING"), run_after__lt=soon)
    at_once = DBTaskResult.objects.filter(status__in=("READY", "RUNNING"), run_after=get_date_max())
    return waiting.exists() or at_once.exists()


@pytest.fixture
def publishers():
    """Four of them, at work on as many releases as were asked for."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    for product in PRODUCTS:
        commands.create_product(actor="ann", slug=product, name=product.title())
        commands.create_channel(actor="ann", product=product, slug="beta", name="Beta")
    numbers, due = itertools.count(1), iter(range(RELEASES))

    def publish(publisher):
        for _ in due:
            while not publisher.release(next(numbers)):
                pass

    made = [Publisher(name, f"{seed}{name}") for name in PUBLISHERS]
    threads = [in_thread(lambda one=one: publish(one)) for one in made]
    yield threads
    for thread in threads:
        thread.join()


@pytest.fixture
def reader(settings):
    """Somebody who reads all the time."""
    made, is_over = Reader(settings.PUBLIC_URL), threading.Event()

    def read():
        while not is_over.is_set():
            made.read()
            time.sleep(0.05)

    thread = in_thread(read)
    yield made
    is_over.set()
    thread.join()


def work_and_die(workers, publishers):
    """Workers until nothing is left, which die on their way: all while there is much to do, then half."""
    dice = random.Random()
    while any(thread.is_alive() for thread in publishers) or is_anything_due():
        if workers.killed == 0:
            step = DEATHS[0]
        elif any(thread.is_alive() for thread in publishers) or dice.random() < KILLED_SHARE:
            name, times = dice.choice(DEATHS).split()
            step = f"{name} {int(times) * dice.randint(1, JOBS_MOST)}"
        else:
            step = "never 1"
        workers.work(step)
        let_the_leases_run_out()


def test_no_manifest_ever_tells_what_is_not(empty_public_bucket, object_store, settings, publishers, reader):
    workers = Workers(object_store)

    work_and_die(workers, publishers)
    workers.close()
    reader.read()

    attempts = PublishJob.objects.aggregate(Sum("attempts"))["attempts__sum"]
    made = Release.objects.count()
    print(f"{made} releases, {attempts} publishes, {workers.killed} workers killed, {reader.reads} reads")
    assert made == RELEASES
    assert reader.complaints == []
    assert (reader.reads > RELEASES, workers.killed > 0) == (True, True)
    assert not Release.objects.filter(state=ReleaseState.PUBLISHING).exists()
    for product in Product.objects.all():
        assert queries.find_audit_break(product) is None
        for channel in CHANNELS:
            served = httpx.get(f"{settings.PUBLIC_URL}/updates/{product.slug}/{channel}.json").content
            assert served == plans.channel_manifest(product.slug, channel)
            kept = SignedFile.objects.get(product=product, role=f"manifest:{channel}", superseded_at=None)
            signature = httpx.get(f"{settings.PUBLIC_URL}/updates/{product.slug}/{channel}.json.minisig")
            assert signature.text == kept.body
