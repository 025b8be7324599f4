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


# What the mails of a live revision have in common, by its id: worked out once for many subscribers.
Known = dict[UUID, dict[str, Any]]


def compose(mail: Mail, *, known: Known | None = None) -> OutgoingMail | None:
    """The mail as it is sent; None while what it tells of is not public."""
    to, tag = mail.subscriber or NOBODY, str(mail.id)
    if mail.post is None:
        return welcome_mail(to, tag=tag)
    if mail.kind == MailKind.TEST:
        return trial_mail(mail.post, address=mail.address, tag=tag)
    live = mail.post.live_revision
    if live is None:
        return None
    known = {} if known is None else known
    if live.id not in known:
        known[live.id] = _about(live)
    return _mail(MailKind.POST, to, known[live.id], tag=tag, address=mail.address)


def welcome_mail(to: Subscriber = NOBODY, *, tag: str = "") -> OutgoingMail:
    """The first mail that an address gets; as nobody gets it, for those who only look."""
    return _mail(
        MailKind.WELCOME, to, {"confirm_url": address_of(to, "confirm")}, tag=tag, address=to.address
    )


def trial_mail(post: Post, *, address: str = "", tag: str = "") -> OutgoingMail:
    """What subscribers would get of a post, to look at: of what is public of it, or else of its draft."""
    return _mail(MailKind.POST, NOBODY, _about(post.live_revision or post), tag=tag, address=address)


def _about(content: Post | Revision) -> dict[str, Any]:
    cover = queries.pictures_by_id([content.cover_id]) if content.cover_id else {}
    return {
        "title": content.title,
        "summary": content.summary or markdown.plain_text(content.body, length=DESCRIPTION_LENGTH),
        "author_name": content.author.display_name if content.author else "",
        "post_url": addresses.url_of(addresses.page_key(content.slug)),
        "cover": next(iter(cover.values()), None),
        "language": content.language,
    }


def _mail(kind: str, to: Subscriber, about: dict[str, Any], *, tag: str, address: str) -> OutgoingMail:
    language: str = about.get("language", _LANGUAGE)
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
