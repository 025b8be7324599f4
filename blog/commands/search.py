"""The words that readers search: written in the transaction that makes a post public, or takes it back."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from blog import markdown, queries
from blog.models import Post, Revision, SearchEntry
from blog.words import words_of
from chassis.transactions import transactional

# PostgreSQL indexes at most 1 MB of words of a row, twice (with and without their endings).
_INDEXED_BYTES_MOST = 300_000

Tell = Callable[[str, int, int], None]


def update_search(post: Post) -> None:
    """Have a post found by what is public of it now. Within the transaction that changed it."""
    live = post.live_revision
    if live is None:
        SearchEntry.objects.filter(post=post).delete()
        return
    text = markdown.plain_text(live.body, length=len(live.body))
    words = {
        "text": text,
        "title_words": _spaced(live.title),
        "about_words": _about(live),
        "text_words": _spaced(text),
    }
    SearchEntry.objects.update_or_create(post=post, defaults=words)


def index_tag(*, tag_id: UUID) -> None:
    """Have the public posts that have a tag found by its name. Twice is no error."""
    for post_id in queries.list_live_ids(tag_id):
        _index_about(post_id)


def rebuild_search(*, tell: Tell) -> int:
    """Write the words of every public post anew, post by post; how many there are."""
    SearchEntry.objects.exclude(post__live_revision__isnull=False).delete()
    ids = queries.list_live_ids()
    for number, post_id in enumerate(ids, start=1):
        _index(post_id)
        tell("indexed", number, len(ids))
    return len(ids)


@transactional
def _index(post_id: UUID) -> None:
    update_search(queries.get_post_for_update(post_id))


@transactional
def _index_about(post_id: UUID) -> None:
    live = queries.get_post_for_update(post_id).live_revision
    if live is not None:
        SearchEntry.objects.filter(post=post_id).update(about_words=_about(live))


def _about(live: Revision) -> str:
    return _spaced(" ".join([live.summary, *live.tags.values_list("name", flat=True)]))


def _spaced(text: str) -> str:
    return " ".join(words_of(text)).encode()[:_INDEXED_BYTES_MOST].decode(errors="ignore")
