"""What the commands do with releases. Each goes on from what an earlier, interrupted run left."""

from __future__ import annotations

import time
from typing import Any

from quartet_publish.api import Api
from quartet_publish.errors import NotThere, PublishError, Refused, TookTooLong

POLL_SECONDS = 0.5
GONE = ("discarded",)


def find(api: Api, product: str, channel: str, version: str) -> Any:
    """The release of a version in a channel; None if there is none."""
    for release in api.pages(f"/products/{product}/releases"):
        if (release["channel"], release["version"]) == (channel, version) and release["state"] not in GONE:
            return release
    return None


def get(api: Api, product: str, channel: str, version: str) -> Any:
    """The release of a version in a channel.

    Raises:
        NotThere: there is none.
    """
    release = find(api, product, channel, version)
    if release is None:
        raise NotThere(f"{product} has no release {version} in {channel}. Create it first.")
    return release


def create(api: Api, product: str, channel: str, version: str, contents: dict[str, Any]) -> Any:
    """Begin a release, or bring the one that was begun up to date.

    Raises:
        Refused: the version is none, or not higher than the last; or the release is closed.
    """
    found = find(api, product, channel, version)
    if found is None:
        return api.create(
            f"/products/{product}/releases", {"channel": channel, "version": version, **contents}
        )
    differing = {name: value for name, value in contents.items() if found[name] != value}
    return api.patch(f"/releases/{found['id']}", differing) if differing else found


def step(api: Api, release: Any, verb: str, body: dict[str, Any] | None = None) -> Any:
    """Take a step of a release; again is once."""
    return api.post(f"/releases/{release['id']}/{verb}", body)


def wait(api: Api, release: Any, *, states: tuple[str, ...], seconds: float) -> Any:
    """The release when it is in one of these states and the edge serves that.

    Raises:
        PublishError: the publish failed; the server says why.
        TookTooLong: it is not there yet.
    """
    until = time.monotonic() + seconds
    while True:
        found = api.get(f"/releases/{release['id']}")
        receipt = found["receipt"] or {"state": "", "error": ""}
        if receipt["state"] == "failed":
            raise PublishError(f"The edge does not serve it: {receipt['error']}")
        if found["state"] in states and receipt["state"] not in ("waiting", "running"):
            return found
        if time.monotonic() > until:
            raise TookTooLong(f"{found['product']} {found['version']} is {found['state']} still.")
        time.sleep(POLL_SECONDS)


def require_open(release: Any) -> None:
    """Refuse to add files to what clients see already.

    Raises:
        Refused.
    """
    if release["state"] not in ("draft", "uploaded", "verified", "approved"):
        raise Refused(f"{release['product']} {release['version']} is {release['state']}: make a new version.")


def summary(release: Any) -> str:
    """A release in a line or two."""
    rollout = release["rollout"]
    files = ", ".join(f"{one['file_name']} ({one['state']})" for one in release["artifacts"]) or "no files"
    receipt = release["receipt"] or {}
    served = receipt.get("served_after_milliseconds")
    lines = [f"{release['product']} {release['version']} ({release['channel']}): {release['state']}"]
    if release["state"] in ("publishing", "published", "paused"):
        lines[0] += f", {rollout['percent']} %"
    if receipt.get("state") == "failed":
        lines.append(f"  failed: {receipt['error']}")
    elif served is not None:
        lines.append(f"  the edge served the last change after {served} ms")
    lines += [
        f"  {one['percent']} % {one['due_at'] or 'when published'}"
        for one in rollout["steps"]
        if not one["applied_at"]
    ]
    return "\n".join([*lines, f"  {files}", *deltas(release)])


def deltas(release: Any) -> list[str]:
    """What became of the differences to its files, a line each."""
    lines = []
    for artifact in release["artifacts"]:
        for delta in artifact.get("deltas", ()):
            start = f" from {delta['base_file_name']}" if delta["base_file_name"] else ""
            size = f", {delta['size']} bytes" if delta["size"] else ""
            finding = f": {delta['finding']}" if delta["finding"] else ""
            lines.append(f"  {delta['file_name']}{start}, {delta['state']}{size}{finding}")
    return lines
