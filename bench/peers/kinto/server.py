"""Kinto as the peer of the to-dos: its application under granian, on PostgreSQL."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Mapping, Sequence

import psycopg

from bench.copies import subject
from bench.peers.environments import PEERS, programs_of
from bench.results import ROOT
from bench.servers import Program, granian
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

COLLECTION = "/v1/buckets/default/collections/todos"
RECORDS = f"{COLLECTION}/records"
# When the first to-do of each account was changed, in milliseconds; the others follow at one a millisecond.
FIRST_CHANGE = 1_790_000_000_000
# Those of the accounts that nobody uses are copies of the first one's.
_FILL = """
SET session_replication_role = replica;
CREATE TEMPORARY TABLE others AS
SELECT '/buckets/' || gen_random_uuid() AS bucket FROM generate_series(1, %(others)s);
INSERT INTO objects SELECT id, bucket, resource_name, last_modified, data, deleted
FROM others, (SELECT * FROM objects WHERE resource_name = 'collection' LIMIT 1) AS first;
INSERT INTO access_control_entries
SELECT bucket || '/collections/todos', 'write', 'basicauth:' || bucket FROM others;
INSERT INTO objects (id, parent_id, resource_name, last_modified, data, deleted)
SELECT gen_random_uuid()::text, parent_id || '/collections/todos', 'record',
       from_epoch(%(first)s + number), body, false
FROM objects, unnest(%(bodies)s::jsonb[]) WITH ORDINALITY AS rows (body, number)
WHERE resource_name = 'collection'
ORDER BY number, parent_id;
INSERT INTO access_control_entries (object_id, permission, principal)
SELECT records.parent_id || '/records/' || records.id, 'write', owners.principal
FROM objects AS records JOIN access_control_entries AS owners
  ON owners.object_id = records.parent_id AND owners.permission = 'write'
WHERE records.resource_name = 'record';
SET session_replication_role = DEFAULT;
ANALYZE;
"""


class Kinto(Program):
    """Kinto with a default bucket for each account, and passwords that it only hashes quickly."""

    name = "Kinto"

    def __init__(self, database_url: str) -> None:
        self._programs = programs_of("kinto")
        self._database_url = database_url
        self._ini = str(PEERS / "kinto" / "kinto.ini")
        environment = {
            "KINTO_INI": self._ini,
            "KINTO_STORAGE_URL": database_url,
            "KINTO_PERMISSION_URL": database_url,
            "PYTHONPATH": str(ROOT),
        }
        super().__init__(environment, ready_path="/v1/__lbheartbeat__")
        self._accounts = [
            f"Basic {base64.b64encode(f'{subject(account)}:pass'.encode()).decode()}" for account in ACTIVE
        ]

    def command(self) -> Sequence[str]:
        """Granian, as for ours."""
        return granian(self._programs / "python", self.port, "bench.peers.kinto.app:application")

    def start(self) -> None:
        """Start it with its data."""
        migrate = [str(self._programs / "kinto"), "migrate", "--ini", self._ini]
        subprocess.run(migrate, env=self.environment, check=True, capture_output=True)
        super().start()
        for account in self._accounts:
            call(self.port, "PUT", COLLECTION, account, {})
        bodies = [json.dumps(todo(number)) for number in range(ROWS)]
        with psycopg.connect(self._database_url, cursor_factory=psycopg.ClientCursor) as database:
            database.execute(
                _FILL, {"first": FIRST_CHANGE, "bodies": bodies, "others": ACCOUNTS - len(ACTIVE)}
            )

    def work(self) -> Mapping[str, Work]:
        """Conditional GET, GET, `_since`, its batch and POST."""
        assert len(json_of(self.port, self._get(READERS[0]))["data"]) == ROWS
        assert len(json_of(self.port, self._get(READERS[0], _since()))["data"]) == 10
        batch = json_of(self.port, self._batch(WRITERS[0]))
        assert {answer["status"] for answer in batch["responses"]} == {201}, batch["responses"][0]
        return {
            "nothing new": Work(304, taking_turns([self._unchanged(account) for account in READERS])),
            "list of 100": Work(200, taking_turns([self._get(account) for account in READERS])),
            "delta of 10": Work(200, taking_turns([self._get(account, _since()) for account in READERS])),
            "batch of 100": Work(200, taking_turns([self._batch(account) for account in WRITERS])),
            "create": Work(201, taking_turns([self._create(account) for account in WRITERS])),
        }

    def _get(self, account: int, query: str = "") -> bytes:
        return request("GET", f"{RECORDS}{query}", self._accounts[account])

    def _unchanged(self, account: int) -> bytes:
        etag = call(self.port, "HEAD", RECORDS, self._accounts[account]).headers["ETag"]
        return request("GET", RECORDS, self._accounts[account], headers={"If-None-Match": etag})

    def _create(self, account: int) -> bytes:
        return request("POST", RECORDS, self._accounts[account], {"data": todo(0)})

    def _batch(self, account: int) -> bytes:
        requests = [
            {"method": "POST", "path": RECORDS, "body": {"data": todo(number)}} for number in range(ROWS)
        ]
        return request("POST", "/v1/batch", self._accounts[account], {"requests": requests})


def _since() -> str:
    return f"?_since=%22{FIRST_CHANGE + ROWS - 10}%22"
