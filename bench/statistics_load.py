"""Run by `bench/offload.py` on a database of its own: count a log of the edge and say how long it took."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

import django

from bench.release_flood import Asked, files, flood

VERSIONS = 20


def lines(count: int) -> Iterator[bytes]:
    """What the desk's edge writes of the flood."""
    for asked in flood(count, files(VERSIONS, bytes_=50_000_000)):
        yield json.dumps(_entry(asked), separators=(",", ":")).encode() + b"\n"


def _entry(asked: Asked) -> dict[str, object]:
    return {
        "time": "2026-11-24T10:00:00+00:00",
        "timestamp": asked.at,
        "distribution": "files",
        "client": asked.client,
        "protocol": "HTTP/1.1",
        "method": asked.method,
        "host": "updates.example.com",
        "uri": asked.target.partition("?")[0].replace("/downloads/", "/artifacts/editor/"),
        "query": "",
        "status": asked.status,
        "bytes": asked.bytes,
        "range": asked.range,
        "cache": "HIT",
        "seconds": 0.1,
        "user_agent": asked.agent,
        "referer": "",
    }


def main() -> None:
    """Print the seconds."""
    django.setup()
    from django.core.management import call_command

    from updates import commands
    from updates.models import Artifact, ArtifactState, Product

    call_command("migrate", verbosity=0)
    product = Product.objects.create(slug="editor", name="Editor")
    for name, size in files(VERSIONS, bytes_=50_000_000).items():
        file_name = name.rpartition("/")[2]
        Artifact.objects.create(
            product=product,
            file_name=file_name,
            folded_name=file_name.lower(),
            operating_system="any",
            architecture="any",
            kind="full",
            declared_size=size,
            declared_sha256="0" * 64,
            size=size,
            state=ArtifactState.VERIFIED,
            created_by="bench",
        )
    made = list(lines(int(sys.argv[1])))
    began = time.monotonic()
    commands.count_log(name="access.log", lines=made)
    print(time.monotonic() - began)


if __name__ == "__main__":
    main()
