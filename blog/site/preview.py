"""What is being written, as its page would show it."""

from __future__ import annotations

from uuid import UUID

from blog import markdown, queries
from blog.site import pages


def preview(*, title: str, body: str) -> str:
    """The text as HTML, with the photos that are ready. Nothing is kept."""
    pictures = queries.pictures_of([], [body])

    def picture_of(photo_id: UUID, alt: str, is_first: bool) -> str:
        return pages.picture_html(photo_id, pictures, sizes="50vw", alt=alt)

    return pages.preview_page(title, markdown.render(body, picture_of))
