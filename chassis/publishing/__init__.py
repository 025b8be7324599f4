"""The publisher: the one place that puts files into the public bucket, for everybody to read at the edge.

    # In a service's `apps.ready()`: what there is to publish, and what follows from it.
    publishing.register("post", plan=plan_post, published=mark_post_live)

    # In a command, inside its transaction: the job commits with the change that asks for it.
    publishing.request(kind="post", argument=str(post.id), scope="blog", title=…, requested_by=…)

`plan(argument)` looks at the database when the job runs and says which files there are to be. The
publisher does the rest: see `docs/publishing.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chassis.publishing.errors import ImmutableConflict, KeyOfAnotherScope, PublicationRefused
from chassis.publishing.files import Plan, PublicCopy, PublicFile
from chassis.publishing.registry import register
from chassis.publishing.rules import CacheRule

if TYPE_CHECKING:
    from chassis.models import PublishJob

__all__ = [
    "CacheRule",
    "ImmutableConflict",
    "KeyOfAnotherScope",
    "Plan",
    "PublicCopy",
    "PublicFile",
    "PublicationRefused",
    "keys_of",
    "present",
    "register",
    "request",
    "store",
    "unproven_keys",
]


def request(*, kind: str, argument: str, scope: str, title: str, requested_by: str) -> PublishJob:
    """Ask for something to be published, in the current transaction; the job that will do it.

    The plan is made when the job runs, so jobs that wait for the same become one piece of work,
    and each of them gets a receipt of its own.

    Raises:
        LookupError: no service of this process registered the kind.
    """
    from chassis.publishing import jobs

    return jobs.request(kind=kind, argument=argument, scope=scope, title=title, requested_by=requested_by)


def keys_of(scope: str, prefix: str = "") -> list[str]:
    """The keys that this scope has in the bucket: what is no longer in a plan may be a removal."""
    from chassis.publishing import ledger

    return ledger.keys_of(scope, prefix)


def present(keys: Sequence[str]) -> set[str]:
    """Those of these keys under which a file was put, and has not been taken away."""
    from chassis.publishing import ledger

    return ledger.present(keys)


def unproven_keys(scope: str) -> list[str]:
    """The keys that were last touched by a job that is not published: failed, or on its way."""
    from chassis.publishing import ledger

    return ledger.unproven_keys(scope)


def store(file: PublicFile, *, scope: str) -> None:
    """Put one immutable file at once, such as a rendition made by a task. Not inside a transaction.

    Raises:
        ImmutableConflict: the key holds other bytes.
    """
    from chassis.publishing import ledger

    ledger.store(file, scope=scope)
