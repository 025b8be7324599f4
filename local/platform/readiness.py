"""Is a process there yet?"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

_POLL_SECONDS = 0.05
_ANSWER_SECONDS = 20


async def until_answers(url: str) -> None:
    """Return once the address answers a GET with 200."""
    while not await _answers(url):
        await asyncio.sleep(_POLL_SECONDS)


async def until_returns(function: Callable[[], object]) -> None:
    """Return once a function that blocks has returned, and raise what it raises.

    Its thread is a daemon, so that a wait in vain never holds up the end of the program.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[None] = loop.create_future()

    def settle(error: Exception | None) -> None:
        if outcome.done():
            return
        if error is None:
            outcome.set_result(None)
        else:
            outcome.set_exception(error)

    def work() -> None:
        error = None
        try:
            function()
        except Exception as raised:
            error = raised
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, error)

    threading.Thread(target=work, daemon=True).start()
    await outcome


async def _answers(url: str) -> bool:
    parts = urlsplit(url)
    headers = f"Host: {parts.netloc}\r\nConnection: close\r\n"
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                writer.write(f"GET {parts.path} HTTP/1.1\r\n{headers}\r\n".encode())
                status = await reader.readline()
            finally:
                writer.close()
    except OSError:
        # Also TimeoutError: nobody listens, or not yet with an application behind.
        return False
    return status.split()[1:2] == [b"200"]
