"""Releases go out and are taken back: by jobs of the publisher, one at a time for a product."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from chassis import publishing
from chassis.models import PublishJob
from chassis.transactions import transactional
from updates import events, scopes
from updates.commands.formats import require_fit
from updates.commands.steps import audit, lock_release, set_state
from updates.errors import ReleaseClosed, ReleaseNotVerified
from updates.models import Artifact, ArtifactState, Product, Release, ReleaseState

# Longer than any copy of a manifest lives at the edge, and than a fetch takes.
REMOVAL_DELAY = timedelta(minutes=10)
_PUBLISHER = "publisher"


@transactional
def publish_release(*, actor: str, release_id: UUID) -> Release:
    """Have a verified release published. It is `publishing` until the edge has served it.

    Again changes nothing, unless the publish failed: then it is tried again.

    Raises:
        ReleaseNotFound.
        ReleaseNotVerified: files are missing, or not verified.
        ReleaseClosed: it was withdrawn or discarded.
        ReleaseUnfit: a format of its product cannot tell it.
    """
    release = lock_release(release_id)
    if release.state == ReleaseState.PUBLISHED or _is_on_its_way(release):
        return release
    if release.state not in (ReleaseState.VERIFIED, ReleaseState.PUBLISHING):
        raise _not_ready(release)
    require_fit(release)
    release.released_at = release.released_at or timezone.now()
    release.artifacts.update(was_offered=True)
    _request(release, actor, ReleaseState.PUBLISHING, "released_at")
    audit(release.channel.product, "release_publishing", actor=actor, release=release)
    return release


@transactional
def withdraw_release(*, actor: str, release_id: UUID) -> Release:
    """Take a release back: manifests stop naming it at once, its files go some minutes later.

    Again changes nothing, unless the publish failed: then it is tried again.

    Raises:
        ReleaseNotFound.
        ReleaseClosed: it was never published.
    """
    release = lock_release(release_id)
    if release.state == ReleaseState.WITHDRAWN and not _has_failed(release):
        return release
    if release.state not in (ReleaseState.PUBLISHING, ReleaseState.PUBLISHED, ReleaseState.WITHDRAWN):
        detail = "Only what was published can be withdrawn. Discard it instead."
        raise ReleaseClosed(detail, state=release.state)
    release.withdrawn_at = release.withdrawn_at or timezone.now()
    _request(release, actor, ReleaseState.WITHDRAWN, "withdrawn_at")
    audit(release.channel.product, "release_withdrawn", actor=actor, release=release)
    return release


def request_manifests(product: Product, *, actor: str, title: str) -> PublishJob:
    """Have the manifests and pages of a product made anew, in the current transaction."""
    publishing.request(
        kind=scopes.HOME, argument="", scope=scopes.HOME_SCOPE, title=title, requested_by=actor
    )
    return publishing.request(
        kind=scopes.PRODUCT,
        argument=str(product.id),
        scope=scopes.scope_of(product.slug),
        title=title,
        requested_by=actor,
    )


@transactional
def finish_publication(*, job_id: UUID) -> None:
    """What follows from a receipt: what the job was for is out, or back."""
    for release_id in Release.objects.filter(job=job_id).values_list("id", flat=True):
        _finish(lock_release(release_id), job_id)


@transactional
def remove_unnamed_files(*, product_id: UUID) -> None:
    """Have files taken away that no release names any more."""
    product = Product.objects.get(id=product_id)
    publishing.request(
        kind=scopes.REMOVAL,
        argument=str(product.id),
        scope=scopes.scope_of(product.slug),
        title=f"{product.name}: files that nothing names any more",
        requested_by=_PUBLISHER,
    )


@transactional
def note_announcement(*, release_id: UUID, post: str) -> None:
    """Remember the post that announces a release."""
    release = lock_release(release_id)
    if release.announcement == post:
        return
    release.announcement = post
    release.save(update_fields=["announcement"])
    audit(release.channel.product, "release_announced", actor=_PUBLISHER, release=release, post=post)


def _finish(release: Release, job_id: UUID) -> None:
    if release.job_id != job_id:
        return  # Somebody asked for something else meanwhile.
    if release.state == ReleaseState.PUBLISHING:
        release.published_at = timezone.now()
        set_state(release, ReleaseState.PUBLISHED, "published_at")
        audit(release.channel.product, "release_published", actor=_PUBLISHER, release=release)
        events.release_published.send(sender=Release, release_id=release.id)
    elif release.state == ReleaseState.WITHDRAWN:
        events.release_withdrawn.send(sender=Release, product_id=release.channel.product_id)


def _request(release: Release, actor: str, state: ReleaseState, field: str) -> None:
    verb = "publish" if state == ReleaseState.PUBLISHING else "withdraw"
    title = f"{release.channel.product.name} {release.version} ({release.channel.slug}): {verb}"
    release.job = request_manifests(release.channel.product, actor=actor, title=title)
    set_state(release, state, field, "job")


def _is_on_its_way(release: Release) -> bool:
    return release.state == ReleaseState.PUBLISHING and not _has_failed(release)


def _has_failed(release: Release) -> bool:
    return release.job is None or release.job.state == PublishJob.State.FAILED


def _not_ready(release: Release) -> Exception:
    if not release.is_open:
        return ReleaseClosed(f"This release is {release.state}. Make a new one.", state=release.state)
    pending: list[Artifact] = list(release.artifacts.exclude(state=ArtifactState.VERIFIED))
    names = ", ".join(artifact.file_name for artifact in pending[:5])
    detail = f"Not verified yet: {names}." if names else "Add at least one file first."
    return ReleaseNotVerified(detail)
