"""Everything that is read of updates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from updates.audit import FIRST_HASH, entry_hash
from updates.errors import ArtifactNotFound, ProductNotFound, ReleaseNotFound
from updates.models import (
    KEPT_STATES,
    LIVE_STATES,
    OPEN_STATES,
    PERCENT_MOST,
    Artifact,
    ArtifactKind,
    AuditEntry,
    Channel,
    Delta,
    DeltaState,
    ManifestFormat,
    Product,
    PublisherToken,
    Release,
    ReleaseState,
    TrustedPublisher,
)
from updates.renderers.product_state import (
    ListedProduct,
    PublicArtifact,
    PublicChannel,
    PublicDelta,
    PublicProduct,
    PublicRelease,
    PublicRequirements,
    PublicRollout,
)

# Whoever did one of these to a release is one of its authors.
AUTHORING = (
    "release_created",
    "release_changed",
    "release_submitted",
    "rollout_planned",
    "artifact_added",
    "artifact_removed",
)
# Of each channel, so that manifests do not grow with the history.
RELEASES_MOST = 20


def list_products(*, after: str, limit: int) -> list[Product]:
    """Products by short name, with their channels. Two queries."""
    found = Product.objects.filter(slug__gt=after).order_by("slug").prefetch_related("channels")
    return list(found[:limit])


def get_product(slug: str) -> Product:
    """One product with its channels. Two queries.

    Raises:
        ProductNotFound: there is none of this name.
    """
    product = Product.objects.filter(slug=slug).prefetch_related("channels").first()
    if product is None:
        raise ProductNotFound
    return product


def list_releases(*, product: Product, before: int | None, limit: int) -> list[Release]:
    """The releases of a product, the newest first. Six queries."""
    found = Release.objects.filter(channel__product=product).select_related("channel__product", "job")
    if before is not None:
        found = found.filter(number__lt=before)
    return list(found.order_by("-number").prefetch_related("artifacts__deltas__base", "steps__job")[:limit])


def get_release(release_id: UUID) -> Release:
    """One release with its channel, product, artifacts, their differences, and steps. Six queries.

    Raises:
        ReleaseNotFound: there is none of this id.
    """
    found = Release.objects.select_related("channel__product", "job")
    found = found.prefetch_related("artifacts__deltas__base", "steps__job")
    release = found.filter(id=release_id).first()
    if release is None:
        raise ReleaseNotFound
    return release


def get_artifact(artifact_id: UUID) -> Artifact:
    """One artifact with what leads to it. Three queries.

    Raises:
        ArtifactNotFound: there is none of this id.
    """
    found = Artifact.objects.filter(id=artifact_id).select_related("base")
    artifact = found.prefetch_related("deltas__base").first()
    if artifact is None:
        raise ArtifactNotFound
    return artifact


def is_to_be_announced(release_id: UUID) -> bool:
    """Whether a release is out, in a channel whose releases are announced, and has no announcement yet."""
    found = Release.objects.filter(id=release_id, state=ReleaseState.PUBLISHED, announcement="")
    return found.filter(channel__is_announced=True).exists()


def artifact_key(product_slug: str, file_name: str) -> str:
    """Where a file is for ever."""
    return f"artifacts/{product_slug}/{file_name}"


def public_product(
    product_id: UUID,
    *,
    releases_most: int | None = RELEASES_MOST,
    states: frozenset[ReleaseState] = LIVE_STATES,
) -> PublicProduct:
    """A product as its manifests tell it. Two queries, five a channel, and one for tufup.

    `releases_most` are those of each channel that clients may see; paused ones in between come with them.

    Raises:
        ProductNotFound: there is none of this id.
    """
    product = Product.objects.filter(id=product_id).prefetch_related("channels").first()
    if product is None:
        raise ProductNotFound
    return _public_product(product, releases_most, states)


def listed_products() -> list[ListedProduct]:
    """All products, each with what its channels have for people. Two queries."""
    offered = Release.objects.filter(channel=OuterRef("pk"), state__in=LIVE_STATES).order_by("-number")
    versions = [
        Subquery(found.values("version")[:1])
        for found in (offered.filter(rollout_percent=PERCENT_MOST), offered.filter(rollout_percent__gt=0))
    ]
    for_people = Channel.objects.annotate(version=Coalesce(*versions, Value(""))).exclude(version="")
    shown: defaultdict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for product_id, channel, version in for_people.values_list("product_id", "name", "version"):
        shown[product_id].append((channel, version))
    return [
        ListedProduct(slug, name, summary, tuple(shown[product_id]))
        for product_id, slug, name, summary in Product.objects.order_by("name", "slug").values_list(
            "id", "slug", "name", "summary"
        )
    ]


def public_release(release: Release) -> PublicRelease:
    """A release as manifests would tell it, in whatever state it is. Two queries."""
    return _public_release(release.channel.product, release.channel, release)


def live_artifacts(product_id: UUID) -> list[Artifact]:
    """The files of live and paused releases. One query."""
    found = Artifact.objects.filter(product=product_id, releases__state__in=KEPT_STATES).distinct()
    return list(found.order_by("file_name"))


def artifacts_named(product_id: UUID, file_names: Iterable[str]) -> list[Artifact]:
    """Files by their names, in whatever state their releases are by now. One query."""
    return list(Artifact.objects.filter(product=product_id, file_name__in=file_names).order_by("file_name"))


def deltas_named(product_id: UUID, file_names: Iterable[str]) -> list[Delta]:
    """Differences that were made here, by their names. One query."""
    found = Delta.objects.filter(target__product=product_id, state=DeltaState.OFFERED, brought=None)
    return list(found.filter(file_name__in=file_names).order_by("file_name"))


def _public_product(
    product: Product, releases_most: int | None, states: frozenset[ReleaseState]
) -> PublicProduct:
    return PublicProduct(
        slug=product.slug,
        name=product.name,
        summary=product.summary,
        created_at=product.created_at,
        public_url=settings.PUBLIC_URL,
        channels=tuple(
            _public_channel(product, channel, releases_most, states) for channel in product.channels.all()
        ),
        version_scheme=product.version_scheme,
        public_keys=tuple(product.public_keys.split()),
        formats=tuple(product.formats),
        once_for_all=_once_for_all(product) if ManifestFormat.TUFUP in product.formats else (),
    )


def _once_for_all(product: Product) -> tuple[str, ...]:
    """Archives that were offered to every installation, whatever became of their release."""
    told = Release.objects.filter(
        channel__product=product,
        released_at__isnull=False,
        rollout_percent=PERCENT_MOST,
        from_version="",
        below_version="",
        locales=[],
    ).exclude(state__in=OPEN_STATES)
    found = Artifact.objects.filter(releases__in=told, file_name__endswith=".tar.gz", was_offered=True)
    return tuple(found.order_by("file_name").distinct().values_list("file_name", flat=True))


def _public_channel(
    product: Product, channel: Channel, releases_most: int | None, states: frozenset[ReleaseState]
) -> PublicChannel:
    found = Release.objects.filter(channel=channel, state__in=states | {ReleaseState.PAUSED})
    if releases_most is not None:
        numbers = found.filter(state__in=states).order_by("-number").values("number")
        oldest = Subquery(numbers[releases_most - 1 : releases_most])
        found = found.filter(number__gte=Coalesce(oldest, 0))
    releases = list(found.order_by("-number").prefetch_related("artifacts__deltas__base", "artifacts__proof"))
    offered = [release for release in releases if release.state in states]
    paused = [release for release in releases if release.state not in states]
    return PublicChannel(
        slug=channel.slug,
        name=channel.name,
        releases=tuple(_public_release(product, channel, release) for release in offered),
        paused=tuple(_public_release(product, channel, release) for release in paused),
    )


def _public_release(product: Product, channel: Channel, release: Release) -> PublicRelease:
    return PublicRelease(
        id=str(release.id),
        channel=channel.slug,
        version=release.version,
        released_at=release.released_at or release.created_at,
        notes=release.notes,
        is_critical=release.is_critical,
        minimum_version=release.minimum_version,
        artifacts=tuple(
            _public_artifact(product, artifact) for artifact in release.artifacts.all() if is_told(artifact)
        ),
        build_number=release.build_number,
        requirements=PublicRequirements(
            from_version=release.from_version,
            below_version=release.below_version,
            minimum_systems=release.minimum_systems,
            locales=tuple(release.locales),
        ),
        rollout=PublicRollout(percent=release.rollout_percent, salt=release.rollout_salt),
    )


def is_told(artifact: Artifact) -> bool:
    """Whether manifests may name a file: a difference only once it was tried."""
    if artifact.kind != ArtifactKind.DELTA:
        return True
    proof = getattr(artifact, "proof", None)
    return proof is not None and proof.is_offered


def public_artifacts(release: Release) -> list[PublicArtifact]:
    """The files of a release as renderers see them. Three queries."""
    product = release.channel.product
    found = release.artifacts.order_by("file_name").prefetch_related("deltas__base")
    return [_public_artifact(product, artifact) for artifact in found]


def _public_artifact(product: Product, artifact: Artifact) -> PublicArtifact:
    return PublicArtifact(
        file_name=artifact.file_name,
        key=artifact_key(product.slug, artifact.file_name),
        operating_system=artifact.operating_system,
        architecture=artifact.architecture,
        kind=artifact.kind,
        size=artifact.size or 0,
        sha256=artifact.sha256,
        sha512=artifact.sha512,
        signature=artifact.signature,
        inner_size=artifact.inner_size or 0,
        inner_sha256=artifact.inner_sha256,
        deltas=tuple(
            PublicDelta(
                file_name=delta.file_name,
                key=artifact_key(product.slug, delta.file_name),
                format=delta.format,
                base_file_name=delta.base.file_name,
                base_sha256=delta.base.sha256,
                size=delta.size,
                sha256=delta.sha256,
                window_log=delta.window_log,
                is_unpacked=delta.is_unpacked,
            )
            for delta in artifact.deltas.all()
            if delta.is_offered and delta.base is not None
        ),
    )


def authors_of(release: Release) -> set[str]:
    """Who worked on a release, as the audit tells, and who let their pipelines in. Two queries."""
    product = release.channel.product
    steps = AuditEntry.objects.filter(product=product, release_id=release.id, action__in=AUTHORING)
    authors = {release.created_by, *steps.values_list("actor", flat=True)}
    rules = TrustedPublisher.objects.filter(product=product)
    return authors | {rule.created_by for rule in rules if rule.subject in authors}


def list_publishers(product: Product) -> list[TrustedPublisher]:
    """Whom a product trusts. One query."""
    return list(TrustedPublisher.objects.filter(product=product, removed_at=None))


def find_publisher_of_token(digest: str) -> TrustedPublisher | None:
    """Whose token this is, if it is still good. One query."""
    found = PublisherToken.objects.filter(
        digest=digest, expires_at__gt=timezone.now(), publisher__removed_at=None
    )
    token = found.select_related("publisher__product").first()
    return None if token is None else token.publisher


def product_slug_of(*, release_id: UUID | None = None, artifact_id: UUID | None = None) -> str | None:
    """To which product a release or a file belongs. One query."""
    found = Product.objects.filter(
        **({"channels__releases": release_id} if release_id else {"artifacts": artifact_id})
    )
    return found.values_list("slug", flat=True).first()


def list_audit(*, product: Product, before: int | None, limit: int) -> list[AuditEntry]:
    """What was done with a product, the last step first. One query."""
    found = AuditEntry.objects.filter(product=product)
    if before is not None:
        found = found.filter(number__lt=before)
    return list(found.order_by("-number")[:limit])


def list_steps_of(release: Release, *, limit: int) -> list[AuditEntry]:
    """What was done with a release and its files, the last step first. Two queries."""
    names = list(release.artifacts.values_list("file_name", flat=True))
    about = Q(release_id=release.id) | Q(release_id=None, details__file_name__in=names)
    found = AuditEntry.objects.filter(about, product=release.channel.product_id)
    return list(found.order_by("-number")[:limit])


def find_audit_break(product: Product) -> int | None:
    """The number of the first entry that does not follow from the one before it; None in a whole chain."""
    previous_hash = FIRST_HASH
    entries = AuditEntry.objects.filter(product=product).order_by("number")
    for number, entry in enumerate(entries.iterator(), 1):
        expected = entry_hash(
            product_id=product.id,
            number=number,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            release_id=entry.release_id,
            details=entry.details,
            previous_hash=previous_hash,
        )
        if (entry.number, entry.previous_hash, entry.hash) != (number, previous_hash, expected):
            return number
        previous_hash = entry.hash
    return None
