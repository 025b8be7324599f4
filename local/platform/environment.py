"""The variables of a desk: what its processes get, and what other commands read from its files."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping

from django.conf import settings

from local.platform.desk import CLIENTS, Desk, Site
from local.platform.keys import environment_lines, write_private

# Dummies: the mailbox checks that a request is signed, as SES does, but not by whom.
_MAIL_ACCESS_KEY_ID = "desk"
_MAIL_SECRET_ACCESS_KEY = "desk"

# What one may choose for a desk; everything else follows from its ports and its directory.
_CHOICES = ("DATABASE_URL", "SERVICES", "DEBUG", "LOG_LEVEL", "LOG_FORMAT")


def desk_environment(
    desk: Desk,
    *,
    secrets: Mapping[str, str],
    object_store: Mapping[str, str],
    edge: Mapping[str, str],
    given: Mapping[str, str],
) -> dict[str, str]:
    """Every variable that a command needs to speak to the desk, without the process's own."""
    chosen = {name: given[name] for name in _CHOICES if given.get(name)}
    return {
        "DEPLOYMENT": "local",
        "LOCAL_DIR": str(desk.directory),
        **{port.variable: str(port.number) for port in desk.ports},
        "WEB_URL": desk.web_url,
        "UPDATES_KEYS_DIR": str(desk.directory / "keys" / "updates"),
        "STATIC_MANIFEST_DIR": str(desk.directory / "static-manifest"),
        "DATABASE_URL": f"sqlite:///{desk.directory / 'quartet.sqlite3'}",
        "OIDC_ISSUER": desk.identity_url,
        "OIDC_END_SESSION_URL": f"{desk.identity_url}/identity/o/logout",
        "CORS_ALLOWED_ORIGINS": desk.public_origin,
        "SES_ENDPOINT_URL": desk.mailbox_url,
        "AWS_ACCESS_KEY_ID": _MAIL_ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": _MAIL_SECRET_ACCESS_KEY,
        "START_LINKS": ",".join(_start_links(desk)),
        "LOG_FORMAT": "console",
        **object_store,
        **edge,
        "PUBLIC_URL": desk.public_url,
        **secrets,
        **chosen,
        **dict(_of_split(desk, given) if desk.is_split else ()),
    }


def site_environment(desk: Desk, site: Site, of_desk: Mapping[str, str]) -> dict[str, str]:
    """The variables of one web process and its worker: the desk's, and split, its own above them."""
    if not desk.is_split:
        return dict(of_desk)
    others = {f"{other.name.upper()}_CLIENT_SECRET" for other in desk.sites if other is not site}
    if site.name != "updates":
        others.add("UPDATES_KEYS_PASSPHRASE")
    kept = {name: value for name, value in of_desk.items() if name not in others}
    database_url = of_desk.get(f"{site.name.upper()}_DATABASE_URL")
    return {
        **kept,
        "SERVICES": site.name,
        "WEB_URL": site.url,
        "DATABASE_URL": database_url or f"sqlite:///{desk.directory / f'{site.name}.sqlite3'}",
        # Each signs for itself: what one service signed, another does not take.
        "SECRET_KEY": hmac.digest(of_desk["SECRET_KEY"].encode(), site.name.encode(), "sha512").hex(),
    }


def write_environment_files(desk: Desk, of_desk: Mapping[str, str]) -> None:
    """`environment` for every command; split, it speaks to the first service, and each has one of its own."""
    for left in desk.directory.glob("environment.*"):
        left.unlink()
    of_first = site_environment(desk, desk.sites[0], of_desk)
    write_private(desk.directory / "environment", environment_lines({**of_desk, **of_first}))
    if desk.is_split:
        for site in desk.sites:
            lines = environment_lines(site_environment(desk, site, of_desk))
            write_private(desk.directory / f"environment.{site.name}", lines)


def process_environment(given: Mapping[str, str], of_desk: Mapping[str, str]) -> dict[str, str]:
    """What a process of the desk runs with: the given environment, and the desk's above it."""
    kept = {name: value for name, value in given.items() if not _would_interfere(name)}
    return {**kept, **of_desk, "ENVIRONMENT_FILE": "", "PYTHONUNBUFFERED": "1"}


def _of_split(desk: Desk, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Where every service is, so that they find one another, and the databases that were chosen."""
    yield "SPLIT", "1"
    for site in desk.sites:
        yield f"{site.name.upper()}_URL", site.url
        variable = f"{site.name.upper()}_DATABASE_URL"
        if given.get(variable):
            yield variable, given[variable]


def _start_links(desk: Desk) -> Iterator[str]:
    if CLIENTS.is_dir():
        yield f"To-dos={desk.todos_client_url}"
    if desk.has_edge:
        yield f"Blog={desk.public_url}/blog/"
        yield f"Downloads={desk.public_url}/updates/"
    yield f"Mailbox={desk.mailbox_url}/"
    yield f"Sign-in={desk.identity_url}/"


def _would_interfere(name: str) -> bool:
    # Each process has settings of its own; profiles and addresses of AWS would lead out of the desk.
    # So would the addresses of an earlier, split desk, which a shell may still have.
    names = ("DJANGO_SETTINGS_MODULE", *(f"{service.upper()}_URL" for service in settings.KNOWN_SERVICES))
    return name in names or name.startswith(("AWS_PROFILE", "AWS_ENDPOINT", "OIDC_", "GRANIAN_"))
