"""A Python with tufup, as its lock names it: tufup asks for a python-tuf of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIRECTORY = Path(__file__).with_name("tufup")


def python() -> Path:
    """Its interpreter; what the lock names is installed once."""
    environment = ROOT / "build" / "clients" / "tufup"
    lock, installed = DIRECTORY / "requirements.txt", environment / "installed.txt"
    at = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        uv = [str(ROOT / ".local" / "uv" / "bin" / "uv"), "--quiet"]
        subprocess.run([*uv, "venv", "--clear", "--python", sys.executable, str(environment)], check=True)
        subprocess.run([*uv, "pip", "sync", "--require-hashes", "--python", str(at), str(lock)], check=True)
        installed.write_bytes(lock.read_bytes())
    return at
