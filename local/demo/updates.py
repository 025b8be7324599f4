"""The demo world in updates: an application with releases for three systems, published for real."""

from __future__ import annotations

import hashlib
import io
import math
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import httpx

from updates import commands
from updates.models import Product, Release

PRODUCT = "tide"
_UPLOAD_SECONDS = 30
_SYSTEMS = (("linux", "x86_64"), ("macos", "universal"), ("windows", "x86_64"))
# Amplitude in metres, period in hours and phase of the four largest constituents at a port.
_CONSTITUENTS = ((1.9, 12.4206, 0.4), (0.65, 12.0, 1.1), (0.41, 12.6583, 2.0), (0.11, 25.8193, 0.2))
_PORTS = ("Lisbon", "Brest", "Penzance", "Cuxhaven")
_DIFFERENCES = bytes(min(255, round((value / 255) ** 3 * 80)) for value in range(256))
_READ_ME = "Tide {version} for {system} ({architecture}).\n\nRun `tide` to see today's tides.\n"


@dataclass(frozen=True)
class DemoRelease:
    """One version: what its notes say, and how large its charts are."""

    channel: str
    version: str
    notes: str
    chart_bytes: int


RELEASES = (
    DemoRelease("stable", "1.0.0", "The first version: tables for four ports.", 500_000),
    DemoRelease(
        "stable",
        "1.1.0",
        "## Charts\n\n* Soundings of all four harbours, without a connection\n"
        "* Starts twice as fast\n* Times in your own zone\n\nUpdating keeps your ports and settings.",
        8_500_000,
    ),
    DemoRelease("beta", "1.2.0-beta.1", "Tides on a map. Please tell us what is slow.", 900_000),
)


def is_empty() -> bool:
    """Whether there is no product yet."""
    return not Product.objects.exists()


def make_product(subject: str) -> int:
    """The product with its releases, as far as they are missing; how many releases were made.

    Verified at once, published by the worker as soon as it runs.

    Raises:
        httpx.HTTPError: the object store refused a file.
    """
    if not Product.objects.filter(slug=PRODUCT).exists():
        summary = "High and low water for your port, on your desk and without a connection."
        commands.create_product(actor=subject, slug=PRODUCT, name="Tide", summary=summary)
        commands.create_channel(actor=subject, product=PRODUCT, slug="beta", name="Beta")
    missing = [release for release in RELEASES if not _is_there(release)]
    for release in missing:
        _make_release(subject, release)
    return len(missing)


def _is_there(release: DemoRelease) -> bool:
    found = Release.objects.filter(channel__product__slug=PRODUCT, channel__slug=release.channel)
    return found.filter(version=release.version).exists()


def _make_release(subject: str, release: DemoRelease) -> None:
    made = commands.create_release(
        actor=subject,
        product=PRODUCT,
        channel=release.channel,
        version=release.version,
        notes=release.notes,
    )
    for system, architecture in _SYSTEMS:
        body = _archive(release, system, architecture)
        artifact = commands.add_artifact(
            actor=subject,
            release_id=made.id,
            file_name=f"tide-{release.version}-{system}-{architecture}.zip",
            operating_system=system,
            architecture=architecture,
            kind="full",
            size=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
        )
        _upload(subject, artifact.id, body)
    commands.publish_release(actor=subject, release_id=made.id)


def _upload(subject: str, artifact_id: UUID, body: bytes) -> None:
    upload = commands.begin_upload(artifact_id=artifact_id)
    numbers = range(1, upload.part_count + 1)
    for number, url in commands.sign_upload_parts(artifact_id=artifact_id, numbers=numbers).items():
        part = body[(number - 1) * upload.part_bytes : number * upload.part_bytes]
        httpx.put(url, content=part, timeout=_UPLOAD_SECONDS).raise_for_status()
    commands.complete_upload(actor=subject, artifact_id=artifact_id)
    commands.verify_artifact(artifact_id=artifact_id)


@lru_cache(maxsize=16)
def _archive(release: DemoRelease, system: str, architecture: str) -> bytes:
    """The same bytes at each call: the times in a ZIP archive are ours to choose."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        text = _READ_ME.format(version=release.version, system=system, architecture=architecture)
        _add(archive, "README.txt", text.encode())
        for port, name in enumerate(_PORTS):
            _add(archive, f"tables/{name.lower()}.csv", _table(port))
        # One of the files is large enough that its way can be watched.
        size = release.chart_bytes if system == "linux" else release.chart_bytes // 50
        _add(archive, "charts/depths.bin", _depths(f"{release.version} {system}", size))
    return file.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=1)


def _table(port: int) -> bytes:
    """A month of the harmonic prediction, an hour a line."""
    lines = ["hour,height_m"]
    for hour in range(30 * 24):
        height = sum(
            amplitude * math.cos(2 * math.pi * hour / period + phase + port)
            for amplitude, period, phase in _CONSTITUENTS
        )
        lines.append(f"{hour},{height + 2.4:.3f}")
    return "\n".join(lines).encode()


def _depths(name: str, size: int) -> bytes:
    """Soundings as differences to their neighbours: mostly small, so they compress as charts do."""
    return hashlib.shake_256(name.encode()).digest(size).translate(_DIFFERENCES)
