"""Whether a product and its releases are what the clients of its formats understand."""

from __future__ import annotations

from collections.abc import Collection

from updates import queries
from updates.errors import ReleaseUnfit, at_field
from updates.formats import product_finding, release_finding
from updates.models import Product, Release


def require_formats(product: Product, *, channels: Collection[str], pointer: str = "/formats") -> None:
    """Refuse a product, or a channel of it, that its formats cannot serve.

    Raises:
        InvalidInput: at the field that `pointer` names.
    """
    finding = product_finding(
        product.formats, slug=product.slug, version_scheme=product.version_scheme, channels=channels
    )
    if finding:
        raise at_field(pointer, "unfit", finding)


def with_formats(product: Product, formats: Collection[str]) -> list[str]:
    """These formats, sorted; none that the product has may be missing.

    Raises:
        InvalidInput: at `/formats`.
    """
    missing = sorted({*product.formats} - {*formats})
    if missing:
        detail = f"Clients of {', '.join(missing)} would go on with old files: a format is not taken away."
        raise at_field("/formats", "taken-away", detail)
    return sorted({*formats})


def require_fit(release: Release) -> None:
    """Refuse a release that the clients of one of its product's formats would stumble over.

    Raises:
        ReleaseUnfit: with what to mend.
    """
    artifacts = queries.public_artifacts(release)
    finding = release_finding(release.channel.product.formats, release.version, artifacts)
    if finding:
        raise ReleaseUnfit(finding)
