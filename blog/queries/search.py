"""What readers find. Only public text is ever looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from blog.models import SearchEntry
from blog.words import Term, excerpt, marked
from chassis.rows import selected

PAGE_LENGTH = 20
# A title says more than a summary, and a summary more than a word somewhere.
_POSTGRESQL = """
    SELECT entry.id, ts_rank_cd('{0.05, 0.1, 0.4, 1.0}', entry.document, wanted) AS rank
    FROM blog_searchentry AS entry,
         LATERAL (SELECT websearch_to_tsquery('simple', %(words)s)
                         || websearch_to_tsquery('english', %(words)s) AS wanted) AS search
    WHERE entry.document @@ wanted
    ORDER BY rank DESC, entry.id DESC LIMIT %(limit)s OFFSET %(offset)s
"""
_SQLITE = """
    SELECT rowid, rank FROM blog_search
    WHERE blog_search MATCH %(words)s AND rank MATCH 'bm25(10.0, 4.0, 1.0)'
    ORDER BY rank, rowid DESC LIMIT %(limit)s OFFSET %(offset)s
"""

# Of a post its draft and its words are of no interest here, and may be long.
_SHOWN = (
    "text",
    "post__shown_at",
    *(f"post__shown_revision__{name}" for name in ("slug", "title", "summary", "language")),
)


@dataclass(frozen=True)
class Found:
    """A post that was found, with what was found in it. The HTML is escaped, but for `<mark>`."""

    slug: str
    title: str
    title_html: str
    excerpt_html: str
    language: str
    published_at: datetime


def search_posts(terms: Sequence[Term], *, page: int) -> tuple[list[Found], bool]:
    """A page of the public posts that hold all wanted terms and none of the others, the best first; and
    whether there are more. Two queries.

    They are named as their pages have them. One without a page yet is left out, so an answer may be shorter.
    """
    if not any(term.is_wanted for term in terms):
        return [], False
    ids = _ids(terms, offset=(page - 1) * PAGE_LENGTH, limit=PAGE_LENGTH + 1)
    shown = SearchEntry.objects.select_related("post__shown_revision").only(*_SHOWN)
    entries = shown.in_bulk(ids[:PAGE_LENGTH])
    found = [_found(entries[one], terms) for one in ids[:PAGE_LENGTH] if one in entries]
    return [one for one in found if one is not None], len(ids) > PAGE_LENGTH


def _found(entry: SearchEntry, terms: Sequence[Term]) -> Found | None:
    shown, published_at = entry.post.shown_revision, entry.post.shown_at
    if shown is None or published_at is None:
        return None
    return Found(
        slug=shown.slug,
        title=shown.title,
        title_html=marked(shown.title, terms),
        excerpt_html=marked(excerpt(entry.text or shown.summary, terms), terms),
        language=shown.language,
        published_at=published_at,
    )


def _ids(terms: Sequence[Term], *, offset: int, limit: int) -> list[int]:
    place = {"offset": offset, "limit": limit}
    if connection.vendor == "postgresql":
        rows = selected(_POSTGRESQL, {"words": _websearch(terms), **place})
    else:
        rows = selected(_SQLITE, {"words": _match(terms), **place})
    return [row[0] for row in rows]


def _websearch(terms: Sequence[Term]) -> str:
    """Everything in quotation marks: `or` is a word here, and nothing is an operator but the minus."""
    return " ".join(f"{'' if term.is_wanted else '-'}{_quoted(term)}" for term in terms)


def _match(terms: Sequence[Term]) -> str:
    """FTS5's language (SQLite, "Full-text Query Syntax"): strings alone, and two operators of ours."""
    wanted = " AND ".join(_quoted(term) for term in terms if term.is_wanted)
    refused = " OR ".join(_quoted(term) for term in terms if not term.is_wanted)
    return f"({wanted}) NOT ({refused})" if refused else wanted


def _quoted(term: Term) -> str:
    return f'"{" ".join(term.words)}"'
