"""Reading the edge's logs: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def entries(log: Path) -> Iterator[dict[str, Any]]:
    """The requests of a log, oldest first; a line that is only half written is left out.

    Whoever asks chooses the bytes of address and agent, which need not be UTF-8.
    """
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            yield entry
