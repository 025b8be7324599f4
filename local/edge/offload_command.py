"""`make offload ORIGIN=http://…`: audit, serve, count, and say at the end what was saved."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from local.edge.access_log import entries
from local.edge.nginx import NoEdge
from local.edge.offload import BadOrigin, OffloadEdge, Refused, checked_origin
from updates.offload.audit import audit, text_of
from updates.offload.paths import DEFAULT_PATTERNS, SECONDS, BadPattern

TOLD_EVERY_SECONDS = 10.0


@dataclass(frozen=True)
class Saving:
    """What clients got and what the origin gave, so far."""

    requests: int = 0
    bytes: int = 0
    origin_requests: int = 0
    origin_bytes: int = 0

    def sentence(self) -> str:
        """For people."""
        if not self.requests:
            return "No request yet."
        return (
            f"{self.requests} requests, {_megabytes(self.bytes)} to clients; the origin was asked "
            f"{self.origin_requests} times and gave {_megabytes(self.origin_bytes)}."
        )


def saving_of(log: Path) -> Saving:
    """Counted from the edge's own log."""
    requests = sent = asked = given = 0
    for entry in entries(log) if log.is_file() else ():
        requests += 1
        sent += int(entry["bytes"])
        # Asked twice for one request (a refusal asked again): “12, 34 : 56”.
        numbers = [part for part in str(entry["upstream_bytes"]).replace(":", ",").split(",") if part.strip()]
        parts = [int(part) for part in numbers if part.strip().isdigit()]
        asked += len(parts)
        given += sum(parts)
    return Saving(requests, sent, asked, given)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; 2 for a wrong argument."""
    options = _parser().parse_args(arguments)
    try:
        origin = checked_origin(options.origin)
        refused = _refusals(origin, options)
        with tempfile.TemporaryDirectory(prefix="quartet-offload-") as name:
            edge = OffloadEdge(
                Path(name),
                origin=origin,
                port=options.port,
                patterns=options.paths.split() or DEFAULT_PATTERNS,
                seconds=options.seconds,
                keeps_query=options.query == "keep",
                refused=refused,
            )
            with edge:
                _serve(edge)
    except (BadOrigin, BadPattern, NoEdge, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make offload", description=__doc__)
    parser.add_argument("--origin", required=True, help="Scheme and host of the application.")
    parser.add_argument("--port", type=int, default=8088, help="Where the edge listens; 0: any that is free.")
    parser.add_argument("--paths", default="", help="Patterns of artifact paths, with spaces between them.")
    parser.add_argument(
        "--probe", default="", help="Paths of files that are audited first, with spaces between."
    )
    parser.add_argument("--seconds", type=int, default=SECONDS, help="For how long a copy is fresh.")
    parser.add_argument(
        "--query", choices=("drop", "keep"), default="drop", help="keep: a copy for each query."
    )
    return parser


def _refusals(origin: str, options: argparse.Namespace) -> list[Refused]:
    patterns = options.paths.split() or DEFAULT_PATTERNS
    urls = [f"{origin}/{path.lstrip('/')}" for path in options.probe.split()]
    refused = []
    for verdict in audit(urls, patterns=patterns):
        print(text_of(verdict), flush=True)
        asked_again = options.query == "keep" and all(
            finding.code == "query-matters" for finding in verdict.findings if finding.refuses
        )
        if not verdict.is_kept and not asked_again:
            refused.append(Refused(urlsplit(verdict.url).path or "/", verdict.reason))
    return refused


def _serve(edge: OffloadEdge) -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    print(f"{edge.url} stands in front of {edge.origin}. Copies are kept of {' '.join(edge.patterns)}.")
    print("Ask it as you would ask the application; X-Cache and X-Offload say where an answer came from.")
    print("Ctrl-C ends it.", flush=True)
    told = Saving()
    while not ended.wait(TOLD_EVERY_SECONDS):
        saving = saving_of(edge.access_log)
        if saving != told:
            print(saving.sentence(), flush=True)
        told = saving
    print(saving_of(edge.access_log).sentence(), flush=True)


def _megabytes(number: int) -> str:
    return f"{number / 1_000_000:.1f} MB"


if __name__ == "__main__":
    sys.exit(main())
