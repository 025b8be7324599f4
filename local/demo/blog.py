"""The demo world in the blog: posts by its two editors, each with a photo that goes the way of any upload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
from django.utils import timezone

from blog import commands
from blog.models import Photo, Post
from blog.roles import editor
from local.demo.pictures import jpeg_of, make_picture
from local.demo.world import fixed_uuid7

_TEXTS = Path(__file__).with_name("posts")
_PICTURE = (1280, 853)
_UPLOAD_SECONDS = 30


@dataclass(frozen=True)
class DemoPost:
    """One file of `posts/`: lines of `name: value`, an empty one, and the text."""

    id: UUID
    author: str
    days: int
    title: str
    summary: str
    language: str
    body: str
    scene: str
    light: str
    alt: str


def read_posts() -> list[DemoPost]:
    """All posts of the demo world, the oldest first."""
    posts = [_read(path) for path in _TEXTS.glob("*.md")]
    return sorted(posts, key=lambda post: -post.days)


def is_empty() -> bool:
    """Whether nobody has ever written anything."""
    return not Post.objects.exists()


def make_post(post: DemoPost, *, subjects: Mapping[str, str], seed: int) -> bool:
    """Write and publish a post, unless it is there; whether it was made. Its files follow by a job.

    Raises:
        httpx.HTTPError: the object store refused the photo.
    """
    if Post.objects.filter(id=post.id).exists():
        return False
    subject = subjects[post.author]
    cover = _upload(post, subject, seed)
    commands.create_post(
        id=post.id,
        subject=subject,
        author=commands.ensure_author(subject),
        title=post.title,
        summary=post.summary,
        language=post.language,
        body=post.body,
        cover_id=cover.id,
    )
    published_at = timezone.now() - timedelta(days=post.days)
    commands.publish_post(actor=editor(subject), post_id=post.id, published_at=published_at)
    return True


def _upload(post: DemoPost, subject: str, seed: int) -> Photo:
    width, height = _PICTURE
    content = jpeg_of(make_picture(post.scene, width=width, height=height, light=post.light, seed=seed))
    name = f"{post.scene}-{post.light}.jpg"
    form = commands.begin_photo_upload(
        subject=subject, name=name, content_type="image/jpeg", size=len(content)
    )
    answer = httpx.post(
        form.url, data=form.fields, files={"file": (name, content, "image/jpeg")}, timeout=_UPLOAD_SECONDS
    )
    answer.raise_for_status()
    photo = commands.add_photo(subject=subject, key=form.key, alt=post.alt)
    # At once, and not by the task that waits as well: a post is published with what is ready.
    commands.make_renditions(photo_id=photo.id)
    return photo


def _read(path: Path) -> DemoPost:
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    said = dict(line.split(": ", 1) for line in head.splitlines())
    scene, light = said["picture"].split(" ")
    return DemoPost(
        id=fixed_uuid7(f"post {path.stem}"),
        author=said["author"],
        days=int(said["days"]),
        title=said["title"],
        summary=said["summary"],
        language=said.get("language", "en"),
        body=body,
        scene=scene,
        light=light,
        alt=said["alt"],
    )
