"""A post goes to its subscribers by mail: once to each, at the provider's pace, only while it is public."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from blog import commands, events
from blog.commands import mailings
from blog.commands.mails import send_queued
from blog.errors import EditorsOnly, PostNotPublic
from blog.models import Mail, Mailing, MailKind, MailState, Post, Subscriber, SubscriberState
from blog.queries import pictures_by_id
from blog.roles import Actor, Role, editor
from chassis.models import PublishJob, StaffIdentity
from tests.api_client import ApiClient
from tests.blog.photo_rows import make_photo
from tests.blog.post_rows import make_public_post, make_subscribers
from tests.blog.ses_server import SesServer

pytestmark = pytest.mark.django_db
POSTS = "/api/blog/v1/posts"
RunTasks = Callable[[], int]
EDITH = editor("edith")


def recipients(ses: SesServer) -> Counter[str]:
    return Counter(str(mail["To"]) for mail in ses.mails)


def states(post: Post) -> Counter[str]:
    return Counter(Mail.objects.filter(post=post).values_list("state", flat=True))


def test_everybody_who_confirmed_gets_the_post_once_and_nobody_else(
    edith: ApiClient, ses: SesServer, run_tasks: RunTasks
) -> None:
    post = make_public_post("Tides & currents", summary="When to go.")
    make_subscribers(3)
    for state in (SubscriberState.PENDING, SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED):
        make_subscribers(1, state)

    answers = [edith.post(f"{POSTS}/{post.id}/mailing") for _ in range(2)]
    run_tasks()

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["subscribers"] == 3
    assert recipients(ses) == {f"confirmed-{number}@example.com": 1 for number in range(3)}
    assert edith.get(f"{POSTS}/{post.id}/mailing").json() | {"requested_at": 0, "finished_at": 0} == {
        "state": "sent", "note": "", "subscribers": 3, "mails": 3, "counts": {"sent": 3},
        "requested_by": "edith", "requested_at": 0, "finished_at": 0,
    }  # fmt: skip


def test_the_mail_names_the_post_links_to_it_and_ends_by_one_click(
    ses: SesServer, run_tasks: RunTasks
) -> None:
    cover = make_photo(alt="Two boats")
    post = make_public_post("Tides <b> & currents", summary="When to go.", cover_id=cover.id)
    (rita,) = make_subscribers(1)

    commands.mail_post(actor=EDITH, post_id=post.id)
    run_tasks()

    (mail,) = ses.mails
    assert mail["Subject"] == "Tides <b> & currents"
    text, html = (str(mail.get_body((kind,))) for kind in ("plain", "html"))
    assert "/blog/tides-b-currents/" in text
    assert "Tides <b> & currents" in text
    assert "Tides &lt;b&gt; &amp; currents" in html
    assert 'alt="Two boats"' in html
    address = re.findall(r"<(https?://[^>]+)>", mail["List-Unsubscribe"])[0]
    answer = Client().post("/" + address.split("/", 3)[3], {"List-Unsubscribe": "One-Click"})
    rita.refresh_from_db()
    assert (answer.status_code, rita.state) == (200, SubscriberState.UNSUBSCRIBED)


def test_who_leaves_or_subscribes_after_it_was_asked_for_gets_nothing(
    ses: SesServer, run_tasks: RunTasks
) -> None:
    post = make_public_post()
    early, leaver = make_subscribers(2)
    commands.mail_post(actor=EDITH, post_id=post.id)
    mailing = Mailing.objects.get()
    mailings._gather(mailing.id)
    Subscriber.objects.filter(id=leaver.id).update(state=SubscriberState.UNSUBSCRIBED)
    make_subscribers(1, SubscriberState.PENDING)
    Subscriber.objects.filter(state=SubscriberState.PENDING).update(
        state=SubscriberState.CONFIRMED, confirmed_at=timezone.now() + timedelta(seconds=1)
    )

    run_tasks()

    assert recipients(ses) == {early.address: 1}
    assert states(post) == {MailState.SENT: 1, MailState.CANCELLED: 1}


def test_a_task_that_comes_twice_and_one_that_is_repeated_send_nothing_twice(
    ses: SesServer, run_tasks: RunTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailings, "GATHERED_AT_ONCE", 2)
    monkeypatch.setattr(mailings, "LOOKED_AT_ONCE", 2)
    post = make_public_post()
    make_subscribers(5)

    commands.mail_post(actor=EDITH, post_id=post.id)
    run_tasks()
    events.mailing_due.send(sender=Mailing, post_id=post.id)
    Mailing.objects.update(state="running", gathered_at=None, reached_id=None)
    run_tasks()

    assert sorted(recipients(ses).values()) == [1] * 5
    assert Mailing.objects.get().state == "sent"


def test_a_turn_ends_after_its_time_and_the_next_goes_on(
    ses: SesServer, run_tasks: RunTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailings, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(mailings, "GATHERED_AT_ONCE", 2)
    post = make_public_post()
    make_subscribers(3)
    commands.mail_post(actor=EDITH, post_id=post.id)

    commands.run_mailing(post_id=post.id)

    assert (Mail.objects.count(), len(ses.mails)) == (2, 0)
    assert DBTaskResult.objects.filter(status="READY").count() == 1
    monkeypatch.setattr(mailings, "TURN_SECONDS", 10.0)
    run_tasks()
    assert len(ses.mails) == 3


def test_mails_go_out_at_the_pace_of_the_setting(
    ses: SesServer, run_tasks: RunTasks, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BLOG_MAILS_PER_SECOND = 1
    waits: list[float] = []
    monkeypatch.setattr("blog.commands.pace.time.sleep", waits.append)
    post = make_public_post()
    make_subscribers(6)

    commands.mail_post(actor=EDITH, post_id=post.id)
    run_tasks()

    # Nobody has really waited, so each turn is a second further away, less what sending took.
    assert len(ses.mails) == 6
    assert waits == sorted(waits)
    assert waits[-1] > 1


def test_what_the_provider_does_not_take_now_is_sent_later_and_the_rest_with_it(
    ses: SesServer, run_tasks: RunTasks, let_time_pass: Callable[[], None]
) -> None:
    post = make_public_post()
    make_subscribers(3)
    ses.behaviours = ["fine", "throttled"]
    commands.mail_post(actor=EDITH, post_id=post.id)

    run_tasks()
    before = states(post)
    let_time_pass()
    run_tasks()

    assert before == {MailState.SENT: 1, MailState.QUEUED: 2}
    assert sorted(recipients(ses).values()) == [1, 1, 1]


def test_a_mailing_waits_until_the_page_is_there(
    ses: SesServer, run_tasks: RunTasks, let_time_pass: Callable[[], None]
) -> None:
    post = make_public_post()
    make_subscribers(1)
    PublishJob.objects.update(state=PublishJob.State.RUNNING)
    commands.mail_post(actor=EDITH, post_id=post.id)

    run_tasks()
    sent_before = len(ses.mails)
    PublishJob.objects.update(state=PublishJob.State.PUBLISHED)
    let_time_pass()
    run_tasks()

    assert (sent_before, len(ses.mails)) == (0, 1)


def test_a_draft_is_not_mailed_and_a_post_that_was_taken_back_no_further(
    edith: ApiClient, ses: SesServer, run_tasks: RunTasks
) -> None:
    make_subscribers(1)
    draft = commands.create_post(subject="edith", title="Draft", author=None)
    refused = edith.post(f"{POSTS}/{draft.id}/mailing")
    post = make_public_post()
    commands.mail_post(actor=EDITH, post_id=post.id)
    Post.objects.update(live_revision=None)

    run_tasks()

    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (409, "post-not-public")
    assert ses.mails == []
    assert Mailing.objects.get().note == "The post is not public any more."


def test_a_take_back_in_the_middle_of_a_turn_ends_it_and_no_draft_goes_out(
    ses: SesServer, run_tasks: RunTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = make_public_post("Tides")
    make_subscribers(3)
    commands.mail_post(actor=EDITH, post_id=post.id)

    def send_one_then_take_back(**kwargs: Any) -> bool:
        sent = send_queued(**kwargs)
        if ses.mails:
            commands.update_post(
                actor=editor("edith"), post_id=post.id, if_versions=None, changes={"title": "Secret"}
            )
            commands.unpublish_post(actor=editor("edith"), post_id=post.id)
        return sent

    monkeypatch.setattr(mailings, "send_queued", send_one_then_take_back)
    commands.run_mailing(post_id=post.id)
    taken_back = Mailing.objects.get()

    assert [str(mail["Subject"]) for mail in ses.mails] == ["Tides"]
    assert (taken_back.state, taken_back.note) == ("stopped", "The post is not public any more.")
    assert states(post) == {MailState.SENT: 1, MailState.QUEUED: 2}


def test_what_is_taken_back_between_the_look_and_the_claim_does_not_go_out(
    ses: SesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = make_public_post("Tides")
    make_subscribers(1)
    commands.mail_post(actor=EDITH, post_id=post.id)
    mailings._gather(Mailing.objects.get().id)
    monkeypatch.setattr("blog.commands.mails.wait_for_turn", lambda: Post.objects.update(live_revision=None))

    commands.send_mail(mail_id=Mail.objects.get().id)

    assert ses.mails == []
    assert states(post) == {MailState.QUEUED: 1}


def test_a_mail_in_doubt_is_not_sent_again_of_a_post_that_was_taken_back(
    admin_client: Client, ses: SesServer, run_tasks: RunTasks
) -> None:
    post = make_public_post("Tides")
    make_subscribers(1)
    commands.mail_post(actor=EDITH, post_id=post.id)
    run_tasks()
    Mail.objects.update(state=MailState.IN_DOUBT)
    commands.unpublish_post(actor=editor("edith"), post_id=post.id)

    form = {"action": "send_again", "_selected_action": [str(Mail.objects.get().id)]}
    page = admin_client.post("/admin/blog/mail/", form, follow=True).content.decode()
    run_tasks()

    assert PostNotPublic.title in page
    assert states(post) == {MailState.IN_DOUBT: 1}
    assert len(ses.mails) == 1


def test_what_mails_have_in_common_is_worked_out_once(
    ses: SesServer, run_tasks: RunTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def counted(photo_ids: Any) -> Any:
        asked.append(photo_ids)
        return pictures_by_id(photo_ids)

    monkeypatch.setattr("blog.queries.pictures_by_id", counted)
    post = make_public_post("Tides", cover_id=make_photo().id)
    make_subscribers(3)
    commands.mail_post(actor=EDITH, post_id=post.id)

    run_tasks()

    assert (len(ses.mails), len(asked)) == (3, 1)


def test_an_editor_stops_it_and_goes_on(edith: ApiClient, ses: SesServer, run_tasks: RunTasks) -> None:
    post = make_public_post()
    make_subscribers(2)
    commands.mail_post(actor=EDITH, post_id=post.id)
    mailings._gather(Mailing.objects.get().id)

    stopped = edith.post(f"{POSTS}/{post.id}/mailing/stop").json()
    run_tasks()
    commands.send_mail(mail_id=Mail.objects.order_by("id")[0].id)
    sent_while_stopped = len(ses.mails)
    edith.post(f"{POSTS}/{post.id}/mailing")
    run_tasks()

    assert (stopped["state"], sent_while_stopped) == ("stopped", 0)
    assert sorted(recipients(ses).values()) == [1, 1]


def test_a_test_goes_to_whoever_asks_and_to_no_subscriber(
    edith: ApiClient, ses: SesServer, run_tasks: RunTasks
) -> None:
    make_subscribers(1)
    draft = commands.create_post(subject="edith", title="Draft", author=None, body="Soon.")
    unknown = edith.post(f"{POSTS}/{draft.id}/mailing/test")
    user = User.objects.create_user("edith", email="edith@example.org", is_staff=True)
    StaffIdentity.objects.create(user=user, issuer="https://id.example", subject="edith")

    answer = edith.post(f"{POSTS}/{draft.id}/mailing/test")
    run_tasks()

    assert (unknown.status_code, answer.status_code) == (409, 202)
    assert recipients(ses) == {"edith@example.org": 1}
    mail = Mail.objects.get()
    assert (mail.kind, mail.state, mail.subscriber) == (MailKind.TEST, MailState.SENT, None)
    commands.settle_mail(event=commands.MailEvent("Complaint", str(mail.id), "", {}))
    address = re.findall(r"<https?://[^/]+([^>]+)>", ses.mails[0]["List-Unsubscribe"])[0]
    assert Client().post(address).status_code == 200
    assert Subscriber.objects.get().state == SubscriberState.CONFIRMED


def test_the_preview_is_the_mail(edith: ApiClient) -> None:
    post = make_public_post("Tides", summary="When to go.")

    mail = edith.get(f"{POSTS}/{post.id}/mailing/preview").json()

    assert mail["subject"] == "Tides"
    assert "When to go." in mail["text"]
    assert "When to go." in mail["html"]


@pytest.mark.parametrize("title", ["Tides\u2028Bcc: all@example.com", "a" * 200, "日本の港 🚢"])
def test_a_title_is_one_header_whatever_it_holds(ses: SesServer, run_tasks: RunTasks, title: str) -> None:
    post = make_public_post(title, slug="tides")
    make_subscribers(1)

    commands.mail_post(actor=EDITH, post_id=post.id)
    run_tasks()

    (mail,) = ses.mails
    assert mail["Bcc"] is None
    assert re.sub(r"\s+", " ", str(mail["Subject"])).strip() == re.sub(r"\s+", " ", title)


def test_a_mail_to_an_internationalised_domain_goes_to_its_name_in_dns(
    ses: SesServer, run_tasks: RunTasks
) -> None:
    post = make_public_post()
    commands.subscribe(email="rita@bücher.example")
    Subscriber.objects.update(state=SubscriberState.CONFIRMED, confirmed_at=timezone.now())
    run_tasks()
    commands.mail_post(actor=EDITH, post_id=post.id)

    run_tasks()

    assert {mail["To"] for mail in ses.mails} == {"rita@xn--bcher-kva.example"}
    assert len(ses.mails) == 2


@pytest.mark.parametrize("command", [commands.mail_post, commands.stop_mailing, commands.send_test])
def test_a_writer_mails_nothing(command: Any, queued_tasks: Callable[[], list[str]]) -> None:
    post = make_public_post()
    make_subscribers(1)

    with pytest.raises(EditorsOnly):
        command(actor=Actor("walter", Role.WRITER), post_id=post.id)

    assert queued_tasks() == []
    assert not Mail.objects.exists()


@pytest.mark.parametrize("address", ["", "/stop", "/test"])
def test_mallory_mails_nothing(client_of: Any, anonymous: ApiClient, address: str) -> None:
    post = make_public_post()
    mallory = client_of("mallory", scope="blog/write")

    answers = [client.post(f"{POSTS}/{post.id}/mailing{address}") for client in (mallory, anonymous)]

    assert [answer.status_code for answer in answers] == [403, 401]
    assert not Mailing.objects.exists()
