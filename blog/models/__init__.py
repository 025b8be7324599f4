"""Tables of the blog."""

from blog.models.authors import Author
from blog.models.autosaves import Autosave
from blog.models.dependencies import Dependency
from blog.models.mailings import Mailing, MailingState, MailPace
from blog.models.photos import Photo, PhotoState, Rendition
from blog.models.posts import (
    BODY_LENGTH_MOST,
    CANONICAL_LENGTH_MOST,
    CONTENT_FIELDS,
    SLUG_LENGTH_MOST,
    SUMMARY_LENGTH_MOST,
    TITLE_LENGTH_MOST,
    Post,
    Revision,
    Slug,
)
from blog.models.schedules import Schedule, ScheduledAction, ScheduleState
from blog.models.search import SearchEntry
from blog.models.subscribers import Mail, MailKind, MailState, Subscriber, SubscriberState
from blog.models.tags import TAG_LENGTH_MOST, TAGS_MOST, Tag

__all__ = [
    "BODY_LENGTH_MOST",
    "CANONICAL_LENGTH_MOST",
    "CONTENT_FIELDS",
    "SLUG_LENGTH_MOST",
    "SUMMARY_LENGTH_MOST",
    "TAGS_MOST",
    "TAG_LENGTH_MOST",
    "TITLE_LENGTH_MOST",
    "Author",
    "Autosave",
    "Dependency",
    "Mail",
    "MailKind",
    "MailPace",
    "MailState",
    "Mailing",
    "MailingState",
    "Photo",
    "PhotoState",
    "Post",
    "Rendition",
    "Revision",
    "Schedule",
    "ScheduleState",
    "ScheduledAction",
    "SearchEntry",
    "Slug",
    "Subscriber",
    "SubscriberState",
    "Tag",
]
