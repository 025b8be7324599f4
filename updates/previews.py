"""What publishing a release would change, and for whom: manifests as they are, and as they would be."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils import timezone

from updates import queries
from updates.models import Architecture, ManifestFormat, OperatingSystem, Release
from updates.renderers import channel_json, electron
from updates.renderers.product_state import (
    PublicArtifact,
    PublicChannel,
    PublicProduct,
    PublicRelease,
    PublicRollout,
)
from updates.versions import is_newer

LINES_MOST = 400


@dataclass(frozen=True)
class Offer:
    """A version, and to how many of those who come for an update."""

    version: str
    percent: int


@dataclass(frozen=True)
class Audience:
    """Installations of one system and processor: what they are offered, and what they would be."""

    system: str
    processor: str
    before: tuple[Offer, ...]
    after: tuple[Offer, ...]


@dataclass(frozen=True)
class Line:
    """A line of a difference: `add`, `remove`, `same`, or `place` for where it is."""

    kind: str
    text: str


@dataclass(frozen=True)
class FileChange:
    """A file whose bytes would be others."""

    key: str
    is_added: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Preview:
    """All of it."""

    audiences: tuple[Audience, ...]
    files: tuple[FileChange, ...]


def preview_of(release: Release, *, first_percent: int) -> Preview:
    """What would change if a release that is open were published now, to so many."""
    product = queries.public_product(release.channel.product_id)
    coming = replace(
        queries.public_release(release),
        released_at=timezone.now().replace(microsecond=0),
        rollout=PublicRollout(first_percent, release.rollout_salt),
    )
    then = _with(product, coming)
    [before] = [one for one in product.channels if one.slug == coming.channel]
    [after] = [one for one in then.channels if one.slug == coming.channel]
    return Preview(tuple(_audiences(before, after)), tuple(_changes(product, then)))


def _with(product: PublicProduct, coming: PublicRelease) -> PublicProduct:
    """The product with one release more, at the place of its version."""
    channels = []
    for channel in product.channels:
        releases = list(channel.releases)
        if channel.slug == coming.channel:
            newer = [one for one in releases if is_newer(product.version_scheme, one.version, coming.version)]
            releases.insert(len(newer), coming)
        channels.append(replace(channel, releases=tuple(releases)))
    return replace(product, channels=tuple(channels))


def _audiences(before: PublicChannel, after: PublicChannel) -> Iterator[Audience]:
    platforms = {
        (artifact.operating_system, artifact.architecture): None
        for channel in (after, before)
        for release in channel.releases[:2]
        for artifact in release.downloads
    }
    for system, processor in platforms:
        yield Audience(
            system=str(OperatingSystem(system).label),
            processor=str(Architecture(processor).label),
            before=tuple(_offers(before, system, processor)),
            after=tuple(_offers(after, system, processor)),
        )


def _offers(channel: PublicChannel, system: str, processor: str) -> Iterator[Offer]:
    """The releases that these installations get, until one is for all."""
    for release in channel.releases:
        if any(_is_for(artifact, system, processor) for artifact in release.downloads):
            yield Offer(release.version, release.rollout.percent)
            if release.rollout.is_for_all:
                return


def _is_for(artifact: PublicArtifact, system: str, processor: str) -> bool:
    return artifact.operating_system in (system, OperatingSystem.ANY) and artifact.architecture in (
        processor,
        Architecture.ANY,
        Architecture.UNIVERSAL,
    )


def _changes(product: PublicProduct, then: PublicProduct) -> Iterator[FileChange]:
    before = dict(_texts(product))
    for key, text in _texts(then):
        old = before.get(key)
        if old != text:
            yield FileChange(key, old is None, tuple(_lines(old or "", text)))


def _texts(product: PublicProduct) -> Iterator[tuple[str, str]]:
    """What clients read of a product as text; pages and feeds tell the same once more."""
    for channel in product.channels:
        yield f"{product.prefix}{channel.slug}.json", channel_json.render(product, channel).decode()
    if ManifestFormat.ELECTRON in product.formats:
        for key, body in electron.render(product):
            yield key, body.decode()


def _lines(old: str, text: str) -> Iterator[Line]:
    found = difflib.unified_diff(old.splitlines(), text.splitlines(), lineterm="", n=2)
    kinds = {"+": "add", "-": "remove", "@": "place"}
    for number, line in enumerate(found):
        if number >= LINES_MOST:
            yield Line("place", "…")
            return
        if number >= 2:  # Two headings come first.
            yield Line(kinds.get(line[:1], "same"), line)
