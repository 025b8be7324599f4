"""Tables of the blog."""

from blog.models.authors import Author
from blog.models.photos import Photo, PhotoState, Rendition
from blog.models.posts import (
    BODY_LENGTH_MOST,
    CONTENT_FIELDS,
    SLUG_LENGTH_MOST,
    SUMMARY_LENGTH_MOST,
    TITLE_LENGTH_MOST,
    Post,
    Revision,
    Slug,
)

__all__ = [
    "BODY_LENGTH_MOST",
    "CONTENT_FIELDS",
    "SLUG_LENGTH_MOST",
    "SUMMARY_LENGTH_MOST",
    "TITLE_LENGTH_MOST",
    "Author",
    "Photo",
    "PhotoState",
    "Post",
    "Rendition",
    "Revision",
    "Slug",
]
