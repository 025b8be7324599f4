"""Everything that changes something in the blog, one function a use case."""

from blog.commands.announcements import announce_release
from blog.commands.authors import ensure_author, read_author_profile
from blog.commands.photos import (
    add_photo,
    begin_photo_upload,
    change_photo,
    delete_photo,
    purge_photo,
    take_arrived_photo,
)
from blog.commands.posts import create_post, delete_post, update_post
from blog.commands.publishing import publish_post, publish_site, require_publishable, unpublish_post
from blog.commands.renditions import make_renditions, remake_renditions

__all__ = [
    "add_photo",
    "announce_release",
    "begin_photo_upload",
    "change_photo",
    "create_post",
    "delete_photo",
    "delete_post",
    "ensure_author",
    "make_renditions",
    "publish_post",
    "publish_site",
    "purge_photo",
    "read_author_profile",
    "remake_renditions",
    "require_publishable",
    "take_arrived_photo",
    "unpublish_post",
    "update_post",
]
