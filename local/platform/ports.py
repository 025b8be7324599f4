"""Are the ports free, and if not, who has them?"""

from __future__ import annotations

from collections.abc import Iterable

import psutil

from local.loopback import is_free
from local.platform.desk import Port


def describe_used(ports: Iterable[Port]) -> list[str]:
    """One sentence for each port that is taken: which, who needs it, and how to choose another."""
    return [
        f"Port {port.number} is in use{_by_whom(port.number)}. The {port.process} needs it; "
        f"choose another with {port.variable}=…"
        for port in ports
        if not is_free(port.number)
    ]


def _by_whom(number: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == number and connection.pid:
                return f" by process {connection.pid} ({psutil.Process(connection.pid).name()})"
    except (psutil.Error, OSError):
        # Some systems show other processes' connections to root only.
        return ""
    return ""
