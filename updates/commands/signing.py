"""Manifests and TUF's metadata are signed: what has changed, and what is past half of its life.

What was signed is kept, and is what is published: a second attempt writes the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Count, Q
from django.utils import timezone

from chassis.errors import Unavailable
from chassis.transactions import in_transaction
from updates import queries
from updates.commands.keys import find_manifest_key, signing_keys_of
from updates.models import (
    KEPT_STATES,
    OFFERED_STATES,
    TUF_ROLES,
    Artifact,
    ArtifactKind,
    ManifestFormat,
    ReleaseState,
    SignedFile,
    SigningKey,
)
from updates.renderers import channel_json, tuf
from updates.renderers.product_state import PublicChannel, PublicProduct
from updates.signing import minisign
from updates.signing.keys import key_of, manifest_signer_at, signer_at
from updates.signing.metadata import Lives, Signed, digest_of, expiry, sign_roles
from updates.signing.roots import online_keys_of

if TYPE_CHECKING:
    from securesystemslib.signer import Signer

TRIES = 3
MANIFEST = "manifest:"


@dataclass(frozen=True)
class SignedProduct:
    """What there is to publish of a product: its state, and what was signed of it."""

    product: PublicProduct
    manifests: Mapping[str, bytes]
    signed: tuple[Signed, ...]
    # The names of all files that have to be there before this is.
    file_names: frozenset[str]
    # The text of the `.pub` file; empty where plain manifests are not signed.
    public_key: str = ""

    @property
    def has_repository(self) -> bool:
        """Whether its root was taken in."""
        return any(file.role == "timestamp" for file in self.signed)


def sign_product(*, product_id: UUID) -> SignedProduct:
    """Sign what is to be signed of a product, as it is now. Nothing is signed inside a transaction.

    Raises:
        ProductNotFound: there is none of this id.
        KeyUnusable: a key that its root names cannot sign here.
        Unavailable: others sign all the time.
    """
    key = find_manifest_key(product_id=product_id)
    for _ in range(TRIES):
        # First what was signed, then the state: whoever signs a newer state meanwhile is noticed below.
        current = current_signatures(product_id)
        product = queries.public_product(product_id)
        files = _files(product_id)
        manifests = {channel.slug: channel_json.render(product, channel) for channel in product.channels}
        now = timezone.now()
        fresh = [
            *_sign_manifests(key, product, manifests, current, now),
            *_sign_repository(product_id, product, files, manifests, current, now),
        ]
        if _keep(product_id, fresh, now):
            signed = {**current, **{file.role: file for file in fresh}}
            return SignedProduct(
                product=product,
                manifests=manifests,
                signed=(*signed.values(), *_older_roots(product_id)),
                file_names=product.file_names | {file.name for file in files if file.is_coming},
                public_key=_minisign_key(key).text if key else "",
            )
    raise Unavailable("Somebody else signs for this product all the time.")


def current_signatures(product_id: UUID) -> dict[str, Signed]:
    """What was signed last, by role. One query."""
    found = SignedFile.objects.filter(product=product_id, superseded_at=None)
    return {row.role: as_signed(row) for row in found}


def kept_signatures(product_id: UUID) -> list[Signed]:
    """What was signed and is still at hand, the superseded, too. One query."""
    return [as_signed(row) for row in SignedFile.objects.filter(product=product_id)]


def as_signed(row: SignedFile) -> Signed:
    """A row as the signing room knows it."""
    return Signed(row.role, row.version, row.says, row.signed_at, row.expires_at, row.body)


def row_of(product_id: UUID, file: Signed) -> SignedFile:
    """The other way round; not saved."""
    return SignedFile(
        product_id=product_id,
        role=file.role,
        version=file.version,
        says=file.says,
        body=file.body,
        signed_at=file.signed_at,
        expires_at=file.expires_at,
        late_at=file.late_at,
    )


def lives() -> Lives:
    """How long what is signed now holds."""
    return Lives(
        pointer=timedelta(days=settings.UPDATES_POINTER_DAYS),
        metadata=timedelta(days=settings.UPDATES_METADATA_DAYS),
    )


def manifest_sha256(signature: str) -> str:
    """The hash of the manifest that a signature is over, as its trusted comment says."""
    return signature.partition("sha256:")[2].split()[0]


# --- Plain manifests -----------------------------------------------------------------------------


def _sign_manifests(
    key: SigningKey | None,
    product: PublicProduct,
    manifests: Mapping[str, bytes],
    current: Mapping[str, Signed],
    now: datetime,
) -> Iterator[Signed]:
    if key is None:
        return
    for channel in product.channels:
        body = manifests[channel.slug]
        before = current.get(f"{MANIFEST}{channel.slug}")
        says = digest_of([hashlib.sha256(body).hexdigest(), key.key_id])
        if before is None or before.says != says or not before.is_fresh(now):
            yield _sign_manifest(product, channel, body, key, says, before, now)


def _sign_manifest(
    product: PublicProduct,
    channel: PublicChannel,
    body: bytes,
    key: SigningKey,
    says: str,
    before: Signed | None,
    now: datetime,
) -> Signed:
    number = before.version + 1 if before else 1
    expires_at = expiry(now, lives().pointer)
    trusted = (
        f"timestamp:{int(now.timestamp())}",
        f"file:{channel.slug}.json",
        f"number:{number}",
        f"expires:{int(expires_at.timestamp())}",
        f"sha256:{hashlib.sha256(body).hexdigest()}",
    )
    signature = minisign.sign(
        body,
        key=_minisign_key(key),
        sign_bytes=manifest_signer_at(key.location, key.public),
        untrusted=f"{product.slug} {channel.slug}",
        trusted="\t".join(trusted),
    )
    return Signed(f"{MANIFEST}{channel.slug}", number, says, now, expires_at, signature)


def _minisign_key(key: SigningKey) -> minisign.PublicKey:
    # From the SubjectPublicKeyInfo of KMS or of a key file alike: 32 bytes.
    return minisign.PublicKey(bytes.fromhex(key.public["keyval"]["public"]))


# --- TUF -----------------------------------------------------------------------------------------


def _sign_repository(
    product_id: UUID,
    product: PublicProduct,
    files: list[KeptFile],
    manifests: Mapping[str, bytes],
    current: Mapping[str, Signed],
    now: datetime,
) -> list[Signed]:
    root = current.get("root")
    if root is None:
        return []
    keys = _keys_of(product_id, root)
    if ManifestFormat.TUFUP in product.formats:
        roles = tuf.tufup_roles(tuf.tufup_targets(product), product.once_for_all)
    else:
        roles = _general_roles(files, manifests, current, keys["targets"])
    return sign_roles(roles, current, signer_of=partial(_signer, keys), lives=lives(), now=now)


def _general_roles(
    kept: list[KeptFile], manifests: Mapping[str, bytes], current: Mapping[str, Signed], key: SigningKey
) -> dict[str, Any]:
    files = [tuf.Target(file.name, file.size, file.sha256) for file in kept]
    has_bins = tuf.needs_bins(len(files), had_bins=f"{tuf.BIN_NAME}-00" in current)
    targets = [tuf.manifest_target(slug, body) for slug, body in manifests.items()]
    document = {"keyid": key.key_id, **key_of(key.public).to_dict()}
    return tuf.general_roles(files, targets, bins_key=document if has_bins else None)


class KeptFile(NamedTuple):
    """A file that clients may be told of, and whether a release is being published with it."""

    name: str
    size: int
    sha256: str
    is_coming: bool


def _files(product_id: UUID) -> list[KeptFile]:
    """Every such file of a product. One query."""
    found = Artifact.objects.filter(product=product_id, releases__state__in=KEPT_STATES)
    # A difference that nobody has tried is named nowhere.
    found = found.exclude(~Q(proof__state__in=OFFERED_STATES), kind=ArtifactKind.DELTA)
    coming = Count("releases", filter=Q(releases__state=ReleaseState.PUBLISHING))
    rows = found.annotate(coming=coming).order_by("file_name")
    return [
        KeptFile(name, size or 0, sha256, is_coming=count > 0)
        for name, size, sha256, count in rows.values_list("file_name", "size", "sha256", "coming")
    ]


def _keys_of(product_id: UUID, root: Signed) -> dict[str, SigningKey]:
    named = online_keys_of(root.body)
    able = signing_keys_of(product_id=product_id)
    # A root is taken in only when there is one for each.
    return {role: next(key for key in able if key.key_id in named[role]) for role in TUF_ROLES}


def _signer(keys: Mapping[str, SigningKey], role: str) -> Signer:
    return signer_at(keys[role].location, keys[role].public)


def _older_roots(product_id: UUID) -> Iterator[Signed]:
    """Every one that there ever was: a client walks from its own to the last one."""
    rows = SignedFile.objects.filter(product=product_id, role="root").exclude(superseded_at=None)
    return map(as_signed, rows.order_by("version"))


# --- Rows ----------------------------------------------------------------------------------------


def _keep(product_id: UUID, fresh: list[Signed], now: datetime) -> bool:
    """Whether these are the next versions; not when somebody else has kept theirs meanwhile."""
    if not fresh:
        return True

    def insert() -> None:
        roles = [file.role for file in fresh]
        old = SignedFile.objects.filter(product=product_id, role__in=roles, superseded_at=None)
        old.update(superseded_at=now)
        SignedFile.objects.bulk_create([row_of(product_id, file) for file in fresh])

    try:
        in_transaction(insert)
    except IntegrityError:
        return False
    return True
