"""Making every file again, in parts that can be done in any process, one after the other."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from blog import processes as processes_of_pages
from blog import queries
from blog.commands.authors import KIND_AUTHOR
from blog.commands.site_files import take_over_between_jobs
from blog.queries.public import Selection
from blog.site import addresses, plan, posts
from chassis import publishing
from chassis.models import PublishJob

KIND_PART = "blog.part"
KIND_LISTS = "blog.lists"
KIND_LOOK = "blog.look"
SCOPE = "blog"
# A part is one job: so much is in memory at a time, and so much is done again after a kill.
PART_LENGTH = 250
# Below that another process is not worth its start.
POSTS_A_PROCESS = 100
_PAUSE_SECONDS = 0.2
# Where the blog's files are in the bucket.
_PLACES = ("blog/", addresses.MISSING, addresses.ROBOTS)

Tell = Callable[[int, int, int], None]


@dataclass(frozen=True)
class Rebuilt:
    """What became of a rebuild."""

    parts: int
    written: int
    removed: int


def request_rebuild(*, requested_by: str) -> list[UUID]:
    """Ask for every file of the blog, in parts; the jobs. Those of a rebuild that was not finished go on."""
    from chassis.publishing import drift

    if waiting := _unfinished():
        return waiting
    take_over_between_jobs()
    drift.distrust(SCOPE, drift.listed(*_PLACES))
    # Whichever job comes first makes the files of those that await theirs.
    parts = _parts(but=queries.list_awaiting())
    numbered = _("The whole blog, part %(number)d of %(count)d")
    wanted = [
        # Their pages are there before others link to them.
        *((KIND_AUTHOR, str(author_id), name) for author_id, name in queries.list_authors_who_move()),
        *(
            (KIND_PART, part, numbered % {"number": number, "count": len(parts)})
            for number, part in enumerate(parts, start=1)
        ),
        (KIND_LISTS, "all", _("The whole blog, its lists")),
    ]
    with transaction.atomic():
        jobs = [
            publishing.request(
                kind=kind, argument=argument, scope=SCOPE, title=title, requested_by=requested_by
            )
            for kind, argument, title in wanted
        ]
    return [job.id for job in jobs]


def request_looks(*, requested_by: str) -> list[UUID]:
    """Ask for the files whose template or theme has changed since they were made."""
    job = publishing.request(
        kind=KIND_LOOK, argument="all", scope=SCOPE, title=_("Changed templates"), requested_by=requested_by
    )
    return [job.id]


def work_off(job_ids: list[UUID], *, processes: int, tell: Tell) -> Rebuilt:
    """Do these jobs here, each unless a worker has done it; pages are made in this many processes, or fewer
    where there are few.

    Raises:
        RuntimeError: one of them failed; the others wait, and go on when this is called again.
    """
    from chassis.publishing import runner

    written = removed = 0
    with rendering_in(processes):
        for number, job_id in enumerate(job_ids, start=1):
            job = PublishJob.objects.get(pk=job_id)
            while not job.is_finished:
                runner.run(job_id)
                job.refresh_from_db()
                if not job.is_finished:
                    time.sleep(_PAUSE_SECONDS)  # Another worker publishes in this scope.
            if job.state == PublishJob.State.FAILED:
                raise RuntimeError(f"{job.title}: {job.error}")
            written += job.receipt["written"]
            removed += job.receipt["removed"]
            tell(number, len(job_ids), written)
    return Rebuilt(len(job_ids), written, removed)


def find_drift(*, processes: int, tell: Tell) -> Iterator[tuple[str, str]]:
    """Each public file that is not what the database says: its key, and what is wrong."""
    from chassis.publishing import drift

    take_over_between_jobs()
    there = drift.listed(*_PLACES)
    parts = _parts()
    wanted: set[str] = set()

    def seen(files: Any) -> Iterator[Any]:
        for file in files:
            wanted.add(file.key)
            yield file

    with rendering_in(processes):
        for number, part in enumerate(parts):
            tell(number, len(parts), len(wanted))
            yield from drift.differing(seen(plan.plan_part(part, with_lists=False).files()), there)
        yield from drift.differing(seen(plan.plan_lists("all").files()), there)
    for key in sorted(there.keys() - wanted):
        # Pages that somebody has open name the style that was.
        if not key.startswith("blog/assets/"):
            yield key, "not of this blog"


def _parts(but: Iterable[UUID] = ()) -> list[str]:
    """All posts of now, cut. Each part has an end, so that what comes later moves none out of its part."""
    ids = sorted(set(queries.list_ids()).difference(but))
    cut = [ids[start : start + PART_LENGTH] for start in range(0, len(ids), PART_LENGTH)]
    return [f"{part[0]}..{part[-1]}" for part in cut]


def _unfinished() -> list[UUID]:
    waiting = (PublishJob.State.WAITING, PublishJob.State.RUNNING)
    jobs = PublishJob.objects.filter(kind__in=(KIND_PART, KIND_LISTS), scope=SCOPE, state__in=waiting)
    return list(jobs.order_by("id").values_list("id", flat=True))


@contextmanager
def rendering_in(processes: int) -> Iterator[None]:
    """Have pages made in so many processes, or fewer where there are few; in this one on Lambda."""
    processes = min(processes, queries.count_posts(Selection("all")) // POSTS_A_PROCESS)
    if processes < 2 or not processes_of_pages.may_be_several():
        yield
        return
    with (
        processes_of_pages.pool(processes) as pool,
        posts.rendered_by(partial(_some_ahead, pool, 2 * processes)),
    ):
        yield


def _some_ahead(
    pool: Executor, ahead: int, make: Callable[[Any], Any], parts: Iterable[Any]
) -> Iterator[Any]:
    """A map in order that has only so many results made before they are asked for."""
    begun: deque[Future[Any]] = deque()
    for part in parts:
        begun.append(pool.submit(make, part))
        if len(begun) >= ahead:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()
