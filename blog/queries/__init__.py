"""Everything that is read of the blog."""

from blog.queries.posts import (
    STATES,
    find_announcement,
    get_post,
    get_post_for_update,
    list_posts,
    post_document,
)

__all__ = ["STATES", "find_announcement", "get_post", "get_post_for_update", "list_posts", "post_document"]
