"""One child process in a group of its own, its lines read by the event loop.

Not `asyncio.create_subprocess_exec`: there, `wait()` also waits for the pipes in some versions of
Python, and a grandchild that outlived its parent holds them open.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, Popen

from local.platform.guard import signal_group

_LEASH = Path(__file__).with_name("leash.py")
_POLL_SECONDS = 0.05
_CHUNK_BYTES = 65536


class Child:
    """A started process. Must be made in the main thread: the leash ends with the thread that forks."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path,
        heard: Callable[[str], object],
    ) -> None:
        self._heard = heard
        self._rest = b""
        self._process = Popen(
            [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), *command],
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env=dict(environment),
            cwd=directory,
            start_new_session=True,
        )
        if self._process.stdout is None:
            raise RuntimeError("a child without a pipe")
        self._output = self._process.stdout.fileno()
        os.set_blocking(self._output, False)
        asyncio.get_running_loop().add_reader(self._output, self._read)

    @property
    def pid(self) -> int:
        """Its id, which is also the id of its group."""
        return self._process.pid

    async def wait(self) -> int:
        """The exit code, once it has ended; negative is the number of a signal."""
        while (code := self._process.poll()) is None:
            await asyncio.sleep(_POLL_SECONDS)
        return code

    def ask_to_stop(self) -> bool:
        """Send SIGTERM; whether it, or at least its group, is still there to stop."""
        if self._process.poll() is None:
            self._process.terminate()
            return True
        return signal_group(self.pid, signal.SIGTERM)

    def has_ended(self) -> bool:
        """Whether it has ended; also takes it off the system's list of processes."""
        return self._process.poll() is not None

    def close(self) -> None:
        """Hand over what is left in the pipe, and close it."""
        if self._process.stdout is None or self._process.stdout.closed:
            return
        self._read()
        asyncio.get_running_loop().remove_reader(self._output)
        if self._rest:
            self._heard(self._rest.decode(errors="replace").rstrip())
        self._process.stdout.close()

    def _read(self) -> None:
        try:
            chunk = os.read(self._output, _CHUNK_BYTES)
        except BlockingIOError:
            return
        if not chunk:
            asyncio.get_running_loop().remove_reader(self._output)
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._heard(line.decode(errors="replace").rstrip())
