"""Everything that changes something in the blog, one function a use case."""

from blog.commands.announcements import announce_release
from blog.commands.authors import ensure_author
from blog.commands.posts import create_post, delete_post, update_post

__all__ = ["announce_release", "create_post", "delete_post", "ensure_author", "update_post"]
