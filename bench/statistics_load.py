"""Run by `bench/downloads.py` on a database of its own: count a log, twice, and compare with the truth."""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django

from bench.release_flood import Asked, files, flood

VERSIONS, BYTES = 20, 50_000_000
# Requests, bytes, downloads, and of these in parts; by day and file name.
Truth = dict[tuple[str, str], list[int]]


def lines(count: int) -> Iterator[bytes]:
    """What the desk's edge writes of the flood."""
    for asked in flood(count, files(VERSIONS, bytes_=BYTES)):
        yield json.dumps(_entry(asked), separators=(",", ":")).encode() + b"\n"


def _entry(asked: Asked) -> dict[str, object]:
    return {
        "time": datetime.fromtimestamp(asked.at, UTC).isoformat(),
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


def truth_of(count: int) -> Truth:
    """What was downloaded, counted from the requests themselves, one client after the other."""
    sizes = files(VERSIONS, bytes_=BYTES)
    truth: Truth = defaultdict(lambda: [0, 0, 0, 0])
    parts: dict[tuple[str, str, str], int] = defaultdict(int)
    for asked in flood(count, sizes):
        name = asked.target.partition("?")[0]
        if name not in sizes or asked.method != "GET" or asked.status not in (200, 206):
            continue
        day = datetime.fromtimestamp(asked.at, UTC).date().isoformat()
        row = truth[day, name.rpartition("/")[2]]
        row[0] += 1
        row[1] += asked.bytes
        if asked.bytes == sizes[name]:
            row[2] += 1
            continue
        client = (asked.client, asked.agent, name)
        before, parts[client] = parts[client], parts[client] + asked.bytes
        whole = parts[client] // sizes[name] - before // sizes[name]
        row[2] += whole
        row[3] += whole
    return dict(truth)


def counted() -> Truth:
    """The daily rows."""
    from updates.models import DownloadDay

    names = ("day", "artifact__file_name", "requests", "bytes", "downloads", "resumed")
    return {(day.isoformat(), name): row for day, name, *row in DownloadDay.objects.values_list(*names)}


def main() -> None:
    """Print what was found and, last, the seconds, and those of the processor.

    Raises:
        AssertionError: a daily row is another than the truth.
    """
    count, directory = int(sys.argv[1]), Path(sys.argv[2])
    django.setup()
    from django.core.management import call_command

    from updates import commands

    call_command("migrate", verbosity=0)
    _make_artifacts()
    log = directory / "access.log"
    with log.open("wb") as written:
        written.writelines(lines(count))
    began, spent = time.monotonic(), time.process_time()
    commands.count_logs(str(log))
    seconds, spent = time.monotonic() - began, time.process_time() - spent
    once = counted()
    commands.count_logs(str(log))
    truth = truth_of(count)
    assert once == truth == counted()
    downloads, resumed = (sum(row[place] for row in truth.values()) for place in (2, 3))
    print(f"statistics: {count} lines, {downloads} downloads, {resumed} of them in parts: the truth, twice")
    print(f"{seconds} {spent}")


def _make_artifacts() -> None:
    from updates.models import Artifact, ArtifactState, Product

    product = Product.objects.create(slug="editor", name="Editor")
    for name, size in files(VERSIONS, bytes_=BYTES).items():
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


if __name__ == "__main__":
    main()
