"""A mail as people read it: subject, text, HTML, attachments, headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from html import escape

from local.mailbox.store import StoredMail

# A mail's links would open in the frame, which may not leave the mailbox.
_OPEN_LINKS_OUTSIDE = '<base target="_blank">'


@dataclass(frozen=True)
class Attachment:
    """A part of a mail that is a file, or a picture in its HTML."""

    number: int
    name: str
    content_type: str
    content_id: str
    content: bytes


class ReadMail:
    """Reads the bytes of a stored mail once, when something of them is asked for."""

    def __init__(self, stored: StoredMail) -> None:
        self.stored = stored

    @cached_property
    def _message(self) -> EmailMessage:
        return message_from_bytes(self.stored.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        """The subject, or a word for none."""
        return str(self._message.get("Subject", "")) or "(no subject)"

    @property
    def sender(self) -> str:
        """Whom the mail says that it is from; else the envelope's sender."""
        return str(self._message.get("From", "")) or self.stored.sender

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Every header in the order of the mail."""
        return [(name, str(value)) for name, value in self._message.items()]

    @cached_property
    def text(self) -> str:
        """The plain text; empty if there is none."""
        return self._body("plain")

    @cached_property
    def html(self) -> str:
        """The HTML as it was sent; empty if there is none."""
        return self._body("html")

    @cached_property
    def attachments(self) -> list[Attachment]:
        """Files and pictures, numbered from 1."""
        bodies = {id(self._message.get_body(("plain",))), id(self._message.get_body(("html",)))}
        parts = [part for part in self._message.walk() if not part.is_multipart() and id(part) not in bodies]
        return [
            Attachment(
                number=number,
                name=part.get_filename() or f"part-{number}",
                content_type=part.get_content_type(),
                content_id=str(part.get("Content-ID", "")).strip("<> "),
                content=_bytes(part),
            )
            for number, part in enumerate(parts, start=1)
        ]

    def html_for_frame(self, *, attachment_url: str) -> str:
        """The HTML with its `cid:` pictures pointed at `attachment_url` + number (RFC 2392)."""
        numbers = {part.content_id: part.number for part in self.attachments if part.content_id}

        def address(match: re.Match[str]) -> str:
            number = numbers.get(match.group(1))
            return match.group(0) if number is None else escape(f"{attachment_url}{number}")

        return _OPEN_LINKS_OUTSIDE + re.sub(r"cid:([^\"'\s)>]+)", address, self.html)

    def _body(self, kind: str) -> str:
        part = self._message.get_body((kind,))
        if not isinstance(part, EmailMessage):
            return ""
        try:
            return str(part.get_content())
        except (LookupError, ValueError):
            # A character set that nobody knows: show what can be shown.
            return _bytes(part).decode("utf-8", "replace")


def _bytes(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
