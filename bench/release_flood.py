"""The day of a release, as the log of an application sees it: versions by Zipf, ranges, resumes, bots.

`flood` makes the requests, `combined` the line that a web server would have written for each, `replay` sends
them to a server.
"""

from __future__ import annotations

import http.client
import random
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

BEGAN = 1_790_000_000
DAY = 86_400
_AGENTS = (
    "electron-builder",
    "Updater/4.2",
    "curl/8.9",
    "Mozilla/5.0 (compatible; bot/1.0; +http://bot.example)",
)
_PLATFORMS = ("win-x64.exe", "mac-arm64.dmg", "linux-x64.AppImage")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, with the answer that the application gave."""

    at: int
    client: str
    method: str
    target: str
    status: int
    bytes: int
    range: str = ""
    agent: str = ""
    is_broken_off: bool = False


def files(versions: int, *, bytes_: int, seed: int = 1) -> dict[str, int]:
    """The artifacts of so many versions on three platforms, with their sizes."""
    chance = random.Random(seed)
    return {
        f"/downloads/editor-{2 + number // 10}.{number % 10}.0-{platform}": int(
            bytes_ * chance.uniform(0.6, 1.4)
        )
        for number in range(versions)
        for platform in _PLATFORMS
    }


def flood(count: int, sizes: Mapping[str, int], *, seed: int = 7) -> Iterator[Asked]:
    """So many requests within a day, most of them soon after the release."""
    chance = random.Random(seed)
    names = list(sizes)[::-1]
    weights = list(accumulate(1 / (place // len(_PLATFORMS) + 1) ** 1.2 for place in range(len(names))))
    moments = sorted(int(DAY * chance.random() ** 2.2) for _ in range(count))
    for moment in moments:
        at = BEGAN + moment
        client = f"{chance.randrange(1, 223)}.{chance.randrange(256)}.{chance.randrange(256)}.7"
        name = chance.choices(names, cum_weights=weights)[0]
        yield _asked(chance, at, client, name, sizes[name])


def _asked(chance: random.Random, at: int, client: str, name: str, size: int) -> Asked:
    kind = chance.random()
    agent = _AGENTS[chance.randrange(3)]
    if kind < 0.05:
        # Manifests are no artifacts: each passes.
        return Asked(
            at,
            client,
            "GET",
            f"/downloads/latest.yml?noCache={chance.getrandbits(40):x}",
            200,
            350,
            agent=agent,
        )
    if kind < 0.07:
        return Asked(at, client, "GET", "/wp-login.php", 404, 153, agent=_AGENTS[3])
    if kind < 0.09:
        return Asked(at, client, "HEAD", name, 200, 0, agent=_AGENTS[3])
    if kind < 0.14:
        first = size // 3
        return Asked(at, client, "GET", name, 206, size - first, f"bytes={first}-", agent)
    if kind < 0.16:
        return Asked(at, client, "GET", name, 200, size // 2, agent=agent, is_broken_off=True)
    if kind < 0.55:
        first = chance.randrange(max(1, size - 8192))
        last = min(size, first + 8192) - 1
        return Asked(at, client, "GET", name, 206, last - first + 1, f"bytes={first}-{last}", agent)
    target = f"{name}?noCache={chance.getrandbits(40):x}" if kind < 0.6 else name
    return Asked(at, client, "GET", target, 200, size, agent=agent)


def combined(asked: Asked) -> str:
    """The line of nginx and Apache."""
    stamp = datetime.fromtimestamp(asked.at, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return (
        f'{asked.client} - - [{stamp}] "{asked.method} {asked.target} HTTP/1.1" {asked.status} {asked.bytes} '
        f'"-" "{asked.agent}"\n'
    )


def replay(requests: Iterable[Asked], port: int, *, connections: int = 4) -> int:
    """Send them to a server of loopback, each connection its share in order; how many were answered."""
    every = list(requests)
    shares = [every[number::connections] for number in range(connections)]
    done = [0] * connections

    def work(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for asked in shares[number]:
            headers = {"User-Agent": asked.agent, **({"Range": asked.range} if asked.range else {})}
            connection.request(asked.method, asked.target, headers=headers)
            answer = connection.getresponse()
            if asked.is_broken_off:
                answer.read(asked.bytes)
                connection.close()
            else:
                answer.read()
            done[number] += 1
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done)
