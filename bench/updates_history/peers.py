"""The same bundle by python-tuf's plain way, and by tufup's repository: metadata alone, on the local disk."""

from __future__ import annotations

import json
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Snapshot, TargetFile, Targets, Timestamp

from bench.results import ROOT
from tests.updates.tufup_environment import python

Figures = tuple[float, int, int, int]


def plain_tuf(directory: Path, count: int) -> Figures:
    """One more target in one file, then snapshot and timestamp: seconds, files, bytes, bytes loaded."""
    expires = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
    signer = CryptoSigner.generate_ed25519()
    targets = Metadata(Targets(version=1, expires=expires))
    for number in range(count):
        path = f"bench-0.1.{number}-linux.zip"
        targets.signed.targets[path] = TargetFile(1024, {"sha256": f"{number:064x}"}, path)
    place = directory / f"plain-{count}"
    place.mkdir()
    old = place / "1.targets.json"
    targets.sign(signer)
    targets.to_file(str(old))

    began = time.perf_counter()
    # As a publisher who is started for it does: read, add, sign, write.
    read = Metadata[Targets].from_file(str(old))
    read.signed.targets["new"] = TargetFile(1024, {"sha256": "0" * 64}, "new")
    read.signed.version = 2
    snapshot = Metadata(Snapshot(version=2, expires=expires, meta={"targets.json": MetaFile(2)}))
    timestamp = Metadata(Timestamp(version=2, expires=expires, snapshot_meta=MetaFile(2)))
    files: dict[str, Any] = {"2.targets.json": read, "2.snapshot.json": snapshot, "timestamp.json": timestamp}
    for name, metadata in files.items():
        metadata.sign(signer)
        metadata.to_file(str(place / name))
    seconds = time.perf_counter() - began
    written = sum((place / name).stat().st_size for name in files)
    return seconds, len(files), written, written


def tufup(directory: Path, count: int) -> Figures:
    """The same by tufup's own repository, in its own environment."""
    place = directory / f"tufup-{count}"
    place.mkdir()
    program = ROOT / "tests" / "updates" / "tufup" / "program.py"
    arguments = json.dumps({"directory": str(place), "count": count})
    done = subprocess.run(
        [python(), program, "publish", arguments], capture_output=True, text=True, check=True, timeout=300
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return found["seconds"], found["files"], found["bytes"], found["bytes"]
