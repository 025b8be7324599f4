"""`python -m bench.lighthouse`: what Lighthouse says of the blog's pages, into `docs/performance.md`.

A desk of its own with the demo's posts, read at the edge by Debian's Chromium. Lighthouse comes by the lock
in `bench/peers/lighthouse/`; it simulates a phone: a slow processor and a slow network.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from bench import page
from bench.peers.node import NODE, packages_of
from tests.local.fresh_desk import FreshDesk

ROUNDS = 3
DEMO_POSTS = 12
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
SECONDS_TO_PUBLISH = 300.0


def main() -> None:
    """Start a desk, look at its pages, write the table."""
    program = packages_of("lighthouse") / "lighthouse" / "cli" / "index.js"
    with tempfile.TemporaryDirectory(prefix="quartet-lighthouse-", ignore_cleanup_errors=True) as directory:
        desk = FreshDesk(Path(directory) / "desk")
        try:
            desk.wait_until_ready()
            addresses = _addresses(desk.files_url)
            lines = [_line(program, Path(directory), name, url) for name, url in addresses.items()]
        finally:
            desk.stop()
            desk.program.close()
    text = "\n".join(
        [
            "| page | performance | accessibility | best practices | search engines | first paint | bytes |",
            "|---|---:|---:|---:|---:|---:|---:|",
            *lines,
        ]
    )
    print(text)
    page.write("lighthouse", "python -m bench.lighthouse", text)


def _addresses(files_url: str) -> dict[str, str]:
    """The home page and the newest post, as soon as the demo's posts are at the edge.

    Raises:
        TimeoutError: they never came.
    """
    deadline = time.monotonic() + SECONDS_TO_PUBLISH
    while time.monotonic() < deadline:
        answer = httpx.get(f"{files_url}/blog/api/posts.json?{time.monotonic_ns()}")
        posts = answer.json()["items"] if answer.status_code == 200 else []
        if len(posts) >= DEMO_POSTS:
            return {"home": f"{files_url}/blog/", "a post": posts[0]["url"]}
        time.sleep(1)
    raise TimeoutError("The demo's posts never came to the edge.")


def _line(program: Path, directory: Path, name: str, url: str) -> str:
    reports = [_report(program, directory, url) for _ in range(ROUNDS)]
    scores = [round(100 * _median(reports, "categories", key, "score")) for key in CATEGORIES]
    paint = _median(reports, "audits", "first-contentful-paint", "numericValue") / 1000
    weight = _median(reports, "audits", "total-byte-weight", "numericValue")
    return f"| {name} | {' | '.join(map(str, scores))} | {paint:.2f} s | {weight / 1000:,.0f} kB |"


def _report(program: Path, directory: Path, url: str) -> Mapping[str, Any]:
    path = directory / "report.json"
    command = [str(NODE), str(program), url, "--output=json", f"--output-path={path}", "--quiet"]
    command += ["--chrome-flags=--headless=new --no-sandbox", f"--only-categories={','.join(CATEGORIES)}"]
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    subprocess.run(command, env={**os.environ, "CHROME_PATH": chromium}, check=True, timeout=300)
    report: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if failed := [
        f"{audit['title']}: {audit.get('displayValue', '')}"
        for audit in report["audits"].values()
        if audit["score"] is not None and audit["score"] < 0.9
    ]:
        print(f"{url}: " + "; ".join(failed))
    return report


def _median(reports: list[Mapping[str, Any]], *keys: str) -> float:
    found: list[float] = []
    for report in reports:
        value: Any = report
        for key in keys:
            value = value[key]
        found.append(float(value))
    return statistics.median(found)


if __name__ == "__main__":
    main()
