"""electron-updater in Node, as its lock names it; and block maps as its builder makes them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.sdk.node import NODE, NPM

DIRECTORY = Path(__file__).with_name("electron")
CHUNK_BYTES = 16 * 1024


def install() -> None:
    """What the lock names, once."""
    lock, installed = DIRECTORY / "package-lock.json", DIRECTORY / "node_modules" / ".quartet-lock"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        path = os.pathsep.join((str(NODE.parent), os.environ.get("PATH", "")))
        command = [str(NODE), str(NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(
            command,
            cwd=DIRECTORY,
            env={**os.environ, "PATH": path},
            check=True,
            capture_output=True,
            timeout=300,
        )
        installed.write_bytes(lock.read_bytes())


def run(**wanted: Any) -> dict[str, Any]:
    """One look for an update, and its download if that is wanted; what happened."""
    done = subprocess.run(
        [NODE, DIRECTORY / "updater.cjs", json.dumps(wanted)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def block_map(body: bytes) -> bytes:
    """The `.blockmap` of a file: where its chunks begin, and the hash of each."""
    chunks = [body[start : start + CHUNK_BYTES] for start in range(0, len(body), CHUNK_BYTES)]
    sums = [base64.b64encode(hashlib.blake2b(chunk, digest_size=18).digest()).decode() for chunk in chunks]
    file = {"name": "file", "offset": 0, "checksums": sums, "sizes": [len(chunk) for chunk in chunks]}
    return gzip.compress(json.dumps({"version": "2", "files": [file]}).encode(), mtime=0)
