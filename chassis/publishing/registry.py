"""What there is to publish, as the services of this process say when they start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chassis.publishing.files import Plan

if TYPE_CHECKING:
    from chassis.models import PublishJob

FollowUp = Callable[["PublishJob"], None]


@dataclass(frozen=True)
class Kind:
    """How one kind of thing is published."""

    name: str
    plan: Callable[[str], Plan]
    published: FollowUp | None
    failed: FollowUp | None


_kinds: dict[str, Kind] = {}


def register(
    kind: str,
    *,
    plan: Callable[[str], Plan],
    published: FollowUp | None = None,
    failed: FollowUp | None = None,
) -> None:
    """Say how a kind is published.

    `plan(argument)` depends on the database alone and may be called again. `published(job)` and
    `failed(job)` run in the transaction that finishes the job, so what they write happens once; no
    mail, HTTP or S3 in them.

    Raises:
        ValueError: another service has registered this kind.
    """
    if kind in _kinds:
        raise ValueError(f"{kind!r} is registered already; expected a name of its own.")
    _kinds[kind] = Kind(kind, plan, published, failed)


def kind_named(name: str) -> Kind:
    """What was registered under this name.

    Raises:
        LookupError: nothing was, in this process.
    """
    try:
        return _kinds[name]
    except KeyError:
        raise LookupError(f"Nothing is registered as {name!r}; there is {sorted(_kinds)}.") from None
