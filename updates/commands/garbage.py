"""Objects of the public bucket that no release names: what a crash, or somebody by hand, left behind."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from chassis import objects, publishing
from chassis.objects import ListedObject
from updates import queries, scopes
from updates.commands.publication import remove_unnamed_files
from updates.models import Product

PREFIX = "artifacts/"
# A publish writes files before its manifests, and a withdrawn release's go some minutes later.
YOUNGEST = timedelta(days=1)


def collect_garbage(*, delete: bool) -> list[ListedObject]:
    """The files that nothing names and that are not young; taken away only with `delete`.

    Not inside a transaction. What is named is read after the store was listed, so that a file which is
    published meanwhile is never among them.

    Raises:
        Unavailable: the store does not answer.
    """
    before = timezone.now() - YOUNGEST
    listed = objects.walk_objects(bucket=settings.S3_PUBLIC_BUCKET, prefix=PREFIX)
    old = [found for found in listed if found.changed_at < before]
    named = _named()
    garbage = [found for found in old if found.key not in named]
    if delete:
        for found in garbage:
            objects.delete_object(bucket=settings.S3_PUBLIC_BUCKET, key=found.key)
        for product_id in Product.objects.values_list("id", flat=True):
            # What the publisher wrote, it takes away: its rows tell what is there.
            remove_unnamed_files(product_id=product_id)
    return garbage


def _named() -> set[str]:
    """What releases name, and what the publisher keeps or is about to take away itself."""
    named: set[str] = set()
    for product in Product.objects.all():
        named |= set(publishing.keys_of(scopes.scope_of(product.slug), PREFIX))
        named |= {
            queries.artifact_key(product.slug, artifact.file_name)
            for artifact in queries.live_artifacts(product.id)
        }
    return named
