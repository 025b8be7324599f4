"""Health: alive (no dependency) and ready (database, object store, age of the task queue)."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse

from chassis.problems import safe_only

log = logging.getLogger(__name__)

QUEUE_AGE_SECONDS_MOST = 15 * 60


class NeedsAttention(Exception):
    """A part works, and somebody has to see to something, or a part of it will stop later.

    It is told and does not make the whole unready: no other process would do better.
    """


@safe_only
def live(request: HttpRequest) -> JsonResponse:
    """`GET /health/live`: this process answers. Touches nothing else."""
    return JsonResponse({"status": "ok"})


@safe_only
def ready(request: HttpRequest) -> JsonResponse:
    """`GET /health/ready`: 200 when all parts answer, else 503; says which. No secrets, no versions.

    Its status is that of the worst part; `attention` is 200, too.
    """
    checks = {name: _outcome(name, check) for name, check in CHECKS.items()}
    status = max(checks.values(), key=_OUTCOMES.index, default="ok")
    document = {
        "status": status,
        "services": list(settings.SERVICES),
        "checks": checks,
    }
    return JsonResponse(document, status=503 if status == "unavailable" else 200)


def check_database() -> None:
    """One statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_object_store() -> None:
    """The users' bucket is there and answers."""
    from chassis.storage import s3_client

    s3_client().head_bucket(Bucket=settings.S3_USERS_BUCKET)


def check_queue() -> None:
    """The oldest task that is due has not waited for long."""
    from chassis.tasks import queue_age_seconds

    age = queue_age_seconds()
    if age > QUEUE_AGE_SECONDS_MOST:
        raise RuntimeError(f"the oldest due task has waited {age:.0f} s; is a worker running?")


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "object_store": check_object_store,
    "queue": check_queue,
}


# The worse, the later.
_OUTCOMES = ("ok", "attention", "unavailable")


def _outcome(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except NeedsAttention as found:
        log.error("health_check_needs_attention", extra={"check": name, "finding": str(found)})
        return "attention"
    except Exception:
        log.exception("health_check_failed", extra={"check": name})
        return "unavailable"
    return "ok"
