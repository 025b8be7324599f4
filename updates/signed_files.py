"""Where what was signed of a product is published. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chassis.publishing import CacheRule, PublicFile
from updates.commands.signing import MANIFEST, SignedProduct, manifest_sha256
from updates.renderers import tuf
from updates.renderers.product_state import PublicProduct
from updates.signing.metadata import Signed

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


def files_of(signed: SignedProduct) -> Iterator[PublicFile]:
    """Every signed file, and what it names: manifests by their hash, the public keys."""
    product = signed.product
    for file in signed.signed:
        key, *_ = keys_of(product, file)
        if file.role.startswith(MANIFEST):
            yield PublicFile(key, file.body.encode(), TEXT, CacheRule.POINTER)
            channel = file.role.removeprefix(MANIFEST)
            named = _named_manifest(product, file)
            yield PublicFile(named, signed.manifests[channel], JSON, CacheRule.IMMUTABLE)
        else:
            rule = CacheRule.POINTER if file.role == "timestamp" else CacheRule.IMMUTABLE
            # Clients ask for the root after theirs each time.
            yield PublicFile(key, file.body.encode(), JSON, rule, is_awaited=file.role == "root")
    if signed.public_key:
        yield PublicFile(public_key_of(product), signed.public_key.encode(), TEXT, CacheRule.LISTING)
    if signed.has_repository:
        for slug, body in signed.manifests.items():
            target = tuf.manifest_target(slug, body)
            yield PublicFile(tuf.manifest_key(product, target), body, JSON, CacheRule.IMMUTABLE)


def keys_of(product: PublicProduct, file: Signed) -> tuple[str, ...]:
    """The key of a signed file, and those of the manifests which it names."""
    if file.role.startswith(MANIFEST):
        channel = file.role.removeprefix(MANIFEST)
        target = f"{tuf.MANIFESTS}/{manifest_sha256(file.body)}.{channel}.json"
        return (
            f"{product.prefix}{channel}.json.minisig",
            _named_manifest(product, file),
            f"artifacts/{product.slug}/{target}",
        )
    name = file.role if file.role == "timestamp" else f"{file.version}.{file.role}"
    return f"{product.prefix}tuf/{name}.json", *_manifest_targets(product, file)


def public_key_of(product: PublicProduct) -> str:
    """Where the key is that the signatures of plain manifests are checked with."""
    return f"{product.prefix}minisign.pub"


def _manifest_targets(product: PublicProduct, file: Signed) -> Iterator[str]:
    if file.role != "targets":
        return
    for path, entry in json.loads(file.body)["signed"]["targets"].items():
        if path.startswith(f"{tuf.MANIFESTS}/"):
            yield tuf.manifest_key(product, tuf.Target(path, entry["length"], entry["hashes"]["sha256"]))


def _named_manifest(product: PublicProduct, file: Signed) -> str:
    channel = file.role.removeprefix(MANIFEST)
    return f"{product.prefix}{channel}/{manifest_sha256(file.body)}.json"
