"""`make bench-blog`: measure, print tables, write them into `docs/performance.md`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench import page, renditions
from bench.published import publishing
from bench.results import Row, save, table
from local.edge.server import Edge

SIZES = (10, 100, 1_000, 10_000)
QUICK = (10, 100)
COMMAND = "make bench-blog"


def main() -> None:
    """Everything in a directory of its own, which is gone afterwards."""
    parser = argparse.ArgumentParser(prog="python -m bench.blog", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small blogs, short rounds; writes nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with publishing("blog", directory) as edge:
            _measure(directory, edge, is_quick=arguments.quick)
    _keep_renditions(renditions.measure(is_quick=arguments.quick), is_quick=arguments.quick)


def _measure(directory: Path, edge: Edge, *, is_quick: bool) -> None:
    from bench.blog import publish_one, reading, rebuilding

    published, of_100 = publish_one.measure(QUICK if is_quick else SIZES)
    print(published)
    rows = reading.measure(directory, edge, of_100, is_quick=is_quick)
    _keep(rows, published, is_quick=is_quick)
    rows += rebuilding.measure(directory, posts=100 if is_quick else 1_000)
    _keep(rows, published, is_quick=is_quick)


def _keep(rows: list[Row], published: str, *, is_quick: bool) -> None:
    """What is known so far: a rebuild takes as long as all else."""
    text = f"{table(rows)}\n\n{published}"
    print(text)
    if not is_quick:
        save("blog", rows)
        page.write("blog", COMMAND, text)


def _keep_renditions(rows: list[Row], *, is_quick: bool) -> None:
    """In a section of their own, which `python -m bench renditions` writes too."""
    print(table(rows))
    if not is_quick:
        save("renditions", rows)
        page.write("renditions", COMMAND, table(rows))


if __name__ == "__main__":
    main()
