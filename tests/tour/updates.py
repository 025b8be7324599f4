"""A release from its first file to those who update."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.tour import tuf_client
from tests.tour.staff import editor
from tests.tour.system import CHECKOUT, System, expect, wait_for

VERSION, NEXT_VERSION = "1.0.0", "1.1.0"
SIZE = 6 * 1024 * 1024


class UpdatesChapter:
    """The steps, in order. Each returns the sentence that is printed."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.client = httpx.Client(base_url=system.public_url, timeout=60, follow_redirects=True)
        self.product = f"tour-{secrets.token_hex(4)}"
        self.bytes = b"\x7fELF" + secrets.token_bytes(SIZE - 4)
        self.sha256 = hashlib.sha256(self.bytes).hexdigest()
        self.release: dict[str, Any] = {}
        self.artifact: dict[str, Any] = {}
        self.file: dict[str, Any] = {}

    def steps(self) -> list[Callable[[], str]]:
        """All of them."""
        return [
            self.make_a_product_with_a_channel,
            self.sign_the_root,
            self.make_a_release,
            self.upload_its_file_in_parts,
            self.publish_the_release,
            self.read_the_manifest_at_the_edge,
            self.download_by_ranges,
            self.update_a_client_of_tuf,
            self.publish_the_next_with_quartet_publish,
            self.update_a_client_that_is_among_the_first,
            self.pause_it,
            self.find_the_announcement,
            self.withdraw_the_release,
        ]

    def make_a_product_with_a_channel(self) -> str:
        """As a release editor."""
        self.edith = editor(self.system)
        product = {
            "slug": self.product,
            "name": "Tour",
            "summary": "Software for one walk.",
            "formats": ["tuf"],
        }
        self.edith.updates("POST", "/products", json=product, wanted=201)
        channel = {"slug": "beta", "name": "Beta"}
        self.edith.updates("POST", f"/products/{self.product}/channels", json=channel, wanted=201)
        return f"Edith made the product {self.product}, with the channels stable and beta."

    def sign_the_root(self) -> str:
        """Its holder's key never leaves this side."""
        self.has_root = tuf_client.make_root(self.edith, self.product)
        if not self.has_root:
            return "No keys can be made here: TUF's root is left out."
        return "TUF's root was prepared, refused unsigned, signed by its holder, and taken in."

    def make_a_release(self) -> str:
        """A version that is none is refused at its field."""
        path = f"/products/{self.product}/releases"
        body = {"channel": "stable", "version": VERSION, "notes": "The first one."}
        refused = self.edith.updates("POST", path, json={**body, "version": "one"}, wanted=400).json()
        expect("What was wrong", refused["errors"][0]["pointer"], "/version")
        self.release = self.edith.updates("POST", path, json=body, wanted=201).json()
        return f"She made the release {VERSION}; “one” was refused at /version."

    def upload_its_file_in_parts(self) -> str:
        """Straight to the store; a task compares the bytes with what was declared."""
        declared = {
            "file_name": f"tour-{VERSION}-linux-x86_64.bin",
            "operating_system": "linux",
            "architecture": "x86_64",
            "kind": "full",
            "size": SIZE,
            "sha256": self.sha256,
        }
        path = f"/releases/{self.release['id']}/artifacts"
        self.artifact = self.edith.updates("POST", path, json=declared, wanted=201).json()
        upload = f"/artifacts/{self.artifact['id']}/upload"
        plan = self.edith.updates("POST", upload, json={}, wanted=200).json()
        numbers = list(range(1, plan["part_count"] + 1))
        urls = self.edith.updates("POST", f"{upload}/urls", json={"numbers": numbers}, wanted=201).json()[
            "urls"
        ]
        for number in numbers:
            begin = (number - 1) * plan["part_bytes"]
            part = self.bytes[begin : begin + plan["part_bytes"]]
            sent = httpx.put(urls[str(number)], content=part, timeout=60)
            expect(f"The store takes part {number}", sent.status_code, 200)
        self.edith.updates("POST", f"{upload}/completion", json={}, wanted=200)
        self.artifact = wait_for("The verification", self._verified)
        return f"{len(numbers)} part(s) went straight to the store; the SHA-256 is as declared."

    def publish_the_release(self) -> str:
        """Until the edge serves it."""
        self.edith.updates("POST", f"/releases/{self.release['id']}/publish", json={}, wanted=202)
        wait_for("The release", lambda: self._in_state("published"))
        return "Published: the edge serves file, manifest and page."

    def read_the_manifest_at_the_edge(self) -> str:
        """As an updater does, with whatever it appends to the address."""
        answer = self.client.get(f"/updates/{self.product}/stable.json", params={"noCache": "1"})
        expect("Status of the manifest", answer.status_code, 200)
        latest = answer.json()["latest"]
        self.file = latest["files"][0]
        expect("The version that it names", latest["version"], VERSION)
        expect("The hash that it names", self.file["sha256"], self.sha256)
        page = self.client.get(f"/updates/{self.product}/")
        expect("The page for people names the file", self.file["file_name"] in page.text, True)
        return f"Manifest and download page name {self.file['file_name']}."

    def download_by_ranges(self) -> str:
        """Broken off in the middle, and resumed."""
        middle = SIZE // 2
        first = self.client.get(self.file["url"], headers={"Range": f"bytes=0-{middle - 1}"})
        expect("Status of a range", first.status_code, 206)
        resume = {"Range": f"bytes={middle}-", "If-Range": first.headers["ETag"]}
        rest = self.client.get(self.file["url"], headers=resume)
        expect("Status of the rest", rest.status_code, 206)
        received = hashlib.sha256(first.content + rest.content).hexdigest()
        expect("SHA-256 of what was downloaded", received, self.sha256)
        expect("It is kept for ever", "immutable" in rest.headers["Cache-Control"], True)
        return f"{SIZE // 1024**2} MB in two ranges; the hash is right."

    def update_a_client_of_tuf(self) -> str:
        """python-tuf's own, which believes nothing that is not signed."""
        if not self.has_root:
            return "Without a root there is nothing for a client of TUF."
        name = tuf_client.update(self.system, self.client, self.product, version=VERSION, sha256=self.sha256)
        return f"python-tuf's client verified root, timestamp, snapshot and targets, and got {name}."

    def publish_the_next_with_quartet_publish(self) -> str:
        """As a pipeline does: notes, a file, a tenth of the installations; and all of it once more."""
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / f"tour-{NEXT_VERSION}-linux-x86_64.zip"
            file.write_bytes(b"PK\x03\x04" + secrets.token_bytes(SIZE))
            self.next_sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
            for _ in range(2):
                self._quartet_publish("create", "--notes", "The second one.")
                self._quartet_publish("upload", str(file))
        self._quartet_publish("rollout", "10 % now, 100 % in 3 days")
        found = self._quartet_publish("submit", "--publish")
        expect("The release after quartet-publish", found["state"], "published")
        return f"quartet-publish made, sent and published {NEXT_VERSION}, twice the same; 10 % get it."

    def update_a_client_that_is_among_the_first(self) -> str:
        """It counts itself by the manifest; the one that is outside keeps what it has."""
        manifest = self.client.get(f"/updates/{self.product}/stable.json").json()
        chosen = {self._chosen(manifest, f"installation-{number}")["version"] for number in range(200)}
        expect("Versions that 200 installations get", chosen, {VERSION, NEXT_VERSION})
        [file] = manifest["latest"]["files"]
        received = hashlib.sha256(self.client.get(file["url"]).content).hexdigest()
        expect("SHA-256 of the update", received, self.next_sha256)
        return f"Of 200 installations some got {NEXT_VERSION}, the others stayed with {VERSION}."

    def pause_it(self) -> str:
        """Nobody new is offered it, within seconds."""
        found = self._quartet_publish("pause")
        manifest = self.client.get(f"/updates/{self.product}/stable.json").json()
        expect("The version that the manifest names", manifest["latest"]["version"], VERSION)
        milliseconds = found["receipt"]["served_after_milliseconds"]
        return f"Paused: the edge served it after {milliseconds} ms; {VERSION} is offered again."

    def _quartet_publish(self, command: str, *arguments: str) -> Any:
        token = self.edith.http.headers["Authorization"].removeprefix("Bearer ")
        server = self.system.updates_api.removesuffix("/api/updates/v1")
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "quartet_publish",
                command,
                self.product,
                NEXT_VERSION,
                *arguments,
                "--json",
            ],
            env={
                **os.environ,
                "PYTHONPATH": str(CHECKOUT / "clients" / "publish" / "src"),
                "QUARTET_URL": server,
                "QUARTET_TOKEN": token,
            },
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        expect(
            f"quartet-publish {command}",
            (done.returncode, done.stdout[:500] if done.returncode else ""),
            (0, ""),
        )
        return json.loads(done.stdout)

    @staticmethod
    def _chosen(manifest: dict[str, Any], installation: str) -> dict[str, Any]:
        """The release that an installation gets, as docs/updates.md says."""
        for release in (manifest["latest"], *manifest["previous"]):
            digest = hashlib.sha256((release["rollout"]["salt"] + installation).encode()).hexdigest()
            if int(digest, 16) % 10_000 < release["rollout"]["percent"] * 100:
                found: dict[str, Any] = release
                return found
        raise LookupError(installation)

    def find_the_announcement(self) -> str:
        """A draft in the blog, made by REST with a service's token."""

        def look() -> dict[str, Any] | None:
            posts = self.edith.blog("GET", "/posts?state=draft", wanted=200).json()["items"]
            return next((post for post in posts if post["release"] == self.release["id"]), None)

        self.announcement = wait_for("The announcement", look)
        self.edith.blog("DELETE", f"/posts/{self.announcement['id']}", wanted=204)
        return f"The blog has the draft “{self.announcement['title']}”."

    def withdraw_the_release(self) -> str:
        """The manifest names it no longer."""
        self.edith.updates("POST", f"/releases/{self.release['id']}/withdraw", json={}, wanted=202)
        wait_for("The withdrawal", lambda: self._in_state("withdrawn"))

        def look() -> bool | None:
            manifest = self.client.get(f"/updates/{self.product}/stable.json").json()
            return True if manifest["latest"] is None else None

        wait_for("The manifest without it", look)
        return "Withdrawn: the manifest names no release."

    def _verified(self) -> dict[str, Any] | None:
        found: dict[str, Any] = self.edith.updates(
            "GET", f"/artifacts/{self.artifact['id']}", wanted=200
        ).json()
        expect("What the verification found", found["finding"], "")
        return found if found["state"] == "verified" else None

    def _in_state(self, state: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self.edith.updates(
            "GET", f"/releases/{self.release['id']}", wanted=200
        ).json()
        return found if found["state"] == state else None
