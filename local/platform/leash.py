"""Become another command that is asked to stop as soon as its parent is gone.

Run as `python -I -S leash.py PARENT COMMAND…`: the wish survives `exec`, and setting it here, in a
process with one thread, is safe where a hook between fork and exec is not (prctl(2), PR_SET_PDEATHSIG).
Systems without it rely on the guard and on the recorded process ids alone.
"""

from __future__ import annotations

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
    # The parent may have died before the wish was known to the kernel.
    if os.getppid() != parent:
        sys.exit("The supervisor is gone.")
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        sys.exit(f"{command[0]} cannot be run: {error.strerror}.")


if __name__ == "__main__":
    main()
