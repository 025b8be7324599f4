"""What can go wrong, each with the exit code that a pipeline decides by."""

from __future__ import annotations


class PublishError(Exception):
    """Base of all: something unexpected."""

    exit_code = 1


class UsageError(PublishError):
    """The command cannot mean what it says."""

    exit_code = 2


class Refused(PublishError):
    """The server refuses it as it stands: another input or another state is needed."""

    exit_code = 3


class NotLetIn(PublishError):
    """No credentials, or none that may do this."""

    exit_code = 4


class NotThere(PublishError):
    """There is no such product, channel or release."""

    exit_code = 5


class BytesRefused(PublishError):
    """The server found other bytes than were declared, or others than the file's name says."""

    exit_code = 6


class Unreachable(PublishError):
    """The server or the store does not answer. The same command again goes on where this one stopped."""

    exit_code = 7


class TookTooLong(PublishError):
    """What was waited for did not come. The same command again goes on waiting."""

    exit_code = 8
