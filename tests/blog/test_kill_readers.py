"""Workers killed at each step: all renditions are there in the end, no mail goes out twice, none is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from blog import commands
from blog.commands import MailEvent
from blog.models import Mail, Mailing, MailState, Photo, PhotoState, Rendition
from blog.roles import editor
from chassis.models import PublishedFile
from local.demo.pictures import jpeg_of, make_picture
from tests.blog.post_rows import make_public_post, make_subscribers
from tests.blog.public_files import empty_bucket as empty_bucket  # a fixture
from tests.blog.public_files import public_files
from tests.blog.ses_server import SesServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
PHOTO = jpeg_of(make_picture("lake", width=700, height=500))
FILES = 6  # three widths in two formats
Workers = Callable[..., str]

RENDITION_STEPS = [
    "blog.pictures.look_at before 1", "blog.pictures.look_at after 1",
    "blog.commands.renditions._store before 1",
    "chassis.publishing.store before 1", "chassis.publishing.store after 1",
    "chassis.publishing.objects.write after 3",
    "chassis.publishing.store before 4", "chassis.publishing.store after 6",
    "blog.pictures.placeholder_of after 1",
    "blog.commands.renditions._finish before 1", "blog.commands.renditions._finish after 1",
]  # fmt: skip
# step → (what the next worker makes of it, mails that have gone out by then)
MAIL_STEPS = {
    "blog.commands.mails.compose before 1": ("sent", 1),
    "blog.commands.mails._claim before 1": ("sent", 1),
    "blog.commands.mails._claim after 1": ("in-doubt", 0),
    "chassis.mail.send before 1": ("in-doubt", 0),
    "chassis.mail.send after 1": ("in-doubt", 1),
    "blog.commands.mails._mark before 1": ("in-doubt", 1),
    "blog.commands.mails._mark after 1": ("sent", 1),
}
# A mailing to three readers; in doubt is the one that the worker had in its hands.
MAILING_STEPS = {
    "blog.commands.mailings._gather before 1": 0,
    "blog.commands.mailings._gather after 1": 0,
    "blog.commands.mailings._gather after 2": 0,
    "blog.commands.mails.compose before 2": 0,
    "blog.commands.mails.wait_for_turn after 2": 0,
    "blog.commands.mails._claim before 2": 0,
    "blog.commands.mails._claim after 2": 1,
    "chassis.mail.send before 1": 1,
    "chassis.mail.send after 3": 1,
    "blog.commands.mails._mark before 2": 1,
    "blog.commands.mails._mark after 3": 0,
    "blog.commands.mailings._finish before 1": 0,
    "blog.commands.mailings._finish after 1": 0,
}


@pytest.fixture(scope="module")
def zygote(object_store_server: Any, django_db_setup: None) -> Iterator[subprocess.Popen[str]]:
    """The process that forks workers."""
    store = object_store_server.environment()
    variables = {
        **os.environ,
        **store,
        "DATABASE_URL": _test_database(),
        "PUBLIC_URL": f"{store['S3_ENDPOINT_URL']}/{store['S3_PUBLIC_BUCKET']}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.blog.dying_worker"],
        cwd=ROOT,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.communicate(timeout=30)


@pytest.fixture
def workers(zygote: subprocess.Popen[str]) -> Workers:
    """`workers("chassis.mail.send after 1")`: a worker that is killed there; `killed` or `done`."""

    def work(step: str, **variables: Any) -> str:
        assert zygote.stdin is not None
        assert zygote.stdout is not None
        zygote.stdin.write(json.dumps([*step.split(), variables]) + "\n")
        zygote.stdin.flush()
        return zygote.stdout.readline().strip()

    return work


def _test_database() -> str:
    """The address of the database that this test uses: that of the environment, under another name."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def let_the_leases_run_out() -> None:
    """As if the killed worker had been gone for an hour."""
    long_ago = timezone.now() - timedelta(hours=1)
    DBTaskResult.objects.filter(status="RUNNING").update(started_at=long_ago)
    Mail.objects.filter(state=MailState.SENDING).update(claimed_at=long_ago)


_undisturbed: set[str] = set()


