"""What there is to publish of updates: from the rows to the files of the public bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from django.conf import settings

from chassis.publishing import CacheRule, Plan, PublicCopy, PublicFile, keys_of, present
from updates import commands, queries, signed_files
from updates.commands import SignedProduct
from updates.errors import ChannelNotFound
from updates.file_types import content_type_of
from updates.models import Artifact, Delta, ManifestFormat, ReleaseState
from updates.queries import artifact_key
from updates.renderers import channel_json, checksums, electron, feed, pages
from updates.renderers.product_state import PublicProduct
from updates.scopes import scope_of

HTML = "text/html; charset=utf-8"


def plan_product(argument: str) -> Plan:
    """Everything of a product that manifests name, and then the manifests."""
    product_id = UUID(argument)
    signed = commands.sign_product(product_id=product_id)
    return Plan(
        [
            *_copies(product_id, signed),
            *_files(signed.product, signed.manifests),
            *signed_files.files_of(signed),
        ]
    )


def channel_manifest(product_slug: str, channel_slug: str) -> bytes:
    """The manifest of a channel as the edge serves it: what is still being published is not in it.

    Raises:
        ProductNotFound, ChannelNotFound.
    """
    product_id = queries.get_product(product_slug).id
    product = queries.public_product(product_id, states=frozenset({ReleaseState.PUBLISHED}))
    for channel in product.channels:
        if channel.slug == channel_slug:
            return channel_json.render(product, channel)
    raise ChannelNotFound


def plan_removal(argument: str) -> Plan:
    """Take away what no release of a product names any more, long after the manifests stopped naming it."""
    product_id = UUID(argument)
    product = queries.public_product(product_id, releases_most=None)
    named = {artifact_key(product.slug, name) for name in product.file_names}
    # The keys alone count here.
    named |= {file.key for file in _files(product, {channel.slug: b"" for channel in product.channels})}
    named.add(signed_files.public_key_of(product))
    # What was signed lately stays: somebody may hold a timestamp from before.
    rows = commands.kept_signatures(product_id)
    named |= {key for row in rows for key in signed_files.keys_of(product, row)}
    return Plan((), removals=[key for key in keys_of(scope_of(product.slug)) if key not in named])


def plan_home(argument: str) -> Plan:
    """The page of all products, and the schema of the manifests."""
    listed = queries.listed_products()
    # One that was never published has no page yet; its first publication asks for this one again.
    there = present([pages.page_key(product.slug) for product in listed])
    listed = [product for product in listed if pages.page_key(product.slug) in there]
    home = pages.render_home(listed, settings.PUBLIC_URL)
    schema = channel_json.schema()
    return Plan(
        [
            *_looks(),
            PublicFile(channel_json.SCHEMA_KEY, schema, "application/schema+json", CacheRule.LISTING),
            PublicFile(pages.HOME_KEY, home, HTML, CacheRule.LISTING),
        ]
    )


def _copies(product_id: UUID, signed: SignedProduct) -> Iterator[PublicCopy]:
    """What was signed names these, though a release may be withdrawn by now."""
    for artifact in queries.artifacts_named(product_id, signed.file_names):
        yield _copy(signed.product, artifact, content_type_of(artifact.file_name))
    for delta in queries.deltas_named(product_id, signed.file_names):
        yield _copy(signed.product, delta, content_type_of(delta.file_name))


def _copy(product: PublicProduct, file: Artifact | Delta, content_type: str) -> PublicCopy:
    return PublicCopy(
        key=artifact_key(product.slug, file.file_name),
        source_bucket=settings.S3_UPLOADS_BUCKET,
        source_key=file.upload_key,
        sha256=file.sha256,
        size=file.size or 0,
        content_type=content_type,
        source_etag=file.upload_etag,
    )


def _files(product: PublicProduct, manifests: Mapping[str, bytes]) -> Iterator[PublicFile]:
    yield from _looks()
    for channel in product.channels:
        for release in (*channel.releases, *channel.paused):
            key = checksums.key_of(product, release)
            yield PublicFile(key, checksums.render(release), "text/plain; charset=utf-8", CacheRule.IMMUTABLE)
    for channel in product.channels:
        key = f"{product.prefix}{channel.slug}.json"
        yield PublicFile(key, manifests[channel.slug], "application/json", CacheRule.POINTER)
    if ManifestFormat.ELECTRON in product.formats:
        for key, body in electron.render(product):
            yield PublicFile(key, body, "application/yaml", CacheRule.POINTER)
    key = f"{product.prefix}{feed.FILE_NAME}"
    yield PublicFile(key, feed.render(product), "application/atom+xml", CacheRule.LISTING)
    page = pages.render_product(product)
    yield PublicFile(pages.page_key(product.slug), page, HTML, CacheRule.LISTING)


def _looks() -> Iterator[PublicFile]:
    """What every page loads, under names that the contents have."""
    yield PublicFile(pages.style_key(), pages.style(), "text/css; charset=utf-8", CacheRule.IMMUTABLE)
    yield PublicFile(
        pages.script_key(), pages.script(), "text/javascript; charset=utf-8", CacheRule.IMMUTABLE
    )
    yield PublicFile(pages.icon_key(), pages.icon(), "image/svg+xml", CacheRule.IMMUTABLE)
