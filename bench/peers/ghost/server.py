"""Ghost in a directory of its own, on SQLite, with so many posts. It asks nobody and sends nothing."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from bench.peers.ghost.installed import GHOST, node_of_ghost
from bench.servers import Program

_ADMIN = "/ghost/api/admin"
_NOWHERE = "http://127.0.0.1:9/"
_WARM_REQUESTS = 100


class Ghost(Program):
    """Ghost as it is in production, but for its log, which has errors alone."""

    directory = GHOST
    ready_seconds = 180

    def __init__(self, directory: Path, *, posts: int, text: Path) -> None:
        self._node = node_of_ghost()
        content = directory / "content"
        shutil.copytree(GHOST / "content", content)
        super().__init__({}, ready_path=f"{_ADMIN}/site/")
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment |= {
            "NODE_ENV": "production",
            "url": self.url,
            "server__host": "127.0.0.1",
            "server__port": str(self.port),
            "server__shutdownTimeout": "1000",
            "database__client": "better-sqlite3",
            "database__connection__filename": str(directory / "ghost.sqlite3"),
            "paths__contentPath": str(content),
            "logging__level": "error",
            "logging__transports": '["stdout"]',
            "mail__transport": "stub",
            "privacy__useTinfoil": "true",
            "updateCheck__url": _NOWHERE,
            "security__staffDeviceVerification": "false",
        }
        self._posts, self._html = posts, text.read_text(encoding="utf-8")
        self._owner: httpx.Client | None = None
        self.key = ""

    def command(self) -> Sequence[str]:
        """Its own start."""
        return [str(self._node), "index.js"]

    def start(self) -> None:
        """Start it, and write the posts as its editor's programs do."""
        super().start()
        try:
            self._fill()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it, and the owner's connections."""
        if self._owner is not None:
            self._owner.close()
        super().stop()

    def warm(self, *paths: str) -> None:
        """Ask for each until Node.js has compiled what answers: after a hundred, a request costs no less."""
        with httpx.Client(base_url=self.url, timeout=60) as reader:
            for path in paths:
                for _ in range(_WARM_REQUESTS):
                    reader.get(path).raise_for_status()

    def publish(self, slug: str, title: str) -> float:
        """Give a public post another title; seconds until its page has it.

        Raises:
            TimeoutError: it never came.
        """
        post = self._ask("GET", f"posts/slug/{slug}/")["posts"][0]
        began = time.perf_counter()
        self._ask("PUT", f"posts/{post['id']}/", posts=[{"title": title, "updated_at": post["updated_at"]}])
        while time.perf_counter() - began < 60:
            if title in httpx.get(f"{self.url}/{slug}/").text:
                return time.perf_counter() - began
        raise TimeoutError(f"Ghost never showed {title!r}.")

    def _fill(self) -> None:
        """The owner, a key for programs that read, the posts."""
        self._owner = httpx.Client(
            base_url=f"{self.url}{_ADMIN}/",
            headers={"Origin": self.url, "Accept-Version": "v6.0"},
            timeout=60,
        )
        owner = {"name": "Edith", "email": "edith@example.org", "password": secrets.token_urlsafe(24)}
        self._ask("POST", "authentication/setup/", setup=[{**owner, "blogTitle": "Tides"}])
        self._ask("POST", "session/", username=owner["email"], password=owner["password"])
        made = self._ask("POST", "integrations/?include=api_keys", integrations=[{"name": "Bench"}])
        keys = made["integrations"][0]["api_keys"]
        self.key = next(key["secret"] for key in keys if key["type"] == "content")
        for number in range(self._posts):
            post = {"title": f"Post {number}", "slug": f"post-{number}", "html": self._html}
            post |= {"custom_excerpt": "On tides.", "status": "published"}
            self._ask("POST", "posts/?source=html", posts=[post])

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        assert self._owner is not None
        answer = self._owner.request(method, path, json=body or None)
        if answer.is_error:
            raise RuntimeError(f"Ghost answered {method} {path}: {answer.status_code} {answer.text}")
        return (
            answer.json() if answer.headers.get("content-type", "").startswith("application/json") else None
        )
