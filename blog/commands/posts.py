"""Drafts: made and changed. Nothing here changes what is public."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError

from blog import queries
from blog.commands.content import claim_slug, cleaned, free_slug, slug_taken
from blog.commands.tags import ensure_tags, key_of
from blog.errors import PostWasPublic
from blog.models import CONTENT_FIELDS, Author, Post, Revision, Schedule, ScheduleState, Slug
from blog.roles import Actor, require_own
from chassis.errors import IdTaken, VersionMismatch
from chassis.identifiers import uuid7
from chassis.transactions import in_transaction, transactional


def create_post(
    *,
    subject: str,
    title: str,
    author: Author | None,
    slug: str = "",
    id: UUID | None = None,
    announced_release: str | None = None,
    **content: Any,
) -> Post:
    """Make a draft. Without a slug it gets one from its title. `tags` are names.

    Raises:
        InvalidInput: at the field that is wrong; at `/slug` also where another post has it.
        IdTaken: `id` is in use.
    """
    found = cleaned({**content, "title": title, **({"slug": slug} if slug else {})})
    tags = found.pop("tags", [])

    def insert() -> Post:
        if id is not None and Post.objects.filter(id=id).exists():
            raise IdTaken
        found["slug"] = slug or free_slug(title)
        post = Post(
            id=id or uuid7(),
            author=author,
            announced_release=announced_release,
            **found,
        )
        post.save(force_insert=True)
        claim_slug(post, post.slug)
        if tags:
            post.tags.set(ensure_tags(tags))
        save_revision(post, saved_by=subject)
        return post

    try:
        return in_transaction(insert)
    except IntegrityError as error:
        raise _named(error, found["slug"], id) from error


def update_post(
    *,
    actor: Actor,
    post_id: UUID,
    if_versions: frozenset[int] | None,
    changes: dict[str, Any],
) -> Post:
    """Change the draft, and keep what was saved as a revision. What changes nothing keeps the version.

    What an editor saves goes public by the clock as well, where that is planned; a writer's text does not.

    Raises:
        PostNotFound, VersionMismatch.
        InvalidInput: at the field that is wrong; at `/slug` also where another post has it.
    """
    wanted = cleaned(changes)
    try:
        return _update(actor=actor, post_id=post_id, if_versions=if_versions, wanted=dict(wanted))
    except IntegrityError as error:
        if "slug" not in wanted:
            raise
        raise slug_taken(wanted["slug"]) from error


@transactional
def _update(
    *,
    actor: Actor,
    post_id: UUID,
    if_versions: frozenset[int] | None,
    wanted: dict[str, Any],
) -> Post:
    post = locked_post(post_id, if_versions, actor=actor)
    tags: list[str] | None = wanted.pop("tags", None)
    if tags is not None and {tag.key for tag in post.tags.all()} == {key_of(name) for name in tags}:
        tags = None
    changed = {name: value for name, value in wanted.items() if getattr(post, name) != value}
    if not changed and tags is None:
        return post
    for name, value in changed.items():
        setattr(post, name, value)
    if tags is not None:
        post.tags.set(ensure_tags(tags))
    if "slug" in changed:
        claim_slug(post, post.slug)
    post.revision_number += 1
    post.version += 1
    post.save(update_fields=[*changed, "revision_number", "version", "updated_at"])
    save_revision(post, saved_by=actor.subject)
    if actor.may_publish:
        planned = Schedule.objects.filter(post=post, state=ScheduleState.WAITING)
        planned.update(revision_number=post.revision_number)
    return post


@transactional
def delete_post(*, actor: Actor, post_id: UUID, if_versions: frozenset[int] | None) -> None:
    """Delete a draft that was never public, with its revisions.

    Raises:
        PostNotFound, VersionMismatch.
        PostWasPublic: readers may hold its address.
    """
    post = locked_post(post_id, if_versions, actor=actor)
    if post.first_published_at is not None:
        raise PostWasPublic
    post.delete()


def locked_post(post_id: UUID, if_versions: frozenset[int] | None, *, actor: Actor | None = None) -> Post:
    """The post, locked until the transaction ends; to a writer only one of their own.

    Raises:
        PostNotFound, VersionMismatch.
    """
    post = queries.get_post_for_update(post_id)
    require_own(actor, post)
    if if_versions is not None and post.version not in if_versions:
        raise VersionMismatch(current_version=post.version)
    return post


def save_revision(post: Post, *, saved_by: str) -> Revision:
    """Keep the draft as it is now, with its tags. Within the transaction that changed it."""
    content = {name: getattr(post, name) for name in CONTENT_FIELDS}
    revision = Revision.objects.create(
        post=post, number=post.revision_number, author=post.author, saved_by=saved_by, **content
    )
    revision.tags.set(post.tags.all())
    return revision


def _named(error: IntegrityError, slug: str, id: UUID | None) -> Exception:
    """What a second writer at the same moment took: the slug, or the id."""
    if Slug.objects.filter(slug=slug).exists():
        return slug_taken(slug)
    return IdTaken() if id is not None else error
