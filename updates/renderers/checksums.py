"""`SHA256SUMS` of a release, as `sha256sum --check` reads it."""

from __future__ import annotations

from updates.models import ArtifactKind
from updates.renderers.product_state import PublicProduct, PublicRelease

FILE_NAME = "SHA256SUMS"


def key_of(product: PublicProduct, release: PublicRelease) -> str:
    """Where it is: the files of a published release never change."""
    return f"{product.prefix}{release.channel}/{release.version.replace('+', '-')}/{FILE_NAME}"


def render(release: PublicRelease) -> bytes:
    """A line a file: the hash, two spaces (text mode is binary mode here), the name."""
    # Differences come later, when they have been tried, and this file never changes.
    files = [artifact for artifact in release.artifacts if artifact.kind != ArtifactKind.DELTA]
    lines = sorted((artifact.file_name, artifact.sha256) for artifact in files)
    return "".join(f"{sha256}  {file_name}\n" for file_name, sha256 in lines).encode()
