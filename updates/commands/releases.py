"""Releases: made, changed while they are open, discarded."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.transactions import transactional
from updates.commands.artifacts import take_off
from updates.commands.steps import (
    audit,
    lock_product,
    lock_release,
    require_open,
    require_revision,
    set_state,
)
from updates.errors import ChannelNotFound, at_field
from updates.models import Channel, Product, Release, ReleaseState
from updates.versions import is_newer, version_finding


@transactional
def create_release(
    *,
    actor: str,
    product: str,
    channel: str,
    version: str,
    notes: str = "",
    is_critical: bool = False,
    minimum_version: str = "",
) -> Release:
    """Begin a release of a version that its channel has not had.

    Raises:
        ProductNotFound, ChannelNotFound.
        InvalidInput: at `/version` or `/minimum_version`: none of this product's scheme, or not higher
            than the last of the channel.
    """
    owner = lock_product(product)
    found = Channel.objects.filter(product=owner, slug=channel).first()
    if found is None:
        raise ChannelNotFound
    found.product = owner
    check_versions(channel=found, version=version, minimum_version=minimum_version, is_new=True)
    owner.release_count += 1
    owner.save(update_fields=["release_count", "updated_at"])
    release = Release.objects.create(
        channel=found,
        version=version,
        number=owner.release_count,
        notes=notes,
        is_critical=is_critical,
        minimum_version=minimum_version,
        created_by=actor,
    )
    audit(owner, "release_created", actor=actor, release=release, channel=channel, version=version)
    return release


@transactional
def update_release(
    *, actor: str, release_id: UUID, if_revisions: frozenset[int] | None, changes: dict[str, Any]
) -> Release:
    """Change notes, `is_critical` or `minimum_version`. What changes nothing keeps the revision.

    Raises:
        ReleaseNotFound, VersionMismatch.
        ReleaseClosed: it is being published, or was.
        InvalidInput: at `/minimum_version`.
    """
    release = lock_release(release_id)
    require_revision(release.revision, if_revisions)
    changed = {name: value for name, value in changes.items() if getattr(release, name) != value}
    if not changed:
        return release
    require_open(release)
    product = release.channel.product
    _require_minimum(product, release.version, changed.get("minimum_version", ""))
    for name, value in changed.items():
        setattr(release, name, value)
    release.revision += 1
    release.save(update_fields=[*changed, "revision"])
    audit(product, "release_changed", actor=actor, release=release, fields=sorted(changed))
    return release


@transactional
def discard_release(*, actor: str, release_id: UUID) -> Release:
    """Give a release up before it is published; its version and files' names are free again. Twice is once.

    Raises:
        ReleaseNotFound.
        ReleaseClosed: it is being published, or was.
    """
    release = lock_release(release_id)
    if release.state == ReleaseState.DISCARDED:
        return release
    require_open(release)
    for artifact in release.artifacts.all():
        take_off(release, artifact)
    set_state(release, ReleaseState.DISCARDED)
    audit(release.channel.product, "release_discarded", actor=actor, release=release)
    return release


def check_versions(*, channel: Channel, version: str, minimum_version: str, is_new: bool) -> None:
    """Refuse versions that a release of this channel cannot have. Changes nothing.

    Raises:
        InvalidInput: at `/version` or `/minimum_version`.
    """
    if is_new:
        _require_next_version(channel.product, channel, version)
    _require_minimum(channel.product, version, minimum_version)


def _require_next_version(product: Product, channel: Channel, version: str) -> None:
    if finding := version_finding(product.version_scheme, version):
        raise at_field("/version", "not-a-version", finding)
    taken = Release.objects.filter(channel=channel).exclude(state=ReleaseState.DISCARDED)
    last = taken.order_by("-number").values_list("version", flat=True).first()
    if last is not None and not is_newer(product.version_scheme, version, last):
        detail = f"The last version of this channel is {last}. Choose a higher one."
        raise at_field("/version", "not-higher", detail)


def _require_minimum(product: Product, version: str, minimum: str) -> None:
    if not minimum:
        return
    if finding := version_finding(product.version_scheme, minimum):
        raise at_field("/minimum_version", "not-a-version", finding)
    if is_newer(product.version_scheme, minimum, version):
        detail = f"This release is {version}; nobody could fulfil a higher minimum."
        raise at_field("/minimum_version", "too-high", detail)
