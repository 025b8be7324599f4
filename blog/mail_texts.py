"""The words of mails: templates, with the links that belong to the one who gets them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from blog.links import address_of
from blog.models import Mail
from chassis.mail import OutgoingMail


def compose(mail: Mail) -> OutgoingMail:
    """The mail as it is sent."""
    unsubscribe_url = address_of(mail.subscriber, "unsubscribe")
    context = {
        "confirm_url": address_of(mail.subscriber, "confirm"),
        "unsubscribe_url": unsubscribe_url,
        "blog_url": f"{settings.PUBLIC_URL}/blog/",
    }
    return OutgoingMail(
        to=mail.subscriber.address,
        subject=" ".join(_render(mail, "subject.txt", context).split()),
        text=_render(mail, "txt", context),
        html=_render(mail, "html", context),
        tag=str(mail.id),
        # RFC 2369 and RFC 8058: the mail program's own button, one click, no cookie, no login.
        headers={
            "List-Unsubscribe": f"<{unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _render(mail: Mail, ending: str, context: dict[str, Any]) -> str:
    return render_to_string(f"blog/mails/{mail.kind}.{ending}", context)
