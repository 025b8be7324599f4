"""Are the ports free, and if not, who has them?"""

from __future__ import annotations

import socket
from collections.abc import Iterable

import psutil

from local.platform.desk import HOST, Port


def describe_used(ports: Iterable[Port]) -> list[str]:
    """One sentence for each port that is taken: which, who needs it, and how to choose another."""
    return [
        f"Port {port.number} is in use{_by_whom(port.number)}. The {port.process} needs it; "
        f"choose another with {port.variable}=…"
        for port in ports
        if not _is_free(port.number)
    ]


def _is_free(number: int) -> bool:
    with socket.socket() as listener:
        # As servers do; else a port would seem taken for a minute after its last connection.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, number))
            listener.listen()
        except OSError:
            return False
    return True


def _by_whom(number: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == number and connection.pid:
                return f" by process {connection.pid} ({psutil.Process(connection.pid).name()})"
    except (psutil.Error, OSError):
        # Some systems show other processes' connections to root only.
        return ""
    return ""
