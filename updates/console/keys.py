"""`manage.py updates keys PRODUCT`: the keys that sign for a product, and newer ones."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, TextIO

from updates import commands, queries
from updates.commands.keys import signing_keys_of
from updates.models import SigningRole

_ABOUT = "Show a product's signing keys; with --role make a newer one, which the next root names."
ACTOR = "operator"


def add_arguments(parser: ArgumentParser) -> None:
    """Product, role, and where the key is."""
    parser.description = _ABOUT
    parser.add_argument("product", help="The product's short name.")
    parser.add_argument("--role", choices=SigningRole.values, help="Add a key that signs this.")
    parser.add_argument(
        "--location", default="", help="awskms: and a key's id, ARN or alias. Without it a key file is made."
    )
    parser.add_argument("--dry-run", action="store_true", help="Only say what would be done.")


def run(options: dict[str, Any], *, out: TextIO, err: TextIO) -> int:
    """The keys, or the one that was added."""
    out.write(f"{_run(options)}\n")
    return 0


def _run(options: dict[str, Any]) -> str:
    product, role = queries.get_product(options["product"]), options["role"]
    if role is None:
        keys = signing_keys_of(product_id=product.id)
        lines = [f"{key.role:10} {key.key_id}  {key.location}  {key.created_at:%Y-%m-%d}" for key in keys]
        return "\n".join(lines) or f"No key signs for {product.slug}."
    if options["dry_run"]:
        return f"Would add a key for {role} of {product.slug}: {options['location'] or 'a new file'}."
    key = commands.add_signing_key(actor=ACTOR, product=product.slug, role=role, location=options["location"])
    then = (
        "Manifests are signed with it from the next publish on."
        if role == SigningRole.MANIFEST
        else f"Now prepare a root that names it: manage.py updates root prepare {product.slug} …"
    )
    return f"Added {key.key_id} for {role} of {product.slug}. {then}"
