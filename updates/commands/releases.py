"""Releases: made, changed while they are open, discarded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chassis.errors import InvalidInput
from chassis.transactions import transactional
from updates.commands.artifacts import take_off
from updates.commands.steps import (
    APPROVAL,
    audit,
    forget_approval,
    lock_product,
    lock_release,
    require_open,
    require_revision,
    set_state,
)
from updates.errors import ChannelNotFound, at_field
from updates.models import Channel, Product, Release, ReleaseState
from updates.requirements import findings
from updates.versions import is_newer, version_finding

# What of a release may be changed while it is open.
CONTENTS = (
    "notes",
    "is_critical",
    "minimum_version",
    "from_version",
    "below_version",
    "build_number",
    "minimum_systems",
    "locales",
)


@transactional
def create_release(
    *,
    actor: str,
    product: str,
    channel: str,
    version: str,
    **contents: Any,
) -> Release:
    """Begin a release of a version that its channel has not had. `contents` are fields of `CONTENTS`.

    Raises:
        ProductNotFound, ChannelNotFound.
        InvalidInput: at `/version`: none of this product's scheme, or not higher than the last of the
            channel; or at what is asked of installations.
    """
    owner = lock_product(product)
    found = Channel.objects.filter(product=owner, slug=channel).first()
    if found is None:
        raise ChannelNotFound
    found.product = owner
    check_contents(channel=found, version=version, contents=contents, is_new=True)
    owner.release_count += 1
    owner.save(update_fields=["release_count", "updated_at"])
    release = Release.objects.create(
        channel=found,
        version=version,
        number=owner.release_count,
        created_by=actor,
        **contents,
    )
    audit(owner, "release_created", actor=actor, release=release, channel=channel, version=version)
    return release


@transactional
def update_release(
    *, actor: str, release_id: UUID, if_revisions: frozenset[int] | None, changes: dict[str, Any]
) -> Release:
    """Change fields of `CONTENTS`: an approval is over then. What changes nothing keeps the revision.

    Raises:
        ReleaseNotFound, VersionMismatch.
        ReleaseClosed: it is being published, or was.
        InvalidInput: at what is asked of installations.
    """
    release = lock_release(release_id)
    require_revision(release.revision, if_revisions)
    changed = {name: value for name, value in changes.items() if getattr(release, name) != value}
    if not changed:
        return release
    require_open(release)
    product = release.channel.product
    contents = {name: getattr(release, name) for name in CONTENTS} | changed
    check_contents(channel=release.channel, version=release.version, contents=contents, is_new=False)
    for name, value in changed.items():
        setattr(release, name, value)
    forget_approval(release)
    set_state(release, ReleaseState(release.state), *changed, *APPROVAL)
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


def check_contents(*, channel: Channel, version: str, contents: Mapping[str, Any], is_new: bool) -> None:
    """Refuse what a release of this channel cannot have. Changes nothing.

    Raises:
        InvalidInput: at `/version`, `/minimum_version`, `/minimum_systems`, …
    """
    if unknown := set(contents) - set(CONTENTS):
        raise TypeError(f"A release has no {', '.join(sorted(unknown))}.")
    if is_new:
        _require_next_version(channel.product, channel, version)
    if errors := list(findings(channel.product.version_scheme, version, contents)):
        raise InvalidInput(errors[0].detail, errors=errors)


def _require_next_version(product: Product, channel: Channel, version: str) -> None:
    if finding := version_finding(product.version_scheme, version):
        raise at_field("/version", "not-a-version", finding)
    taken = Release.objects.filter(channel=channel).exclude(state=ReleaseState.DISCARDED)
    last = taken.order_by("-number").values_list("version", flat=True).first()
    if last is not None and not is_newer(product.version_scheme, version, last):
        detail = f"The last version of this channel is {last}. Choose a higher one."
        raise at_field("/version", "not-higher", detail)
