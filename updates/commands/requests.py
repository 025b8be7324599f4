"""What every change of what clients see asks the publisher for."""

from __future__ import annotations

from chassis import publishing
from chassis.models import PublishJob
from updates import scopes
from updates.models import Product, Release

PUBLISHER = "publisher"


def request_publish(release: Release, actor: str, verb: str) -> None:
    """Have what became of a release carried to the edge; its job is noted, and saved by the caller."""
    title = f"{release.channel.product.name} {release.version} ({release.channel.slug}): {verb}"
    release.job = request_manifests(release.channel.product, actor=actor, title=title)


def request_manifests(product: Product, *, actor: str, title: str) -> PublishJob:
    """Have the manifests and pages of a product made anew, in the current transaction.

    The page of all products follows when they are there: `request_home`.
    """
    return publishing.request(
        kind=scopes.PRODUCT,
        argument=str(product.id),
        scope=scopes.scope_of(product.slug),
        title=title,
        requested_by=actor,
    )


def request_home(*, actor: str, title: str) -> None:
    """Have the page of all products made anew, in the current transaction."""
    publishing.request(
        kind=scopes.HOME, argument="", scope=scopes.HOME_SCOPE, title=title, requested_by=actor
    )


def has_failed(release: Release) -> bool:
    """Whether the last publish of a release did not come to its end."""
    return release.job is None or release.job.state == PublishJob.State.FAILED
