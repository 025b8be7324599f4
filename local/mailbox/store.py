"""Mails on disk: the bytes as they came, in one SQLite file that several threads may use."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    received_at TEXT NOT NULL,
    sender TEXT NOT NULL,
    raw BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS recipient (
    mail_number INTEGER NOT NULL REFERENCES mail (number) ON DELETE CASCADE,
    address TEXT NOT NULL,
    PRIMARY KEY (address, mail_number)
);
"""
_COLUMNS = """
    SELECT id, received_at, sender, raw,
           (SELECT group_concat(address, char(10)) FROM recipient WHERE mail_number = number) FROM mail
"""


@dataclass(frozen=True)
class StoredMail:
    """A mail as it was handed over: the envelope and the bytes."""

    id: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes


class MailStore:
    """The mails of one desk, newest first."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, *, sender: str, recipients: list[str], raw: bytes) -> str:
        """Keep a mail; its id, in the form of SES's message ids."""
        mail_id = f"{secrets.token_hex(8)}-{secrets.token_hex(16)}"
        with self._connection() as connection:
            cursor = connection.execute(
                "INSERT INTO mail (id, received_at, sender, raw) VALUES (?, ?, ?, ?)",
                (mail_id, datetime.now(UTC).isoformat(), sender, raw),
            )
            connection.executemany(
                "INSERT OR IGNORE INTO recipient (mail_number, address) VALUES (?, ?)",
                [(cursor.lastrowid, address) for address in recipients],
            )
        return mail_id

    def find(self, mail_id: str) -> StoredMail | None:
        """One mail, or None."""
        with self._connection() as connection:
            row = connection.execute(f"{_COLUMNS} WHERE id = ?", (mail_id,)).fetchone()
        return _mail(row) if row else None

    def list_newest(self, *, to: str = "", limit: int = 100) -> list[StoredMail]:
        """The newest mails, those to one address if it is given (in any case of letters)."""
        where = (
            "WHERE number IN (SELECT mail_number FROM recipient WHERE lower(address) = lower(?))"
            if to
            else ""
        )
        query = f"{_COLUMNS} {where} ORDER BY number DESC LIMIT ?"
        with self._connection() as connection:
            rows = connection.execute(query, (to, limit) if to else (limit,)).fetchall()
        return [_mail(row) for row in rows]

    def count(self) -> int:
        """How many mails there are."""
        with self._connection() as connection:
            return int(connection.execute("SELECT count(*) FROM mail").fetchone()[0])

    def empty(self) -> None:
        """Throw all mails away."""
        with self._connection() as connection:
            connection.execute("DELETE FROM mail")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=20)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.executescript(_SCHEMA)
            with connection:
                yield connection
        finally:
            connection.close()


def desk_store() -> MailStore:
    """The mails of this desk."""
    # The types know the services' settings, not the mailbox's own.
    return MailStore(settings.MAILBOX_FILE)  # type: ignore[misc]


def _mail(row: tuple[str, str, str, bytes, str | None]) -> StoredMail:
    mail_id, received_at, sender, raw, recipients = row
    return StoredMail(
        id=mail_id,
        received_at=datetime.fromisoformat(received_at),
        sender=sender,
        recipients=tuple((recipients or "").splitlines()),
        raw=raw,
    )
