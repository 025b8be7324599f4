"""PostgreSQL for the benches: its own settings, so every commit waits for the disk."""

from __future__ import annotations

import psutil
import psycopg

from local.postgres import Postgres


class DurablePostgres(Postgres):
    """A server as it comes, which is one whose commits wait for the disk."""

    def database(self, name: str) -> str:
        """The address of a new, empty database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                found = connection.execute(f"SHOW {setting}").fetchone()
                assert found == ("on",), f"{setting} is {found}"
            connection.execute(f'CREATE DATABASE "{name}"')
        return str(self._server.get_uri(database=name))

    @property
    def processes(self) -> list[psutil.Process]:
        """The server's process and those below it."""
        leader = psutil.Process(self._server.get_pid())
        return [leader, *leader.children(recursive=True)]
