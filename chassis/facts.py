"""What the outside says, read out of the messages of queues: S3, SES and Cognito notifications.

Only the shape is read here; whether a row belongs to it is for the services to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings


class Malformed(Exception):
    """A message that no later try can make better; the text says what is wrong with it."""


@dataclass(frozen=True)
class Fact:
    """Something that happened outside.

    | source | name | key |
    |---|---|---|
    | `s3.uploads`, `s3.users`, `s3.public` | `ObjectCreated:Put`, … | the object's key |
    | `ses` | `Bounce`, `Complaint`, `Delivery`, … | the message id that SES gave at sending |
    | `cognito` | `PostConfirmation_ConfirmSignUp`, … | the user's `sub` |
    """

    source: str
    name: str
    key: str
    # The record as it came: AWS documents its fields.
    detail: Mapping[str, Any]


def facts_in(body: str) -> list[Fact]:
    """The facts of one message. An S3 test event, and only that, has none.

    Raises:
        Malformed: no notification that is known here, a part of one, or one about another bucket.
    """
    document = _document(body)
    if document.get("Type") == "Notification" and isinstance(document.get("Message"), str):
        # SNS in between, without raw delivery.
        document = _document(document["Message"])
    if document.get("Event") == "s3:TestEvent":
        return []
    return list(_facts(document))


def _facts(document: Mapping[str, Any]) -> Iterator[Fact]:
    if "Records" in document:
        yield from _s3_records(document["Records"])
    elif "mail" in document:
        name = document.get("eventType") or document.get("notificationType")
        yield Fact("ses", _text(name, "eventType"), _of(document, "mail", "messageId"), document)
    elif "triggerSource" in document:
        name = _text(document["triggerSource"], "triggerSource")
        yield Fact("cognito", name, _of(document, "request", "userAttributes", "sub"), document)
    else:
        raise Malformed(
            f"No notification that is known here: its keys are {', '.join(sorted(document)[:20])}."
        )


def _s3_records(records: Any) -> Iterator[Fact]:
    if not isinstance(records, list) or not records:
        raise Malformed("Records is no list, or empty.")
    for record in records:
        if not isinstance(record, dict) or record.get("eventSource") != "aws:s3":
            raise Malformed("A record whose eventSource is not aws:s3.")
        name = _text(record.get("eventName"), "eventName")
        key = _text(unquote_plus(_of(record, "s3", "object", "key")), "s3.object.key")
        yield Fact(f"s3.{_role_of_bucket(_of(record, 's3', 'bucket', 'name'))}", name, key, record)


def _role_of_bucket(name: str) -> str:
    roles = {
        settings.S3_UPLOADS_BUCKET: "uploads",
        settings.S3_USERS_BUCKET: "users",
        settings.S3_PUBLIC_BUCKET: "public",
    }
    if name not in roles:
        raise Malformed(f"The bucket {name[:63]} is none of this deployment.")
    return roles[name]


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("No JSON.") from error
    if not isinstance(document, dict):
        raise Malformed("JSON, but no object.")
    return document


def _of(document: Any, *path: str) -> str:
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return _text(document, ".".join(path))


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise Malformed(f"{name} is missing, or no text.")
    return value
