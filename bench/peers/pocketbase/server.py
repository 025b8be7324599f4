"""PocketBase as the peer of the to-dos: its program, its collection, its accounts."""

from __future__ import annotations

import json
import secrets
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.peers.environments import PEERS, programs_of
from bench.servers import Program
from bench.todos_peers.sides import (
    ACCOUNTS,
    ACTIVE,
    READERS,
    ROWS,
    WRITERS,
    Work,
    call,
    json_of,
    request,
    taking_turns,
    todo,
)

RECORDS = "/api/collections/todos/records"
PASSWORD = "four-strings-on-a-desk"
# As its documentation has an owner's own records, with an index for the lists and one for the changes.
_OWN = "owner = @request.auth.id"
COLLECTION: dict[str, Any] = {
    "name": "todos",
    "type": "base",
    **dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), _OWN),
    "fields": [
        {
            "name": "owner",
            "type": "relation",
            "collectionId": "_pb_users_auth_",
            "maxSelect": 1,
            "required": True,
        },
        {"name": "title", "type": "text", "required": True, "max": 500},
        {"name": "notes", "type": "text", "max": 20000},
        {"name": "due_on", "type": "date"},
        {"name": "priority", "type": "number"},
        {"name": "tags", "type": "json"},
        {"name": "done_at", "type": "date"},
        {"name": "created", "type": "autodate", "onCreate": True},
        {"name": "updated", "type": "autodate", "onCreate": True, "onUpdate": True},
    ],
    "indexes": [
        "CREATE INDEX todos_owner_id ON todos (owner, id)",
        "CREATE INDEX todos_owner_updated ON todos (owner, updated)",
    ],
}
SETTINGS = {"batch": {"enabled": True, "maxRequests": ROWS, "timeout": 30}, "logs": {"maxDays": 0}}


class PocketBase(Program):
    """PocketBase on SQLite, with `synchronous = FULL` by a hook; its log of requests is off."""

    name = "PocketBase"

    def __init__(self, directory: Path, *, processors: int | None) -> None:
        # Go reckons with all processors of the machine unless it is told.
        environment = {} if processors is None else {"GOMAXPROCS": str(processors)}
        super().__init__(environment, ready_path="/api/health")
        self._directory = directory
        self._program = programs_of("pocketbase") / "pocketbase"
        self._tokens: list[str] = []

    def command(self) -> Sequence[str]:
        """Its own command line."""
        return [str(self._program), "serve", f"--http=127.0.0.1:{self.port}", *self._options()]

    def start(self) -> None:
        """Start it with its data."""
        superuser = ("superuser", "upsert", "bench@example.com", PASSWORD)
        subprocess.run([self._program, *superuser, *self._options()], check=True, stdout=subprocess.DEVNULL)
        super().start()
        boss = self._sign_in()
        call(self.port, "PATCH", "/api/settings", boss, SETTINGS)
        call(self.port, "POST", "/api/collections", boss, COLLECTION)
        person = {"email": "first@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
        call(self.port, "POST", "/api/collections/users/records", boss, person)
        self.stop()
        _fill(self._directory / "data.db")
        super().start()
        assert call(self.port, "GET", "/bench/synchronous", "").json == {"synchronous": 2}
        boss = self._sign_in()
        impersonate = "/api/collections/users/impersonate"
        self._tokens = [
            call(self.port, "POST", f"{impersonate}/{_user(account)}", boss, {}).json["token"]
            for account in ACTIVE
        ]

    def work(self) -> Mapping[str, Work]:
        """It has no conditional requests: that nothing is new, it says with the time of the newest change."""
        reader = READERS[0]
        for asked, rows in (
            (self._list(reader), ROWS),
            (self._changes(reader, after=ROWS - 10), 10),
        ):
            assert len(json_of(self.port, asked)["items"]) == rows
        assert json_of(self.port, self._newest(reader))["items"] == [{"updated": _time(ROWS - 1)}]
        return {
            "nothing new": Work(200, taking_turns([self._newest(account) for account in READERS])),
            "list of 100": Work(200, taking_turns([self._list(account) for account in READERS])),
            "delta of 10": Work(
                200, taking_turns([self._changes(account, after=ROWS - 10) for account in READERS])
            ),
            "batch of 100": Work(200, taking_turns([self._batch(account) for account in WRITERS])),
            "create": Work(200, taking_turns([self._create(account) for account in WRITERS])),
        }

    def _list(self, account: int) -> bytes:
        query = f"perPage={ROWS}&sort=id&skipTotal=1"
        return request("GET", f"{RECORDS}?{query}", self._tokens[account])

    def _changes(self, account: int, *, after: int) -> bytes:
        moment = _time(after - 1).replace(" ", "%20")
        query = f"perPage={ROWS}&sort=updated&skipTotal=1&filter=(updated%3E%22{moment}%22)"
        return request("GET", f"{RECORDS}?{query}", self._tokens[account])

    def _newest(self, account: int) -> bytes:
        """Not by a filter that finds nothing: PocketBase lets such an answer wait, up to half a second."""
        query = "perPage=1&sort=-updated&skipTotal=1&fields=updated"
        return request("GET", f"{RECORDS}?{query}", self._tokens[account])

    def _create(self, account: int) -> bytes:
        return request("POST", RECORDS, self._tokens[account], {"owner": _user(account), **todo(0)})

    def _batch(self, account: int) -> bytes:
        bodies = [{"owner": _user(account), **todo(number)} for number in range(ROWS)]
        requests = [{"method": "POST", "url": RECORDS, "body": body} for body in bodies]
        return request("POST", "/api/batch", self._tokens[account], {"requests": requests})

    def _options(self) -> list[str]:
        hooks = PEERS / "pocketbase" / "hooks"
        migrations = self._directory.parent / "migrations"
        return [f"--dir={self._directory}", f"--hooksDir={hooks}", f"--migrationsDir={migrations}"]

    def _sign_in(self) -> str:
        answer = call(
            self.port,
            "POST",
            "/api/collections/_superusers/auth-with-password",
            "",
            {"identity": "bench@example.com", "password": PASSWORD},
        )
        token: str = answer.json["token"]
        return token


def _user(account: int) -> str:
    return f"user{account:011d}"


def _time(number: int) -> str:
    return f"2026-11-01 12:{number // 60:02d}:{number % 60:02d}.000Z"


def _fill(path: Path) -> None:
    """Accounts and to-dos, straight into its database: by its API the passwords alone would take minutes."""
    with sqlite3.connect(path) as database:
        (password,) = database.execute("SELECT password FROM users").fetchone()
        database.execute("DELETE FROM users")
        database.executemany(
            "INSERT INTO users (id, email, password, tokenKey, created, updated) VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    _user(account),
                    f"{account}@example.com",
                    password,
                    secrets.token_hex(25),
                    _time(0),
                    _time(0),
                )
                for account in range(ACCOUNTS)
            ),
        )
        database.executemany(
            "INSERT INTO todos (id, owner, title, notes, due_on, priority, tags, created, updated)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    f"t{number:04d}{account:010d}",
                    _user(account),
                    *(todo(number)["title"], todo(number)["notes"], "2026-12-24 00:00:00.000Z"),
                    *(todo(number)["priority"], json.dumps(todo(number)["tags"])),
                    *(_time(number), _time(number)),
                )
                for number in range(ROWS)
                for account in range(ACCOUNTS)
            ),
        )
        database.execute("ANALYZE")
    database.close()
