"""The variables of a desk: what its processes get, and what other commands read from its file."""

from __future__ import annotations

from collections.abc import Mapping

from local.platform.desk import CLIENTS, Desk

# Dummies: the mailbox checks that a request is signed, as SES does, but not by whom.
_MAIL_ACCESS_KEY_ID = "desk"
_MAIL_SECRET_ACCESS_KEY = "desk"

# What one may choose for a desk; everything else follows from its ports and its directory.
_CHOICES = ("DATABASE_URL", "SERVICES", "DEBUG", "LOG_LEVEL", "LOG_FORMAT")


def desk_environment(
    desk: Desk, *, secrets: Mapping[str, str], object_store: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, str]:
    """Every variable that a command needs to speak to the desk, without the process's own."""
    chosen = {name: given[name] for name in _CHOICES if given.get(name)}
    return {
        "DEPLOYMENT": "local",
        "LOCAL_DIR": str(desk.directory),
        "WEB_PORT": str(desk.web.number),
        "IDENTITY_PORT": str(desk.identity.number),
        "MAILBOX_PORT": str(desk.mailbox.number),
        "S3_PORT": str(desk.object_store.number),
        "WEB_URL": desk.web_url,
        "PUBLIC_URL": desk.public_url,
        "STATIC_MANIFEST_DIR": str(desk.directory / "static-manifest"),
        "DATABASE_URL": f"sqlite:///{desk.directory / 'quartet.sqlite3'}",
        "OIDC_ISSUER": desk.identity_url,
        "OIDC_END_SESSION_URL": f"{desk.identity_url}/identity/o/logout",
        "CORS_ALLOWED_ORIGINS": desk.object_store_url,
        "SES_ENDPOINT_URL": desk.mailbox_url,
        "AWS_ACCESS_KEY_ID": _MAIL_ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": _MAIL_SECRET_ACCESS_KEY,
        "START_LINKS": ",".join(
            (
                *([f"To-dos={desk.todos_client_url}"] if CLIENTS.is_dir() else []),
                f"Mailbox={desk.mailbox_url}/",
                f"Sign-in={desk.identity_url}/",
            )
        ),
        "LOG_FORMAT": "console",
        **object_store,
        **secrets,
        **chosen,
    }


def process_environment(given: Mapping[str, str], of_desk: Mapping[str, str]) -> dict[str, str]:
    """What a process of the desk runs with: the given environment, and the desk's above it."""
    kept = {name: value for name, value in given.items() if not _would_interfere(name)}
    return {**kept, **of_desk, "ENVIRONMENT_FILE": "", "PYTHONUNBUFFERED": "1"}


def _would_interfere(name: str) -> bool:
    # Each process has settings of its own; profiles and addresses of AWS would lead out of the desk.
    return name == "DJANGO_SETTINGS_MODULE" or name.startswith(
        ("AWS_PROFILE", "AWS_ENDPOINT", "OIDC_", "GRANIAN_")
    )
