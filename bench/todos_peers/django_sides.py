"""Ours, on SQLite or PostgreSQL, and the plain version of Django REST framework."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import psutil

from bench.copies import identifier, subject
from bench.servers import Server
from bench.todos_peers.sides import (
    ACCOUNTS,
    READERS,
    ROWS,
    WRITERS,
    Work,
    call,
    json_of,
    made_fresh,
    request,
    taking_turns,
    todo,
)
from tests.issuer import Issuer


class DjangoSide:
    """An application of Django under granian, with accounts that hold tokens of the issuer."""

    application: ClassVar[str]
    settings: ClassVar[str]
    app: ClassVar[str]
    path: ClassVar[str]

    def __init__(
        self,
        name: str,
        issuer: Issuer,
        directory: Path,
        database_url: str = "",
        *,
        accounts: int = ACCOUNTS,
        threads: int = 4,
    ) -> None:
        self.name = name
        self._accounts = accounts
        self._issuer = issuer
        self._tokens: dict[int, str] = {}
        self._cursors: dict[tuple[int, int], str] = {}
        self._server = Server(
            self.application,
            self.settings,
            directory,
            {**issuer.environment(), "SQLITE_SYNCHRONOUS": "FULL"},
            database_url=database_url,
            threads=threads,
        )
        self.port = self._server.port

    def __enter__(self) -> Self:
        self._server.django("migrate", "--no-input", "--verbosity=0", "--run-syncdb")
        self._server.start()
        self.fill()
        self.copy(1, self._accounts - 1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    @property
    def processes(self) -> list[psutil.Process]:
        """The server's processes."""
        return self._server.processes

    def fill(self) -> None:
        """The first account, through the API."""
        for number in range(ROWS):
            call(self.port, "POST", self.path, self.token(0), {"id": identifier(number), **todo(number)})

    def copy(self, first: int, last: int) -> None:
        """Further accounts, as copies of the first."""
        self._server.run("-m", "bench.copies", self.app, str(first), str(last))

    def token(self, account: int) -> str:
        """What stands in the header of an account's requests."""
        if account not in self._tokens:
            self._tokens[account] = f"Bearer {self._issuer.token(subject(account))}"
        return self._tokens[account]

    def work(self) -> Mapping[str, Work]:
        """What both can do: a conditional GET, GET and POST."""
        page = json_of(self.port, self.list(READERS[0]))
        assert len(page.get("items") or page["results"]) == ROWS
        return {
            "nothing new": Work(304, taking_turns([self.unchanged(account) for account in READERS])),
            "list of 100": Work(200, taking_turns([self.list(account) for account in READERS])),
            "create": Work(201, taking_turns([self.create(account) for account in WRITERS])),
        }

    def unchanged(self, account: int) -> bytes:
        """A list that is asked for with the ETag of the last answer."""
        etag = call(self.port, "GET", self.path, self.token(account)).headers["ETag"]
        return request("GET", self.path, self.token(account), headers={"If-None-Match": etag})

    def list(self, account: int) -> bytes:
        """The first page, which holds all."""
        return request("GET", self.path, self.token(account))

    def create(self, account: int) -> bytes:
        """One more."""
        return request("POST", self.path, self.token(account), todo(0))


class Ours(DjangoSide):
    """The services as they are, but that SQLite waits for the disk (`bench.durable_settings`)."""

    application = "config.wsgi:application"
    settings = "bench.durable_settings"
    app = "todos"
    path = "/api/todos/v1/todos"
    sync_path = "/api/todos/v1/sync"

    def work(self) -> Mapping[str, Work]:
        """All rows."""
        for account in WRITERS:
            self.seen(account, ROWS)
        batch = json_of(self.port, self.batch(WRITERS[0], 0xFFFFFFFF))
        assert {result["status"] for result in batch["results"]} == {"applied"}, batch["results"][0]
        assert len(json_of(self.port, self.delta(READERS[0]))["changes"]["todos"]) == 10
        return {
            **super().work(),
            "delta of 10": Work(200, taking_turns([self.delta(account) for account in READERS])),
            "batch of 100": Work(200, made_fresh(lambda n: self.batch(WRITERS[n % len(WRITERS)], n))),
        }

    def delta(self, account: int) -> bytes:
        """A device that has seen all but the last ten changes."""
        return request("POST", self.sync_path, self.token(account), {"cursor": self.seen(account, ROWS - 10)})

    def seen(self, account: int, changes: int) -> str:
        """The cursor of a device that has seen so many changes."""
        if (account, changes) not in self._cursors:
            body = {"cursor": None, "limit": changes}
            answer = call(self.port, "POST", self.sync_path, self.token(account), body)
            self._cursors[account, changes] = answer.json["cursor"]
        return self._cursors[account, changes]

    def batch(self, account: int, number: int) -> bytes:
        """A hundred to-dos that were made without a network. `number` keeps their ids apart.

        The answer brings a hundred changes, as many rows as the peers answer.
        """
        operations = [
            {
                "id": f"{number:08x}-{row:04x}-4000-8000-{account:012x}",
                "kind": "todo.create",
                "target": f"{number:08x}-{row:04x}-7000-9000-{account:012x}",
                "base": ROWS,
                "set": todo(row),
            }
            for row in range(ROWS)
        ]
        cursor, device = self.seen(account, ROWS), f"bench-{number}"
        body = {"cursor": cursor, "device": device, "operations": operations, "limit": ROWS}
        return request("POST", self.sync_path, self.token(account), body)


class PlainDrf(DjangoSide):
    """`bench/peers/plain_drf`: it knows neither changes nor batches."""

    application = "bench.peers.plain_drf.wsgi:application"
    settings = "bench.peers.plain_drf.settings"
    app = "plain_drf"
    path = "/todos/"
