"""The words of mails: templates, with the links that belong to the one who gets them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from blog import markdown, queries
from blog.links import address_of
from blog.models import Mail, MailKind, Post, Revision, Subscriber
from blog.site import addresses
from blog.site.pages import DESCRIPTION_LENGTH, direction_of
from chassis.mail import OutgoingMail

# Whose links stand in a mail that is only looked at: they lead to the right pages, and change nothing.
NOBODY = Subscriber(id=UUID(int=0), round=0)
_LANGUAGE = "en"


def compose(mail: Mail) -> OutgoingMail:
    """The mail as it is sent."""
    to = mail.subscriber or NOBODY
    if mail.post is not None:
        return post_mail(mail.post, to=to, address=mail.address, tag=str(mail.id))
    return welcome_mail(to, tag=str(mail.id))


def welcome_mail(to: Subscriber = NOBODY, *, tag: str = "") -> OutgoingMail:
    """The first mail that an address gets; as nobody gets it, for those who only look."""
    return _mail(
        MailKind.WELCOME, to, {"confirm_url": address_of(to, "confirm")}, tag=tag, address=to.address
    )


def post_mail(post: Post, *, to: Subscriber = NOBODY, address: str = "", tag: str = "") -> OutgoingMail:
    """What subscribers get of a post: of what is public of it, or else of its draft."""
    content: Post | Revision = post.live_revision or post
    cover = queries.pictures_by_id([content.cover_id]) if content.cover_id else {}
    about = {
        "title": content.title,
        "summary": content.summary or markdown.plain_text(content.body, length=DESCRIPTION_LENGTH),
        "author_name": content.author.display_name if content.author else "",
        "post_url": addresses.url_of(addresses.page_key(content.slug)),
        "cover": next(iter(cover.values()), None),
    }
    return _mail(MailKind.POST, to, about, tag=tag, address=address, language=content.language)


def _mail(
    kind: str, to: Subscriber, about: dict[str, Any], *, tag: str, address: str, language: str = _LANGUAGE
) -> OutgoingMail:
    unsubscribe_url = address_of(to, "unsubscribe")
    context = {
        "blog_title": settings.BLOG_TITLE,
        "blog_url": f"{settings.PUBLIC_URL}/blog/",
        "unsubscribe_url": unsubscribe_url,
        "language": language,
        "direction": direction_of(language),
        **about,
    }
    with override(language):
        subject, text, html = (
            render_to_string(f"blog/mails/{kind}.{ending}", context)
            for ending in ("subject.txt", "txt", "html")
        )
    return OutgoingMail(
        to=address,
        # One line, whatever a title holds: what follows a line break would be another header.
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        tag=tag,
        # RFC 2369 and RFC 8058: the mail program's own button, one click, no cookie, no login.
        headers={
            "List-Unsubscribe": f"<{unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
