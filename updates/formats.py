"""What the formats of a product ask of it and of its releases, each by its renderer's rules. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from updates.models import ManifestFormat, VersionScheme
from updates.renderers import electron, tuf
from updates.renderers.product_state import PublicArtifact


def product_finding(
    formats: Collection[str], *, slug: str, version_scheme: str, channels: Iterable[str]
) -> str:
    """Why a product cannot serve these formats, in a sentence; empty when it can."""
    if {ManifestFormat.TUF, ManifestFormat.TUFUP} <= {*formats}:
        return "A product has one TUF repository: for tufup, or for others."
    if ManifestFormat.TUFUP in formats and version_scheme != VersionScheme.PEP440:
        return "tufup reads PEP 440 versions only."
    if ManifestFormat.ELECTRON in formats:
        return electron.product_finding(slug, version_scheme, channels)
    return ""


def release_finding(formats: Collection[str], version: str, artifacts: Sequence[PublicArtifact]) -> str:
    """What the clients of these formats would stumble over in a release, in a sentence; or empty."""
    if ManifestFormat.TUFUP in formats:
        return tuf.tufup_finding(version, [artifact.file_name for artifact in artifacts])
    if ManifestFormat.ELECTRON in formats:
        return electron.release_finding(artifacts)
    return ""
