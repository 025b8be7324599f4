"""Imports, renditions and mails, killed anywhere and begun again. KILLS=50 for a night."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from blog import commands
from blog.commands import MailEvent
from blog.models import Mail, MailState, Photo, PhotoState, Post, Rendition
from blog.roles import editor
from chassis.models import PublishedFile
from tests.blog.post_rows import make_public_post, make_subscribers
from tests.blog.public_files import public_files
from tests.blog.public_site import PublicSite
from tests.blog.ses_server import SesServer
from tests.blog.test_files_follow import fresh
from tests.blog.test_import import folder, take_in
from tests.blog.test_kill_readers import PHOTO, Workers, let_the_leases_run_out, workers, zygote
from tests.chassis.test_kill_publisher import let_the_leases_run_out as let_the_publishers_lease_run_out

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
__all__ = ["folder", "workers", "zygote"]
SEEDS = range(int(os.environ.get("KILLS", "3")))

IMPORT_STEPS = (
    *("blog.folders.read_post", "blog.commands.imports.create_post", "blog.commands.imports.put_photo"),
    *("blog.commands.imports.make_renditions", "blog.commands.imports.require_publishable"),
    *("blog.commands.imports.claim_earlier_slugs", "blog.commands.imports.publish_together"),
    *("blog.commands.imports.work_off", "chassis.publishing.objects.write", "blog.pictures.look_at"),
)
RENDITION_STEPS = (
    *("blog.pictures.look_at", "blog.commands.renditions._store", "chassis.publishing.store"),
    *("chassis.publishing.objects.write", "blog.pictures.placeholder_of", "blog.commands.renditions._finish"),
)
MAIL_STEPS = (
    *("blog.commands.mailings._gather", "blog.commands.mails.compose", "blog.commands.mails.wait_for_turn"),
    *("blog.commands.mails._claim", "chassis.mail.send", "blog.commands.mails._mark"),
    "blog.commands.mailings._finish",
)


def anywhere(seed: int, steps: tuple[str, ...]) -> str:
    """A step, before or after which call of it the worker ends; the same for the same seed."""
    dice = random.Random(f"{steps[0]} {seed}")
    return f"{dice.choice(steps)} {dice.choice(['before', 'after'])} {dice.choice([1, 1, 2, 3, 5, 8])}"


@pytest.mark.parametrize("seed", SEEDS)
def test_an_import_that_was_killed_anywhere_goes_on_and_is_whole(
    seed: int, folder: Path, site: PublicSite, workers: Workers
) -> None:
    for number in range(3):
        (folder / f"more-{number}.md").write_text(f"---\ntitle: More {number}\ntags: [Sea]\n---\nText.\n")
    command = ["blog", "import", str(folder), "--author", "edith"]
    ended = [
        workers(anywhere(2 * seed, IMPORT_STEPS), COMMAND=command),
        workers(anywhere(2 * seed + 1, IMPORT_STEPS), COMMAND=command),
    ]
    let_the_leases_run_out()
    let_the_publishers_lease_run_out()

    take_in(folder)

    assert "failed" not in ended
    there, made = fresh(site)
    assert there == made, ended
    assert (Post.objects.count(), Post.objects.exclude(live_revision=None).count()) == (6, 5)
    assert (Photo.objects.count(), Photo.objects.get().state) == (1, PhotoState.READY)
    assert set(Rendition.objects.values_list("key", flat=True)) == set(public_files())
    assert site.broken_links() == set()
    assert take_in(folder) == "0 made or changed, 6 as they were, 5 public.\n"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_photo_whose_worker_was_killed_anywhere_has_all_its_files_and_no_other(
    seed: int, site: PublicSite, upload_photo: Any, workers: Workers, run_tasks: Callable[[], int]
) -> None:
    upload_photo(PHOTO)

    assert workers(anywhere(seed, RENDITION_STEPS)) != "failed"
    let_the_leases_run_out()
    run_tasks()

    keys = set(Rendition.objects.values_list("key", flat=True))
    assert Photo.objects.get().state == PhotoState.READY
    assert len(keys) == 6
    assert keys == set(public_files())
    assert keys == set(PublishedFile.objects.values_list("key", flat=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_of_mails_whose_worker_was_killed_anywhere_none_is_lost_and_none_goes_twice(
    seed: int, ses: SesServer, workers: Workers, run_tasks: Callable[[], int]
) -> None:
    readers = {reader.address for reader in make_subscribers(6)}
    commands.mail_post(actor=editor("edith"), post_id=make_public_post().id)
    commands.subscribe(email="rita@example.com")

    ended = workers(
        anywhere(seed, MAIL_STEPS),
        EMAIL_BACKEND="django_ses.SESBackend",
        AWS_SES_REGION_ENDPOINT_URL=ses.url,
        BLOG_MAILS_PER_SECOND=1000,
    )
    let_the_leases_run_out()
    run_tasks()
    # SES tells of what it took, so what is in doubt is settled; an editor settles what it never got.
    for number, sent in enumerate(list(ses.mails)):
        tag = sent["X-SES-MESSAGE-TAGS"].removeprefix("mail=")
        commands.settle_mail(event=MailEvent("Send", tag, f"ses-{number}", {}))
    for mail in Mail.objects.filter(state=MailState.IN_DOUBT):
        commands.settle_doubt(mail_id=mail.id, was_sent=False)
    run_tasks()

    assert ended != "failed"
    assert Counter(mail["To"] for mail in ses.mails) == Counter({*readers, "rita@example.com"})
    assert set(Mail.objects.values_list("state", flat=True)) == {MailState.SENT}
