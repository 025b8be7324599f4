"""Many at once: one new file costs its origin one request, and who is slow holds up nobody."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable

import pytest

from chassis.publishing.rules import CacheRule
from local.loopback import HOST

READERS = 200
BODY = b"".join(f"{number:07}\n".encode() for number in range(50_000))


@pytest.fixture
def slow_store(store):
    """A store that thinks for a while before each answer."""
    store.before_answer = lambda: time.sleep(0.3)
    return store


def all_at_once(
    port: int, path: str, headers: Callable[[int], str] = lambda _: ""
) -> list[tuple[int, bytes]]:
    """Status and body of the answers to readers who all begin at the same moment."""

    async def read(number: int, together: asyncio.Event) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection(HOST, port)
        await together.wait()
        head = f"GET {path} HTTP/1.1\r\nHost: herd\r\nConnection: close\r\n{headers(number)}\r\n"
        writer.write(head.encode())
        answer = await reader.read()
        writer.close()
        status, _, body = answer.partition(b"\r\n\r\n")
        return int(status[9:12]), body

    async def read_all() -> list[tuple[int, bytes]]:
        together = asyncio.Event()
        readers = [asyncio.create_task(read(number, together)) for number in range(READERS)]
        await asyncio.sleep(0)
        together.set()
        return await asyncio.gather(*readers)

    return asyncio.run(read_all())


@pytest.mark.slow
def test_the_first_readers_of_a_new_file_cost_one_request(slow_store, small_edge):
    slow_store.answer("/bucket/new.bin", BODY, cache=CacheRule.IMMUTABLE.origin)

    answers = all_at_once(small_edge.files_port, "/new.bin")

    assert answers == [(200, BODY)] * READERS
    assert len(slow_store.asked_for("/bucket/new.bin")) == 1


@pytest.mark.slow
def test_the_first_ranges_of_a_new_file_cost_one_request(slow_store, small_edge):
    slow_store.answer("/bucket/new.bin", BODY, cache=CacheRule.IMMUTABLE.origin, Accept_Ranges="bytes")

    answers = all_at_once(
        small_edge.files_port, "/new.bin", lambda number: f"Range: bytes={number * 8}-{number * 8 + 7}\r\n"
    )

    assert answers == [(206, BODY[number * 8 : number * 8 + 8]) for number in range(READERS)]
    assert len(slow_store.asked_for("/bucket/new.bin")) == 1


@pytest.mark.slow
def test_a_herd_for_what_is_not_there_costs_one_request(slow_store, small_edge):
    slow_store.answer("/bucket/never.html", b"<Error/>", status=404)

    answers = all_at_once(small_edge.files_port, "/never.html")

    assert {status for status, _ in answers} == {404}
    assert len(slow_store.asked_for("/bucket/never.html")) == 1


def test_who_never_ends_a_request_holds_up_nobody(store, small_edge, ask):
    store.answer("/bucket/page.html", b"page", cache=CacheRule.PAGE.origin)
    slow = [socket.create_connection((HOST, small_edge.files_port)) for _ in range(300)]
    for connection in slow:
        connection.sendall(b"GET /page.html HTTP/1.1\r\nHost: x\r\nX-Slow: ")

    began = time.monotonic()
    answers = [ask.get("/page.html") for _ in range(20)]
    seconds = time.monotonic() - began

    for connection in slow:
        connection.close()
    assert {answer.status_code for answer in answers} == {200}
    assert seconds < 2


def test_a_reader_who_goes_away_leaves_the_copy_to_the_others(slow_store, small_edge, ask):
    slow_store.answer("/bucket/new.bin", BODY, cache=CacheRule.IMMUTABLE.origin)
    with socket.create_connection((HOST, small_edge.files_port)) as first:
        first.sendall(b"GET /new.bin HTTP/1.1\r\nHost: x\r\n\r\n")
        first.recv(1)

    answer = ask.get("/new.bin")

    assert answer.content == BODY
    assert len(slow_store.asked_for("/bucket/new.bin")) == 1
