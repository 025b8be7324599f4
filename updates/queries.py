"""Everything that is read of updates."""

from __future__ import annotations

from uuid import UUID

from updates.audit import FIRST_HASH, entry_hash
from updates.errors import ArtifactNotFound, ProductNotFound, ReleaseNotFound
from updates.models import Artifact, AuditEntry, Channel, Product, Release


def list_products(*, after: str, limit: int) -> list[Product]:
    """Products by short name, with their channels. Two queries."""
    found = Product.objects.filter(slug__gt=after).order_by("slug").prefetch_related("channels")
    return list(found[:limit])


def get_product(slug: str) -> Product:
    """One product with its channels. Two queries.

    Raises:
        ProductNotFound: there is none of this name.
    """
    product = Product.objects.filter(slug=slug).prefetch_related("channels").first()
    if product is None:
        raise ProductNotFound
    return product


def list_channels(product: Product) -> list[Channel]:
    """The channels of a product, in the order in which they were made."""
    return list(product.channels.all())


def list_releases(*, product: Product, before: int | None, limit: int) -> list[Release]:
    """The releases of a product, the newest first. Two queries."""
    found = Release.objects.filter(channel__product=product).select_related("channel__product")
    if before is not None:
        found = found.filter(number__lt=before)
    return list(found.order_by("-number").prefetch_related("artifacts")[:limit])


def get_release(release_id: UUID) -> Release:
    """One release with its channel, product and artifacts. Two queries.

    Raises:
        ReleaseNotFound: there is none of this id.
    """
    found = Release.objects.select_related("channel__product").prefetch_related("artifacts")
    release = found.filter(id=release_id).first()
    if release is None:
        raise ReleaseNotFound
    return release


def get_artifact(artifact_id: UUID) -> Artifact:
    """One artifact. One query.

    Raises:
        ArtifactNotFound: there is none of this id.
    """
    artifact = Artifact.objects.filter(id=artifact_id).first()
    if artifact is None:
        raise ArtifactNotFound
    return artifact


def list_audit(*, product: Product, before: int | None, limit: int) -> list[AuditEntry]:
    """What was done with a product, the last step first. One query."""
    found = AuditEntry.objects.filter(product=product)
    if before is not None:
        found = found.filter(number__lt=before)
    return list(found.order_by("-number")[:limit])


def find_audit_break(product: Product) -> int | None:
    """The number of the first entry that does not follow from the one before it; None in a whole chain."""
    previous_hash = FIRST_HASH
    entries = AuditEntry.objects.filter(product=product).order_by("number")
    for number, entry in enumerate(entries.iterator(), 1):
        expected = entry_hash(
            product_id=product.id,
            number=number,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            release_id=entry.release_id,
            details=entry.details,
            previous_hash=previous_hash,
        )
        if (entry.number, entry.previous_hash, entry.hash) != (number, previous_hash, expected):
            return number
        previous_hash = entry.hash
    return None
