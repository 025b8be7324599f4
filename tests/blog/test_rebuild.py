"""`manage.py blog rebuild`: everything again, what is the same left alone, what drifted found and mended."""

from __future__ import annotations

import errno
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from blog import commands
from blog.commands import rebuilding
from blog.models import Revision
from blog.site import looks, plan, posts
from chassis.models import PublishJob
from chassis.storage import s3_client
from tests.blog.conftest import POSTS
from tests.blog.many_posts import make_many_posts
from tests.blog.post_rows import make_public_post
from tests.blog.public_site import PublicSite

pytestmark = pytest.mark.django_db


def rebuild(*options: str) -> str:
    out = StringIO()
    call_command("blog", "rebuild", "--processes", "1", *options, stdout=out)
    return out.getvalue()


def put(key: str, body: bytes) -> None:
    s3_client().put_object(Bucket=settings.S3_PUBLIC_BUCKET, Key=key, Body=body)


def test_a_blog_whose_files_are_lost_is_made_again(publish: Any, site: PublicSite) -> None:
    publish("One")
    publish("Two")
    before = {key: site.read(key) for key in site.listed("blog/")}
    site.empty()

    rebuild()

    assert {key: site.read(key) for key in site.listed("blog/")} == before
    assert rebuild().startswith("0 files written, 0 removed")


def test_what_somebody_else_wrote_or_took_away_is_found_and_mended(publish: Any, site: PublicSite) -> None:
    publish("One")
    before = {key: site.read(key) for key in site.listed("blog/")}
    put("blog/one/index.html", b"Something else.")
    put("blog/never/index.html", b"Nobody's.")
    s3_client().delete_object(Bucket=settings.S3_PUBLIC_BUCKET, Key="blog/feed.rss")

    with pytest.raises(CommandError, match="3 files differ"):
        rebuild("--check")
    rebuild()

    assert {key: site.read(key) for key in site.listed("blog/")} == before
    assert "Every public file is what the database says." in rebuild("--check")


def test_many_posts_are_made_in_parts(site: PublicSite, monkeypatch: Any) -> None:
    monkeypatch.setattr("blog.commands.rebuilding.PART_LENGTH", 40)
    make_many_posts(100, awaiting=False)

    rebuild()

    assert len([key for key in site.listed("blog/post-") if key.endswith(".html")]) == 100
    assert PublishJob.objects.filter(kind="blog.part", state="published").count() == 3
    assert site.broken_links() == set()


def test_a_post_that_comes_between_moves_none_out_of_its_part(monkeypatch: Any) -> None:
    monkeypatch.setattr("blog.commands.rebuilding.PART_LENGTH", 2)
    for number in (2, 4, 6, 8):
        make_public_post(f"Post {number}", id=UUID(int=number))
    parts = rebuilding._parts()
    make_public_post("Post 3", id=UUID(int=3))

    made = [[file.key for file in plan.plan_part(part, with_lists=False).files()] for part in parts]

    pages = [sorted(key for key in keys if key.endswith("index.html")) for keys in made]
    assert pages == [
        ["blog/post-2/index.html", "blog/post-3/index.html", "blog/post-4/index.html"],
        ["blog/post-6/index.html", "blog/post-8/index.html"],
    ]


def test_posts_that_await_their_files_are_in_no_part(site: PublicSite, monkeypatch: Any) -> None:
    monkeypatch.setattr("blog.commands.rebuilding.PART_LENGTH", 2)
    make_many_posts(1, awaiting=False)
    make_many_posts(3, awaiting=True)

    rebuild()

    assert len([key for key in site.listed("blog/post-") if key.endswith(".html")]) == 4
    assert [job.title for job in PublishJob.objects.order_by("id")] == [
        "The whole blog, part 1 of 1",
        "The whole blog, its lists",
    ]
    assert site.broken_links() == set()


def test_only_a_few_results_are_made_ahead() -> None:
    made: list[int] = []

    def make(part: int) -> int:
        made.append(part)
        return part

    with ThreadPoolExecutor(4) as pool:
        results = rebuilding._some_ahead(pool, 2, make, range(9))

        assert next(results) == 0
        assert set(made) <= {0, 1}
        assert list(results) == list(range(1, 9))


def test_processes_that_make_pages_start_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blog.commands.rebuilding.POSTS_A_PROCESS", 1)
    make_many_posts(2)

    with rebuilding.rendering_in(2):
        assert list(posts._mapping.get()(looks.look_of, ["post"])) == [looks.look_of("post")]


def test_on_lambda_pages_are_made_in_one_process(site: PublicSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_shared_memory(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("multiprocessing.synchronize.SemLock.__init__", without_shared_memory)
    monkeypatch.setattr("blog.commands.rebuilding.POSTS_A_PROCESS", 1)
    make_many_posts(2)
    rebuild("--processes", "2")

    assert "Every public file is what the database says." in rebuild("--check", "--processes", "2")


def test_a_rebuild_that_was_stopped_goes_on(site: PublicSite, monkeypatch: Any) -> None:
    monkeypatch.setattr("blog.commands.rebuilding.PART_LENGTH", 2)
    make_many_posts(5)
    first = commands.request_rebuild(requested_by="rebuild")
    commands.work_off(first[:1], processes=1, tell=lambda *_: None)

    again = commands.request_rebuild(requested_by="rebuild")

    assert again == first[1:]
    commands.work_off(again, processes=1, tell=lambda *_: None)
    assert "Every public file is what the database says." in rebuild("--check")


def test_a_changed_template_makes_its_users_again(
    publish: Any, site: PublicSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("One")
    before = {key: site.read(key) for key in site.listed("blog/")}
    monkeypatch.setattr(looks, "REVISION", 2)

    rebuild("--changed-templates")

    job = PublishJob.objects.get(kind="blog.look")
    assert job.state == "published"
    assert {key: site.read(key) for key in site.listed("blog/")} == before
    from blog import queries

    assert queries.keys_looking_otherwise(looks.looks()) == set()


def test_a_post_is_rolled_back_by_publishing_what_it_said(
    publish: Any, edith: Any, site: PublicSite, run_tasks: Callable[[], int]
) -> None:
    post = publish("Tides", body="As it was.")
    edith.patch(f"{POSTS}/{post['id']}", {"title": "Ebb", "body": "Wrong."})
    edith.post(f"{POSTS}/{post['id']}/publish")
    run_tasks()

    call_command("blog", "roll-back", post["id"], "1")
    run_tasks()

    assert "As it was." in site.read("blog/tides/index.html")
    assert Revision.objects.filter(post=post["id"]).count() == 3
    with pytest.raises(CommandError, match="no saved text of this number"):
        call_command("blog", "roll-back", post["id"], "9")
