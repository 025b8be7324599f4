"""Asking for mails, confirming, leaving: by the page and by the API."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from blog import commands
from blog.form_age import token_of_file, token_of_page
from blog.links import address_of, token_for
from blog.models import Mail, Subscriber, SubscriberState
from tests.api_client import ApiClient
from tests.blog.ses_server import SesServer

pytestmark = pytest.mark.django_db
SUBSCRIPTIONS = "/api/blog/v1/subscriptions"
FORM = re.compile(r'name="form" value="([^"]+)"')
RunTasks = Callable[[], int]


def path_of(subscriber: Subscriber, purpose: Any) -> str:
    return "/" + address_of(subscriber, purpose).split("/", 3)[3]


def make_subscriber(state: str = SubscriberState.PENDING, **fields: Any) -> Subscriber:
    address = fields.pop("address", "rita@example.com")
    return Subscriber.objects.create(
        address=address, key=address.lower(), state=state, asked_at=timezone.now(), **fields
    )


def test_subscribing_sends_one_mail_that_asks_to_confirm(
    anonymous: ApiClient, ses: SesServer, run_tasks: RunTasks
) -> None:
    response = anonymous.post(SUBSCRIPTIONS, {"email": "Rita@Example.com"})
    run_tasks()

    assert response.status_code == 202
    assert Subscriber.objects.get().state == SubscriberState.PENDING
    (mail,) = ses.mails
    assert mail["To"] == "Rita@example.com"
    assert mail["X-SES-MESSAGE-TAGS"] == f"mail={Mail.objects.get().id}"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "/blog/confirm?token=" in text.get_content()
    assert "/blog/confirm?token=" in html.get_content()


def test_the_page_of_the_blog_subscribes_as_well(ses: SesServer, run_tasks: RunTasks) -> None:
    elsewhere = {"Origin": "https://files.example.org"}

    response = Client(enforce_csrf_checks=True).post(
        "/blog/subscribe",
        {"email": "rita@example.com", "website": "", "form": token_of_file()},
        headers=elsewhere,
    )
    run_tasks()

    assert response.status_code == 202
    assert response.cookies.output() == ""
    assert [mail["To"] for mail in ses.mails] == ["rita@example.com"]


def test_a_reader_confirms_and_leaves_by_the_links_of_the_mail(ses: SesServer, run_tasks: RunTasks) -> None:
    commands.subscribe(email="rita@example.com")
    run_tasks()
    text = ses.mails[0].get_body(("plain",))
    assert text is not None
    confirm, unsubscribe = re.findall(
        r"https?://[^/]+(/blog/(?:confirm|unsubscribe)\?\S+)", text.get_content()
    )
    browser = Client(enforce_csrf_checks=True)

    states = []
    for address in (confirm, unsubscribe):
        shown = browser.get(address)
        states.append(Subscriber.objects.get().state)
        acted = browser.post(address)
        states.append(Subscriber.objects.get().state)
        assert (shown.status_code, acted.status_code) == (200, 200)

    assert states == ["pending", "confirmed", "confirmed", "unsubscribed"]


def test_one_click_of_a_mail_program_unsubscribes() -> None:
    rita = make_subscriber(SubscriberState.CONFIRMED)

    response = Client(enforce_csrf_checks=True).post(
        path_of(rita, "unsubscribe"),
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )

    assert response.status_code == 200
    assert Subscriber.objects.get().state == SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize(
    "email", ["rita@example.com", "RITA@example.com", "rita@EXAMPLE.com", " rita@example.com "]
)
def test_asking_twice_sends_one_mail(email: str, anonymous: ApiClient, queued_tasks: Any) -> None:
    first = anonymous.post(SUBSCRIPTIONS, {"email": "rita@example.com"})

    second = anonymous.post(SUBSCRIPTIONS, {"email": email})

    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert queued_tasks() == ["send_mail"]
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("state", SubscriberState.values)
def test_the_answer_does_not_tell_whether_an_address_is_known(state: str, anonymous: ApiClient) -> None:
    make_subscriber(state)

    known = anonymous.post(SUBSCRIPTIONS, {"email": "rita@example.com"})
    unknown = anonymous.post(SUBSCRIPTIONS, {"email": "ruth@example.com"})

    assert (
        (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, unknown.content)
    )


def test_whoever_left_may_come_back_and_is_asked_again(anonymous: ApiClient) -> None:
    rita = make_subscriber(SubscriberState.UNSUBSCRIBED)
    old_link = path_of(rita, "confirm")

    anonymous.post(SUBSCRIPTIONS, {"email": "rita@example.com"})
    refused = Client().post(old_link)

    rita.refresh_from_db()
    assert (rita.state, rita.round) == (SubscriberState.PENDING, 2)
    assert Mail.objects.count() == 1
    assert refused.status_code == 404


def test_who_lost_the_mail_gets_another_after_a_day(anonymous: ApiClient) -> None:
    commands.subscribe(email="rita@example.com")
    Mail.objects.update(created_at=timezone.now() - timedelta(days=2))

    anonymous.post(SUBSCRIPTIONS, {"email": "rita@example.com"})

    assert sorted(Mail.objects.values_list("occasion", flat=True)) == ["1", "2"]


@pytest.mark.parametrize("state", [SubscriberState.SUPPRESSED, SubscriberState.CONFIRMED])
def test_whoever_is_suppressed_or_confirmed_gets_no_mail(state: str, anonymous: ApiClient) -> None:
    make_subscriber(state)

    anonymous.post(SUBSCRIPTIONS, {"email": "rita@example.com"})

    assert not Mail.objects.exists()
    assert Subscriber.objects.get().state == state


BAD_ADDRESSES = [
    "", " ", "rita", "@example.com", "rita@", "rita@example", "rita@@example.com", "rita@exa mple.com",
    "rita@example.com\nBcc: mallory@example.com", "rita\r\n@example.com", "rita@example.com\0",
    "rita@-example.com", "rita@example..com", "ri\u202eta@example.com", "rita@[127.0.0.1]",
    '"rita x"@example.com', "rïta@example.com", "r" * 65 + "@example.com",
    "rita@" + "a" * 64 + ".com", "rita@" + ".".join(["a" * 60] * 5) + ".com",
    "rita@example.com, mallory@example.com", "Rita <rita@example.com>",
]  # fmt: skip


@pytest.mark.parametrize("email", BAD_ADDRESSES)
def test_what_is_no_address_is_refused_at_the_field(
    email: str, anonymous: ApiClient, queued_tasks: Any, settings: Any
) -> None:
    by_api = anonymous.post(SUBSCRIPTIONS, {"email": email})
    by_page = Client().post("/blog/subscribe", {"email": email, "form": token_of_file()})

    assert by_api.status_code == 400
    assert by_api.json()["errors"][0]["pointer"] == "/email"
    assert by_page.status_code == 400
    assert b'id="finding"' in by_page.content
    assert not Subscriber.objects.exists()
    assert queued_tasks() == []


@pytest.mark.parametrize(
    ("email", "address"),
    [
        ("rita@bücher.example", "rita@xn--bcher-kva.example"),
        ("rita@BÜCHER.example", "rita@xn--bcher-kva.example"),
        ("rita+blog@example.com", "rita+blog@example.com"),
        ("o'hara@example.com", "o'hara@example.com"),
        ("RITA@example.CO.UK", "RITA@example.co.uk"),
    ],
)
def test_an_address_is_kept_as_mail_is_sent_to_it(email: str, address: str, anonymous: ApiClient) -> None:
    response = anonymous.post(SUBSCRIPTIONS, {"email": email})

    assert response.status_code == 202
    assert Subscriber.objects.get().address == address


def test_a_robot_that_fills_in_everything_gets_nothing(anonymous: ApiClient) -> None:
    body = {"email": "rita@example.com", "website": "https://spam.example"}

    by_api = anonymous.post(SUBSCRIPTIONS, body)
    by_page = Client().post("/blog/subscribe", body)

    assert (by_api.status_code, by_page.status_code) == (202, 202)
    assert not Subscriber.objects.exists()


def test_a_flood_is_refused_by_page_and_api_together(anonymous: ApiClient, settings: Any) -> None:
    settings.BLOG_SUBSCRIPTIONS_PER_MINUTE = 3
    statuses = [anonymous.post(SUBSCRIPTIONS, {"email": f"r{n}@example.com"}).status_code for n in range(2)]
    statuses.append(
        Client().post("/blog/subscribe", {"email": "r2@example.com", "form": token_of_file()}).status_code
    )

    by_page = Client().post("/blog/subscribe", {"email": "r3@example.com", "form": token_of_file()})
    by_api = anonymous.post(SUBSCRIPTIONS, {"email": "r4@example.com"}, X_Forwarded_For="203.0.113.7")

    assert statuses == [202, 202, 202]
    assert (by_page.status_code, by_api.status_code) == (429, 429)
    assert int(by_page["Retry-After"]) >= 1
    assert int(by_api["Retry-After"]) >= 1
    assert Subscriber.objects.count() == 3


@pytest.mark.parametrize("purpose", ["confirm", "unsubscribe"])
def test_a_link_is_good_for_its_purpose_and_person_only(purpose: Any) -> None:
    rita = make_subscriber()
    other = {"confirm": "unsubscribe", "unsubscribe": "confirm"}[purpose]
    token = token_for(rita, other)  # type: ignore[arg-type]
    forged = [token, token_for(rita, purpose)[:-1], "", "x", "a:b:c", "é"]

    answers = [Client().post(f"/blog/{purpose}", QUERY_STRING=f"token={bad}") for bad in forged]

    assert {answer.status_code for answer in answers} == {404}
    assert Subscriber.objects.get().state == SubscriberState.PENDING
    assert Client().post(path_of(rita, purpose)).status_code == 200


@pytest.mark.parametrize("purpose", ["confirm", "unsubscribe"])
def test_a_page_with_a_token_is_kept_nowhere_and_tells_nobody(purpose: Any) -> None:
    response = Client().get(path_of(make_subscriber(), purpose))

    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response.cookies.output() == ""
    assert "unsafe-inline" not in response["Content-Security-Policy"]
    assert b"rita@example.com" not in response.content


def test_leaving_takes_back_what_was_not_sent_yet(ses: SesServer, run_tasks: RunTasks) -> None:
    commands.subscribe(email="rita@example.com")

    Client().post(path_of(Subscriber.objects.get(), "unsubscribe"))
    run_tasks()

    assert ses.requests == 0
    assert Mail.objects.get().state == "cancelled"


def test_a_form_that_was_never_shown_or_is_filled_in_at_once_is_shown_again() -> None:
    fresh = FORM.findall(Client().get("/blog/subscribe").content.decode())[0]
    tokens = ["", "forged", fresh, token_of_file()[:-1]]

    answers = [Client().post("/blog/subscribe", {"email": "rita@example.com", "form": one}) for one in tokens]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert all("once more" in answer.content.decode() for answer in answers)
    assert all('value="rita@example.com"' in answer.content.decode() for answer in answers)
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(("age", "count"), [(0.5, 0), (3, 1), (80_000, 1), (90_000, 0)])
def test_a_form_is_good_from_a_second_to_a_day(
    age: float, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now - age)
    form = token_of_page()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now)

    Client().post("/blog/subscribe", {"email": "rita@example.com", "form": form})

    assert Subscriber.objects.count() == count
