"""A blog with many public posts, by rows alone: as if their files had been made long ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from blog.commands import ensure_author, ensure_tags
from blog.models import Post, Revision, Slug

BEGINNING = datetime(2025, 1, 2, tzinfo=UTC)
SPAN = timedelta(days=600)
BODY = "A paragraph of **some** words about the [tide](https://example.org/), and of boats.\n\n"


def make_many_posts(count: int, *, paragraphs: int = 1, awaiting: bool = False) -> None:
    """Make them, evenly spread over the same time however many they are; each third is about the sea."""
    author, (tag,) = ensure_author("edith"), ensure_tags(["Sea"])
    content = {"summary": "On tides.", "body": BODY * paragraphs, "author": author}
    known = Post.objects.count()
    posts = [
        Post(slug=f"post-{number}", title=f"Post {number}", **content)
        for number in range(known, known + count)
    ]
    Post.objects.bulk_create(posts, batch_size=500)
    revisions = [
        Revision(post=post, number=1, slug=post.slug, title=post.title, saved_by="edith", **content)
        for post in posts
    ]
    Revision.objects.bulk_create(revisions, batch_size=500)
    Slug.objects.bulk_create(
        [Slug(slug=post.slug, post=post, was_public=True) for post in posts], batch_size=500
    )
    Revision.tags.through.objects.bulk_create(
        [
            Revision.tags.through(revision_id=revision.id, tag_id=tag.id)
            for place, revision in enumerate(revisions)
            if place % 3 == 0
        ],
        batch_size=500,
    )
    _make_public(posts, revisions, awaiting=awaiting)


def _make_public(posts: list[Post], revisions: list[Revision], *, awaiting: bool) -> None:
    for number, (post, revision) in enumerate(zip(posts, revisions, strict=True)):
        moment = BEGINNING + SPAN * number / len(posts)
        post.live_revision, post.first_published_at, post.live_since = revision, moment, moment
        post.is_awaiting_files = awaiting
        if not awaiting:
            post.planned_revision, post.planned_at = revision, moment
            post.shown_revision, post.shown_at = revision, moment
    fields = ["live_revision", "first_published_at", "live_since", "is_awaiting_files"]
    fields += ["planned_revision", "planned_at", "shown_revision", "shown_at"]
    Post.objects.bulk_update(posts, fields, batch_size=200)
