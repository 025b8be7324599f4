"""A product's long history as rows alone: what was published long ago is said to be in the bucket."""

from __future__ import annotations

import hashlib

from django.utils import timezone

from chassis.models import PublishedFile
from updates.file_types import content_type_of
from updates.models import Artifact, Channel, Product, Release, ReleaseState
from updates.scopes import scope_of


def add_releases(slug: str, count: int, *, channel: str = "stable") -> None:
    """`0.1.1`, `0.1.2`, … with a file of one kilobyte each."""
    product = Product.objects.get(slug=slug)
    owner = Channel.objects.get(product=product, slug=channel)
    first = product.release_count + 1
    numbers = range(first, first + count)
    artifacts = [_artifact(product, f"{slug}-0.1.{number}-linux.zip") for number in numbers]
    releases = [_release(owner, number) for number in numbers]
    Artifact.objects.bulk_create(artifacts, batch_size=500)
    Release.objects.bulk_create(releases, batch_size=500)
    through = Release.artifacts.through
    links = [
        through(release_id=release.id, artifact_id=artifact.id)
        for release, artifact in zip(releases, artifacts, strict=True)
    ]
    through.objects.bulk_create(links, batch_size=500)
    PublishedFile.objects.bulk_create((_published(product, file) for file in artifacts), batch_size=500)
    Product.objects.filter(id=product.id).update(release_count=first + count - 1)


def _artifact(product: Product, name: str) -> Artifact:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return Artifact(
        product=product,
        file_name=name,
        folded_name=name,
        operating_system="linux",
        architecture="x86_64",
        kind="full",
        declared_size=1024,
        declared_sha256=sha256,
        state="verified",
        size=1024,
        sha256=sha256,
        sha512=hashlib.sha512(name.encode()).hexdigest(),
        upload_key=f"uploads/history/{name}",
        was_offered=True,
        created_by="history",
    )


def _release(channel: Channel, number: int) -> Release:
    now = timezone.now()
    return Release(
        channel=channel,
        version=f"0.1.{number}",
        number=number,
        state=ReleaseState.PUBLISHED,
        created_by="history",
        released_at=now,
        published_at=now,
    )


def _published(product: Product, file: Artifact) -> PublishedFile:
    return PublishedFile(
        key=f"artifacts/{product.slug}/{file.file_name}",
        scope=scope_of(product.slug),
        sha256=file.sha256,
        etag='"history"',
        size=file.size or 0,
        content_type=content_type_of(file.file_name),
        rule="IMMUTABLE",
        is_settled=True,
    )
