"""What is made after a change is what a fresh rebuild would make; and no more than that."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blog import commands
from blog.models import Author, Post
from blog.roles import editor
from blog.site import plan
from chassis.models import PublishedFile, PublishJob
from tests.blog.conftest import POSTS
from tests.blog.many_posts import make_many_posts
from tests.blog.public_site import PublicSite, whole_site

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
YEARS = (2024, 2025, 2026)


def fresh(site: PublicSite) -> tuple[dict[str, str], dict[str, str]]:
    """What the bucket holds, and what everything made anew would be."""
    made = {file.key: file.read().decode() for file in whole_site()}
    pages = [key for key in site.listed() if "assets" not in key and not key.startswith("media/")]
    there = {key: site.read(key) for key in pages}
    return there, {key: body for key, body in made.items() if "assets" not in key}


class Newsroom:
    """Somebody who does anything, in any order."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.author = commands.ensure_author("edith")
        self.posts: list[Any] = []

    def do(self) -> None:
        does = [self.publish_another, self.publish_another, self.change, self.move, self.take_back]
        self.dice.choice(does if self.posts else does[:1])()

    def tags(self) -> list[str]:
        return self.dice.sample(["Sea", "Boats", "Wind"], self.dice.randrange(3))

    def publish_another(self) -> None:
        number = len(self.posts)
        post = commands.create_post(
            subject="edith", author=self.author, title=f"Post {number}", body="x", tags=self.tags()
        )
        self.posts.append(post.id)
        moment = datetime(self.dice.choice(YEARS), 5, 1, tzinfo=UTC) + timedelta(hours=self.dice.randrange(9))
        self.publish(post.id, published_at=self.dice.choice([moment, None]))

    def change(self) -> None:
        what = {"title": f"Other {self.dice.random()}", "tags": self.tags()}
        self.edit({name: what[name] for name in self.dice.sample(sorted(what), self.dice.choice([1, 2]))})

    def move(self) -> None:
        self.edit({"slug": f"at-{self.dice.randrange(10**6)}"})

    def edit(self, changes: dict[str, Any]) -> None:
        post_id = self.dice.choice(self.posts)
        commands.update_post(actor=editor("edith"), post_id=post_id, if_versions=None, changes=changes)
        self.publish(post_id)

    def take_back(self) -> None:
        commands.unpublish_post(actor=editor("edith"), post_id=self.dice.choice(self.posts))

    def publish(self, post_id: Any, **when: Any) -> None:
        commands.publish_post(actor=editor("edith"), post_id=post_id, **when)


@pytest.mark.parametrize("seed", range(6))
def test_after_any_changes_the_bucket_is_what_a_rebuild_makes(
    site: PublicSite, run_tasks: Callable[[], int], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("blog.site.documents.LIST_LENGTH", 2)
    monkeypatch.setattr("blog.site.feeds.SITEMAP_LENGTH", 3)
    newsroom = Newsroom(seed)
    for _ in range(5):
        for _ in range(newsroom.dice.choice([1, 1, 3])):
            newsroom.do()
        run_tasks()

        there, made = fresh(site)
        assert sorted(there) == sorted(made)
        assert there == made
    assert site.broken_links() == set()


def test_a_name_that_changes_is_changed_where_it_is_shown(
    publish: Any, site: PublicSite, run_tasks: Callable[[], int]
) -> None:
    for title in ("One", "Two"):
        publish(title)
    Author.objects.update(display_name="Edith", slug="edith")
    commands.request_rebuild(requested_by="edith")
    run_tasks()

    author = Author.objects.get()
    Author.objects.update(display_name="Edith Wharf", slug="edith-wharf")
    from chassis import publishing

    publishing.request(
        kind="blog.author", argument=str(author.id), scope="blog", title="x", requested_by="blog"
    )
    run_tasks()

    there, made = fresh(site)
    assert there == made
    assert "blog/authors/edith-wharf/index.html" in there
    assert "blog/authors/edith/index.html" not in there


def test_a_tag_that_is_renamed_is_renamed_where_it_is_shown_and_nowhere_else(
    edith: Any, site: PublicSite, run_tasks: Callable[[], int]
) -> None:
    for title, tags in (("One", ["Sea"]), ("Two", ["Sea", "Wind"]), ("Three", [])):
        post = commands.create_post(
            subject="edith", author=commands.ensure_author("edith"), title=title, body="x", tags=tags
        )
        commands.publish_post(actor=editor("edith"), post_id=post.id)
    run_tasks()

    edith.patch("/api/blog/v1/tags/sea", {"name": "Ocean"})
    run_tasks()

    there, made = fresh(site)
    assert there == made
    job = PublishJob.objects.get(kind="blog.tag")
    written = set(PublishedFile.objects.filter(job=job).values_list("key", flat=True))
    assert {key for key in written if "three" in key or "wind" in key} == {"blog/api/tags/wind.json"}
    assert {"blog/one/index.html", "blog/tags/sea/index.html", "blog/two/index.md"} <= written


def test_a_job_that_failed_is_made_good_by_the_next(
    publish: Any, edith: Any, site: PublicSite, run_tasks: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("One")
    lost = edith.post(POSTS, {"title": "Lost", "body": "x"}).json()
    edith.post(f"{POSTS}/{lost['id']}/publish")
    with monkeypatch.context() as broken:
        # Everything is written, and then the edge says nothing.
        broken.setattr("chassis.publishing.jobs.ATTEMPTS", 1)
        broken.setattr("chassis.publishing.jobs.tell_edge", _fail)
        run_tasks()
    assert edith.get(f"{POSTS}/{lost['id']}/publication").json()["state"] == "failed"
    gone = {"live_revision": None, "planned_revision": None, "is_awaiting_files": False}
    Post.objects.filter(id=lost["id"]).update(**gone)

    publish("Two")

    there, made = fresh(site)
    assert there == made
    assert not [key for key in there if "lost" in key]


def _fail(*_: Any) -> None:
    raise ValueError("No.")


def test_one_more_post_costs_the_same_in_a_large_blog(site: PublicSite, run_tasks: Callable[[], int]) -> None:
    def cost(title: str) -> tuple[int, int, int]:
        post = commands.create_post(
            subject="edith", author=commands.ensure_author("edith"), title=title, body="x", tags=["Sea"]
        )
        job = commands.publish_post(actor=editor("edith"), post_id=post.id)
        rendered = len(list(plan.plan_post(str(post.id)).files()))
        with CaptureQueriesContext(connection) as queries:
            run_tasks()
        job.refresh_from_db()
        assert job.state == "published"
        return rendered, job.receipt["written"], len(queries)

    make_many_posts(320)
    cost("The first has more to write")
    small = cost("One more")
    make_many_posts(3000)
    cost("The first after them stands beside others")
    large = cost("One more")

    assert large == small
    # Text, page, JSON; the page before; home, three feeds, list, tag twice, year, all lists, sitemap.
    assert small[1] == 14
