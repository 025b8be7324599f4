"""Web clients in the public bucket: the static sites of `clients/`, each with a `config.json` made for it."""

from __future__ import annotations

import mimetypes
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.conf import settings

from chassis.publishing import CacheRule, PublicFile

# Names are the same in every version, so a browser must ask; an unchanged file costs a 304.
RULE = CacheRule.POINTER
CONFIG_NAME = "config.json"
# What a page in the repository says; a published one names the addresses of its deployment.
_ANY_ADDRESS = b"connect-src http: https:"
SIGN_IN_SCOPES = ("openid", "email", "profile")
# Systems disagree about these, and a module of another type does not run (HTML, "fetch a module script").
_CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


def client_folders(root: Path) -> list[Path]:
    """The web clients of the repository, one folder each.

    Raises:
        FileNotFoundError: there is no such folder: the package for Lambda has none.
    """
    if not root.is_dir():
        raise FileNotFoundError(root)
    return sorted(folder for folder in root.iterdir() if (folder / "index.html").is_file())


def files_of(folder: Path, *, client_id: str) -> Iterator[PublicFile]:
    """Everything to publish of one client; the page last, so that it never names what is not there yet."""
    base = f"clients/{folder.name}"
    yield PublicFile(
        f"{base}/{CONFIG_NAME}",
        orjson.dumps(client_config(folder.name, client_id=client_id), option=orjson.OPT_INDENT_2),
        _CONTENT_TYPES[".json"],
        RULE,
    )
    for path in sorted(_files_below(folder), key=lambda path: (path.suffix == ".html", path)):
        body = path.read_bytes()
        if path.suffix == ".html":
            body = body.replace(_ANY_ADDRESS, f"connect-src {' '.join(connect_sources())}".encode())
        yield PublicFile(f"{base}/{path.relative_to(folder).as_posix()}", body, content_type_of(path), RULE)


def client_config(name: str, *, client_id: str) -> dict[str, Any]:
    """What a web client must know of this deployment. Nothing in it is secret."""
    scopes: Mapping[str, Any] = settings.OIDC_USER_CLIENTS
    return {
        "issuer": settings.OIDC_ISSUER,
        "authorize_url": settings.OIDC_AUTHORIZATION_URL,
        "token_url": settings.OIDC_TOKEN_URL,
        "end_session_url": settings.OIDC_END_SESSION_URL,
        "client_id": client_id,
        "redirect_uri": f"{settings.PUBLIC_URL}/clients/{name}/index.html",
        "scopes": [*SIGN_IN_SCOPES, *sorted(scopes.get(client_id, ()))],
        "api": {
            service: f"{settings.SERVICE_URLS[service] or settings.WEB_URL}/api/{service}/v1"
            for service in settings.KNOWN_SERVICES
        },
    }


def connect_sources() -> list[str]:
    """The only addresses that a client's scripts may speak to, for its Content-Security-Policy.

    A script that should not be there could read a token, but not send it away.
    """
    addresses = [
        settings.OIDC_ISSUER,
        settings.OIDC_TOKEN_URL,
        settings.WEB_URL,
        *settings.SERVICE_URLS.values(),
    ]
    if settings.S3_ENDPOINT_URL:
        store = [_origin(settings.S3_ENDPOINT_URL)]
    else:
        # The users' bucket as presigned addresses name it (Amazon S3: virtual-hosted-style requests).
        bucket, region = settings.S3_USERS_BUCKET, settings.AWS_REGION
        store = [f"https://{bucket}.s3.amazonaws.com", f"https://{bucket}.s3.{region}.amazonaws.com"]
    return ["'self'", *sorted({*(_origin(address) for address in addresses if address), *store})]


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def content_type_of(path: Path) -> str:
    """The media type by which a browser is to read a file."""
    known = _CONTENT_TYPES.get(path.suffix)
    guessed = known or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{guessed}; charset=utf-8" if guessed.startswith("text/") and not known else guessed


def publish(files: Iterable[PublicFile]) -> list[str]:
    """Put files into the public bucket; the keys of those that were not there as they are."""
    from chassis.publishing import objects

    return [file.key for file in files if objects.write_public(file)]


def tell_edge(keys: Iterable[str]) -> None:
    """Have the edge forget its copies of what was published.

    Raises:
        Unavailable: it does not answer. It forgets them by itself, within a minute.
    """
    from chassis.publishing import invalidation

    invalidation.invalidate(keys, reference=f"clients.{uuid.uuid4()}")


def _files_below(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.name != CONFIG_NAME and path.suffix != ".md":
            yield path
