"""One way to make a difference between two files: `python sides.py bsdiff4|xdelta3 BASE TARGET OUT`."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Make it."""
    kind, base, target, out = sys.argv[1:]
    if kind == "bsdiff4":
        import bsdiff4

        Path(out).write_bytes(bsdiff4.diff(Path(base).read_bytes(), Path(target).read_bytes()))
    else:
        import pyxdelta  # type: ignore[import-not-found]  # of the peers' environment

        pyxdelta.run(infile=base, outfile=target, patchfile=out)


if __name__ == "__main__":
    main()
