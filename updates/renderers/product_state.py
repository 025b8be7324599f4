"""What of a product is public: all that a renderer looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from updates.models import ArtifactKind


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

    @property
    def downloads(self) -> tuple[PublicArtifact, ...]:
        """What people would download: no differences, block maps or signatures."""
        kinds = (ArtifactKind.INSTALLER, ArtifactKind.FULL)
        return tuple(artifact for artifact in self.artifacts if artifact.kind in kinds)


@dataclass(frozen=True)
class PublicChannel:
    """A channel with its last releases, the newest version first."""

    slug: str
    name: str
    releases: tuple[PublicRelease, ...]

    @property
    def latest(self) -> PublicRelease | None:
        """The highest version."""
        return self.releases[0] if self.releases else None


@dataclass(frozen=True)
class PublicProduct:
    """A product with its channels, the first one first."""

    slug: str
    name: str
    summary: str
    created_at: datetime
    public_url: str
    channels: tuple[PublicChannel, ...]

    def url(self, key: str) -> str:
        """The public address of a key."""
        return f"{self.public_url}/{quote(key)}"

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
