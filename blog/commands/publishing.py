"""Publishing: which revision of a post is public. The files follow by a job of the publisher."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from blog import events, queries
from blog.commands.authors import ensure_author
from blog.commands.content import FIXED_NAMES, cleaned, require_free_slug
from blog.commands.mailings import stop_for_take_back
from blog.commands.posts import locked_post, save_revision
from blog.commands.search import update_search
from blog.markdown import foreign_images_in, photos_in
from blog.models import Photo, PhotoState, Post, Revision, Slug
from blog.roles import Actor, require_editor
from chassis import publishing
from chassis.errors import FieldError, InvalidInput
from chassis.models import PublishJob
from chassis.transactions import transactional

PHOTO_NOT_READY = "photo-not-ready"
# Whatever is older was not published; 0001-01-01 is how some programs say that they do not know.
OLDEST = datetime(1900, 1, 1, tzinfo=UTC)
KIND_POST = "blog.post"
SCOPE = "blog"


@transactional
def publish_post(
    *,
    actor: Actor,
    post_id: UUID,
    if_versions: frozenset[int] | None = None,
    published_at: datetime | None = None,
) -> PublishJob:
    """Make the draft as it is now what readers read. Asking again publishes the same again.

    `published_at` is for texts that were published elsewhere before.

    Raises:
        EditorsOnly, PostNotFound, VersionMismatch.
        InvalidInput: at the field that keeps the post from being published.
    """
    require_editor(actor)
    post = locked_post(post_id, if_versions)
    require_publishable(post, published_at)
    if post.author is None:
        # What another service drafted is signed by whoever stands up for it.
        post.author = ensure_author(actor.subject)
        post.revision_number += 1
        save_revision(post, saved_by=actor.subject)
    if post.live_revision is None or post.is_changed:
        _make_live(post, published_at or post.first_published_at or timezone.now())
    events.post_published.send(sender=Post, post_id=post.id, author_id=post.author.id)
    return _request(post, actor.subject)


@transactional
def unpublish_post(*, actor: Actor, post_id: UUID, if_versions: frozenset[int] | None = None) -> PublishJob:
    """Take a post back from its readers. The draft stays, and so does the claim to its address.

    Raises:
        EditorsOnly, PostNotFound, VersionMismatch.
    """
    require_editor(actor)
    post = locked_post(post_id, if_versions)
    if post.live_revision is not None:
        post.live_revision = None
        post.is_awaiting_files = True
        post.version += 1
        post.save(update_fields=["live_revision", "is_awaiting_files", "version", "updated_at"])
        update_search(post)
        stop_for_take_back(post_id=post.id)
    return _request(post, actor.subject)


@transactional
def publish_together(*, subject: str, posts: Sequence[tuple[UUID, datetime | None]]) -> PublishJob | None:
    """Make many drafts public by one job, each with the moment of its first publication; None of none.

    What is public as it is stays so. The gate was before: `require_publishable`.
    """
    for post_id, published_at in posts:
        post = locked_post(post_id, None)
        if post.live_revision is None or post.is_changed:
            _make_live(post, published_at or post.first_published_at or timezone.now())
    return _request(post, subject) if posts else None


@transactional
def claim_earlier_slugs(*, post_id: UUID, slugs: Sequence[str]) -> None:
    """Addresses that a post had elsewhere, from which its page here is led to. One that is taken is left."""
    post = locked_post(post_id, None)
    wanted = [slug for slug in slugs if slug != post.slug and slug not in FIXED_NAMES]
    for slug in wanted:
        Slug.objects.get_or_create(slug=slug, defaults={"post": post, "was_public": True})


def check_draft(
    *, post_id: UUID | None, version: int | None, content: dict[str, Any], is_to_be_public: bool
) -> None:
    """Say what saving this content would refuse, and publishing it as well, without doing either.

    Raises:
        InvalidInput: at the field; at none where the post has changed since this version.
    """
    found = cleaned(content)
    post = queries.get_post(post_id) if post_id else Post()
    if version is not None and post_id and post.version != version:
        detail = _(
            "Somebody else has saved this post since you opened it. Copy your text, and reload the page."
        )
        raise InvalidInput(detail, errors=[FieldError("", "version-mismatch", detail)])
    if "slug" in found:
        require_free_slug(post, found["slug"])
    if is_to_be_public:
        for name in found.keys() - {"tags"}:
            setattr(post, name, found[name])
        require_publishable(post)


def require_publishable(post: Post, published_at: datetime | None = None) -> None:
    """The gate.

    Raises:
        InvalidInput: at each field that keeps the post from being published.
    """
    if errors := [*_findings(post), *_time_findings(published_at)]:
        raise InvalidInput(f"{errors[0].pointer}: {errors[0].detail}", errors=errors)


def _findings(post: Post) -> Iterator[FieldError]:
    if not post.body.strip():
        yield FieldError("/body", "blank", _("There is nothing to read yet."))
    for source in foreign_images_in(post.body):
        detail = _("“%(source)s” is no photo of this blog. Upload it, or make it a link.")
        yield FieldError("/body", "foreign-image", detail % {"source": source[:100]})
    alts = photos_in(post.body)
    photos = Photo.objects.filter(deleted_at=None).in_bulk(
        [*alts, *([post.cover_id] if post.cover_id else [])]
    )
    for photo_id, alt in alts.items():
        yield from _photo_findings("/body", photo_id, photos.get(photo_id), alt)
    if post.cover_id:
        yield from _photo_findings("/cover_id", post.cover_id, photos.get(post.cover_id), "")


def _time_findings(published_at: datetime | None) -> Iterator[FieldError]:
    if published_at is not None and published_at < OLDEST:
        detail = _("A post was published in %(year)d at the earliest.") % {"year": OLDEST.year}
        yield FieldError("/published_at", "too-early", detail)
    if published_at is not None and published_at > timezone.now():
        yield FieldError("/published_at", "future", _("This day is yet to come. Plan it in the newsroom."))


def _photo_findings(pointer: str, photo_id: UUID, photo: Photo | None, alt: str) -> Iterator[FieldError]:
    if photo is None:
        detail = _("There is no photo %(id)s. Upload it again.") % {"id": photo_id}
        yield FieldError(pointer, "unknown-photo", detail)
        return
    name = {"name": photo.file_name}
    if not (alt or photo.alt).strip():
        detail = _("“%(name)s” has no alternative text. Say what is to be seen, for those who do not see it.")
        yield FieldError(pointer, "no-alternative-text", detail % name)
    if photo.state == PhotoState.WAITING:
        detail = _("“%(name)s” is not ready yet: its sizes are being made. Try again in a moment.")
        yield FieldError(pointer, PHOTO_NOT_READY, detail % name)
    elif photo.state == PhotoState.REFUSED:
        detail = _("“%(name)s” cannot be used as a photo. Take it out, or upload another file.")
        yield FieldError(pointer, "photo-refused", detail % name)


def _make_live(post: Post, published_at: datetime) -> None:
    post.live_revision = Revision.objects.get(post=post, number=post.revision_number)
    # The first time is the time that the world knows the post by; a change has its own.
    is_first = post.first_published_at is None
    post.first_published_at = published_at
    post.live_since = published_at if is_first else timezone.now()
    post.is_awaiting_files = True
    post.version += 1
    post.slugs.filter(slug=post.slug).update(was_public=True)
    post.save(
        update_fields=[
            "author",
            "revision_number",
            "live_revision",
            "first_published_at",
            "live_since",
            "is_awaiting_files",
            "version",
            "updated_at",
        ]
    )
    update_search(post)


def _request(post: Post, subject: str) -> PublishJob:
    return publishing.request(
        kind=KIND_POST, argument=str(post.id), scope=SCOPE, title=post.title, requested_by=subject
    )
