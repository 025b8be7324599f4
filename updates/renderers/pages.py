"""Pages for people: what to download for which system. A script puts the visitor's first; none is needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from updates.markdown import render_notes
from updates.models import Architecture, OperatingSystem
from updates.renderers import checksums, feed
from updates.renderers.product_state import (
    ListedProduct,
    PublicArtifact,
    PublicChannel,
    PublicProduct,
    PublicRelease,
)

HOME_KEY = "updates/index.html"
_STYLE = Path(__file__).with_name("pages.css")
_SCRIPT = Path(__file__).with_name("pages.js")
_ICON = Path(__file__).with_name("icon.svg")
# Most people come with the first one.
_SYSTEMS = (OperatingSystem.WINDOWS, OperatingSystem.MACOS, OperatingSystem.LINUX, OperatingSystem.ANY)
_UNIT = 1000


@dataclass(frozen=True)
class Download:
    """A file as the page shows it."""

    file_name: str
    url: str
    architecture: str
    processor: str
    size: str
    sha256: str


@dataclass(frozen=True)
class SystemDownloads:
    """The files for one system."""

    slug: str
    name: str
    files: tuple[Download, ...]


@dataclass(frozen=True)
class ReleaseOnPage:
    """A release as the page shows it."""

    release: PublicRelease
    systems: tuple[SystemDownloads, ...]
    notes: SafeString
    checksums_url: str


@dataclass(frozen=True)
class ChannelOnPage:
    """A channel as the page shows it."""

    channel: PublicChannel
    manifest_url: str
    latest: ReleaseOnPage | None
    previous: tuple[ReleaseOnPage, ...]


def style_key() -> str:
    """The stylesheet under a name that its content has."""
    return f"updates/style.{hashlib.sha256(style()).hexdigest()[:16]}.css"


@lru_cache(maxsize=1)
def style() -> bytes:
    """The stylesheet."""
    return _STYLE.read_bytes()


def script_key() -> str:
    """The script, in the same way."""
    return f"updates/pages.{hashlib.sha256(script()).hexdigest()[:16]}.js"


@lru_cache(maxsize=1)
def script() -> bytes:
    """What puts the files for the visitor's system first. All are there without it."""
    return _SCRIPT.read_bytes()


def icon_key() -> str:
    """The icon, in the same way."""
    return f"updates/icon.{hashlib.sha256(icon()).hexdigest()[:16]}.svg"


@lru_cache(maxsize=1)
def icon() -> bytes:
    """The icon; without one browsers ask for `/favicon.ico`."""
    return _ICON.read_bytes()


def render_product(product: PublicProduct) -> bytes:
    """The download page of a product."""
    context = {
        "product": product,
        "channels": [_channel(product, channel) for channel in product.channels],
        "feed_url": product.url(f"{product.prefix}{feed.FILE_NAME}"),
    }
    return _render("updates/site/product.html", product.url, context)


def page_key(product_slug: str) -> str:
    """The page of a product."""
    return f"updates/{product_slug}/index.html"


def render_home(products: Sequence[ListedProduct], public_url: str) -> bytes:
    """All products."""

    def url_of(key: str) -> str:
        return f"{public_url}/{key}"

    listed = [(url_of(f"updates/{product.slug}/"), product) for product in products]
    return _render("updates/site/home.html", url_of, {"products": listed})


def size_text(size: int) -> str:
    """A number of bytes for people, in the units in which disks and downloads are counted."""
    if size < _UNIT:
        return f"{size} bytes"
    amount, units = size / _UNIT, ["GB", "MB", "kB"]
    while amount >= _UNIT and len(units) > 1:
        amount, _ = amount / _UNIT, units.pop()
    return f"{amount:.1f} {units[-1]}" if amount < 10 else f"{amount:.0f} {units[-1]}"


def _render(template: str, url_of: Any, context: dict[str, Any]) -> bytes:
    site = {
        "style_url": url_of(style_key()),
        "script_url": url_of(script_key()),
        "icon_url": url_of(icon_key()),
        "home_url": url_of("updates/"),
    }
    return render_to_string(template, {**context, **site}).encode()


def _channel(product: PublicProduct, channel: PublicChannel) -> ChannelOnPage:
    # Who comes by hand gets what is for all; what is offered to some is there, and says so.
    offered = [release for release in channel.releases if release.rollout.percent]
    latest = channel.latest_for_all or (offered[0] if offered else None)
    return ChannelOnPage(
        channel=channel,
        manifest_url=product.manifest_url(channel),
        latest=_release(product, latest) if latest else None,
        previous=tuple(_release(product, release) for release in offered if release is not latest),
    )


def _release(product: PublicProduct, release: PublicRelease) -> ReleaseOnPage:
    return ReleaseOnPage(
        release=release,
        systems=tuple(_systems(product, release.downloads)),
        notes=mark_safe(render_notes(release.notes)),  # noqa: S308 - cleaned by nh3
        checksums_url=product.url(checksums.key_of(product, release)),
    )


def _systems(product: PublicProduct, artifacts: Iterable[PublicArtifact]) -> Iterable[SystemDownloads]:
    found = list(artifacts)
    for system in _SYSTEMS:
        files = tuple(
            Download(
                file_name=artifact.file_name,
                url=product.url(artifact.key),
                architecture=artifact.architecture,
                processor=str(Architecture(artifact.architecture).label),
                size=size_text(artifact.size),
                sha256=artifact.sha256,
            )
            for artifact in found
            if artifact.operating_system == system
        )
        if files:
            yield SystemDownloads(str(system.value), str(system.label), files)
