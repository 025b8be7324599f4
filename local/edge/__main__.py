"""`python -m local.edge DIRECTORY`: take invalidations for the edge that works in a directory."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from local.edge.copies import AppCopies, FileCopies
from local.edge.invalidations import Copies, Invalidations, make_server
from local.edge.server import FILES_DISTRIBUTION


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m local.edge", description=__doc__)
    parser.add_argument("directory", type=Path, help="The edge's directory.")
    parser.add_argument("--port", type=int, required=True, help="Where to listen on the loopback interface.")
    parser.add_argument(
        "--web", action="append", default=[], metavar="NAME", help="A web process behind the edge."
    )
    options = parser.parse_args()
    cache: Path = options.directory / "cache"
    copies: dict[str, Copies] = {FILES_DISTRIBUTION: FileCopies(cache / "files")}
    copies |= {f"app-{name}": AppCopies(cache / "app", name=name) for name in options.web}
    server = make_server(options.port, Invalidations(options.directory / "invalidations.sqlite3", copies))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.serve_forever()


if __name__ == "__main__":
    main()
