"""Django's PostgreSQL, which asks a connection less often whether it lives.

With CONN_HEALTH_CHECKS each request begins with a `SELECT 1`: half of all statements of a read that needs
one. A connection that answered a moment ago is only looked at: had the server ended it, there would be
something to read.
"""

from __future__ import annotations

import select
import time
from typing import Any

from django.db.backends.postgresql import base

# After a longer rest, or once in a while, the server is asked: who vanished without a word says nothing.
TRUSTED_SECONDS = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection."""

    _answered_at = float("-inf")

    def get_new_connection(self, conn_params: Any) -> Any:
        """Connect."""
        connection = super().get_new_connection(conn_params)
        self._answered_at = time.time()
        return connection

    def is_usable(self) -> bool:
        """Whether the server is there."""
        if not self.errors_occurred and self._answered_lately() and self._is_quiet():
            return True
        is_usable = bool(super().is_usable())
        if is_usable:
            self._answered_at = time.time()
        return is_usable

    def _answered_lately(self) -> bool:
        # By the clock on the wall: a monotonic one may stand still while a function is frozen.
        return 0 <= time.time() - self._answered_at < TRUSTED_SECONDS

    def _is_quiet(self) -> bool:
        """Whether nothing has arrived, which after an answered statement would be the end, or a notice."""
        if self.connection is None or self.connection.closed:
            return False
        watch = select.poll()
        watch.register(self.connection.fileno(), select.POLLIN)
        return not watch.poll(0)
