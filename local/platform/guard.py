"""Outlive the supervisor just long enough to end what it started.

Run as `python -I -S guard.py GRACE_SECONDS`. The supervisor writes `+GROUP` and `-GROUP` lines to
standard input; the end of the input means that the supervisor is gone, however it died (also by
SIGKILL). Whole process groups end, so grandchildren do too.
"""

from __future__ import annotations

import os
import signal
import sys
import time

_POLL_SECONDS = 0.05


def main() -> None:
    """Follow the groups until the supervisor is gone, then end those that are left."""
    # Ctrl-C and a closed terminal are the supervisor's to answer.
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    end_groups(groups, grace_seconds=float(sys.argv[1]))


def end_groups(groups: set[int], *, grace_seconds: float) -> None:
    """Ask the process groups to stop; kill those that have not after the grace."""
    left = {group for group in groups if signal_group(group, signal.SIGTERM)}
    deadline = time.monotonic() + grace_seconds
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        left = {group for group in left if signal_group(group, 0)}
    for group in left:
        signal_group(group, signal.SIGKILL)


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a process group; whether there was anyone to get it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
