"""What of a product is public: all that a renderer looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from updates.models import PERCENT_MOST, ArtifactKind, VersionScheme


@dataclass(frozen=True)
class PublicDelta:
    """The way from an earlier file to this one. Applied once, or brought and signed."""

    file_name: str
    key: str
    format: str
    base_file_name: str
    base_sha256: str
    size: int
    sha256: str
    window_log: int
    # From the tar inside to the tar inside, of a .tar.gz.
    is_unpacked: bool


@dataclass(frozen=True)
class PublicArtifact:
    """A file with its final name."""

    file_name: str
    key: str
    operating_system: str
    architecture: str
    kind: str
    size: int
    sha256: str
    sha512: str
    # The publisher's own, checked: the text of a .minisig file, or Ed25519 in Base64; or empty.
    signature: str = ""
    # Of a .tar.gz: the tar inside; nothing where nobody looked.
    inner_size: int = 0
    inner_sha256: str = ""
    deltas: tuple[PublicDelta, ...] = ()


@dataclass(frozen=True)
class PublicRollout:
    """To how many of the installations a release is offered now, and what is planned.

    An installation is among them when `sha256(salt + installation id) mod 10000 < percent * 100`.
    """

    percent: int = PERCENT_MOST
    salt: str = ""

    @property
    def is_for_all(self) -> bool:
        """Whether there is nothing to count."""
        return self.percent == PERCENT_MOST


@dataclass(frozen=True)
class PublicRequirements:
    """Which installations may get a release; empty where nothing is asked."""

    from_version: str = ""
    below_version: str = ""
    minimum_systems: Mapping[str, str] = field(default_factory=dict)
    locales: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublicRelease:
    """A release that clients may see."""

    id: str
    channel: str
    version: str
    released_at: datetime
    notes: str
    is_critical: bool
    minimum_version: str
    artifacts: tuple[PublicArtifact, ...]
    build_number: int | None = None
    requirements: PublicRequirements = PublicRequirements()
    rollout: PublicRollout = PublicRollout()

    @property
    def downloads(self) -> tuple[PublicArtifact, ...]:
        """What people would download: no differences, block maps or signatures."""
        kinds = (ArtifactKind.INSTALLER, ArtifactKind.FULL)
        return tuple(artifact for artifact in self.artifacts if artifact.kind in kinds)


@dataclass(frozen=True)
class PublicChannel:
    """A channel with its last releases, the newest version first.

    A paused release is offered to nobody, so it is not among `releases`; its files stay where they are.
    """

    slug: str
    name: str
    releases: tuple[PublicRelease, ...]
    paused: tuple[PublicRelease, ...] = ()

    @property
    def latest_for_all(self) -> PublicRelease | None:
        """The highest version whose rollout is complete: for clients that cannot count, and those outside."""
        return next((release for release in self.releases if release.rollout.is_for_all), None)


@dataclass(frozen=True)
class PublicProduct:
    """A product with its channels, the first one first."""

    slug: str
    name: str
    summary: str
    created_at: datetime
    public_url: str
    channels: tuple[PublicChannel, ...]
    version_scheme: str = VersionScheme.SEMVER
    public_keys: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    # For tufup: archives that were offered to all, whatever became of them. Somebody has each.
    once_for_all: tuple[str, ...] = ()

    def url(self, key: str) -> str:
        """The public address of a key."""
        return f"{self.public_url}/{quote(key)}"

    @property
    def file_names(self) -> frozenset[str]:
        """The files of all these releases, and the differences to them."""
        return frozenset(
            name
            for channel in self.channels
            for release in (*channel.releases, *channel.paused)
            for artifact in release.artifacts
            for name in (artifact.file_name, *(delta.file_name for delta in artifact.deltas))
        )

    @property
    def prefix(self) -> str:
        """Where the product's manifests and pages are."""
        return f"updates/{self.slug}/"

    @property
    def page_url(self) -> str:
        """The address of the download page, as people write it."""
        return self.url(self.prefix)

    def manifest_url(self, channel: PublicChannel) -> str:
        """The address that clients ask."""
        return self.url(f"{self.prefix}{channel.slug}.json")


@dataclass(frozen=True)
class ListedProduct:
    """A product in the list of all."""

    slug: str
    name: str
    summary: str
    # Of each channel that has one for people: its name, and the version.
    versions: tuple[tuple[str, str], ...]
