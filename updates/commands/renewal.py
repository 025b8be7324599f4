"""What would expire is signed anew in time; and whether that was so."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from chassis.health import NeedsAttention
from chassis.transactions import transactional
from updates.commands.requests import request_manifests
from updates.models import Product, SignedFile

log = logging.getLogger(__name__)

NOT_RENEWED = "signature_not_renewed"
# How long what was signed before stays at hand, and in the bucket.
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Expiring:
    """A signature that will end."""

    product: str
    role: str
    expires_at: datetime


def renew_signatures(*, actor: str) -> list[str]:
    """Have manifests made anew of every product with something past half of its life; their names."""
    due = products_to_renew()
    for product in due:
        _request(product, actor)
    _prune()
    for late in late_signatures():
        log.error(
            NOT_RENEWED,
            extra={"product": late.product, "role": late.role, "expires_at": late.expires_at.isoformat()},
        )
    return [product.slug for product in due]


def products_to_renew() -> list[Product]:
    """Products of which something is past half of its life, other than the root. One query."""
    now = timezone.now()
    rows = SignedFile.objects.filter(superseded_at=None).exclude(role="root").select_related("product")
    due = {row.product.slug: row.product for row in rows.defer("body") if not _is_fresh(row, now)}
    return [due[slug] for slug in sorted(due)]


def late_signatures() -> list[Expiring]:
    """What nobody renewed in time: a quarter of its life is left, or a month of a root's. One query."""
    rows = _late().order_by("expires_at").values_list("product__slug", "role", "expires_at")
    return [Expiring(*row) for row in rows]


def check_signatures() -> None:
    """Part of the ready check. One query, of one row, whatever there is.

    Raises:
        NeedsAttention: something was not renewed in time; with what has been so for longest, and its end.
    """
    late = _late().order_by("late_at").values_list("product__slug", "role", "expires_at").first()
    if late:
        product, role, expires_at = late
        ends = f"{expires_at:%Y-%m-%d %H:%M} UTC"
        raise NeedsAttention(f"{product} {role} ends at {ends} and was not signed anew")


def _late() -> QuerySet[SignedFile]:
    return SignedFile.objects.filter(superseded_at=None, late_at__lte=timezone.now())


def _is_fresh(row: SignedFile, now: datetime) -> bool:
    return now < row.signed_at + (row.expires_at - row.signed_at) / 2


@transactional
def _request(product: Product, actor: str) -> None:
    request_manifests(product, actor=actor, title=f"{product.name}: signatures")


def _prune() -> None:
    old = SignedFile.objects.filter(superseded_at__lt=timezone.now() - KEPT)
    old.exclude(role="root").delete()
