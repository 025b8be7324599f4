"""Structured logs: one JSON object a line, with the request's id and trace."""

from __future__ import annotations

import contextvars
import logging
import sys
from typing import Any

# Set by `chassis.middleware.request_context` and by the task worker; added to every record.
log_context: contextvars.ContextVar[dict[str, str] | None] = contextvars.ContextVar(
    "log_context", default=None
)

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "request",
    "server_time",
}


def logging_configuration(*, level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING: everything to standard error, as `json` or for a `console`.

    Fields are given as `log.info("event_name", extra={"field": value})`.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "chassis.logs.StructuredFormatter", "form": form}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "lines"}},
        "root": {"handlers": ["lines"], "level": level},
        "loggers": {
            # Each request has its own line (`request_finished`); Django's would repeat it.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
            # A stranger who sends another's name gets a 400, whose line says so; not a traceback at each try.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # Zappa's line of a request says less than ours.
            "zappa": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "botocore": {"level": "WARNING"},
        },
    }


class StructuredFormatter(logging.Formatter):
    """A record as one line, by structlog's renderers."""

    def __init__(self, form: str) -> None:
        super().__init__()
        import structlog

        self._renderer: Any = (
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
            if form == "console"
            else structlog.processors.JSONRenderer(default=str)
        )

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        from datetime import UTC, datetime

        event: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **(log_context.get() or {}),
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return str(self._renderer(None, record.levelname.lower(), event))
