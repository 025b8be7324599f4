"""A release is submitted by who made it and approved, by somebody else where the product asks for that."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from chassis.transactions import transactional
from updates import queries
from updates.commands.publication import not_ready, publish_locked
from updates.commands.steps import audit, lock_release, require_revision, set_state
from updates.errors import ApprovalByAuthor, NotSubmitted
from updates.models import Release, ReleaseState

_BEYOND = (ReleaseState.APPROVED, ReleaseState.PUBLISHING, ReleaseState.PUBLISHED, ReleaseState.PAUSED)


@transactional
def submit_release(*, actor: str, release_id: UUID, publish: bool = False) -> Release:
    """Ask for a release to be approved, and with `publish` to be published as soon as it is.

    Where no second person is asked for, it is approved at once. Again changes nothing.

    Raises:
        ReleaseNotFound.
        ReleaseNotVerified: files are missing, or not verified.
        ReleaseClosed: it was withdrawn or discarded.
    """
    release = lock_release(release_id)
    if release.state in _BEYOND:
        if release.state == ReleaseState.APPROVED and publish:
            publish_locked(release, actor)
        return release
    if release.state != ReleaseState.VERIFIED:
        raise not_ready(release)
    product = release.channel.product
    if not release.submitted_at or release.publishes_when_approved != publish:
        release.submitted_by, release.submitted_at = actor, timezone.now()
        release.publishes_when_approved = publish
        set_state(release, ReleaseState.VERIFIED, "submitted_by", "submitted_at", "publishes_when_approved")
        audit(product, "release_submitted", actor=actor, release=release, publish=publish)
    if not product.needs_second_person:
        _approve(release, actor)
    return release


@transactional
def approve_release(*, actor: str, release_id: UUID, if_revisions: frozenset[int] | None = None) -> Release:
    """Approve a release as it is at this revision. Again changes nothing.

    Raises:
        ReleaseNotFound, VersionMismatch.
        ApprovalByAuthor: the product asks for a second person, and this one worked on it.
        NotSubmitted: nobody has asked for it yet.
        ReleaseNotVerified: files are missing, or not verified.
        ReleaseClosed: it was withdrawn or discarded.
    """
    release = lock_release(release_id)
    if release.state in _BEYOND:
        return release
    require_revision(release.revision, if_revisions)
    if release.state != ReleaseState.VERIFIED:
        raise not_ready(release)
    if release.channel.product.needs_second_person:
        if actor in queries.authors_of(release):
            raise ApprovalByAuthor
        if not release.submitted_at:
            raise NotSubmitted
    _approve(release, actor)
    return release


def _approve(release: Release, actor: str) -> None:
    release.approved_by, release.approved_at = actor, timezone.now()
    set_state(release, ReleaseState.APPROVED, "approved_by", "approved_at")
    audit(release.channel.product, "release_approved", actor=actor, release=release)
    if release.publishes_when_approved:
        publish_locked(release, actor)
