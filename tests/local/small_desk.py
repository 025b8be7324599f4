"""A supervisor with small parts, run by the tests as a program of its own.

`python -m tests.local.small_desk DIRECTORY PART…`, where a part is `well` or `broken`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from local.platform.reload import restart_on_changes
from local.platform.supervisor import Part, StartError, Supervisor
from local.platform.terminal import Terminal

# The parts never listen, so every stop takes this long.
GRACE_SECONDS = 0.5
# Has a child of its own, and neither of them listens to a polite request to stop.
WELL = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if child:
    print("pids", os.getpid(), child, flush=True)
time.sleep(600)
"""
BROKEN = "import sys; print('cannot find my hat', flush=True); sys.exit(7)"


async def run(directory: Path, names: list[str]) -> int:
    """Start the parts, say so, and wait for SIGINT."""
    terminal = Terminal()
    supervisor = Supervisor(
        directory=directory, work_directory=directory, terminal=terminal, grace_seconds=GRACE_SECONDS
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    code = 0
    try:
        for name in names:
            script = {"well": WELL, "broken": BROKEN}[name]
            await supervisor.start(_part(name, script, watched=directory / "code"))
        print("ready", flush=True)
        await restart_on_changes(supervisor, stop, terminal)
    except StartError as error:
        print(f"failed: {error}", flush=True)
        code = 1
    finally:
        await supervisor.stop()
    return code


def _part(name: str, script: str, *, watched: Path) -> Part:
    command = (sys.executable, "-c", script)
    return Part(name, lambda: command, dict(os.environ), lambda: asyncio.sleep(0.5), watched=(watched,))


if __name__ == "__main__":
    sys.exit(asyncio.run(run(Path(sys.argv[1]), sys.argv[2:])))
