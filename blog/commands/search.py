"""The words that readers search: written in the transaction that makes a post public, or takes it back."""

from __future__ import annotations

from blog import markdown, queries
from blog.models import Post, SearchEntry
from blog.words import words_of
from chassis.transactions import transactional

# PostgreSQL indexes at most 1 MB of words of a row, twice (with and without their endings).
_INDEXED_BYTES_MOST = 300_000


def update_search(post: Post) -> None:
    """Have a post found by what is public of it now. Within the transaction that changed it."""
    live = post.live_revision
    if live is None:
        SearchEntry.objects.filter(post=post).delete()
        return
    text = markdown.plain_text(live.body, length=len(live.body))
    about = [live.summary, *live.tags.values_list("name", flat=True)]
    words = {
        "text": text,
        "title_words": _spaced(live.title),
        "about_words": _spaced(" ".join(about)),
        "text_words": _spaced(text),
    }
    SearchEntry.objects.update_or_create(post=post, defaults=words)


@transactional
def rebuild_search() -> int:
    """Write the words of every public post anew; how many there are."""
    SearchEntry.objects.exclude(post__live_revision__isnull=False).delete()
    count = 0
    for post in queries.list_public_posts():
        update_search(post)
        count += 1
    return count


def _spaced(text: str) -> str:
    return " ".join(words_of(text)).encode()[:_INDEXED_BYTES_MOST].decode(errors="ignore")
