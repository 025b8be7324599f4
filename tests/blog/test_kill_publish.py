"""Workers killed while the blog is published or rebuilt: the bucket is what a fresh rebuild makes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from blog import commands
from chassis.models import PublishedFile, PublishJob
from tests.blog.public_site import PublicSite
from tests.blog.test_files_follow import Newsroom, fresh
from tests.chassis.test_kill_publisher import let_the_leases_run_out, zygote

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
__all__ = ["zygote"]
# KILLS=50 for a night.
KILLS = int(os.environ.get("KILLS", "4"))
STEPS = (
    *("claimed", "noted", "file_put", "put", "recorded", "leaves_written", "leaves_served"),
    *("pointers_written", "removals_noted", "file_removed", "removals_recorded", "receipt", "followed_up"),
    "published",
)


def killed_at(zygote: subprocess.Popen[str], step: str, times: int) -> str:
    """A worker that ends at the n-th time of a step; `killed`, or `done` if it never came so far."""
    assert zygote.stdin is not None
    assert zygote.stdout is not None
    zygote.stdin.write(json.dumps([step, times, 64 * 1024 * 1024, {"PUBLISHING_RECEIPT_SECONDS": 5}]) + "\n")
    zygote.stdin.flush()
    return zygote.stdout.readline().strip()


@pytest.mark.parametrize("seed", range(KILLS))
def test_after_kills_anywhere_the_bucket_is_what_a_rebuild_makes(
    zygote: subprocess.Popen[str],
    site: PublicSite,
    run_tasks: Callable[[], int],
    let_time_pass: Callable[[], Any],
    seed: int,
) -> None:
    newsroom = Newsroom(seed)
    for _ in range(4):
        newsroom.do()
    run_tasks()
    ended = []
    for _ in range(2):
        for _ in range(2):
            newsroom.do()
        if newsroom.dice.random() < 0.5:
            commands.request_rebuild(requested_by="edith")
        ended.append(killed_at(zygote, newsroom.dice.choice(STEPS), newsroom.dice.choice([1, 1, 2, 5])))
        let_the_leases_run_out()
        let_time_pass()

    run_tasks()

    there, made = fresh(site)
    assert there == made, (seed, ended)
    assert site.broken_links() == set()
    assert not PublishJob.objects.exclude(state="published").exists()
    assert not PublishedFile.objects.exclude(is_settled=True, is_stale_at_edge=False).exists()
