"""Tables of the blog."""

from blog.models.posts import Post

__all__ = ["Post"]
