"""What is known of the public files: which post they are to show as what, which they show, and what each was
made from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from blog.models import Author, Dependency, Post
from blog.queries.changes import Change
from blog.site import addresses
from blog.site import plan as plans
from blog.site.plan import Planned
from chassis.publishing import Plan, leases

# What SQLite takes in one statement for sure.
CHUNK = 400
_AS_LIVE = {"planned_revision": F("live_revision"), "planned_at": F("first_published_at")}
_IS_OTHERWISE = Q(planned_revision__isnull=True, live_revision__isnull=False) | (
    Q(planned_revision__isnull=False) & (Q(live_revision__isnull=True) | ~Q(**_AS_LIVE))
)


def plan(kind: str, argument: str) -> Plan:
    """The plan of a job, which has the lease of the blog; it notes what files show once they are served."""
    kinds: dict[str, Callable[[str], Planned]] = {
        "post": plans.plan_post,
        "author": partial(_things, "author"),
        "tag": partial(_things, "tag"),
        "photo": partial(_things, "photo"),
        "look": plans.plan_looks,
        "part": plans.plan_part,
        "lists": plans.plan_lists,
    }
    take_over()
    if kind == "author":
        take_over_author(UUID(argument))
    planned = kinds[kind](argument)
    return Plan(planned.files(), planned.removals, settle=partial(settle, planned))


def take_over() -> None:
    """Have the files say from now on what is live now. One statement, so it is all of one moment.

    For whoever holds the lease of the blog: what another job reads must not change below its hands.
    """
    Post.objects.filter(is_awaiting_files=True).update(**_AS_LIVE)


def take_over_author(author_id: UUID) -> None:
    """Have the files link to where an author's page is to be. For the job that makes it."""
    authors = Author.objects.filter(id=author_id)
    # Who had this name before has a job that waits, and no page until then.
    of_others = Author.objects.filter(planned_slug__in=authors.values("slug")).exclude(id=author_id)
    of_others.update(planned_slug="")
    authors.update(planned_slug=Coalesce("slug", Value("")))


def take_over_between_jobs() -> None:
    """The same of every row that says otherwise, for who reads all and makes no file for readers.

    While a job is at work, what it took over stays; what has gone live since comes with the next one.
    """
    if lease := leases.acquire(addresses.SCOPE):
        try:
            Post.objects.filter(_IS_OTHERWISE).update(**_AS_LIVE)
        finally:
            lease.release()


def _things(kind: str, argument: str) -> Planned:
    return plans.plan_things(f"{kind}:{argument}")


def settle(planned: Planned) -> None:
    """Note what the files of a plan show. In the transaction that finishes its job."""
    for part in _parts(planned.changes):
        _note_posts(part)
    things = dict(planned.things)
    for keys in _parts([*things, *planned.removals]):
        _note_things(keys, things)


def _note_posts(changes: list[Change]) -> None:
    rows = Post.objects.select_for_update().filter(id__in=[change.post_id for change in changes])
    live = {row[0]: row[1:] for row in rows.values_list("id", "live_revision_id", "first_published_at")}
    same = [
        change.post_id
        for change in changes
        if live.get(change.post_id) == (change.revision_id, change.published_at)
    ]
    shown = F("first_published_at")
    known = Post.objects.filter(id__in=same)
    known.filter(live_revision__isnull=False).update(
        is_awaiting_files=False, shown_revision=F("live_revision"), shown_at=shown
    )
    known.filter(live_revision=None).update(is_awaiting_files=False, shown_revision=None, shown_at=None)
    for change in changes:
        # It has changed again since: the next job makes its files once more.
        if change.post_id not in same:
            at = change.published_at if change.revision_id else None
            Post.objects.filter(id=change.post_id).update(shown_revision=change.revision_id, shown_at=at)


def _note_things(keys: list[str], things: Mapping[str, frozenset[str]]) -> None:
    noted: dict[str, set[str]] = {}
    rows = Dependency.objects.filter(key__in=keys)
    for key, thing in rows.values_list("key", "thing"):
        noted.setdefault(key, set()).add(thing)
    wanted = {key: things.get(key, frozenset()) for key in keys}
    old = {(key, thing) for key in keys for thing in noted.get(key, set()) - wanted[key]}
    if old:
        ids = [id for id, key, thing in rows.values_list("id", "key", "thing") if (key, thing) in old]
        for part in _parts(ids):
            Dependency.objects.filter(id__in=part).delete()
    made = [
        Dependency(key=key, thing=thing)
        for key in keys
        for thing in sorted(wanted[key] - noted.get(key, set()))
    ]
    Dependency.objects.bulk_create(made, batch_size=CHUNK)


def _parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
