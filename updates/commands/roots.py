"""TUF's root of a product: prepared for its holders, and taken in when they have signed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from chassis.transactions import transactional
from updates import queries
from updates.commands.keys import add_signing_key, can_make_keys, newest_key, signing_keys_of
from updates.commands.products import require_policy_change
from updates.commands.requests import request_manifests
from updates.commands.signing import row_of
from updates.commands.steps import audit, lock_product
from updates.errors import RootRefused
from updates.models import TUF_ROLES, ManifestFormat, Product, SignedFile
from updates.signing import roots
from updates.signing.metadata import Signed, expiry, read_root


def prepare_root(
    *,
    actor: str,
    product: str,
    root_keys: Sequence[dict[str, Any]] = (),
    threshold: int | None = None,
    makes_keys: bool = True,
) -> str:
    """The next root of a product, without signatures, naming the newest key of each role.

    Without `root_keys` and `threshold` those of the root before it. Where keys are files, missing
    ones are made. Of the root nothing is written down here until it is taken in.

    Raises:
        ProductNotFound.
        RootRefused: the product serves no TUF, a role has no key, or fewer keys than have to sign.
        KeyUnusable: one of the holders' is no public key.
    """
    owner = queries.get_product(product)
    _require_tuf(owner)
    before = _last_root(owner)
    if before:
        old_keys, old_threshold = roots.root_keys_of(before.body)
        root_keys, threshold = root_keys or old_keys, threshold or old_threshold
    if not root_keys:
        raise RootRefused("Name the public keys of its holders.")
    return roots.prepare(
        version=before.version + 1 if before else 1,
        root_keys=root_keys,
        threshold=threshold or len(root_keys),
        online=_online(actor, owner, makes_keys=makes_keys),
        expires_at=expiry(timezone.now(), timedelta(days=settings.UPDATES_ROOT_DAYS)),
    )


def check_root(*, product: str, body: str) -> int:
    """The version of a root that would be taken in.

    Raises:
        ProductNotFound.
        RootRefused: it would not be, with the reason.
    """
    owner = queries.get_product(product)
    _require_tuf(owner)
    before = _last_root(owner)
    return roots.check(
        body.encode(),
        before=before.body.encode() if before else None,
        online=_able(owner),
        now=timezone.now(),
    )


@transactional
def take_root(*, actor: str, product: str, body: str, is_admin: bool = False) -> int:
    """Take in a root that its holders have signed, and have everything signed that it changes.

    The same root again changes nothing. Every later one is signed by holders of the one before; the
    first is believed as it comes.

    Raises:
        ProductNotFound.
        PolicyOfAdmins: a second person approves its releases, it is the first root, and this is no admin.
        RootRefused: with the reason; nothing is changed.
    """
    owner = lock_product(product)
    before = _last_root(owner)
    if before and before.body == body:
        return before.version
    if before is None:
        require_policy_change(owner, ["root"], is_admin=is_admin)
    version = check_root(product=product, body=body)
    now = timezone.now()
    if before:
        before.superseded_at = now
        before.save(update_fields=["superseded_at"])
    expires_at = read_root(body.encode()).signed.expires
    row_of(owner.id, Signed("root", version, "", now, expires_at, body)).save(force_insert=True)
    audit(owner, "root_taken_in", actor=actor, version=version, keys=roots.online_keys_of(body))
    request_manifests(owner, actor=actor, title=f"{owner.name}: root {version}")
    return version


def _online(actor: str, owner: Product, *, makes_keys: bool) -> dict[str, dict[str, Any]]:
    keys = signing_keys_of(product_id=owner.id)
    named = {}
    for role in TUF_ROLES:
        key = newest_key(keys, role)
        if key is None and makes_keys and can_make_keys():
            key = add_signing_key(actor=actor, product=owner.slug, role=role)
        if key is None:
            how = f"manage.py updates keys {owner.slug} --role {role} …"
            raise RootRefused(f"There is no key for {role}: {how}")
        named[str(role)] = key.public
    return named


def _able(owner: Product) -> Mapping[str, set[str]]:
    keys = signing_keys_of(product_id=owner.id)
    return {str(role): {key.key_id for key in keys if key.role == role} for role in TUF_ROLES}


def _last_root(owner: Product) -> SignedFile | None:
    return SignedFile.objects.filter(product=owner, role="root", superseded_at=None).first()


def _require_tuf(owner: Product) -> None:
    if not {ManifestFormat.TUF, ManifestFormat.TUFUP} & {*owner.formats}:
        raise RootRefused(f"{owner.name} serves neither tuf nor tufup.")


__all__ = ["RootRefused", "check_root", "prepare_root", "take_root"]
