"""Tables of the blog."""

from blog.models.photos import Photo, PhotoState, Rendition
from blog.models.posts import Post

__all__ = ["Photo", "PhotoState", "Post", "Rendition"]
