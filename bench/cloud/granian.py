"""One conditional GET, answered 304: by a warm function, and by granian on the same database."""

from __future__ import annotations

import itertools
import statistics
from http.client import HTTPConnection

from bench import load
from bench.cloud.functions import SUBJECTS, World, ask
from bench.results import Row, compare
from bench.servers import Server

NAME, REQUESTS = "todos", 150


def nothing_new_under_granian(world: World, *, megabytes: int, rounds: int) -> list[Row]:
    """Milliseconds of a 304, in alternating rounds; the function has a whole processor."""
    path, headers = SUBJECTS[NAME].path, world.request(NAME)[1]
    server = Server(
        "config.wsgi:application",
        "config.settings",
        world.directory / "granian",
        {**world.variables, "SERVICES": NAME},
        database_url=world.variables["DATABASE_URL"],
    )
    ours, theirs = [], []
    function = world.start(NAME, megabytes)
    try:
        with server:
            connection = HTTPConnection("127.0.0.1", server.port)
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            etag = answer.headers["ETag"]
            lines = {**headers, "If-None-Match": etag, "Host": "127.0.0.1", "Accept": "application/json"}
            head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            request = f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()
            for number in range(rounds + 1):
                asked = [ask(function, path, lines) for _ in range(REQUESTS)]
                assert {answer["statusCode"] for _, answer in asked} == {304}, asked[0][1]
                times = load.latencies(server.port, itertools.repeat(request, REQUESTS), status=304)
                # The first round warms both up.
                if number:
                    ours.append(statistics.median(outcome.seconds * 1000 for outcome, _ in asked))
                    theirs.append(statistics.median(times))
    finally:
        function.close()
    case = f"304 of {NAME} at {megabytes} MB"
    return [compare(case, "ms", ours, "the same under granian", theirs, more_is_better=False)]
