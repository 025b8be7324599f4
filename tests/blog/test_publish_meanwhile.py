"""What goes live while a job makes its files waits for its own: nothing names a page before it is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from blog import commands, queries
from blog.models import Author, Post
from blog.roles import editor
from chassis import publishing
from chassis.publishing import runner
from tests.blog.public_site import PublicSite

pytestmark = pytest.mark.django_db


def publish_now(title: str, meanwhile: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """A post, by its own job alone; `meanwhile` happens once it knows what has changed."""
    post = new_post(title)
    job = commands.publish_post(actor=editor("edith"), post_id=post.id)
    changes_of, waiting = queries.changes_of, [meanwhile]

    def found(post_ids: Any) -> Any:
        known = changes_of(post_ids)
        while waiting:
            waiting.pop()()
        return known

    monkeypatch.setattr(queries, "changes_of", found)
    runner.run(job.id)
    job.refresh_from_db()
    assert job.state == "published"
    assert not waiting


def new_post(title: str) -> Post:
    author = commands.ensure_author("edith")
    return commands.create_post(subject="edith", author=author, title=title, body="x", tags=["Sea"])


def test_a_post_that_goes_live_meanwhile_is_named_when_its_page_is_there(
    publish: Any, site: PublicSite, run_tasks: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("Before", tags=["Sea"])
    late = new_post("Late")
    publish_now("Now", lambda: commands.publish_post(actor=editor("edith"), post_id=late.id), monkeypatch)

    assert site.broken_links() == set()
    assert "Now" in site.read("blog/index.html")
    assert "Late" not in site.read("blog/index.html")

    run_tasks()
    assert "Late" in site.read("blog/index.html")
    assert site.broken_links() == set()


def test_a_post_that_moves_meanwhile_is_linked_where_its_page_is(
    publish: Any, site: PublicSite, run_tasks: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = publish("Moved", tags=["Sea"])

    def move() -> None:
        changes = {"slug": "elsewhere", "title": "Gone elsewhere"}
        commands.update_post(actor=editor("edith"), post_id=moved["id"], if_versions=None, changes=changes)
        commands.publish_post(actor=editor("edith"), post_id=moved["id"])

    publish_now("Now", move, monkeypatch)

    assert site.broken_links() == set()
    assert "Gone elsewhere" not in site.read("blog/index.html")

    run_tasks()
    assert "Gone elsewhere" in site.read("blog/index.html")
    assert site.broken_links() == set()


def test_an_author_who_gets_a_page_meanwhile_is_linked_when_it_is_there(
    publish: Any, site: PublicSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("Before")
    jobs: list[Any] = []

    def become_known() -> None:
        author = Author.objects.get(subject="edith")
        Author.objects.update(display_name="Edith", slug="edith")
        named = {"kind": "blog.author", "argument": str(author.id), "title": "Edith"}
        jobs.append(publishing.request(scope="blog", requested_by="blog", **named))

    publish_now("Now", become_known, monkeypatch)
    assert "blog/authors/edith/index.html" not in site.listed()
    assert site.broken_links() == set()

    runner.run(jobs[0].id)
    assert "/blog/authors/edith/" in site.read("blog/now/index.html")
    assert site.broken_links() == set()


def test_a_name_that_another_author_had_is_a_page_of_one_of_them(
    publish: Any, site: PublicSite, run_tasks: Callable[[], int]
) -> None:
    publish("Before")
    edith = Author.objects.get(subject="edith")
    other = commands.ensure_author("other")
    Author.objects.filter(id=edith.id).update(display_name="Sam", slug="sam", planned_slug="sam")
    Author.objects.filter(id=edith.id).update(display_name="Edith", slug="edith")
    Author.objects.filter(id=other.id).update(display_name="Sam", slug="sam")
    commands.request_rebuild(requested_by="edith")
    run_tasks()

    known = dict(Author.objects.values_list("subject", "planned_slug"))
    assert (known["edith"], known["other"]) == ("edith", "sam")
    assert "blog/authors/edith/index.html" in site.listed()
    assert "blog/authors/sam/index.html" not in site.listed()
    assert site.broken_links() == set()
