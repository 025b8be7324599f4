"""How long a copy of a file or an answer may be kept, and by whom: the one table of cache rules.

The publisher stores a rule's `origin` header with the object, the edge keeps a copy as that header
says and hands it on with `viewer` in its place, since a browser would honour `stale-while-revalidate`
and show an old page. The desk's edge and the documentation are rendered from this table.
"""

from __future__ import annotations

from enum import Enum

DAY = 24 * 60 * 60


class CacheRule(Enum):
    """One row of the table. The first four are for files that the publisher writes."""

    IMMUTABLE = ("hashed static files, renditions, artifacts, versioned metadata", 365 * DAY, 0, 0)
    PAGE = ("pages of posts", DAY, DAY, 7 * DAY)
    LISTING = ("lists, home, feeds, public JSON", 60 * 60, DAY, 7 * DAY)
    POINTER = ("pointers of updates, files of web clients", 60, 0, 0)
    MISSING_FILE = ("403 and 404 of files", 10, 0, 0)
    SHARED_ANSWER = ("answers of the API that are the same for all", 60, 0, 0)
    PRIVATE_ANSWER = ("anything personal, admin, tokens, writes, errors of the API", 0, 0, 0)

    def __init__(
        self, what: str, edge_seconds: int, stale_while_revalidate_seconds: int, stale_if_error_seconds: int
    ) -> None:
        self.what = what
        self.edge_seconds = edge_seconds
        self.stale_while_revalidate_seconds = stale_while_revalidate_seconds
        self.stale_if_error_seconds = stale_if_error_seconds

    @property
    def origin(self) -> str:
        """The `Cache-Control` that the origin sends; with a file it is stored in the bucket."""
        if self is CacheRule.IMMUTABLE:
            return f"public, max-age={self.edge_seconds}, immutable"
        if self is CacheRule.PRIVATE_ANSWER:
            return "private, no-store"
        stale = (
            f", stale-while-revalidate={self.stale_while_revalidate_seconds}"
            f", stale-if-error={self.stale_if_error_seconds}"
        )
        return (
            f"public, max-age=0, s-maxage={self.edge_seconds}{stale if self.stale_if_error_seconds else ''}"
        )

    @property
    def viewer(self) -> str:
        """The `Cache-Control` that whoever asks the edge gets."""
        if self in (CacheRule.IMMUTABLE, CacheRule.PRIVATE_ANSWER):
            return self.origin
        if self is CacheRule.MISSING_FILE:
            return "no-store"
        return "public, max-age=0, must-revalidate"

    @property
    def is_pointer(self) -> bool:
        """Whether it names other files, and so is written after them."""
        return self in (CacheRule.LISTING, CacheRule.POINTER)


# What the publisher may write.
FILE_RULES = (CacheRule.IMMUTABLE, CacheRule.PAGE, CacheRule.LISTING, CacheRule.POINTER)


def viewer_headers() -> dict[str, str]:
    """The viewer's header for each header of a file at the origin: what the edge replaces by what."""
    return {rule.origin: rule.viewer for rule in FILE_RULES}


def rules_as_markdown() -> str:
    """The table as the documentation prints it."""
    rows = (f"| `{rule.name}` | {rule.what} | `{rule.origin}` | `{rule.viewer}` |\n" for rule in CacheRule)
    return f"| rule | for | at the origin | at the viewer |\n|---|---|---|---|\n{''.join(rows)}"
