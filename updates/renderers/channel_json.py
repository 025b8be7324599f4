"""The plain manifest of a channel, for any client that reads JSON; `channel.schema.json` says its shape."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from updates.models import DeltaFormat
from updates.renderers.product_state import (
    PublicArtifact,
    PublicChannel,
    PublicDelta,
    PublicProduct,
    PublicRelease,
    PublicRequirements,
)

SCHEMA_KEY = "updates/schemas/channel-1.json"
_SCHEMA = Path(__file__).with_name("channel.schema.json")


def render(product: PublicProduct, channel: PublicChannel) -> bytes:
    """The manifest. It holds to its own schema, or is not made.

    Raises:
        jsonschema.ValidationError: it would not.
    """
    releases = [_release(product, release) for release in channel.releases]
    document = {
        "$schema": product.url(SCHEMA_KEY),
        "product": {"slug": product.slug, "name": product.name, "url": product.page_url},
        "channel": channel.slug,
        "latest": releases[0] if releases else None,
        "previous": releases[1:],
    }
    _validator().validate(document)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def schema() -> bytes:
    """The published JSON Schema (2020-12)."""
    return _SCHEMA.read_bytes()


@lru_cache(maxsize=1)
def _validator() -> Any:
    import jsonschema

    return jsonschema.Draft202012Validator(json.loads(schema()))


def _release(product: PublicProduct, release: PublicRelease) -> dict[str, Any]:
    return {
        "version": release.version,
        "released_at": release.released_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "is_critical": release.is_critical,
        "minimum_version": release.minimum_version or None,
        "build_number": release.build_number,
        "notes": release.notes,
        "rollout": {"percent": release.rollout.percent, "salt": release.rollout.salt},
        "requirements": _requirements(release.requirements),
        "files": [_file(product, artifact) for artifact in release.artifacts],
    }


def _requirements(asked: PublicRequirements) -> dict[str, Any]:
    return {
        "from_version": asked.from_version or None,
        "below_version": asked.below_version or None,
        "minimum_systems": dict(sorted(asked.minimum_systems.items())),
        "locales": list(asked.locales),
    }


def _file(product: PublicProduct, artifact: PublicArtifact) -> dict[str, Any]:
    document = {
        "file_name": artifact.file_name,
        "url": product.url(artifact.key),
        "operating_system": artifact.operating_system,
        "architecture": artifact.architecture,
        "kind": artifact.kind,
        "size": artifact.size,
        "sha256": artifact.sha256,
        "sha512": artifact.sha512,
        "signature": artifact.signature or None,
    }
    deltas = [delta for delta in artifact.deltas if delta.format == DeltaFormat.ZSTD]
    if deltas:
        document["deltas"] = [_delta(product, artifact, delta) for delta in deltas]
    return document


def _delta(product: PublicProduct, artifact: PublicArtifact, delta: PublicDelta) -> dict[str, Any]:
    return {
        "url": product.url(delta.key),
        "format": delta.format,
        "from_file_name": delta.base_file_name,
        "from_sha256": delta.base_sha256,
        "size": delta.size,
        "sha256": delta.sha256,
        "window_log": delta.window_log,
        "is_unpacked": delta.is_unpacked,
        "result_size": artifact.inner_size if delta.is_unpacked else artifact.size,
        "result_sha256": artifact.inner_sha256 if delta.is_unpacked else artifact.sha256,
    }
