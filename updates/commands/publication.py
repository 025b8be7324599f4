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
from updates.commands.requests import PUBLISHER, has_failed, request_home, request_publish
from updates.commands.rollouts import advance_locked, ask_again, begin_rollout
from updates.commands.steps import audit, lock_release, set_state
from updates.errors import NotApproved, ReleaseClosed, ReleaseNotVerified, ReleasePaused
from updates.models import KEPT_STATES, Artifact, ArtifactState, Product, Release, ReleaseState

# Longer than any copy of a manifest lives at the edge, and than a fetch takes.
REMOVAL_DELAY = timedelta(minutes=10)
# What the edge has served when the receipt of a release in this state comes.
_SERVED: dict[str, str] = {
    ReleaseState.PAUSED: "pause_served",
    ReleaseState.PUBLISHED: "rollout_served",
}


@transactional
def publish_release(*, actor: str, release_id: UUID) -> Release:
    """Have an approved release published. It is `publishing` until the edge has served it.

    Where no second person is asked for, whoever publishes a verified one approves it. Again changes
    nothing, unless the publish, or a later step of the rollout, failed: then that is tried again.

    Raises:
        ReleaseNotFound.
        ReleaseNotVerified: files are missing, or not verified.
        NotApproved: a second person has to approve it first.
        ReleasePaused.
        ReleaseClosed: it was withdrawn or discarded.
        ReleaseUnfit: a format of its product cannot tell it.
    """
    release = lock_release(release_id)
    publish_locked(release, actor)
    return release


def publish_locked(release: Release, actor: str) -> None:
    """The same with a release whose product is locked already."""
    if release.state == ReleaseState.PUBLISHED:
        ask_again(release, actor)
        return
    if _is_on_its_way(release):
        return
    _require_approved(release, actor)
    require_fit(release)
    if release.released_at is None:
        begin_rollout(release)
    release.released_at = release.released_at or timezone.now()
    release.published_by = release.published_by or actor
    release.artifacts.update(was_offered=True)
    request_publish(release, actor, "publish")
    set_state(release, ReleaseState.PUBLISHING, "released_at", "published_by", "rollout_percent", "job")
    audit(
        release.channel.product,
        "release_publishing",
        actor=actor,
        release=release,
        percent=release.rollout_percent,
    )


@transactional
def withdraw_release(*, actor: str, release_id: UUID) -> Release:
    """Take a release back: manifests stop naming it at once, its files go some minutes later.

    Again changes nothing, unless the publish failed: then it is tried again.

    Raises:
        ReleaseNotFound.
        ReleaseClosed: it was never published.
    """
    release = lock_release(release_id)
    if release.state == ReleaseState.WITHDRAWN and not has_failed(release):
        return release
    if release.state not in (*KEPT_STATES, ReleaseState.WITHDRAWN):
        detail = "Only what was published can be withdrawn. Discard it instead."
        raise ReleaseClosed(detail, state=release.state)
    release.withdrawn_at = release.withdrawn_at or timezone.now()
    request_publish(release, actor, "withdraw")
    set_state(release, ReleaseState.WITHDRAWN, "withdrawn_at", "job")
    audit(release.channel.product, "release_withdrawn", actor=actor, release=release)
    return release


@transactional
def finish_publication(*, job: PublishJob) -> None:
    """What follows from a receipt: what the job was for is out, or back, and all products' page tells it."""
    for release_id in Release.objects.filter(job=job.id).values_list("id", flat=True):
        _finish(lock_release(release_id), job.id)
    request_home(actor=job.requested_by, title=job.title)


@transactional
def note_failed_publication(*, job_id: UUID) -> None:
    """What was asked for did not reach the edge: whoever looks at the release is told."""
    for release_id in Release.objects.filter(job=job_id).values_list("id", flat=True):
        release = lock_release(release_id)
        set_state(release, ReleaseState(release.state))
        audit(release.channel.product, "publish_failed", actor=PUBLISHER, release=release)


@transactional
def remove_unnamed_files(*, product_id: UUID) -> None:
    """Have files taken away that no release names any more."""
    product = Product.objects.get(id=product_id)
    publishing.request(
        kind=scopes.REMOVAL,
        argument=str(product.id),
        scope=scopes.scope_of(product.slug),
        title=f"{product.name}: files that nothing names any more",
        requested_by=PUBLISHER,
    )


@transactional
def note_announcement(*, release_id: UUID, post: str) -> None:
    """Remember the post that announces a release."""
    release = lock_release(release_id)
    if release.announcement == post:
        return
    release.announcement = post
    release.save(update_fields=["announcement"])
    audit(release.channel.product, "release_announced", actor=PUBLISHER, release=release, post=post)


def _finish(release: Release, job_id: UUID) -> None:
    if release.job_id != job_id or release.job is None:
        return  # Somebody asked for something else meanwhile.
    product, milliseconds = release.channel.product, release.job.receipt.get("milliseconds", 0)
    if release.state == ReleaseState.PUBLISHING:
        is_first = release.published_at is None
        release.published_at = release.published_at or timezone.now()
        set_state(release, ReleaseState.PUBLISHED, "published_at")
        audit(product, "release_published", actor=PUBLISHER, release=release, milliseconds=milliseconds)
        if is_first:
            events.release_published.send(sender=Release, release_id=release.id)
        advance_locked(release)
    elif release.state in _SERVED:
        set_state(release, ReleaseState(release.state))
        audit(product, _SERVED[release.state], actor=PUBLISHER, release=release, milliseconds=milliseconds)
    elif release.state == ReleaseState.WITHDRAWN:
        # Whoever waits for the receipt asks with the tag of the last answer.
        set_state(release, ReleaseState.WITHDRAWN)
        events.release_withdrawn.send(sender=Release, product_id=product.id)


def _is_on_its_way(release: Release) -> bool:
    return release.state == ReleaseState.PUBLISHING and not has_failed(release)


def _require_approved(release: Release, actor: str) -> None:
    if release.state in (ReleaseState.APPROVED, ReleaseState.PUBLISHING):
        return
    if release.state == ReleaseState.PAUSED:
        raise ReleasePaused
    if release.state != ReleaseState.VERIFIED:
        raise not_ready(release)
    product = release.channel.product
    if product.needs_second_person:
        raise NotApproved
    release.approved_by, release.approved_at = actor, timezone.now()
    set_state(release, ReleaseState.APPROVED, "approved_by", "approved_at")
    audit(product, "release_approved", actor=actor, release=release)


def not_ready(release: Release) -> Exception:
    """Why a release that is not verified cannot go on."""
    if not release.is_open:
        return ReleaseClosed(f"This release is {release.state}. Make a new one.", state=release.state)
    pending: list[Artifact] = list(release.artifacts.exclude(state=ArtifactState.VERIFIED))
    names = ", ".join(artifact.file_name for artifact in pending[:5])
    detail = f"Not verified yet: {names}." if names else "Add at least one file first."
    return ReleaseNotVerified(detail)