@pytest.fixture
def undisturbed(upload_photo: Any, run_tasks: Callable[[], int]) -> set[str]:
    """The files that the photo gets when nobody is killed."""
    if not _undisturbed:
        photo = upload_photo(PHOTO)
        run_tasks()
        _undisturbed.update(Rendition.objects.values_list("key", flat=True))
        Photo.objects.filter(id=photo["id"]).delete()
        PublishedFile.objects.all().delete()
    return _undisturbed


@pytest.mark.parametrize("step", RENDITION_STEPS)
def test_after_a_kill_at_any_step_a_photo_has_all_its_files_and_no_other(
    step: str, undisturbed: set[str], upload_photo: Any, workers: Workers, run_tasks: Callable[[], int],
    empty_bucket: None,
) -> None:  # fmt: skip
    upload_photo(PHOTO)

    ended = workers(step)
    let_the_leases_run_out()
    run_tasks()

    assert ended == "killed"
    assert Photo.objects.get().state == PhotoState.READY
    assert len(undisturbed) == FILES
    assert set(Rendition.objects.values_list("key", flat=True)) == undisturbed
    assert undisturbed <= set(public_files())
    assert set(PublishedFile.objects.values_list("key", flat=True)) == undisturbed
    assert not DBTaskResult.objects.exclude(status="SUCCESSFUL").exists()


@pytest.mark.parametrize("step", MAIL_STEPS)
def test_after_a_kill_at_any_step_a_mail_is_sent_once_or_known_to_be_in_doubt(
    step: str, ses: SesServer, workers: Workers, run_tasks: Callable[[], int]
) -> None:
    expected, sent = MAIL_STEPS[step]
    commands.subscribe(email="rita@example.com")

    ended = workers(step, EMAIL_BACKEND="django_ses.SESBackend", AWS_SES_REGION_ENDPOINT_URL=ses.url)
    let_the_leases_run_out()
    run_tasks()
    run_tasks()

    assert ended == "killed"
    assert (Mail.objects.get().state, len(ses.mails)) == (expected, sent)
    assert not DBTaskResult.objects.exclude(status="SUCCESSFUL").exists()


@pytest.mark.parametrize("step", [step for step, (state, _) in MAIL_STEPS.items() if state == "in-doubt"])
def test_what_a_kill_left_in_doubt_is_settled_and_then_there_is_one_mail(
    step: str, ses: SesServer, workers: Workers, run_tasks: Callable[[], int]
) -> None:
    commands.subscribe(email="rita@example.com")
    workers(step, EMAIL_BACKEND="django_ses.SESBackend", AWS_SES_REGION_ENDPOINT_URL=ses.url)
    let_the_leases_run_out()
    run_tasks()
    mail = Mail.objects.get()

    for sent in ses.mails:
        tag = sent["X-SES-MESSAGE-TAGS"].removeprefix("mail=")
        commands.settle_mail(event=MailEvent("Send", tag, "ses-1", {}))
    commands.settle_doubt(mail_id=mail.id, was_sent=False)
    run_tasks()

    assert Mail.objects.get().state == MailState.SENT
    assert len(ses.mails) == 1


@pytest.mark.parametrize("step", MAILING_STEPS)
def test_after_a_kill_at_any_step_of_a_mailing_every_reader_has_the_post_once_or_in_doubt(
    step: str, ses: SesServer, workers: Workers, run_tasks: Callable[[], int]
) -> None:
    post = make_public_post()
    readers = make_subscribers(3)
    commands.mail_post(actor=editor("edith"), post_id=post.id)

    ended = workers(
        step,
        EMAIL_BACKEND="django_ses.SESBackend",
        AWS_SES_REGION_ENDPOINT_URL=ses.url,
        BLOG_MAILS_PER_SECOND=1000,
    )
    let_the_leases_run_out()
    run_tasks()

    assert ended == "killed"
    assert Mailing.objects.get().state == "sent"
    assert Mail.objects.count() == 3
    sent = Counter(mail["To"] for mail in ses.mails)
    in_doubt = {mail.address for mail in Mail.objects.filter(state=MailState.IN_DOUBT)}
    assert max(sent.values()) == 1
    assert len(in_doubt) == MAILING_STEPS[step]
    assert {reader.address for reader in readers} == set(sent) | in_doubt
    assert not DBTaskResult.objects.exclude(status="SUCCESSFUL").exists()
