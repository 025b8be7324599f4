"""What the desk prints: one prefix a process, coloured on a terminal only."""

from __future__ import annotations

import os
import sys
from itertools import cycle
from typing import TextIO

_COLOURS = ("36", "35", "33", "32", "34", "96", "95")
_RED = "31"
_BOLD = "1"


class Terminal:
    """Lines of several processes on one stream.

    Colours follow https://no-color.org: none when NO_COLOR is set or the stream is not a terminal.
    """

    def __init__(self, stream: TextIO | None = None, *, width: int = 12) -> None:
        self._stream = sys.stdout if stream is None else stream
        self._width = width
        self._coloured = self._stream.isatty() and not os.environ.get("NO_COLOR")
        self._colours = cycle(_COLOURS)
        self._colour_of: dict[str, str] = {}
        self.is_gone = False

    def line(self, name: str, text: str) -> None:
        """One line that a process said."""
        self._write(f"{self._prefix(name)} {text}")

    def problem(self, name: str, text: str) -> None:
        """One line that a person should read."""
        self._write(f"{self._prefix(name)} {self._paint(text, _RED)}")

    def text(self, text: str = "", *, strong: bool = False) -> None:
        """One line of the desk itself."""
        self._write(self._paint(text, _BOLD) if strong else text)

    def _prefix(self, name: str) -> str:
        if name not in self._colour_of:
            self._colour_of[name] = next(self._colours)
        return self._paint(f"{name:<{self._width}} |", self._colour_of[name])

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._coloured else text

    def _write(self, text: str) -> None:
        if self.is_gone:
            return
        try:
            print(text, file=self._stream, flush=True)
        except (BrokenPipeError, OSError):
            # Nobody reads any more (a closed terminal, `| head`): go on to an orderly stop.
            self.is_gone = True
