"""The newsroom."""

from blog.admin.photos import PhotoAdmin
from blog.admin.posts import PostAdmin
from blog.admin.readers import MailAdmin, SubscriberAdmin
from blog.admin.tags import TagAdmin

__all__ = ["MailAdmin", "PhotoAdmin", "PostAdmin", "SubscriberAdmin", "TagAdmin"]
