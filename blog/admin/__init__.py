"""The newsroom."""

from blog.admin.posts import PostAdmin

__all__ = ["PostAdmin"]
