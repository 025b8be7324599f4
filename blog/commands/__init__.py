"""Everything that changes something in the blog, one function a use case."""

from blog.commands.announcements import announce_release
from blog.commands.authors import ensure_author
from blog.commands.photos import (
    add_photo,
    begin_photo_upload,
    change_photo,
    delete_photo,
    purge_photo,
    take_arrived_photo,
)
from blog.commands.posts import create_post, delete_post, update_post
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
    "purge_photo",
    "remake_renditions",
    "take_arrived_photo",
    "update_post",
]
