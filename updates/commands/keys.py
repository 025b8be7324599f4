"""Keys that sign for a product without a person: made, looked up, replaced by newer ones."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError

from chassis.transactions import in_transaction
from updates.commands.steps import audit, lock_product
from updates.errors import at_field
from updates.models import Product, SigningKey, SigningRole
from updates.signing.keys import FILE, KMS, as_document, make_key_file, public_of_kms

_SIGNER = "publisher"


def add_signing_key(*, actor: str, product: str, role: str, location: str = "") -> SigningKey:
    """Make a key file for a role, or take a key of AWS KMS (`awskms:…`). Older keys stay as they are.

    TUF's roles use it once a root that names it was taken in, manifests from the next publish on.

    Raises:
        ProductNotFound.
        InvalidInput: at `/location`: keys cannot be made here, or this one is known.
        KeyUnusable: KMS has no such key, or it is one for something else.
    """
    if location and not location.startswith(KMS):
        raise at_field("/location", "unknown", f"Write {KMS} and the id, ARN or alias of a key.")
    if location:
        is_for_manifests = role == SigningRole.MANIFEST
        public = public_of_kms(location.removeprefix(KMS), is_for_manifests=is_for_manifests)
    elif can_make_keys():
        # Its row follows: a file without one is never used.
        name = f"{product}-{role}-{uuid4().hex[:12]}.pem"
        made = make_key_file(Path(settings.UPDATES_KEYS_DIR, name), settings.UPDATES_KEYS_PASSPHRASE)
        public, location = as_document(made), f"{FILE}{name}"
    else:
        detail = "UPDATES_KEYS_DIR or UPDATES_KEYS_PASSPHRASE is empty: name a key in AWS KMS."
        raise at_field("/location", "required", detail)

    def insert() -> SigningKey:
        owner = lock_product(product)
        key = SigningKey.objects.create(
            product=owner,
            role=role,
            key_id=public["keyid"],
            public=public,
            location=location,
            created_by=actor,
        )
        audit(owner, "signing_key_added", actor=actor, role=role, key_id=key.key_id)
        return key

    try:
        return in_transaction(insert)
    except IntegrityError as error:
        raise at_field("/location", "taken", "This key signs for the product already.") from error


def can_make_keys() -> bool:
    """Whether key files are kept on this machine."""
    return bool(settings.UPDATES_KEYS_DIR and settings.UPDATES_KEYS_PASSPHRASE)


def signing_keys_of(*, product_id: UUID) -> list[SigningKey]:
    """The keys of a product, the newest first. One query."""
    return list(SigningKey.objects.filter(product=product_id).order_by("-created_at", "-id"))


def newest_key(keys: list[SigningKey], role: str) -> SigningKey | None:
    """The key that the next root names for a role."""
    return next((key for key in keys if key.role == role), None)


def find_manifest_key(*, product_id: UUID) -> SigningKey | None:
    """What signs plain manifests. Where keys are files, the first one is made here."""
    found = newest_key(signing_keys_of(product_id=product_id), SigningRole.MANIFEST)
    if found is not None or not can_make_keys():
        return found
    slug = Product.objects.values_list("slug", flat=True).get(id=product_id)
    return add_signing_key(actor=_SIGNER, product=slug, role=SigningRole.MANIFEST)
