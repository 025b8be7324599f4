"""Releases of software, announced as drafts that an editor looks over and publishes."""

from __future__ import annotations

from django.db import IntegrityError

from blog import queries
from blog.commands.authors import ensure_author
from blog.commands.posts import create_post
from blog.models import Post


def announce_release(
    *,
    release_id: str,
    title: str,
    summary: str = "",
    body: str = "",
    language: str = "en",
    by: str,
    author_subject: str = "",
) -> tuple[Post, bool]:
    """The draft that announces a release, and whether it was made just now; a release has one.

    A repeated announcement changes nothing: an editor may have worked on the draft meanwhile.

    Raises:
        InvalidInput: at the field that is wrong.
    """
    if (found := queries.find_announcement(release_id)) is not None:
        return found, False
    try:
        post = create_post(
            subject=by,
            author=ensure_author(author_subject) if author_subject else None,
            title=title,
            summary=summary,
            body=body,
            language=language,
            announced_release=release_id,
        )
    except IntegrityError:
        # The same announcement at the same moment, by another process: it has committed by now.
        found = queries.find_announcement(release_id)
        if found is None:
            raise
        return found, False
    return post, True
