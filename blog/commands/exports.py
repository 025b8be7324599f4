"""Posts become a folder of Markdown files with front matter, as an import takes it in again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from blog.markdown import photos_in, with_photo_addresses
from blog.models import Photo, Post
from chassis import uploads

Tell = Callable[[str, int, int], None]
_CHUNK = 200


@dataclass(frozen=True)
class Exported:
    """How much was written."""

    posts: int
    photos: int


def export_folder(*, folder: Path, tell: Tell) -> Exported:
    """Write every post: what is public of it, else its draft; and the originals of its photos.

    A photo whose file is there already is not read again, so an export that was stopped goes on.

    Raises:
        Unavailable: the store does not answer.
    """
    count = Post.objects.count()
    names: dict[UUID, str] = {}
    for number, post in enumerate(_posts(), start=1):
        content = post.live_revision or post
        shown = [*photos_in(content.body), *([content.cover_id] if content.cover_id else [])]
        for photo in Photo.objects.filter(id__in=[one for one in shown if one not in names]):
            names[photo.id] = _photo(folder, photo)
        place = folder / "posts" / content.slug / "index.md"
        place.parent.mkdir(parents=True, exist_ok=True)
        addresses = {photo_id: f"../../photos/{names[photo_id]}" for photo_id in shown if photo_id in names}
        place.write_text(_file(post, addresses), encoding="utf-8")
        tell("written", number, count)
    return Exported(count, len(names))


def _posts() -> Iterator[Post]:
    found = Post.objects.select_related("live_revision").order_by("id")
    yield from found.prefetch_related("tags", "live_revision__tags", "slugs").iterator(chunk_size=_CHUNK)


def _photo(folder: Path, photo: Photo) -> str:
    suffix = Path(photo.file_name).suffix.lower() or ".jpg"
    place = folder / "photos" / f"{photo.id}{suffix}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = place.with_suffix(".part")
        with uploads.opened(str(photo.original)) as source, unfinished.open("wb") as target:
            shutil.copyfileobj(source, target)
        unfinished.replace(place)
    return place.name


def _file(post: Post, addresses: dict[UUID, str]) -> str:
    import yaml

    content = post.live_revision or post
    about: dict[str, Any] = {
        "id": str(post.id),
        "title": content.title,
        "slug": content.slug,
        "draft": post.live_revision is None,
        "date": post.first_published_at.isoformat() if post.first_published_at else None,
        "description": content.summary,
        "language": content.language,
        "tags": [tag.name for tag in content.tags.all()],
        "canonical_url": content.canonical_url,
        "cover": addresses.get(content.cover_id) if content.cover_id else None,
        "aliases": [f"/blog/{one.slug}/" for one in post.slugs.all() if one.slug != content.slug],
    }
    said = {name: value for name, value in about.items() if value not in (None, "", [])}
    front = yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=1000)
    return f"---\n{front}---\n\n{with_photo_addresses(content.body, addresses)}\n"
