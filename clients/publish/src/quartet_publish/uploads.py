"""Files go in parts straight to the object store, several at a time; what has arrived is not sent again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from quartet_publish.api import ATTEMPTS, TIMEOUT, Api, pause
from quartet_publish.errors import BytesRefused, Refused, TookTooLong, Unreachable
from quartet_publish.progress import Progress

BLOCK_BYTES = 256 * 1024
URLS_AT_ONCE = 50
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Declared:
    """A file and what is said of it."""

    path: Path
    size: int
    sha256: str
    operating_system: str
    architecture: str
    kind: str
    signature: str = ""
    base_file_name: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """What the server is told."""
        told = {
            "file_name": self.path.name,
            "size": self.size,
            "sha256": self.sha256,
            "operating_system": self.operating_system,
            "architecture": self.architecture,
            "kind": self.kind,
        }
        further = {"signature": self.signature, "base_file_name": self.base_file_name}
        return {**told, **{name: text for name, text in further.items() if text}}


def hash_of(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file, in the memory of a block."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(4 * BLOCK_BYTES):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def upload(api: Api, release: str, declared: Declared, progress: Progress, *, parallel: int) -> Any:
    """Declare a file, send what is missing of it, and complete it. Again does what was left.

    Raises:
        Refused: at a field, such as a name that is taken by other bytes.
        Unreachable: the store does not answer; parts that arrived stay for a week.
    """
    artifact = api.post(f"/releases/{release}/artifacts", declared.body)
    if artifact["state"] in ("uploaded", "verified"):
        progress.say(f"{declared.path.name} is there already.")
        return artifact
    address = f"/artifacts/{artifact['id']}/upload"
    begun = api.post(address)
    _Parts(api, address, declared, begun, progress).send(parallel)
    return api.post(f"{address}/completion")


def wait_until_verified(api: Api, artifacts: list[Any], *, seconds: float) -> list[Any]:
    """The files as they are when each is verified.

    Raises:
        BytesRefused: with what was found.
        TookTooLong: it is not looked at yet.
    """
    until = time.monotonic() + seconds
    found = []
    for artifact in artifacts:
        while artifact["state"] not in ("verified", "refused"):
            if time.monotonic() > until:
                raise TookTooLong(f"{artifact['file_name']} is not verified yet.")
            time.sleep(POLL_SECONDS)
            artifact = api.get(f"/artifacts/{artifact['id']}")
        if artifact["state"] == "refused":
            raise BytesRefused(f"{artifact['file_name']}: {artifact['finding']}")
        found.append(artifact)
    return found


class _Parts:
    """The parts of one file that have not arrived."""

    def __init__(self, api: Api, address: str, declared: Declared, begun: Any, progress: Progress) -> None:
        self.api, self.address, self.declared, self.progress = api, address, declared, progress
        self.part_bytes = int(begun["part_bytes"])
        arrived = {part["number"]: part["size"] for part in begun["parts"]}
        self.missing = [number for number in range(1, begun["part_count"] + 1) if number not in arrived]
        # What of a part was told as progress: it is taken back when the part has to go again.
        self._told: dict[int, int] = {}
        self._client = httpx.Client(timeout=TIMEOUT)
        progress.begin(declared.path.name, declared.size, sum(arrived.values()))

    def send(self, parallel: int) -> None:
        """All of them. The first that fails for good ends the others."""
        with self._client, ThreadPoolExecutor(max_workers=parallel) as pool:
            for begin in range(0, len(self.missing), URLS_AT_ONCE):
                numbers = self.missing[begin : begin + URLS_AT_ONCE]
                urls = self._sign(numbers)
                running = [pool.submit(self._send_part, number, urls[number]) for number in numbers]
                try:
                    for part in running:
                        part.result()
                except BaseException:
                    for part in running:
                        part.cancel()
                    raise

    def _sign(self, numbers: list[int]) -> dict[int, str]:
        signed = self.api.post(f"{self.address}/urls", {"numbers": numbers})
        return {int(number): url for number, url in signed["urls"].items()}

    def _send_part(self, number: int, url: str) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                length = self._length(number)
                answer = self._client.put(
                    url, content=self._read(number), headers={"Content-Length": str(length)}
                )
            except httpx.TransportError as error:
                reason = str(error) or type(error).__name__
            else:
                if answer.is_success:
                    return
                reason = f"it answered {answer.status_code}"
            self.progress.add(self.declared.path.name, -self._told.pop(number, 0))
            if attempt < ATTEMPTS:
                pause(attempt)
                url = self._sign([number])[number]
        raise Unreachable(f"The object store does not take part {number}: {reason}.")

    def _length(self, number: int) -> int:
        return min(self.part_bytes, self.declared.size - (number - 1) * self.part_bytes)

    def _read(self, number: int) -> Iterator[bytes]:
        left = self._length(number)
        self._told[number] = 0
        with self.declared.path.open("rb") as file:
            file.seek((number - 1) * self.part_bytes)
            while left:
                block = file.read(min(BLOCK_BYTES, left))
                if not block:
                    raise Refused(f"{self.declared.path.name} became shorter while it was sent.")
                left -= len(block)
                yield block
                self._told[number] += len(block)
                self.progress.add(self.declared.path.name, len(block))
