"""Everything that is read of the blog."""

from blog.queries.photos import get_photo, list_photos, list_posts_using, picture_of
from blog.queries.posts import (
    STATES,
    find_announcement,
    get_post,
    get_post_for_update,
    list_posts,
    post_document,
)

__all__ = [
    "STATES",
    "find_announcement",
    "get_photo",
    "get_post",
    "get_post_for_update",
    "list_photos",
    "list_posts",
    "list_posts_using",
    "picture_of",
    "post_document",
]
