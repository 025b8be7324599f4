"""What every step of a product shares: its row lock, and the audit entry that belongs to the step."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone

from chassis.errors import VersionMismatch
from updates.audit import FIRST_HASH, entry_hash
from updates.errors import ArtifactNotFound, ProductNotFound, ReleaseClosed, ReleaseNotFound
from updates.models import OPEN_STATES, Artifact, ArtifactState, AuditEntry, Product, Release, ReleaseState

APPROVAL = ("submitted_by", "submitted_at", "approved_by", "approved_at", "publishes_when_approved")


def lock_product(slug: str) -> Product:
    """The product's row, locked until the transaction ends: its steps come one by one.

    Raises:
        ProductNotFound: there is none of this name.
    """
    product = Product.objects.select_for_update().filter(slug=slug).first()
    if product is None:
        raise ProductNotFound
    return product


def lock_release(release_id: UUID) -> Release:
    """A release as it is now, with its product locked.

    Raises:
        ReleaseNotFound: there is none of this id.
    """
    product = Product.objects.select_for_update(of=("self",)).filter(channels__releases=release_id).first()
    if product is None:
        raise ReleaseNotFound
    release = Release.objects.select_related("channel").get(id=release_id)
    release.channel.product = product
    return release


def lock_artifact(artifact_id: UUID) -> Artifact:
    """An artifact as it is now, with its product locked.

    Raises:
        ArtifactNotFound: there is none of this id.
    """
    product = Product.objects.select_for_update(of=("self",)).filter(artifacts=artifact_id).first()
    artifact = Artifact.objects.filter(id=artifact_id).first()
    if product is None or artifact is None:
        raise ArtifactNotFound
    artifact.product = product
    return artifact


def require_open(release: Release) -> None:
    """Refuse to change what clients may have seen.

    Raises:
        ReleaseClosed: with its state.
    """
    if not release.is_open:
        detail = f"This release is {release.state}; it is not changed any more."
        raise ReleaseClosed(detail, state=release.state)


def set_state(release: Release, state: ReleaseState, *fields: str) -> None:
    """Write a step of the state machine, and whatever else belongs to it."""
    release.state = state
    release.revision += 1
    release.save(update_fields=["state", "revision", *fields])


def settle_release(release: Release) -> None:
    """The state of an open release follows from its files. Its revision tells that they changed.

    What was approved, or is to be, was something else: that is over.
    """
    forget_approval(release)
    state = _state_by_files(set(release.artifacts.values_list("state", flat=True)))
    set_state(release, state, *APPROVAL)


def forget_approval(release: Release) -> None:
    """What was approved, or is to be, is something else now; the caller saves the fields of `APPROVAL`."""
    release.submitted_by, release.submitted_at = "", None
    release.approved_by, release.approved_at = "", None
    release.publishes_when_approved = False
    if release.state == ReleaseState.APPROVED:
        release.state = ReleaseState.VERIFIED


def settle_releases_of(artifact: Artifact) -> None:
    """The same for every open release that names this file."""
    for release in artifact.releases.filter(state__in=OPEN_STATES):
        settle_release(release)


def _state_by_files(states: set[str]) -> ReleaseState:
    if not states or states & {ArtifactState.WAITING, ArtifactState.REFUSED}:
        return ReleaseState.DRAFT
    return ReleaseState.VERIFIED if states == {ArtifactState.VERIFIED} else ReleaseState.UPLOADED


def require_revision(actual: int, allowed: frozenset[int] | None) -> None:
    """Refuse a change of something that has changed since the client saw it.

    Raises:
        VersionMismatch: with the revision that it has now.
    """
    if allowed is not None and actual not in allowed:
        raise VersionMismatch(current_version=actual)


def audit(
    product: Product, action: str, *, actor: str, release: Release | None = None, **details: Any
) -> None:
    """Write down one step. Only under the product's lock: the chain has one end."""
    last = AuditEntry.objects.filter(product=product).order_by("-number").first()
    step: dict[str, Any] = {
        "number": last.number + 1 if last else 1,
        "at": timezone.now(),
        "actor": actor,
        "action": action,
        "release_id": release.id if release else None,
        "details": details,
        "previous_hash": last.hash if last else FIRST_HASH,
    }
    AuditEntry.objects.create(product=product, **step, hash=entry_hash(product_id=product.id, **step))
