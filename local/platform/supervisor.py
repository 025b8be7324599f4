"""A small supervisor: starts processes in groups of their own, restarts them, leaves none behind.

Three things see to the last, each for when the others cannot: the supervisor's own orderly stop; a
guard process that learns of the supervisor's death by a closed pipe and ends whole groups; the wish
of each child to be told when its parent dies (see `leash`). What even these leave, the records on
disk let the next start find.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE, Popen

from local.platform.child import Child
from local.platform.guard import signal_group
from local.platform.records import ProcessRecords
from local.platform.terminal import Terminal

GRACE_SECONDS = 3.0
START_SECONDS = 60.0
_GUARD = Path(__file__).with_name("guard.py")
_POLL_SECONDS = 0.05
_FIRST_DELAY_SECONDS = 0.5
_MOST_DELAY_SECONDS = 10.0
# A process that lived this long was well: its next death starts with the first delay again.
_WELL_SECONDS = 20.0
_DEATHS_WORTH_A_REPORT = 3
_LINES_KEPT = 60


class StartError(Exception):
    """Something that the desk needs did not come up; the text says what and why."""


@dataclass(frozen=True)
class Part:
    """A long-running process of the desk.

    `command` is asked at every start. `wait_until_ready` returns once the part does its work. `watched`
    are files and directories whose change restarts it. What others need until they have stopped
    `stops_last`. Lines that are not `worth_showing` are shown only when the part dies.
    """

    name: str
    command: Callable[[], Sequence[str]]
    environment: Mapping[str, str]
    wait_until_ready: Callable[[], Awaitable[None]]
    watched: tuple[Path, ...] = ()
    stops_last: bool = False
    worth_showing: Callable[[str], bool] = bool


@dataclass
class _Running:
    part: Part
    child: Child | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    died: asyncio.Event = field(default_factory=asyncio.Event)
    hidden: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES_KEPT))
    is_restarting: bool = False
    deaths: int = 0


class Supervisor:
    """Runs the parts of one desk and the steps that prepare them."""

    def __init__(
        self,
        *,
        directory: Path,
        work_directory: Path,
        terminal: Terminal,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._grace_seconds = grace_seconds
        self._work_directory = work_directory
        self._terminal = terminal
        self._records = ProcessRecords(directory)
        self._children: dict[int, Child] = {}
        self._running: dict[str, _Running] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._is_stopping = False
        self._guard = self._start_guard()

    @property
    def parts(self) -> list[Part]:
        """The parts that were started, in order."""
        return [running.part for running in self._running.values()]

    async def run_step(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a command to its end, quietly unless it fails.

        Raises:
            StartError: when its exit code is not 0; its last lines were printed.
        """
        lines: deque[str] = deque(maxlen=_LINES_KEPT)
        child = self._spawn(name, command, environment, heard=lines.append)
        code = await child.wait()
        self._bury(child)
        if code == 0:
            return
        for line in lines:
            self._terminal.line(name, line)
        raise StartError(f"The step {name} ended with {_in_words(code)}; its last lines are above.")

    async def start(self, part: Part) -> None:
        """Start a part, wait until it is ready, and keep it alive from then on.

        Raises:
            StartError: it ended, or was not ready in time.
        """
        running = _Running(part)
        self._running[part.name] = running
        self._in_background(self._keep(running))
        ready = asyncio.ensure_future(part.wait_until_ready())
        died = asyncio.ensure_future(running.died.wait())
        try:
            done, _ = await asyncio.wait(
                {ready, died}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ready.cancel()
            died.cancel()
        if died in done:
            raise StartError(f"{part.name} ended at its start; its last lines are above.")
        if ready not in done:
            raise StartError(f"{part.name} was not ready within {START_SECONDS:.0f} s.")
        if error := ready.exception():
            raise StartError(f"{part.name} was not ready: {error}") from error

    def restart(self, name: str, *, reason: str) -> None:
        """Stop a part so that it comes up again at once with what has changed."""
        running = self._running[name]
        self._terminal.line(name, f"restarting: {reason}")
        running.deaths = 0
        running.wake.set()
        if running.child is not None:
            running.is_restarting = True
            self._in_background(self._end([running.child]))

    async def stop(self) -> None:
        """End every process: those that use others first, and by force what does not follow."""
        self._is_stopping = True
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        last = {running.child for running in self._running.values() if running.part.stops_last}
        await self._end([child for child in self._children.values() if child not in last])
        await self._end(list(self._children.values()))
        for child in list(self._children.values()):
            self._bury(child)
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        self._guard.wait()

    def kill(self) -> None:
        """End every process by force, at once."""
        for group in self._children:
            signal_group(group, signal.SIGKILL)

    async def _keep(self, running: _Running) -> None:
        part = running.part
        while not self._is_stopping:
            began = time.monotonic()
            running.child = self._spawn(
                part.name, part.command(), part.environment, heard=lambda line: self._heard(running, line)
            )
            code = await running.child.wait()
            self._bury(running.child)
            running.child = None
            if running.is_restarting:
                running.is_restarting = False
                continue
            while running.hidden:
                self._terminal.line(part.name, running.hidden.popleft())
            was_well = time.monotonic() - began > _WELL_SECONDS
            running.deaths = 1 if was_well else running.deaths + 1
            running.died.set()
            await self._wait_before_restart(running, code)

    def _heard(self, running: _Running, line: str) -> None:
        if running.part.worth_showing(line):
            self._terminal.line(running.part.name, line)
        else:
            running.hidden.append(line)

    async def _wait_before_restart(self, running: _Running, code: int) -> None:
        delay = min(_FIRST_DELAY_SECONDS * 2 ** (running.deaths - 1), _MOST_DELAY_SECONDS)
        text = f"ended with {_in_words(code)}; starting again in {delay:g} s"
        if running.deaths >= _DEATHS_WORTH_A_REPORT:
            text += f", or when a file changes. It died {running.deaths} times in a row: see the lines above."
        self._terminal.problem(running.part.name, text)
        running.wake.clear()
        try:
            await asyncio.wait_for(running.wake.wait(), timeout=delay)
        except TimeoutError:
            return

    def _spawn(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        heard: Callable[[str], object],
    ) -> Child:
        child = Child(command, environment=environment, directory=self._work_directory, heard=heard)
        self._children[child.pid] = child
        self._tell_guard(f"+{child.pid}")
        self._records.add(name, child.pid)
        return child

    def _bury(self, child: Child) -> None:
        # Grandchildren without their leader would hold its port.
        signal_group(child.pid, signal.SIGKILL)
        child.close()
        if self._children.pop(child.pid, None) is not None:
            self._tell_guard(f"-{child.pid}")
            self._records.remove(child.pid)

    async def _end(self, children: Iterable[Child]) -> None:
        # The leader alone is asked: it stops its own children, and takes their sudden end for a fault.
        left = [child for child in children if child.ask_to_stop()]
        deadline = time.monotonic() + self._grace_seconds
        while left and time.monotonic() < deadline:
            await asyncio.sleep(_POLL_SECONDS)
            left = [child for child in left if _is_alive(child)]
        for child in left:
            signal_group(child.pid, signal.SIGKILL)
        while any(not child.has_ended() for child in left):
            await asyncio.sleep(_POLL_SECONDS)

    def _in_background(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _start_guard(self) -> Popen[bytes]:
        return Popen(
            [sys.executable, "-I", "-S", str(_GUARD), str(self._grace_seconds)],
            stdin=PIPE,
            start_new_session=True,
        )

    def _tell_guard(self, message: str) -> None:
        if self._guard.stdin is None:
            return
        try:
            self._guard.stdin.write(f"{message}\n".encode())
            self._guard.stdin.flush()
        except BrokenPipeError:
            # Somebody killed the guard: another one learns of all groups.
            self._guard.wait()
            self._guard = self._start_guard()
            for group in self._children:
                self._tell_guard(f"+{group}")


def _is_alive(child: Child) -> bool:
    return not child.has_ended() or signal_group(child.pid, 0)


def _in_words(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
