"""One mail, handed over once: whether it went out, surely did not, or may have.

Sending goes through Django's mail API, which in the cloud and on a desk is django-ses. Nothing is tried
again here (botocore would, and send twice): the caller knows its mails, and decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

CONNECT_SECONDS = 5
READ_SECONDS = 20
# What SES says of one mail, rather than of the moment (Amazon SES API v2: SendEmail, errors).
_REFUSALS = frozenset({"MessageRejected", "BadRequestException"})


class NotSent(Exception):
    """It did not go out, and may later: throttling, no connection, an account that may not send now."""


class Refused(Exception):
    """It did not go out, and never will as it is."""


class InDoubt(Exception):
    """It may have gone out: the answer did not come, or said nothing."""


@dataclass(frozen=True)
class OutgoingMail:
    """A mail to one address. `tag` comes back with every event that SES reports of it."""

    to: str
    subject: str
    text: str
    html: str
    tag: str
    headers: Mapping[str, str] = field(default_factory=dict)


def send(mail: OutgoingMail) -> str:
    """Hand it over; the id that the provider gave it (empty where there is none).

    Raises:
        NotSent: it may be sent later.
        Refused: it never will be.
        InDoubt: nobody here knows.
    """
    from botocore import exceptions

    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=_headers(mail))
    message.attach_alternative(mail.html, "text/html")
    # So that a mail that cannot be written (a header with a line feed) is not called in doubt.
    message.message()
    try:
        connection = _connection(settings.EMAIL_BACKEND, settings.AWS_SES_REGION_ENDPOINT_URL)
    except Exception as error:
        raise NotSent(str(error)) from error
    try:
        connection.send_messages([message])
    except exceptions.ClientError as error:
        raise _meaning_of(error) from error
    except (
        exceptions.EndpointConnectionError,
        exceptions.ConnectTimeoutError,
        exceptions.ProxyConnectionError,
        exceptions.SSLError,
        exceptions.NoCredentialsError,
    ) as error:
        raise NotSent(str(error)) from error
    except Exception as error:  # A lost connection, or an answer that nobody understands.
        raise InDoubt(str(error) or repr(error)) from error
    return str(message.extra_headers.get("message_id", ""))


def _headers(mail: OutgoingMail) -> dict[str, str]:
    headers = {**mail.headers, "X-SES-MESSAGE-TAGS": f"mail={mail.tag}"}
    if settings.SES_CONFIGURATION_SET:
        headers["X-SES-CONFIGURATION-SET"] = settings.SES_CONFIGURATION_SET
    return headers


def _meaning_of(error: Any) -> Exception:
    code = error.response["Error"].get("Code", "")
    if code in _REFUSALS:
        return Refused(str(error))
    if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
        return InDoubt(str(error))
    return NotSent(str(error))


@lru_cache(maxsize=4)
def _connection(backend: str, endpoint_url: str | None) -> Any:
    """One connection a process: a client for each mail would take longer than the mail."""
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 1}
    )
    connection = get_connection(backend, aws_config=config)
    connection.open()
    return connection
