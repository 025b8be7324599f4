"""`python -m updates.deltas make|apply WAY …` in the memory and time that it is given; tells a JSON document.

`make WAY BASE TARGET OUT` makes a difference, applies it, compares the bytes, and only then keeps it.
`apply WAY BASE DELTA SIZE` applies one that was brought, and tells the hash of what it makes.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from updates.deltas import WAYS, DoesNotApply, apply, make


def main(arguments: Sequence[str] | None = None) -> None:
    """Do it, and tell what came of it: a document with `finding` is one that says why nothing did."""
    parser = argparse.ArgumentParser(prog="python -m updates.deltas")
    parser.add_argument("verb", choices=("make", "apply"))
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("base", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("last")
    parser.add_argument("--memory", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    given = parser.parse_args(arguments)
    bound(given.memory, given.seconds)
    try:
        if given.verb == "make":
            told = made_and_applied(given.way, given.base, given.file, Path(given.last))
        else:
            told = applied(given.way, given.base, given.file, int(given.last))
    except DoesNotApply as error:
        told = {"finding": str(error)}
    except MemoryError:
        told = {"finding": f"It takes more than {given.memory // 1_000_000} MB of memory."}
    sys.stdout.write(json.dumps(told))


def bound(memory: int, seconds: int) -> None:
    """From now on this process may have so much, and no more."""
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
        # Some systems know the one or the other limit by name alone.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def made_and_applied(way: str, base: Path, target: Path, out: Path) -> dict[str, object]:
    """Make one that leads from file to file, or none.

    Raises:
        DoesNotApply: it leads to other bytes.
    """
    before, after = base.read_bytes(), target.read_bytes()
    made = make(before, after, way=way)
    if apply(before, made.body, size=len(after), way=way) != after:
        raise DoesNotApply("It leads to other bytes.")
    out.write_bytes(made.body)
    return {"size": len(made.body), "sha256": made.sha256, "window_log": made.window_log}


def applied(way: str, base: Path, delta: Path, size: int) -> dict[str, object]:
    """What one that was brought makes of a file."""
    made = apply(base.read_bytes(), delta.read_bytes(), size=size, way=way)
    return {"sha256": hashlib.sha256(made).hexdigest()}


if __name__ == "__main__":
    main()
