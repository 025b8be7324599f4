"""Folders of Markdown: taken in as Hugo, Jekyll and Eleventy keep them, given out, and taken in again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from blog.models import Photo, Post, Slug
from chassis.models import PublishedFile, PublishJob
from tests.blog.public_site import PublicSite

pytestmark = pytest.mark.django_db

HUGO = """+++
title = "Tides"
date = 2024-05-31T09:00:00Z
tags = ["Sea", "Boats"]
description = "On waiting."
aliases = ["/posts/old-tides/"]
+++

See ![Two boats](boats.jpg "In June").
"""
JEKYLL = """---
title: "Winds: an essay"
tags: sea wind
categories: [essays]
lang: de
canonical_url: https://example.org/winds
---
Ein *Text*.
"""
DRAFT = "---\ntitle: Not yet\ndraft: true\n---\nLater.\n"


@pytest.fixture
def folder(tmp_path: Path, harbour: bytes) -> Path:
    bundle = tmp_path / "content" / "tides"
    bundle.mkdir(parents=True)
    (bundle / "index.md").write_text(HUGO)
    (bundle / "boats.jpg").write_bytes(harbour)
    posts = tmp_path / "_posts"
    posts.mkdir()
    (posts / "2023-02-01-winds.md").write_text(JEKYLL)
    (posts / "not-yet.md").write_text(DRAFT)
    return tmp_path


def take_in(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("blog", "import", str(folder), "--author", "edith", *options, stdout=out, stderr=out)
    return out.getvalue()


def refused(folder: Path) -> str:
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("blog", "import", str(folder), "--author", "edith", stdout=out, stderr=out)
    return out.getvalue()


def test_a_folder_becomes_a_blog(folder: Path, site: PublicSite) -> None:
    assert take_in(folder) == "3 made or changed, 0 as they were, 2 public.\n"

    page = site.read("blog/tides/index.html")
    assert 'alt="Two boats"' in page
    assert "2024-05-31T09:00:00Z" in page
    assert "url=" in site.read("blog/old-tides/index.html")
    winds = site.json("blog/api/posts/winds.json")
    assert (winds["language"], winds["canonical_url"]) == ("de", "https://example.org/winds")
    assert (winds["tags"], winds["published_at"]) == (["essays", "sea", "wind"], "2023-02-01T00:00:00Z")
    assert "Not yet" not in "".join(site.read(key) for key in site.listed("blog/"))
    assert site.broken_links() == set()


def test_the_same_folder_again_changes_nothing(folder: Path, site: PublicSite) -> None:
    take_in(folder)

    assert take_in(folder) == "0 made or changed, 3 as they were, 2 public.\n"
    assert (Post.objects.count(), Photo.objects.count()) == (3, 1)
    assert PublishJob.objects.order_by("-requested_at")[0].receipt["written"] == 0


def test_what_is_given_out_is_taken_in_as_the_same(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, site: PublicSite
) -> None:
    take_in(folder)
    before = {key: site.read(key) for key in site.listed("blog/")}
    given = tmp_path_factory.mktemp("given")
    call_command("blog", "export", str(given), stdout=StringIO())
    Post.objects.update(live_revision=None, planned_revision=None, shown_revision=None)
    Slug.objects.all().delete()
    Post.objects.all().delete()
    PublishedFile.objects.all().delete()
    site.empty()

    take_in(given)
    call_command("blog", "rebuild", "--processes", "1", stdout=StringIO())

    moment = re.compile(r"(2026-\d\d-\d\d|\w{3}, \d\d \w{3} 2026 )[^<\"]*")
    after = {key: site.read(key) for key in site.listed("blog/")}
    assert sorted(after) == sorted(before)
    assert {key: moment.sub("", text) for key, text in after.items() if key.endswith("index.html")} == {
        key: moment.sub("", text) for key, text in before.items() if key.endswith("index.html")
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("No front matter.", "does not begin with front matter"),
        ("---\ntitle: x\n", "does not end"),
        ("---\ntitle: [\n---\nx", "cannot be read"),
        ("---\n- a\n---\nx", "no list of names"),
        ("---\ndate: soon\n---\nx", "“soon” is none"),
        ("---\ntitle: x\n---\n![a](../../../../etc/hostname)", "no file|leads out"),
        ("---\ntitle: x\n---\n![a](missing.jpg)", "no file “missing.jpg”"),
        ("---\ntitle: x\n---\n![a](https://example.org/a.jpg)", "no photo of this blog"),
        ("---\ntitle: x\ntags: ['a, b']\n---\nx", "no comma"),
        ("---\ntitle: x\nslug: feed\n---\nx", "address of another page"),
        (f"---\ntitle: x\n---\n{'a' * 100_001}", "At most 100000 characters"),
    ],
)
def test_a_file_that_is_wrong_is_named_and_the_others_come_in(
    folder: Path, site: PublicSite, text: str, why: str
) -> None:
    (folder / "bad.md").write_text(text)

    said = refused(folder)

    assert re.search(rf"bad\.md: .*({why})", said)
    assert {"blog/tides/index.html", "blog/winds/index.html"} <= site.listed("blog/")
    assert "blog/bad/index.html" not in site.listed("blog/")


@pytest.mark.parametrize(
    ("date", "why"),
    [
        ("9999-12-31", "yet to come"),
        ("9999-12-31T23:59:59-12:00", "yet to come"),
        ("2126-01-01", "yet to come"),
        ("0001-01-01", "published in 1900 at the earliest"),
        ("0001-01-01T00:00:00+12:00", "published in 1900 at the earliest"),
    ],
)
def test_a_day_that_is_yet_to_come_or_none_is_named_and_its_post_a_draft(
    folder: Path, site: PublicSite, date: str, why: str
) -> None:
    (folder / "when.md").write_text(f"---\ntitle: When\ndate: {date}\n---\nx")

    said = refused(folder)

    assert re.search(rf"when\.md: It is a draft: /published_at: .*{why}", said)
    assert {"blog/tides/index.html", "blog/winds/index.html"} <= site.listed("blog/")
    assert not Post.objects.get(slug="when").is_public


def test_ids_follow_from_the_folder_and_are_of_a_moment(folder: Path, site: PublicSite) -> None:
    take_in(folder)
    first = dict(Post.objects.values_list("slug", "id"))

    text = (folder / "content" / "tides" / "index.md").read_text()
    (folder / "content" / "tides" / "index.md").write_text(text.replace("2024-05-31", "2024-05-30"))
    take_in(folder)

    ids = [*first.values(), Photo.objects.get().id]
    assert dict(Post.objects.values_list("slug", "id")) == first
    assert {one.version for one in ids} == {7}
    assert datetime.fromtimestamp((first["winds"].int >> 80) / 1000, tz=UTC) == datetime(
        2023, 2, 1, tzinfo=UTC
    )
    assert len(set(ids)) == len(ids)


def test_links_that_lead_out_of_the_folder_are_not_followed(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, site: PublicSite
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.md").write_text("---\ntitle: Secret\n---\nx")
    (outside / "secret.jpg").write_bytes(b"secret")
    (folder / "linked.md").symlink_to(outside / "secret.md")
    (folder / "folder").symlink_to(outside)
    (folder / "photo.jpg").symlink_to(outside / "secret.jpg")
    (folder / "post.md").write_text("---\ntitle: x\n---\n![a](photo.jpg)")

    said = refused(folder)

    assert "linked.md: It leads out of the folder." in said
    assert "post.md: “photo.jpg” leads out of the folder." in said
    assert not Post.objects.filter(title="Secret").exists()


def test_a_dry_run_only_says_what_is_wrong(folder: Path, queued_tasks: Callable[[], Any]) -> None:
    (folder / "bad.md").write_bytes(b"---\ntitle: \xff\n---\n")

    with pytest.raises(CommandError):
        take_in(folder, "--dry-run")

    assert not Post.objects.exists()
    assert queued_tasks() == []


def test_an_import_that_was_stopped_goes_on(
    folder: Path, site: PublicSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("blog.commands.imports.work_off", _stop)
        with pytest.raises(KeyboardInterrupt):
            take_in(folder)

    take_in(folder)

    assert {"blog/tides/index.html", "blog/winds/index.html"} <= site.listed("blog/")
    assert site.broken_links() == set()


def _stop(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt
