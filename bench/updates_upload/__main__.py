"""`python -m bench.updates_upload`: measure, print, write it into `docs/performance.md`."""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from bench import page, peak
from bench.peak import Taken
from bench.results import ROOT
from bench.servers import Server
from local.object_store import PUBLIC_BUCKET, ObjectStore
from tests.issuer import Issuer

MEGABYTE = 1024**2
ROUNDS_MOST = 3
# A round is not begun that would go beyond.
SECONDS_MOST = 420
PRODUCT = "bench"
WAYS = ("put", "boto3")


class Bench:
    """A server with its store, and a file."""

    def __init__(self, directory: Path, server: Server, token: str, size: int) -> None:
        self.directory, self.server, self.size = directory, server, size
        self.file = directory / "bench-0-linux.zip"
        with self.file.open("wb") as opened:
            opened.write(b"PK\x03\x04" + secrets.token_bytes(MEGABYTE - 4))
            for _ in range(size // MEGABYTE - 1):
                opened.write(secrets.token_bytes(MEGABYTE))
        self.environment: Mapping[str, str] = {
            **server.environment,
            "PYTHONPATH": str(ROOT / "clients" / "publish" / "src"),
            "QUARTET_TOKEN": token,
            "QUARTET_URL": f"http://127.0.0.1:{server.port}",
        }

    def plain(self, way: str, number: int) -> Taken:
        """The file into the store, without us."""
        return self._run("bench.updates_upload.plain", way, str(self.file), f"bench/{way}-{number}")

    def ours(self, number: int) -> Taken:
        """The same by `quartet-publish`: hashed, declared, sent in parts and joined."""
        version = f"{number}.0.0"
        file = self.file.rename(self.directory / f"bench-{version}-linux.zip")
        self.file = file
        self._run("quartet_publish", "create", PRODUCT, version)
        return self._run("quartet_publish", "upload", PRODUCT, version, str(file), "--no-wait", "--quiet")

    def worked(self) -> Taken:
        """A worker, until nothing is left to do."""
        return self._run("manage", "work", "--until-empty")

    def _run(self, module: str, *arguments: str) -> Taken:
        return peak.run(module, *arguments, environment=self.environment)


def main() -> None:
    """Everything in a directory of its own, which is gone afterwards."""
    parser = argparse.ArgumentParser(prog="python -m bench.updates_upload", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small file; writes nothing")
    parser.add_argument("--megabytes", type=int, default=1024, help="size of the file (1024)")
    arguments = parser.parse_args()
    megabytes = 64 if arguments.quick else arguments.megabytes
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = stack.enter_context(ObjectStore(directory / "store"))
        issuer = Issuer()
        stack.callback(issuer.stop)
        # No edge: what is published is looked at where the store has it.
        public = {"PUBLIC_URL": f"{store.endpoint_url}/{PUBLIC_BUCKET}", "SERVICES": "updates"}
        environment = {**store.environment(), **issuer.environment(), **public}
        server = Server("config.wsgi:application", "config.settings", directory / "ours", environment)
        server.run("manage.py", "migrate", "--verbosity=0")
        server.run("manage.py", "buckets", "--verbosity=0")
        stack.enter_context(server)
        text = _measure(Bench(directory, server, _token(issuer), megabytes * MEGABYTE))
    print(text)
    if not arguments.quick:
        page.write("updates-upload", "make bench-updates", text)


def _token(issuer: Issuer) -> str:
    scope = "updates/read updates/write"
    return issuer.token(
        "edith", client_id="quartet-publish", scope=scope, exp=int(time.time()) + 24 * 3600, **_groups()
    )


def _groups() -> dict[str, list[str]]:
    return {os.environ.get("OIDC_GROUPS_CLAIM", "cognito:groups"): ["editors"]}


def _measure(bench: Bench) -> str:
    _make_product(bench)
    bench.worked()
    runs: dict[str, list[Taken]] = {"ours": [], "put": [], "boto3": []}
    began = time.monotonic()
    for number in range(1, ROUNDS_MOST + 1):
        if number > 1 and (time.monotonic() - began) * number > SECONDS_MOST * (number - 1):
            break
        # In turns, so that a machine that slows down slows all.
        for way in WAYS:
            runs[way].append(bench.plain(way, number))
        runs["ours"].append(bench.ours(number))
        print(
            f"Round {number}: " + ", ".join(f"{way} {found[-1].seconds:.1f} s" for way, found in runs.items())
        )
    verified = bench.worked()
    served = max(peak.peak_bytes(process.pid) for process in bench.server.processes)
    return _text(bench.size, runs, verified, served)


def _make_product(bench: Bench) -> None:
    import httpx

    answer = httpx.post(
        f"{bench.environment['QUARTET_URL']}/api/updates/v1/products",
        json={"slug": PRODUCT, "name": "Bench"},
        headers={"Authorization": f"Bearer {bench.environment['QUARTET_TOKEN']}"},
    )
    answer.raise_for_status()


def _text(size: int, runs: Mapping[str, list[Taken]], verified: Taken, served: int) -> str:
    def row(name: str, way: str) -> str:
        found = runs[way]
        speed = size / MEGABYTE / statistics.median(run.seconds for run in found)
        return f"| {name} | {speed:.0f} MB/s | {max(run.peak_bytes for run in found) / MEGABYTE:.0f} MB |"

    # Of each round, beside whichever was quicker.
    rounds = zip(*(runs[way] for way in ("ours", *WAYS)), strict=True)
    ratios = [min(other.seconds for other in others) / ours.seconds for ours, *others in rounds]
    return "\n".join(
        [
            f"| a file of {size // MEGABYTE:,} MB | speed | most memory |",
            "|---|---:|---:|",
            row("`quartet-publish upload`: hashed, declared, four parts at a time, joined", "ours"),
            row("one PUT to a signed address of the store", "put"),
            row("boto3's `upload_file`, four parts at a time", "boto3"),
            f"| a worker that verifies {len(runs['ours'])} of them | "
            f"{size * len(runs['ours']) / MEGABYTE / verified.seconds:.0f} MB/s "
            f"| {verified.peak_bytes / MEGABYTE:.0f} MB |",
            "",
            f"Ours beside the quicker of the other two, round by round: {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f}-{max(ratios):.2f}). The services took {served / MEGABYTE:.0f} MB at most.",
        ]
    )


if __name__ == "__main__":
    main()
