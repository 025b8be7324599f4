"""Somebody who publishes software at the edge, in few words."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

from tests.api_client import ApiClient
from tests.updates.conftest import API, declaration, send_parts

# How a name tells what a file is for: ending → system, kind.
_ENDINGS = {
    ".exe": ("windows", "installer"),
    ".exe.blockmap": ("windows", "blockmap"),
    ".AppImage": ("linux", "installer"),
    ".dmg": ("macos", "installer"),
    ".patch": ("any", "delta"),
    ".tar.gz": ("any", "full"),
    "-mac.zip": ("macos", "full"),
    ".zip": ("linux", "full"),
}


class Publisher:
    """Edith, with a product of the test's own: names at the edge are for ever."""

    def __init__(self, edith: ApiClient, run_tasks: Callable[[], int], **product: Any) -> None:
        self.edith, self.run_tasks = edith, run_tasks
        self.slug = f"tide-{secrets.token_hex(4)}"
        self.create({"slug": self.slug, "name": "Tide", **product})

    def create(self, product: Mapping[str, Any]) -> None:
        """The product, whose empty channel is published at once."""
        made = self.edith.post(f"{API}/products", product)
        assert made.status_code == 201, made.content
        self.run_tasks()

    @property
    def base(self) -> str:
        """Where the product's manifests are."""
        return f"{settings.PUBLIC_URL}/updates/{self.slug}"

    @property
    def files(self) -> str:
        """Where its files are."""
        return f"{settings.PUBLIC_URL}/artifacts/{self.slug}"

    def channel(self, slug: str) -> None:
        """Another channel."""
        assert self.edith.post(f"{API}/products/{self.slug}/channels", {"slug": slug, "name": slug}).json()
        self.run_tasks()

    def draft(self, version: str, files: Mapping[str, bytes], channel: str = "stable", **values: Any) -> str:
        """A release with its files, verified; its id."""
        body = {"channel": channel, "version": version, **values}
        made = self.edith.post(f"{API}/products/{self.slug}/releases", body)
        assert made.status_code == 201, made.content
        for name, content in files.items():
            self.add(made.json()["id"], name, content)
        release_id: str = made.json()["id"]
        return release_id

    def add(self, release_id: str, name: str, content: bytes) -> None:
        """A file, uploaded and verified."""
        ending = next(ending for ending in _ENDINGS if name.endswith(ending))
        system, kind = _ENDINGS[ending]
        architecture = "arm64" if "arm64" in name else "x86_64"
        declared = declaration(content, name, operating_system=system, kind=kind, architecture=architecture)
        added = self.edith.post(f"{API}/releases/{release_id}/artifacts", declared)
        assert added.status_code == 201, added.content
        send_parts(self.edith, added.json()["id"], content)
        self.edith.post(f"{API}/artifacts/{added.json()['id']}/upload/completion", {})
        self.run_tasks()

    def ask(self, release_id: str, step: str, body: Mapping[str, Any] | None = None) -> Any:
        """A step of a release, and what follows from it."""
        answer = self.edith.post(f"{API}/releases/{release_id}/{step}", body or {})
        self.run_tasks()
        return answer

    def publish(self, version: str, files: Mapping[str, bytes], **values: Any) -> str:
        """A release, served by the edge; its id."""
        release_id = self.draft(version, files, **values)
        asked = self.ask(release_id, "publish")
        assert asked.status_code == 202, asked.content
        state = self.edith.get(f"{API}/releases/{release_id}").json()["state"]
        assert state == "published"
        return release_id


def random_bytes(seed: str, size: int) -> bytes:
    """Bytes that do not compress, the same for the same seed."""
    import hashlib

    return hashlib.shake_256(seed.encode()).digest(size)
