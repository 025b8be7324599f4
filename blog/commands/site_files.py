"""What is known of the public files: which post they show as what, and what each was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from django.db.models import F

from blog.models import Dependency, Post
from blog.queries.changes import Change
from blog.site import plan as plans
from blog.site.plan import Planned
from chassis.publishing import Plan

# What SQLite takes in one statement for sure.
CHUNK = 400


def plan(kind: str, argument: str) -> Plan:
    """The plan of a job, which notes what its files show once all of them are served."""
    kinds: dict[str, Callable[[str], Planned]] = {
        "post": plans.plan_post,
        "author": partial(_things, "author"),
        "tag": partial(_things, "tag"),
        "photo": partial(_things, "photo"),
        "look": plans.plan_looks,
        "part": plans.plan_part,
        "lists": plans.plan_lists,
    }
    planned = kinds[kind](argument)
    return Plan(planned.files(), planned.removals, settle=partial(settle, planned))


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
