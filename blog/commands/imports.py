"""A folder of posts becomes posts: drafts first, with their photos, and public in the order of their dates.

Everything has an id that follows from the folder, so an import that was stopped goes on when it is begun
again, and doing it twice changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from uuid import UUID

from blog import folders
from blog.commands.authors import ensure_author
from blog.commands.photos import put_photo
from blog.commands.posts import create_post, update_post
from blog.commands.publishing import claim_earlier_slugs, publish_together, require_publishable
from blog.commands.rebuilding import work_off
from blog.commands.renditions import make_renditions
from blog.folders import BadFile, FolderPost
from blog.models import Photo, PhotoState, Post
from blog.roles import editor
from chassis.errors import DomainError
from chassis.identifiers import uuid7_of

# Ids of what a folder has that gives no id itself begin with the day in its name, or else with this one.
_DAY = re.compile(r"(?<!\d)(19[7-9]\d|20\d{2})[-/](\d{2})[-/](\d{2})(?!\d)")
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
# Posts that become public by one job.
TOGETHER = 200

Tell = Callable[[str, int, int], None]


@dataclass
class Imported:
    """What became of a folder."""

    made: int = 0
    unchanged: int = 0
    published: int = 0
    # File by file, what kept it back.
    errors: list[tuple[str, str]] = field(default_factory=list)


def import_folder(
    *, folder: Path, subject: str, publish: bool, language: str, tell: Tell, dry_run: bool = False
) -> Imported:
    """Take a folder in. A file that is wrong is named and passed over; the others come in.

    Raises:
        Unavailable: the store does not answer. What was done stays; begin again and it goes on.
    """
    done = Imported()
    ready: list[tuple[FolderPost, UUID]] = []
    paths = list(folders.list_files(folder))
    slugs: dict[str, str] = {}
    for number, path in enumerate(paths, start=1):
        name = path.relative_to(folder).as_posix()
        try:
            post = folders.read_post(folder, path)
            if (other := slugs.setdefault(post.slug, name)) != name:
                raise BadFile(f"It has the same address “{post.slug}” as {other}.")
            images = {one: folders.find_image(folder, post, one) for one in _images_of(post)}
            if not dry_run:
                post_id = _keep(post, images, subject=subject, language=language, done=done)
                if publish and not post.is_draft:
                    ready.append((post, post_id))
        except (BadFile, OSError) as error:
            done.errors.append((name, str(error)))
        except DomainError as error:
            done.errors.append((name, error.detail))
        tell("read", number, len(paths))
    _publish(ready, subject=subject, done=done, tell=tell)
    return done


def _images_of(post: FolderPost) -> list[str]:
    named = [*post.images, *([post.cover] if post.cover else [])]
    return [one for one in dict.fromkeys(named) if not one.startswith("photo:")]


def _keep(
    post: FolderPost, images: dict[str, Path | None], *, subject: str, language: str, done: Imported
) -> UUID:
    """The post as a draft, with its photos."""
    photos = {address: _photo(path, subject=subject) for address, path in images.items() if path is not None}
    content: dict[str, Any] = {
        "title": post.title,
        "slug": post.slug,
        "summary": post.summary,
        "body": folders.with_images(post.body, {name: f"photo:{one.id}" for name, one in photos.items()}),
        "language": post.language or language,
        "canonical_url": post.canonical_url,
        "tags": list(post.tags),
        "cover_id": photos[post.cover].id if post.cover in photos else None,
    }
    post_id = _id_of(post)
    known = Post.objects.filter(id=post_id).first()
    if known is None:
        create_post(subject=subject, author=ensure_author(subject), id=post_id, **content)
        done.made += 1
    else:
        changed = update_post(actor=editor(subject), post_id=post_id, if_versions=None, changes=content)
        done.made += changed.version != known.version
        done.unchanged += changed.version == known.version
    return post_id


def _id_of(post: FolderPost) -> UUID:
    """The id that it says, or one that follows from its path alone: what it says may change."""
    try:
        return UUID(post.id)
    except ValueError:
        return uuid7_of(_day_in(post.path), f"post:{post.path}".encode())


def _day_in(path: str) -> datetime:
    match = _DAY.search(path)
    try:
        return datetime.fromisoformat("-".join(match.groups())).replace(tzinfo=UTC) if match else _SOME_DAY
    except ValueError:
        return _SOME_DAY


def _photo(path: Path, *, subject: str) -> Photo:
    """The photo of a file: by its name if that is an id, else by its bytes."""
    body = path.read_bytes()
    try:
        photo_id = UUID(path.stem)
    except ValueError:
        photo_id = uuid7_of(_SOME_DAY, b"photo:" + hashlib.sha256(body).digest())
    photo = put_photo(
        subject=subject,
        photo_id=photo_id,
        file_name=path.name,
        content_type=guess_type(path.name)[0] or "application/octet-stream",
        body=body,
    )
    if photo.state == PhotoState.WAITING:
        make_renditions(photo_id=photo.id)
    return photo


def _publish(ready: list[tuple[FolderPost, UUID]], *, subject: str, done: Imported, tell: Tell) -> None:
    """Make posts public, the oldest first, so that lists only grow at their newest page."""
    ready.sort(key=lambda one: (one[0].published_at or _LATEST, one[0].path))
    for start in range(0, len(ready), TOGETHER):
        good = []
        for post, post_id in ready[start : start + TOGETHER]:
            try:
                require_publishable(Post.objects.get(id=post_id), post.published_at)
                claim_earlier_slugs(post_id=post_id, slugs=post.aliases)
                good.append((post_id, post.published_at))
            except DomainError as error:
                done.errors.append((post.path, f"It is a draft: {error.detail}"))
        job = publish_together(subject=subject, posts=good)
        if job is not None:
            work_off([job.id], processes=1, tell=lambda *_: None)
        done.published += len(good)
        tell("published", min(start + TOGETHER, len(ready)), len(ready))
