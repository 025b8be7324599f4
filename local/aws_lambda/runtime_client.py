"""AWS's runtime interface client (awslambdaric) for an interpreter, of the version that uv.lock names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from deploy.kept import hash_of, kept
from deploy.place import BUILD, ROOT, Target, uv


def runtime_client(python: str) -> Path:
    """Its directory, installed at the first time.

    Raises:
        subprocess.CalledProcessError: uv cannot.
    """
    requirements = _uv("export", "--frozen", "--only-group", "rehearsal", "--no-emit-project", "--no-header")
    target = Target(python, "x86_64" if _is_x86() else "arm64")

    def make(directory: Path) -> None:
        listed = directory / "requirements.txt"
        listed.write_text(requirements)
        _uv(
            *("pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"),
            *("--python", sys.executable, "--python-version", python, "--python-platform", target.platform),
            *("--target", str(directory), "--requirements", str(listed)),
        )

    return kept(BUILD / "runtime" / f"{target.name}-{hash_of(requirements)}", make)


def _is_x86() -> bool:
    import platform

    return platform.machine() in ("x86_64", "AMD64")


def _uv(*arguments: str) -> str:
    done = subprocess.run([uv(), *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout
