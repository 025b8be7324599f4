"""What is being written, as its page would show it. Nothing is kept."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from blog import markdown, queries
from blog.models import Post
from blog.queries import Headline
from blog.site import pages

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n?')
_PATH = re.compile(r'((?:href|src|action)=")/(?!/)')


def preview(*, title: str, body: str) -> str:
    """The text as HTML, with the photos that are ready."""
    pictures = queries.pictures_of([], markdown.photos_in(body))

    def picture_of(photo_id: UUID, alt: str, is_first: bool) -> str:
        return pages.picture_html(photo_id, pictures, sizes="50vw", alt=alt)

    return pages.preview_page(title, markdown.render(body, picture_of))


def whole_page(post: Post) -> str:
    """The draft of a post as the page that readers would get, to be shown at another host than theirs."""
    headline = _headline(post)
    pictures = queries.pictures_of([headline], markdown.photos_in(post.body))
    html = pages.body_html(headline, post.body, pictures)
    page = pages.post_page(headline, text=post.body, html=html, pictures=pictures, newer=None, older=None)
    parts = urlsplit(settings.PUBLIC_URL)
    # The page's own policy names its own host; whoever shows it here says what it may load.
    return _PATH.sub(rf"\g<1>{parts.scheme}://{parts.netloc}/", _POLICY.sub("", page.decode()))


def _headline(post: Post) -> Headline:
    now = timezone.now()
    return Headline(
        id=post.id,
        revision_id=post.id,
        slug=post.slug,
        title=post.title,
        summary=post.summary,
        language=post.language,
        canonical_url=post.canonical_url,
        author_id=post.author_id,
        author_name=post.author.display_name if post.author else "",
        author_about=post.author.bio if post.author else "",
        author_slug=None,
        cover_id=post.cover_id,
        published_at=post.first_published_at or now,
        changed_at=now,
    )
