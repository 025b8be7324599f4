"""How far a long reading is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TextIO

from updates.offload.logs import Reading

_WIDTH = 30
_TERMINAL_SECONDS, _FILE_SECONDS = 0.2, 10.0


class Progress:
    """Called with each block that was read; says nothing of what is done within a moment."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_terminal = out.isatty()
        self._began = self._told = time.monotonic()
        self._was_told = False

    def __call__(self, reading: Reading) -> None:
        """Tell how far it is, if it is time to."""
        now = time.monotonic()
        if now - self._told < (_TERMINAL_SECONDS if self._is_terminal else _FILE_SECONDS):
            return
        self._told, self._was_told = now, True
        share = reading.bytes_read / reading.bytes_most if reading.bytes_most else 1.0
        rate = reading.lines / (now - self._began)
        done = int(share * _WIDTH)
        bar = "#" * done + "." * (_WIDTH - done)
        text = f"{reading.name} [{bar}] {share:4.0%}, {reading.lines} lines, {rate:.0f}/s"
        if self._is_terminal:
            self._out.write(f"\r{text}")
        else:
            self._out.write(f"{text}\n")
        self._out.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._was_told and self._is_terminal:
            self._out.write("\n")
