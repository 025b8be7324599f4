"""What is read of photos."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from blog.errors import PhotoNotFound
from blog.models import Photo, PhotoState, Post, Rendition

# The best first: a browser takes the first `<source>` that it understands.
SOURCE_TYPES = ("image/avif", "image/jpeg")
FALLBACK_TYPE = "image/jpeg"
# The width of the `<img>` for browsers without `srcset`: sharp on most pages, small on none.
FALLBACK_WIDTH = 1280


@dataclass(frozen=True)
class Source:
    """A `<source>` of a `<picture>`: every width of one format."""

    content_type: str
    srcset: str


@dataclass(frozen=True)
class Picture:
    """What a page needs for a `<picture>`. Width and height are the original's, for the ratio."""

    sources: tuple[Source, ...]
    src: str
    width: int
    height: int
    alt: str
    # A data: address of a few pixels, to be shown until the picture is there; may be empty.
    placeholder: str
    # For `object-position`, in per cent.
    focal_x: int
    focal_y: int


def get_photo(photo_id: UUID) -> Photo:
    """One photo with its renditions. Two queries.

    Raises:
        PhotoNotFound: there is none of this id, or it was deleted.
    """
    photo = Photo.objects.prefetch_related("renditions").filter(id=photo_id, deleted_at=None).first()
    if photo is None:
        raise PhotoNotFound
    return photo


def list_photos(*, after: UUID | None, limit: int) -> list[Photo]:
    """Photos with their renditions, the newest first; those made before the photo `after`. Two queries."""
    photos = Photo.objects.prefetch_related("renditions").filter(deleted_at=None).order_by("-id")
    if after is not None:
        photos = photos.filter(id__lt=after)
    return list(photos[:limit])


def list_ready_photos() -> list[UUID]:
    """Every photo that has its files, the oldest first. One query."""
    found = Photo.objects.filter(state=PhotoState.READY, deleted_at=None).order_by("id")
    return list(found.values_list("id", flat=True))


def list_files_of(photo_id: UUID) -> list[tuple[str, int]]:
    """The public files of a photo that pages name: keys and sizes. One query."""
    found = Rendition.objects.filter(photo_id=photo_id, retired_at=None).order_by("key")
    return list(found.values_list("key", "size"))


def list_posts_using(photo_id: UUID) -> list[Post]:
    """The posts that show a photo, in what is public or in the draft."""
    draft = Q(cover_id=photo_id) | Q(body__contains=str(photo_id))
    live = Q(live_revision__cover_id=photo_id) | Q(live_revision__body__contains=str(photo_id))
    return list(Post.objects.filter(draft | live).order_by("id"))


def picture_of(photo: Photo) -> Picture | None:
    """The photo as a page shows it; None as long as it has no renditions. Prefetch `renditions` for many."""
    if photo.state != PhotoState.READY:
        return None
    renditions = sorted(_of_today(photo), key=lambda found: (found.content_type, found.width))
    by_type = {kind: list(found) for kind, found in groupby(renditions, key=lambda one: one.content_type)}
    if not by_type.get(FALLBACK_TYPE):
        return None
    return Picture(
        sources=tuple(Source(kind, _srcset(by_type[kind])) for kind in SOURCE_TYPES if kind in by_type),
        src=url_of(_fallback(by_type[FALLBACK_TYPE])),
        width=photo.width,
        height=photo.height,
        alt=photo.alt,
        placeholder=photo.placeholder,
        focal_x=photo.focal_x,
        focal_y=photo.focal_y,
    )


def thumbnail_url(photo: Photo) -> str:
    """The address of the smallest JPEG; empty as long as there is none."""
    found = [one for one in _of_today(photo) if one.content_type == FALLBACK_TYPE]
    return url_of(min(found, key=lambda one: one.width)) if found else ""


def url_of(rendition: Rendition) -> str:
    """The public address of a rendition."""
    return f"{settings.PUBLIC_URL}/{rendition.key}"


def _of_today(photo: Photo) -> list[Rendition]:
    """Filtered here, so that what was prefetched serves."""
    return [one for one in photo.renditions.all() if one.retired_at is None]


def _srcset(renditions: list[Rendition]) -> str:
    return ", ".join(f"{url_of(one)} {one.width}w" for one in renditions)


def _fallback(renditions: list[Rendition]) -> Rendition:
    """The largest that is no wider than FALLBACK_WIDTH, else the smallest."""
    narrow = [one for one in renditions if one.width <= FALLBACK_WIDTH]
    return narrow[-1] if narrow else renditions[0]
