"""What a reader or a program asks for: at the edge, and of who makes it at each request."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.edge import PlainNginx, Side, compare_sides, processes_of
from bench.peers.environments import programs_of
from bench.results import ROOT, Row
from bench.servers import Program, Server, granian
from local.edge.server import Edge

ROUNDS, SECONDS = 5, 1.5
PLAIN, DJANGO = "nginx, a plain file", "plain Django, a template view"
PAGES, API = "Wagtail, a page", "Wagtail, its API"
LENGTH = 20


class Wagtail(Program):
    """Wagtail with so many posts, under the same granian as every Python server."""

    def __init__(self, directory: Path, *, posts: int, text: Path) -> None:
        directory.mkdir(parents=True)
        variables = {
            "DJANGO_SETTINGS_MODULE": "bench.peers.wagtail_blog.settings",
            "PEER_DATABASE": str(directory / "peer.sqlite3"),
            "PEER_BUILD": str(directory / "build"),
            "PYTHONWARNINGS": "ignore",
        }
        super().__init__(variables, ready_path="/health/live")
        self.python = programs_of("wagtail_blog") / "python"
        self.run("-m", "bench.peers.wagtail_blog.fill", str(posts), str(text))

    def command(self) -> Sequence[str]:
        """Granian with the application."""
        return granian(self.python, self.port, "bench.peers.wagtail_blog.wsgi:application")

    def run(self, *arguments: str) -> None:
        """A Python program with this server's settings."""
        import subprocess

        subprocess.run([str(self.python), *arguments], cwd=ROOT, env=self.environment, check=True)


def measure(directory: Path, edge: Edge, *, is_quick: bool) -> list[Row]:
    """Rows of a page and of a list for programs: requests a second, CPU of the servers."""
    import httpx

    page = httpx.get(f"{edge.files_url}/blog/of-100/").content
    httpx.get(f"{edge.files_url}/blog/api/posts.json").raise_for_status()
    text = directory / "text.html"
    text.write_text("<p>A paragraph of some words about the tide, and of boats.</p>\n" * 6, encoding="utf-8")
    with tempfile.TemporaryDirectory() as name, PlainNginx(Path(name) / "plain") as plain:
        kept = Path(name, "plain", "files", "blog", "post")
        kept.mkdir(parents=True)
        (kept / "index.html").write_bytes(page)
        with (
            _django(directory, text) as django,
            Wagtail(directory / "wagtail", posts=100, text=text) as wagtail,
        ):
            compare = partial(compare_sides, rounds=1 if is_quick else ROUNDS, seconds=SECONDS)
            at_edge = processes_of(edge._processes[0].pid)
            ours = Side(edge.files_port, _get("/blog/of-100/"), at_edge)
            peers = [
                (PLAIN, Side(plain.port, _get("/blog/post/index.html"), processes_of(plain.pid))),
                (DJANGO, Side(django.port, _get("/blog/post-0/"), tuple(django.processes))),
                (PAGES, Side(wagtail.port, _get("/post-0/"), tuple(wagtail.processes))),
            ]
            rows = [row for peer, side in peers for row in compare("page", ours, peer, side)]
            listed = Side(edge.files_port, _get("/blog/api/posts.json"), at_edge)
            asked = f"/api/pages/?type=wagtail_blog.BlogPage&fields=*&limit={LENGTH}"
            rows += compare("api", listed, API, Side(wagtail.port, _get(asked), tuple(wagtail.processes)))
    return rows


def _django(directory: Path, text: Path) -> Server:
    server = Server(
        "bench.peers.plain_blog.wsgi:application",
        "bench.peers.plain_blog.settings",
        directory / "django",
        {},
    )
    server.run("-m", "bench.peers.plain_blog.fill", str(text))
    return server


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
