"""Products and channels: made and renamed. Their short names are in addresses and stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError

from chassis.transactions import in_transaction, transactional
from updates import queries
from updates.commands.formats import require_formats, with_formats
from updates.commands.requests import request_manifests
from updates.commands.steps import (
    APPROVAL,
    audit,
    forget_approval,
    lock_product,
    require_revision,
    set_state,
)
from updates.errors import ChannelNotFound, PolicyOfAdmins, at_field
from updates.models import Channel, Product, Release, ReleaseState, VersionScheme
from updates.signatures import KEYS_MOST, read_public_key

# What a second person's approval is worth depends on these.
POLICY = frozenset({"needs_second_person", "needs_signatures", "public_keys", "publishers", "root"})
# No manifest tells them.
POLICY_KEPT_HERE = frozenset({"needs_second_person", "needs_signatures"})
FIRST_CHANNEL = ("stable", "Stable")


def create_product(
    *,
    actor: str,
    slug: str,
    name: str,
    summary: str = "",
    version_scheme: str = VersionScheme.SEMVER,
    formats: Sequence[str] = (),
    **policy: Any,
) -> Product:
    """Make a product, with the channel `stable`. `policy` are fields of `POLICY`.

    Raises:
        InvalidInput: at `/slug`: there is one of this name; at `/formats`: one cannot be served.
    """
    product = Product(
        slug=slug,
        name=name,
        summary=summary,
        version_scheme=version_scheme,
        formats=sorted({*formats}),
        **policy,
    )
    require_formats(product, channels=())
    require_public_keys(product.public_keys, needs_signatures=product.needs_signatures)

    def insert() -> Product:
        product.save(force_insert=True)
        lock_product(slug)
        audit(product, "product_created", actor=actor, slug=slug, version_scheme=version_scheme)
        channel, channel_name = FIRST_CHANNEL
        create_channel(actor=actor, product=slug, slug=channel, name=channel_name)
        return product

    try:
        return in_transaction(insert)
    except IntegrityError as error:
        raise at_field("/slug", "taken", "There is a product of this short name. Choose another.") from error


@transactional
def update_product(
    *,
    actor: str,
    product: str,
    if_revisions: frozenset[int] | None,
    changes: dict[str, Any],
    is_admin: bool = False,
) -> Product:
    """Change name, summary, formats or policy. What changes nothing keeps the revision.

    Raises:
        ProductNotFound, VersionMismatch.
        InvalidInput: at `/formats`: one cannot be served, or is taken away.
        PolicyOfAdmins: a second person approves its releases, and this is no admin.
    """
    found = lock_product(product)
    require_revision(found.revision, if_revisions)
    if "formats" in changes:
        changes = {**changes, "formats": with_formats(found, changes["formats"])}
    changed = {name: value for name, value in changes.items() if getattr(found, name) != value}
    if not changed:
        return found
    require_policy_change(found, changed, is_admin=is_admin)
    for name, value in changed.items():
        setattr(found, name, value)
    require_formats(found, channels=[channel.slug for channel in found.channels.all()])
    require_public_keys(found.public_keys, needs_signatures=found.needs_signatures)
    found.revision += 1
    found.save(update_fields=[*changed, "revision", "updated_at"])
    audit(found, "product_changed", actor=actor, **changed)
    if changed.get("needs_second_person"):
        _end_approvals_by_authors(found, actor)
    if not changed.keys() <= POLICY_KEPT_HERE:
        request_manifests(found, actor=actor, title=f"{found.name}: name and summary")
    return found


def _end_approvals_by_authors(product: Product, actor: str) -> None:
    """Before the rule, authors approved their own; what is not out yet waits for a second person now."""
    for release in Release.objects.filter(channel__product=product, state=ReleaseState.APPROVED):
        release.channel.product = product
        if release.approved_by in queries.authors_of(release):
            forget_approval(release)
            set_state(release, ReleaseState(release.state), *APPROVAL)
            audit(product, "approval_ended", actor=actor, release=release)


def require_public_keys(text: str, *, needs_signatures: bool) -> None:
    """Refuse keys that are none, and signatures that nothing could check.

    Raises:
        InvalidInput: at `/public_keys`.
    """
    lines = text.split()
    for line in lines:
        try:
            read_public_key(line)
        except ValueError as error:
            detail = "Write a key a line: minisign's (RW…), or Ed25519 in Base64 (32 bytes)."
            raise at_field("/public_keys", "not-a-key", detail) from error
    if len(lines) > KEYS_MOST:
        raise at_field("/public_keys", "too-many", f"Keep at most {KEYS_MOST} keys.")
    if needs_signatures and not lines:
        raise at_field("/public_keys", "missing", "Name the key that the signatures are checked with.")


def require_policy_change(product: Product, changed: Iterable[str], *, is_admin: bool) -> None:
    """Refuse that an editor gets around the second person by changing the rules.

    Raises:
        PolicyOfAdmins.
    """
    if product.needs_second_person and not is_admin and POLICY & set(changed):
        raise PolicyOfAdmins


def create_channel(*, actor: str, product: str, slug: str, name: str, is_announced: bool = True) -> Channel:
    """Make a channel.

    Raises:
        ProductNotFound: there is no such product.
        InvalidInput: at `/slug`: the product has one of this name.
    """

    def insert() -> Channel:
        owner = lock_product(product)
        require_formats(owner, channels=[slug], pointer="/slug")
        channel = Channel.objects.create(product=owner, slug=slug, name=name, is_announced=is_announced)
        audit(owner, "channel_created", actor=actor, slug=slug)
        # Clients may ask for it from now on, and an empty manifest is no error to them.
        request_manifests(owner, actor=actor, title=f"{owner.name}: channel {slug}")
        return channel

    try:
        return in_transaction(insert)
    except IntegrityError as error:
        detail = "The product has a channel of this short name. Choose another."
        raise at_field("/slug", "taken", detail) from error


@transactional
def update_channel(*, actor: str, product: str, channel: str, changes: dict[str, Any]) -> Channel:
    """Give a channel another name, or have it announced or not; its short name stays.

    Raises:
        ProductNotFound, ChannelNotFound.
    """
    owner = lock_product(product)
    found = Channel.objects.filter(product=owner, slug=channel).first()
    if found is None:
        raise ChannelNotFound
    changed = {name: value for name, value in changes.items() if getattr(found, name) != value}
    if not changed:
        return found
    for name, value in changed.items():
        setattr(found, name, value)
    found.save(update_fields=list(changed))
    audit(owner, "channel_changed", actor=actor, slug=channel, **changed)
    if "name" in changed:
        request_manifests(owner, actor=actor, title=f"{owner.name}: channel {channel}")
    return found
