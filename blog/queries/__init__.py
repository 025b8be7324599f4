"""Everything that is read of the blog."""

from blog.queries.mailings import count_subscribers, find_mailing, mailing_document
from blog.queries.photos import get_photo, list_photos, list_posts_using, picture_of
from blog.queries.posts import (
    STATES,
    find_announcement,
    find_newest_public,
    get_post,
    get_post_for_update,
    in_state,
    list_posts,
    list_public_posts,
    post_document,
)
from blog.queries.public import (
    list_headlines,
    owners_of_slugs,
    pictures_by_id,
    pictures_of,
    posts_by,
    published_moment,
    texts_of,
)
from blog.queries.publications import find_last_job, get_last_job, publication_document
from blog.queries.search import Found, search_posts

__all__ = [
    "STATES",
    "Found",
    "count_subscribers",
    "find_announcement",
    "find_last_job",
    "find_mailing",
    "find_newest_public",
    "get_last_job",
    "get_photo",
    "get_post",
    "get_post_for_update",
    "in_state",
    "list_headlines",
    "list_photos",
    "list_posts",
    "list_posts_using",
    "list_public_posts",
    "mailing_document",
    "owners_of_slugs",
    "picture_of",
    "pictures_by_id",
    "pictures_of",
    "post_document",
    "posts_by",
    "publication_document",
    "published_moment",
    "search_posts",
    "texts_of",
]
