"""Sending one mail by django-ses, and saying honestly what is known of it afterwards."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.core.mail import EmailMessage, get_connection

CONNECT_SECONDS = 3
READ_SECONDS = 10
# Errors by which SES says: not now (Amazon SES API reference, SendEmail errors).
_NOT_NOW = frozenset({"TooManyRequestsException", "Throttling", "ThrottlingException", "LimitExceededException",
                      "SendingPausedException", "AccountSuspendedException", "ServiceUnavailable"})  # fmt: skip


class MailNotSent(Exception):
    """It certainly did not go out; the same mail may be tried again."""


class MailRefused(Exception):
    """It certainly did not go out, and never will: the mail service refuses it."""


class MailInDoubt(Exception):
    """It may or may not have gone out: no answer came. Sending again could send it twice."""


def send(message: EmailMessage, *, tags: dict[str, str]) -> str:
    """Hand one mail over; the mail service's message id.

    `tags` come back in the service's events (SES message tags), so that an event finds its mail.

    Raises:
        MailNotSent, MailRefused, MailInDoubt.
    """
    from botocore import exceptions

    message.extra_headers["X-SES-MESSAGE-TAGS"] = ", ".join(f"{name}={value}" for name, value in tags.items())
    try:
        _connection().send_messages([message])
    except exceptions.ClientError as error:
        raise _refusal(error) from error
    except (
        exceptions.EndpointConnectionError,
        exceptions.ConnectTimeoutError,
        exceptions.NoCredentialsError,
    ) as error:
        raise MailNotSent(str(error)) from error
    except (exceptions.HTTPClientError, OSError) as error:
        raise MailInDoubt(str(error)) from error
    return str(message.extra_headers["message_id"])


def _refusal(error: Any) -> Exception:
    answer = error.response
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    code = answer.get("Error", {}).get("Code", "")
    if code in _NOT_NOW or status == 429:
        return MailNotSent(str(error))
    if status >= 500:
        # SES may have queued it before it failed to say so.
        return MailInDoubt(str(error))
    return MailRefused(str(error))


@lru_cache(maxsize=1)
def _connection() -> Any:
    """One open connection for the process: making a client costs hundreds of milliseconds."""
    from botocore.config import Config

    # botocore's own retries could send a mail twice.
    config = Config(
        retries={"total_max_attempts": 1}, connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS
    )
    connection = get_connection(aws_config=config)
    connection.open()
    return connection
