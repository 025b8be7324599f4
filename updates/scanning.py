"""The malware scanner, if there is one: a command that reads a file from its standard input.

It ends with 0 when there is nothing to say, with 1 when there is, and says it in its first line (as
`clamdscan -` does). Anything else is a scanner that does not work, and nothing is taken until it does.
"""

from __future__ import annotations

import shlex
import subprocess
import threading
from collections.abc import Iterable
from typing import IO

from django.conf import settings

from chassis.errors import Unavailable

SECONDS_MOST = 600
FINDING_LENGTH_MOST = 200


def scan_finding(blocks: Iterable[bytes]) -> str:
    """What the scanner says of a file, in a sentence; empty when nothing, or where there is no scanner.

    Raises:
        Unavailable: the scanner cannot be run, or failed; it is tried again.
    """
    if not settings.UPDATES_SCAN_COMMAND:
        return ""
    try:
        scanner = subprocess.Popen(
            shlex.split(settings.UPDATES_SCAN_COMMAND),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise Unavailable(f"The scanner cannot be run: {error}") from error
    watchdog = threading.Timer(SECONDS_MOST, scanner.kill)
    watchdog.start()
    try:
        if scanner.stdin is not None:
            _feed(scanner.stdin, blocks)
        said = scanner.communicate()[0]
    finally:
        watchdog.cancel()
        scanner.kill()
    if scanner.returncode not in (0, 1):
        raise Unavailable(f"The scanner ended with {scanner.returncode}.")
    first = said.decode(errors="replace").strip().partition("\n")[0][:FINDING_LENGTH_MOST]
    return f"The scanner found: {first or 'something'}" if scanner.returncode else ""


def _feed(entrance: IO[bytes], blocks: Iterable[bytes]) -> None:
    """A scanner that has seen enough closes its end."""
    try:
        for block in blocks:
            entrance.write(block)
    except BrokenPipeError:
        return
