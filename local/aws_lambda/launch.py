"""Become the runtime of a function: join the limits, drop what Lambda does not allow, exec.

Run as `python -I -S launch.py PARENT GROUPS COMMAND…`, where GROUPS are files of control groups, separated
by colons. Like `local/platform/leash.py`, whose wish it makes: to end with the parent.
"""

from __future__ import annotations

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
# Root writes into read-only directories, unless it gives these up (capabilities(7)).
_CAP_DAC_OVERRIDE, _CAP_FOWNER = 1, 3


def main() -> None:
    """Do so."""
    parent, groups, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    for group in filter(None, groups.split(":")):
        with open(group, "w") as file:
            file.write(str(os.getpid()))
    if sys.platform.startswith("linux"):
        import ctypes

        system = ctypes.CDLL(None)
        system.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        for capability in (_CAP_DAC_OVERRIDE, _CAP_FOWNER):
            system.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The emulator is gone.")
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
