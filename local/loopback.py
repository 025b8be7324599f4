"""Ports of the loopback interface: which are free, and free ones to take."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path

HOST = "127.0.0.1"
# Below the ports that systems hand out to outgoing connections: such a one could be taken before the
# server that it was meant for listens on it.
LOWEST_PORT, HIGHEST_PORT = 10240, 32768


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as listener:
        # As servers do; else a port would seem taken for a minute after its last connection.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen()
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Ports that are free at this moment, all different."""
    found: set[int] = set()
    while len(found) < count:
        port = LOWEST_PORT + secrets.randbelow(HIGHEST_PORT - LOWEST_PORT)
        if is_free(port):
            found.add(port)
    return list(found)


def kept_ports(path: Path, names: Sequence[str]) -> dict[str, int]:
    """A port for each name: the one that the file remembers if it is free, or one that is, and remembered."""
    kept: dict[str, int] = json.loads(path.read_text()) if path.is_file() else {}
    missing = [name for name in names if name not in kept or not is_free(kept[name])]
    if missing:
        kept.update(zip(missing, free_ports(len(missing)), strict=True))
        path.write_text(json.dumps(kept))
    return {name: kept[name] for name in names}
