"""Ten thousand reads, as readers and updaters make them: the origin and the application hardly work.

Pages, pictures, the feed and ranges of an artifact, by Zipf's law: a few are read by everybody, most by few.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from chassis.publishing.rules import CacheRule
from local.edge.server import Edge
from local.loopback import HOST
from tests.edge.conftest import requests_at_origin

REQUESTS = 10_000
READERS = 20
POSTS = 12
RANGE_BYTES = 4096
ARTIFACT_BYTES = 2_000_000


@dataclass(frozen=True)
class Read:
    """One request, as bytes, and the status that is right."""

    request: bytes
    status: int


@pytest.fixture
def site(put) -> list[str]:
    """The files of a small site, with the rules of the publisher; their addresses, most read first."""
    pictures = [f"media/{number:064x}/{width}.jpg" for number in range(POSTS) for width in (640, 1280)]
    pages = [f"blog/readers/post-{number}/index.html" for number in range(POSTS)]
    for key in pages:
        put(key, b"<p>The garden gate wants oil.</p>" * 600)
    for key in pictures:
        put(key, bytes(20_000), rule=CacheRule.IMMUTABLE, ContentType="image/jpeg")
    put("blog/readers/index.html", b"<p>Home</p>" * 500, rule=CacheRule.LISTING)
    put(
        "blog/readers/feed.atom", b"<feed/>" * 500, rule=CacheRule.LISTING, ContentType="application/atom+xml"
    )
    put(
        "updates/readers/stable.json",
        b'{"version": "1.0.0"}',
        rule=CacheRule.POINTER,
        ContentType="application/json",
    )
    put(
        "artifacts/readers/app-1.0.0.bin",
        bytes(ARTIFACT_BYTES),
        rule=CacheRule.IMMUTABLE,
        ContentType="application/zip",
    )
    keys = [
        "blog/readers/index.html",
        "blog/readers/feed.atom",
        "updates/readers/stable.json",
        "artifacts/readers/app-1.0.0.bin",
    ]
    return [f"/{key.removesuffix('index.html')}" for key in (*keys, *pages, *pictures)]


def reads(addresses: list[str]) -> Iterator[Read]:
    """The same ones in every run. Browsers take text compressed; updaters ask for it as it is."""
    chance = random.Random(7)
    weights = [1 / rank for rank in range(1, len(addresses) + 1)]
    for address in chance.choices(addresses, weights, k=REQUESTS):
        more, status = "" if address.startswith("/updates/") else "Accept-Encoding: gzip\r\n", 200
        if address.startswith("/artifacts/"):
            first = chance.randrange(ARTIFACT_BYTES - RANGE_BYTES)
            more, status = f"Range: bytes={first}-{first + RANGE_BYTES - 1}\r\n", 206
        yield Read(f"GET {address} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode(), status)


async def _read_on_one_connection(port: int, todo: Iterator[Read]) -> list[str]:
    """What `X-Cache` said to each read, until there are no more."""
    reader, writer = await asyncio.open_connection(HOST, port)
    said = []
    for read in todo:
        writer.write(read.request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        headers = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
        assert int(head[9:12]) == read.status, head
        if "content-length" in headers:
            await reader.readexactly(int(headers["content-length"]))
        else:
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        said.append(headers["x-cache"])
    writer.close()
    return said


def read_all(edge: Edge, addresses: list[str]) -> list[str]:
    """Twenty connections share the reads."""

    async def together() -> list[list[str]]:
        todo = reads(addresses)
        return await asyncio.gather(*(_read_on_one_connection(edge.files_port, todo) for _ in range(READERS)))

    return list(itertools.chain(*asyncio.run(together())))


@pytest.mark.slow
def test_ten_thousand_reads_are_hits_and_nobody_behind_the_edge_is_asked(
    edge, site, web_process, django_assert_num_queries, db
):
    with django_assert_num_queries(0):
        said = read_all(edge, site)

    asked = requests_at_origin(edge)
    assert len(said) == REQUESTS
    # From an edge that has nothing yet: each file is a miss once.
    assert said.count("hit") / REQUESTS >= 0.995
    assert [asked[address] for address in site] == [1] * len(site)
    assert web_process.requests == []
