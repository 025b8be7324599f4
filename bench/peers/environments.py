"""Virtual environments of peers: each from its own lock, made when it is first needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.results import ROOT

PEERS = Path(__file__).parent


def programs_of(peer: str) -> Path:
    """The directory of a peer's programs; installs what its `requirements.txt` names, once."""
    environment = ROOT / "build" / "peers" / peer
    lock = PEERS / peer / "requirements.txt"
    installed = environment / "installed.txt"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        print(f"Installing {peer} …", flush=True)
        _uv("venv", "--clear", "--python", sys.executable, str(environment))
        _uv("pip", "sync", "--require-hashes", "--python", str(environment), str(lock))
        installed.write_bytes(lock.read_bytes())
    return environment / ("Scripts" if os.name == "nt" else "bin")


def _uv(*arguments: str) -> None:
    subprocess.run([str(ROOT / ".local" / "uv" / "bin" / "uv"), "--quiet", *arguments], check=True)
