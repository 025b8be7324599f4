"""Bars for people, a line now and then for logs, and nothing for `--json` and `--quiet`."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType

WIDTH = 28
REDRAW_SECONDS = 0.1
LINE_SECONDS = 10.0


class Progress:
    """How much of some files has gone. Threads may tell it at the same time."""

    def __init__(self, *, is_silent: bool) -> None:
        self._is_silent = is_silent
        self._is_terminal = sys.stderr.isatty()
        self._sizes: dict[str, int] = {}
        self._done: dict[str, int] = {}
        self._lock = threading.Lock()
        self._drawn_at = 0.0
        self._lines = 0

    def begin(self, name: str, size: int, done: int = 0) -> None:
        """A file of so many bytes, some of which have gone before."""
        with self._lock:
            self._sizes[name], self._done[name] = max(1, size), done
            self._draw(is_last=True)

    def add(self, name: str, bytes_more: int) -> None:
        """So many more bytes have gone; fewer, if a part has to go again."""
        with self._lock:
            self._done[name] += bytes_more
            self._draw()

    def say(self, text: str) -> None:
        """A sentence."""
        with self._lock:
            if not self._is_silent:
                self._wipe()
                print(text, file=sys.stderr, flush=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._draw(is_last=True)
            self._lines = 0

    def _draw(self, *, is_last: bool = False) -> None:
        pause = REDRAW_SECONDS if self._is_terminal else LINE_SECONDS
        now = time.monotonic()
        if self._is_silent or not self._sizes or (not is_last and now - self._drawn_at < pause):
            return
        self._drawn_at = now
        lines = [_bar(name, self._done[name], size) for name, size in self._sizes.items()]
        if self._is_terminal:
            self._wipe()
            self._lines = len(lines)
        print("\n".join(lines), file=sys.stderr, flush=True)

    def _wipe(self) -> None:
        if self._is_terminal and self._lines:
            print(f"\x1b[{self._lines}A\x1b[J", end="", file=sys.stderr)
            self._lines = 0


def _bar(name: str, done: int, size: int) -> str:
    share = min(1.0, done / size)
    filled = round(share * WIDTH)
    return f"{name[-40:]:40} [{'#' * filled}{'.' * (WIDTH - filled)}] {share:4.0%} of {size / 1e6:.1f} MB"
