"""The day of a release, as the log of an application sees it: versions by Zipf, ranges, resumes, bots.

`flood` makes the requests, `combined` the line that a web server would have written for each, `replay` sends
them to a server.
"""

from __future__ import annotations

import heapq
import random
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, islice, pairwise
from typing import Any

from bench.asking import Asking

BEGAN = 1_790_000_000
DAY = 86_400
_TAKEN_AT_ONCE = 64
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
    """So many requests within a day and an hour, most of them soon after the release; by time."""
    chance = random.Random(seed)
    names = list(sizes)[::-1]
    weights = list(accumulate(1 / (place // len(_PLATFORMS) + 1) ** 1.2 for place in range(len(names))))
    moments = sorted(int(DAY * chance.random() ** 2.2) for _ in range(count))
    # What clients come back for: its time, its number, and what they ask then.
    later: list[tuple[int, int, Asked]] = []
    made = 0
    for number, moment in enumerate(moments):
        at = BEGAN + moment
        while later and later[0][0] <= at and made < count:
            yield heapq.heappop(later)[2]
            made += 1
        if made == count:
            return
        client = f"{chance.randrange(1, 223)}.{chance.randrange(256)}.{chance.randrange(256)}.7"
        name = chance.choices(names, cum_weights=weights)[0]
        first, *rest = _asked(chance, at, client, name, sizes[name])
        yield first
        made += 1
        for place, asked in enumerate(rest):
            heapq.heappush(later, (asked.at, 8 * number + place, asked))


def _asked(chance: random.Random, at: int, client: str, name: str, size: int) -> list[Asked]:
    """What one client asks, now and later."""
    kind = chance.random()
    agent = _AGENTS[chance.randrange(3)]
    if kind < 0.05:
        # Manifests are no artifacts: each passes.
        manifest = f"/downloads/latest.yml?noCache={chance.getrandbits(40):x}"
        return [Asked(at, client, "GET", manifest, 200, 350, agent=agent)]
    if kind < 0.07:
        return [Asked(at, client, "GET", "/wp-login.php", 404, 153, agent=_AGENTS[3])]
    if kind < 0.09:
        return [Asked(at, client, "HEAD", name, 200, 0, agent=_AGENTS[3])]
    if kind < 0.14:
        return _resumed(chance, at, client, name, size, agent)
    if kind < 0.16:
        return [Asked(at, client, "GET", name, 200, size // 2, agent=agent, is_broken_off=True)]
    if kind < 0.2:
        return _in_parts(at, client, name, size, agent)
    if kind < 0.55:
        first = chance.randrange(max(1, size - 8192))
        last = min(size, first + 8192) - 1
        return [Asked(at, client, "GET", name, 206, last - first + 1, f"bytes={first}-{last}", agent)]
    target = f"{name}?noCache={chance.getrandbits(40):x}" if kind < 0.6 else name
    return [Asked(at, client, "GET", target, 200, size, agent=agent)]


def _resumed(chance: random.Random, at: int, client: str, name: str, size: int, agent: str) -> list[Asked]:
    """Broken off after a third, and taken up again within the hour."""
    third = size // 3
    return [
        Asked(at, client, "GET", name, 200, third, agent=agent, is_broken_off=True),
        Asked(
            at + chance.randrange(5, 3600), client, "GET", name, 206, size - third, f"bytes={third}-", agent
        ),
    ]


def _in_parts(at: int, client: str, name: str, size: int, agent: str) -> list[Asked]:
    """Four parts, one after the other."""
    cuts = [0, size // 4, size // 2, size - size // 4, size]
    return [
        Asked(at + number, client, "GET", name, 206, end - first, f"bytes={first}-{end - 1}", agent)
        for number, (first, end) in enumerate(pairwise(cuts))
    ]


def combined(asked: Asked) -> str:
    """The line of nginx and Apache."""
    stamp = datetime.fromtimestamp(asked.at, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return (
        f'{asked.client} - - [{stamp}] "{asked.method} {asked.target} HTTP/1.1" {asked.status} {asked.bytes} '
        f'"-" "{asked.agent}"\n'
    )


def replay(requests: Iterable[Asked], port: int, *, connections: int = 4) -> int:
    """Send them to a server of loopback, in order by so many clients; how many were answered.

    Raises:
        RuntimeError, OSError: one was not; the others end.
    """
    remaining, taking = iter(requests), threading.Lock()

    def work() -> int:
        done = 0
        with Asking(port) as asking:
            while True:
                with taking:
                    some = list(islice(remaining, _TAKEN_AT_ONCE))
                if not some:
                    return done
                for asked in some:
                    _send(asking, asked)
                done += len(some)

    with ThreadPoolExecutor(connections) as pool:
        return sum(each.result() for each in [pool.submit(work) for _ in range(connections)])


def _send(asking: Asking, asked: Asked) -> None:
    leaves_after = asked.bytes if asked.is_broken_off else 0
    options: dict[str, Any] = {"method": asked.method, "range_": asked.range, "agent": asked.agent}
    asking.ask(asked.target, leaves_after=leaves_after, **options)
