"""Limits on writes and anonymous forms, counted in the database so that they hold over many processes.

Headers: `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10), `Retry-After`
(RFC 9110 §10.2.3). Reads are not counted: the edge throttles them.
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from chassis.auth import Principal

WINDOW_SECONDS = 60
# A process takes this part of a limit from the database at once, so that a busy client costs one
# extra statement in many writes. Small limits are counted one by one.
LEASE_PART = 50

_COUNT = """
    INSERT INTO chassis_ratecount (key, window_start, count) VALUES (%s, %s, %s)
    ON CONFLICT (key, window_start) DO UPDATE SET count = chassis_ratecount.count + excluded.count
    RETURNING count
"""


@dataclass(frozen=True)
class Permit:
    """One request that was counted: which one of how many it is in its window."""

    policy: str
    used: int
    limit: int
    seconds_left: int

    @property
    def is_granted(self) -> bool:
        """Whether the limit was not used up."""
        return self.used <= self.limit

    @property
    def headers(self) -> dict[str, str]:
        """What a client is told, refused or not."""
        left = max(0, self.limit - self.used)
        found = {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"{self.policy}";r={left};t={self.seconds_left}',
        }
        return found if self.is_granted else {**found, "Retry-After": str(self.seconds_left)}


def count_request(request: HttpRequest | Request, *, policy: str, limit: int) -> Permit:
    """Count a request of an anonymous caller, known by their address."""
    return _take(policy, str(BaseThrottle().get_ident(cast(Request, request))), limit)


def _take(policy: str, caller: str, limit: int) -> Permit:
    now = int(time.time())
    window_start = now - now % WINDOW_SECONDS
    used = _leases.take(f"{policy}:{caller}", window_start, limit)
    return Permit(policy, used, limit, window_start + WINDOW_SECONDS - now)


class RateThrottle(BaseThrottle):
    """So many requests of one caller in a minute. Subclasses name the policy and its limit."""

    policy: ClassVar[str]
    methods: ClassVar[frozenset[str]] = frozenset({"POST", "PUT", "PATCH", "DELETE"})

    def limit(self) -> int:
        """Requests in a window of 60 seconds."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request; False when the window's limit is used up."""
        if request.method not in self.methods:
            return True
        self._permit = _take(self.policy, self._caller(request), self.limit())
        view.headers.update(self._permit.headers)
        return self._permit.is_granted

    def wait(self) -> float:
        """Seconds until the window ends, for Retry-After."""
        return max(1, self._permit.seconds_left)

    def _caller(self, request: Request) -> str:
        if isinstance(request.user, Principal):
            return request.user.subject
        return str(self.get_ident(request))


class WriteRateThrottle(RateThrottle):
    """The default: writes of one user or service."""

    policy = "writes"

    def limit(self) -> int:
        """From API_WRITES_PER_MINUTE."""
        return settings.API_WRITES_PER_MINUTE


class _Leases:
    """Parts of limits that this process took from the database and has not used up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[tuple[str, int], tuple[int, int]] = {}

    def take(self, name: str, window_start: int, limit: int) -> int:
        """Use one permit; the number that it is in the window, which is more than `limit` when refused."""
        key = (hashlib.sha256(name.encode()).hexdigest(), window_start)
        with self._lock:
            used, held_until = self._held.get(key, (0, 0))
            if used >= held_until:
                size = max(1, limit // LEASE_PART)
                held_until = _count(key, size)
                used = held_until - size
            self._forget_old(window_start)
            self._held[key] = (used + 1, held_until)
            return used + 1

    def _forget_old(self, window_start: int) -> None:
        if len(self._held) > 1000:
            self._held = {key: held for key, held in self._held.items() if key[1] == window_start}

    def clear(self) -> None:
        """Forget everything held (tests)."""
        with self._lock:
            self._held.clear()


def _count(key: tuple[str, int], size: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [key[0], key[1], size])
        return int(cursor.fetchone()[0])


_leases = _Leases()
