"""The measurements, once Django is set up."""

from __future__ import annotations

import hashlib
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from tuf.ngclient import Updater
from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher

from bench.updates_history import peers
from chassis.models import PublishJob
from chassis.publishing import runner
from local.edge.access_log import entries
from local.edge.server import Edge
from tests.updates.history import add_releases
from updates import commands
from updates.models import Product, SignedFile
from updates.signing import keys, roots

ROUNDS = 3
CHECKS = 500


class CountingFetcher(Urllib3Fetcher):
    """python-tuf's own, which counts bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def _fetch(self, url: str) -> Iterator[bytes]:
        for chunk in super()._fetch(url):
            self.bytes += len(chunk)
            yield chunk


def measure(directory: Path, edge: Edge, histories: tuple[int, ...]) -> str:
    """The tables, as Markdown."""
    lines = [
        "| releases before | way | publish, s | signed files written | bytes of metadata written "
        "| a client loads after it |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    for count in histories:
        print(f"Publishing after {count} releases …", flush=True)
        lines += [_line(count, "Quartet", *_ours(directory, count))]
        lines += [_line(count, "python-tuf, one targets file", *peers.plain_tuf(directory, count))]
        lines += [_line(count, "tufup's repository", *peers.tufup(directory, count))]
    return "\n".join([*lines, "", *_checks(edge)])


def _line(count: int, way: str, seconds: float, files: int, written: int, loaded: int) -> str:
    return f"| {count:,} | {way} | {seconds:.3f} | {files} | {written:,} B | {loaded:,} B |"


def _ours(directory: Path, count: int) -> tuple[float, int, int, int]:
    """A publish as the worker does it, receipt and all; the median of some."""
    slug = f"bench-{count}"
    commands.create_product(actor="bench", slug=slug, name="Bench", formats=["tuf"])
    add_releases(slug, count)
    root = _make_root(directory, slug)
    _release(slug, "1.0.0")
    client = _client(directory / slug, slug, root)
    seconds, files, written, loaded = [], 0, 0, 0
    for number in range(1, ROUNDS + 1):
        last = _signed(slug)
        seconds.append(_release(slug, f"1.0.{number}"))
        fresh = _signed(slug) - last
        files, written = len(fresh), sum(size for _, _, size in fresh)
        loaded = client(f"{slug}-1.0.{number}.zip")
    return statistics.median(seconds), files, written, loaded


def _signed(slug: str) -> set[tuple[str, int, int]]:
    rows = SignedFile.objects.filter(product__slug=slug).exclude(role__startswith="manifest:")
    return {(row.role, row.version, len(row.body)) for row in rows}


def _make_root(directory: Path, slug: str) -> bytes:
    file = directory / f"{slug}-root.pem"
    public = keys.as_document(keys.make_key_file(file, "bench"))
    body = commands.prepare_root(actor="bench", product=slug, root_keys=[public])
    signed = roots.sign(body.encode(), keys.open_key_file(file, "bench"))
    commands.take_root(actor="bench", product=slug, body=signed)
    _run_jobs()
    return signed.encode()


def _release(slug: str, version: str) -> float:
    """The seconds from Publish to the receipt."""
    release = commands.create_release(actor="bench", product=slug, channel="stable", version=version)
    body = b"PK\x03\x04" + secrets.token_bytes(100_000)
    _add_file(release.id, f"{slug}-{version}.zip", body)
    began = time.perf_counter()
    commands.publish_release(actor="bench", release_id=release.id)
    _run_jobs()
    return time.perf_counter() - began


def _add_file(release_id: Any, name: str, body: bytes) -> None:
    """A file of one part, uploaded and verified."""
    artifact = commands.add_artifact(
        actor="bench",
        release_id=release_id,
        file_name=name,
        operating_system="linux",
        architecture="x86_64",
        kind="full",
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
    )
    commands.begin_upload(artifact_id=artifact.id)
    urls = commands.sign_upload_parts(artifact_id=artifact.id, numbers=[1])
    httpx.put(urls[1], content=body, timeout=120).raise_for_status()
    commands.complete_upload(actor="bench", artifact_id=artifact.id)
    commands.verify_artifact(artifact_id=artifact.id)


def _run_jobs() -> None:
    for job in PublishJob.objects.exclude(state="published").order_by("requested_at"):
        runner.run(job.id)


def _client(directory: Path, slug: str, root: bytes) -> Callable[[str], int]:
    """An installation that has seen all; it returns the bytes of metadata for one new file."""
    directory.mkdir()

    def look(name: str) -> int:
        fetcher = CountingFetcher()
        updater = Updater(
            metadata_dir=str(directory / "metadata"),
            metadata_base_url=f"{settings.PUBLIC_URL}/updates/{slug}/tuf/",
            bootstrap=root,
            fetcher=fetcher,
        )
        if updater.get_targetinfo(name) is None:
            raise RuntimeError(f"{name} is not there")
        return fetcher.bytes

    look(f"{slug}-1.0.0.zip")
    return look


def _checks(edge: Edge) -> list[str]:
    print(f"Asking {CHECKS} times for what is new …", flush=True)
    slug = Product.objects.order_by("created_at").first()
    lines = []
    for name in ("tuf/timestamp.json", "stable.json.minisig"):
        path = f"/updates/{slug.slug if slug else ''}/{name}"
        before = _at_origin(edge, path)
        with httpx.Client() as client:
            sizes = {
                len(client.get(f"{settings.PUBLIC_URL}{path}?noCache={secrets.token_hex(4)}").content)
                for _ in range(CHECKS)
            }
        time.sleep(1)
        asked = _at_origin(edge, path) - before
        lines.append(
            f"* {CHECKS} checks of `{name}` with random queries: {max(sizes)} bytes each, "
            f"{asked} asked of the origin."
        )
    return lines


def _at_origin(edge: Edge, path: str) -> int:
    return sum(entry["asked"].partition("?")[0] == path for entry in entries(edge.origin_log))
