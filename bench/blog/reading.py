"""What a reader or a program asks for: at the edge, and of who makes it at each request."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench.blog.publish_one import PEERS_SIZE
from bench.edge import PlainNginx, Side, compare_sides, processes_of
from bench.peers.environments import programs_of
from bench.peers.ghost.server import Ghost
from bench.results import ROOT, Row, compare
from bench.servers import Program, Server, granian
from local.edge.server import Edge

ROUNDS, SECONDS = 5, 1.5
PLAIN, DJANGO = "nginx, a plain file", "plain Django, a template view"
PAGES, API = "Wagtail, a page", "Wagtail, its API"
GHOST, GHOST_PAGES, GHOST_API = "Ghost", "Ghost, a page", "Ghost, its API"
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


def measure(directory: Path, edge: Edge, published: Sequence[float], *, is_quick: bool) -> list[Row]:
    """Rows of a page and of a list for programs: requests a second, CPU of the servers; and of a publish."""
    import httpx

    page = httpx.get(f"{edge.files_url}/blog/of-100/").content
    httpx.get(f"{edge.files_url}/blog/api/posts.json").raise_for_status()
    beside = partial(compare_sides, rounds=1 if is_quick else ROUNDS, seconds=SECONDS)
    at_edge = processes_of(edge._processes[0].pid)
    ours = Side(edge.files_port, _get("/blog/of-100/"), at_edge)
    listed = Side(edge.files_port, _get("/blog/api/posts.json"), at_edge)
    with ExitStack() as servers:
        pages, lists, ghost = _peers(servers, directory, page)
        rows = [row for peer, side in pages.items() for row in beside("page", ours, peer, side)]
        rows += [row for peer, side in lists.items() for row in beside("api", listed, peer, side)]
        return [*rows, _publishing(published, ghost)]


def _publishing(ours: Sequence[float], ghost: Ghost) -> Row:
    """One post that changed, in a blog of a hundred."""
    ghost.publish("post-1", "To warm up")
    theirs = [ghost.publish("post-1", f"Changed, {number}") for number in range(len(ours))]
    return compare("publish one, of 100", "s", ours, GHOST, theirs, more_is_better=False)


def _peers(
    servers: ExitStack, directory: Path, page: bytes
) -> tuple[dict[str, Side], dict[str, Side], Ghost]:
    """Who has a page of the same text, who a list of the newest posts, and who publishes."""
    text = directory / "text.html"
    text.write_text("<p>A paragraph of some words about the tide, and of boats.</p>\n" * 6, encoding="utf-8")
    kept = directory / "plain" / "files" / "blog" / "post" / "index.html"
    plain = PlainNginx(directory / "plain")
    kept.parent.mkdir(parents=True)
    kept.write_bytes(page)
    servers.enter_context(plain)
    django = servers.enter_context(_django(directory, text))
    wagtail = servers.enter_context(Wagtail(directory / "wagtail", posts=PEERS_SIZE, text=text))
    ghost = servers.enter_context(Ghost(directory / "ghost", posts=PEERS_SIZE, text=text))
    asked = f"/api/pages/?type=wagtail_blog.BlogPage&fields=*&limit={LENGTH}"
    asked_of_ghost = f"/ghost/api/content/posts/?key={ghost.key}&include=authors,tags&limit={LENGTH}"
    ghost.warm("/post-0/", asked_of_ghost)
    pages = {
        PLAIN: Side(plain.port, _get("/blog/post/index.html"), processes_of(plain.pid)),
        DJANGO: _side(django, "/blog/post-0/"),
        PAGES: _side(wagtail, "/post-0/"),
        GHOST_PAGES: _side(ghost, "/post-0/"),
    }
    return pages, {API: _side(wagtail, asked), GHOST_API: _side(ghost, asked_of_ghost)}, ghost


def _side(server: Program, path: str) -> Side:
    return Side(server.port, _get(path), tuple(server.processes))


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
