"""Editors publish at once, a planned post comes due, and somebody reads all the while.

PUBLISHES=1000 for a night.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urldefrag, urljoin
from uuid import UUID

import httpx
import pytest
from django.db import connections
from django.utils import timezone

from blog import commands
from blog.models import Schedule, ScheduledAction
from blog.roles import editor
from chassis import tasks
from chassis.models import PublishJob
from local.edge.server import Edge

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(0)]
PUBLISHES = int(os.environ.get("PUBLISHES", "15"))
IN_A_ROUND = 3
POSTS = 4
_LINK = re.compile(r'(?:href|src)="([^"]*)"')
_VERSION = re.compile(r"Post (\d+), version (\d+)\.")


class Desk:
    """Posts whose titles count their versions, and what readers must have at least."""

    def __init__(self) -> None:
        self.author = commands.ensure_author("edith")
        self.posts: list[UUID] = []
        self.versions: list[int] = []
        self.locks: list[threading.Lock] = []
        # By post: the version whose receipt is there.
        self.readable: dict[int, int] = {}

    def write(self) -> int:
        """Another draft; its number."""
        number = len(self.posts)
        post = commands.create_post(
            subject="edith", author=self.author, title=f"Post {number}, version 1.", body="x", tags=["Sea"]
        )
        self.posts.append(post.id)
        self.versions.append(1)
        self.locks.append(threading.Lock())
        return number

    def publish(self, number: int) -> None:
        """The next version of a post, by whoever is first."""
        with self.locks[number]:
            self.versions[number] += 1
            commands.update_post(
                actor=editor("edith"),
                post_id=self.posts[number],
                if_versions=None,
                changes={"title": f"Post {number}, version {self.versions[number]}."},
            )
            commands.publish_post(actor=editor("edith"), post_id=self.posts[number])

    def plan(self, number: int) -> None:
        """A post that is due in this second."""
        soon = timezone.now() + timedelta(hours=1)
        changes: Any = {ScheduledAction.PUBLISH: soon}
        commands.schedule_post(actor=editor("edith"), post_id=self.posts[number], changes=changes)
        Schedule.objects.update(due_at=timezone.now())

    def receipts_are_there(self) -> None:
        """Every job has ended well."""
        assert not PublishJob.objects.exclude(state="published").exists()
        self.readable = dict(enumerate(self.versions))


class Reader(threading.Thread):
    """Follows every link from the first page, over and over, until told to stop."""

    def __init__(self, desk: Desk, url: str) -> None:
        super().__init__()
        self.desk, self.url = desk, url
        self.is_over = threading.Event()
        self.wrong: list[str] = []
        self.fetched = self.passes = 0

    def run(self) -> None:
        """Until it is over, and then once more."""
        with httpx.Client(timeout=60) as client:
            while not self.is_over.is_set():
                self.read_all(client)
            self.read_all(client)

    def read_all(self, client: httpx.Client) -> None:
        """One pass; each address once."""
        waiting, known = [self.url], {self.url}
        while waiting:
            address = waiting.pop(0)
            found = {link for link in self.read(client, address) if link.startswith(self.url)} - known
            known |= found
            waiting += sorted(found)
        self.passes += 1

    def read(self, client: httpx.Client, address: str) -> Iterator[str]:
        """One address; the links that it has."""
        least = self.desk.readable
        answer = client.get(address)
        self.fetched += 1
        if answer.status_code != 200:
            self.wrong.append(f"{answer.status_code} at {address}")
        for post, version in _VERSION.findall(answer.text):
            if int(version) < least.get(int(post), 0):
                self.wrong.append(f"{address}: version {version} of {post} after {least[int(post)]}")
        if "html" in answer.headers.get("Content-Type", ""):
            yield from (urldefrag(urljoin(address, link)).url for link in _LINK.findall(answer.text))


@contextmanager
def reading(desk: Desk, url: str) -> Iterator[Reader]:
    """Somebody reads as long as this lasts."""
    reader = Reader(desk, url)
    reader.start()
    try:
        yield reader
    finally:
        reader.is_over.set()
        reader.join()


def by_itself(work: Callable[..., Any], *arguments: Any) -> None:
    """In a thread, with a database connection of its own that is closed again."""
    try:
        work(*arguments)
    finally:
        connections.close_all()


def test_a_reader_meets_no_dead_link_and_nothing_older_than_its_receipt(
    edge: Edge, settings: Any, run_tasks: Callable[[], int], let_time_pass: Callable[[], None]
) -> None:
    settings.CLOUDFRONT_ACCESS_KEY_ID = settings.CLOUDFRONT_SECRET_ACCESS_KEY = "publisher"
    desk = Desk()
    for _ in range(POSTS):
        desk.publish(desk.write())
    run_tasks()
    desk.receipts_are_there()

    with reading(desk, f"{edge.files_url}/blog/") as reader, ThreadPoolExecutor(3) as pool:
        for number in range(-(-PUBLISHES // IN_A_ROUND)):
            desk.plan(desk.write())
            let_time_pass()
            at_once = [
                pool.submit(by_itself, desk.publish, number % POSTS),
                pool.submit(by_itself, desk.publish, (number * 7) % POSTS),
                pool.submit(by_itself, lambda: tasks.drain(seconds=60)),
            ]
            for work in at_once:
                work.result()
            let_time_pass()
            run_tasks()
            desk.receipts_are_there()

    assert reader.wrong == []
    assert not Schedule.objects.exclude(state="done").exists()
    assert reader.passes >= 2
    print(f"{PUBLISHES} publishes; {reader.fetched} addresses read in {reader.passes} passes")
