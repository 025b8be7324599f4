"""Photos, subscribers and mails in the admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone

from blog import commands
from blog.models import Mail, MailState, Photo, PhotoState, Subscriber, SubscriberState
from tests.blog.photo_rows import make_photo
from tests.blog.post_rows import make_public_post, make_subscribers
from tests.blog.ses_server import SesServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsroom(object_store: Any) -> Client:
    """A browser in which an editor is signed in."""
    editors = Group.objects.create(name="editors")
    editors.permissions.set(Permission.objects.filter(content_type__app_label="blog"))
    edith = User.objects.create_user("edith", is_staff=True)
    edith.groups.add(editors)
    browser = Client()
    browser.force_login(edith)
    return browser


def act(newsroom: Client, kind: str, action: str, row: Any) -> Any:
    return newsroom.post(f"/admin/blog/{kind}/", {"action": action, "_selected_action": [str(row.pk)]})


def test_the_list_of_photos_shows_pictures_and_takes_new_ones(newsroom: Client) -> None:
    make_photo()
    make_photo(state=PhotoState.REFUSED, refusal="too-many-pixels")

    response = newsroom.get("/admin/blog/photo/")

    page = response.content.decode()
    assert "/640.jpg" in page
    assert "too many pixels" in page
    assert "data-photo-upload" in page


def test_the_page_may_send_to_the_store_and_to_nobody_else(newsroom: Client, settings: Any) -> None:
    response = newsroom.get("/admin/blog/photo/")

    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert settings.S3_ENDPOINT_URL in policy["connect-src"].split()
    assert "unsafe-inline" not in response["Content-Security-Policy"]


def test_the_script_uploads_with_the_editors_session(newsroom: Client) -> None:
    body = {"name": "boat.jpg", "content_type": "image/jpeg", "size": 10}

    response = newsroom.post("/api/blog/v1/photos/uploads", body, content_type="application/json")

    assert response.status_code == 201
    assert response.json()["key"].startswith("uploads/")


def test_words_and_focal_point_are_changed_by_the_command(newsroom: Client) -> None:
    photo = make_photo()

    newsroom.post(f"/admin/blog/photo/{photo.id}/change/", {"alt": "", "focal_x": 10, "focal_y": 20})
    refused = Photo.objects.get().version
    newsroom.post(f"/admin/blog/photo/{photo.id}/change/", {"alt": "Boats", "focal_x": 10, "focal_y": 20})

    changed = Photo.objects.get()
    assert refused == 1
    assert (changed.alt, changed.focal_x, changed.focal_y, changed.version) == ("Boats", 10, 20, 2)


def test_a_photo_is_deleted_by_the_command(newsroom: Client, queued_tasks: Callable[[], list[str]]) -> None:
    photo = make_photo()

    newsroom.post(f"/admin/blog/photo/{photo.id}/delete/", {"post": "yes"})

    assert Photo.objects.get().deleted_at is not None
    assert newsroom.get("/admin/blog/photo/").content.count(b"640.jpg") == 0


def test_an_editor_settles_a_mail_in_doubt(newsroom: Client) -> None:
    commands.subscribe(email="rita@example.com")
    Mail.objects.update(state=MailState.IN_DOUBT)

    response = act(newsroom, "mail", "count_as_sent", Mail.objects.get())

    assert response.status_code == 302
    assert Mail.objects.get().state == MailState.SENT
    assert b"rita@example.com" in newsroom.get("/admin/blog/mail/").content


def test_a_subscriber_is_left_alone_and_let_in_again(newsroom: Client) -> None:
    commands.subscribe(email="rita@example.com")
    rita = Subscriber.objects.get()

    act(newsroom, "subscriber", "suppress", rita)
    suppressed = Subscriber.objects.get().state
    act(newsroom, "subscriber", "lift_suppression", rita)

    assert suppressed == SubscriberState.SUPPRESSED
    assert Subscriber.objects.get().state == SubscriberState.UNSUBSCRIBED
    assert Mail.objects.get().state == MailState.CANCELLED


def test_forgetting_a_subscriber_leaves_nothing(newsroom: Client) -> None:
    commands.subscribe(email="rita@example.com")
    rita = Subscriber.objects.get()

    newsroom.post(f"/admin/blog/subscriber/{rita.id}/delete/", {"post": "yes"})

    assert not Subscriber.objects.exists()
    assert not Mail.objects.exists()


def test_a_mail_alone_is_never_deleted(newsroom: Client) -> None:
    commands.subscribe(email="rita@example.com")
    mail = Mail.objects.get()

    response = newsroom.post(f"/admin/blog/mail/{mail.id}/delete/", {"post": "yes"})

    assert response.status_code == 403
    assert Mail.objects.exists()


def test_an_exported_address_is_no_formula(newsroom: Client) -> None:
    address = "=cmd|' /C calc'!A0@example.com"
    row = Subscriber.objects.create(address=address, key=address, asked_at=timezone.now())

    response = act(newsroom, "subscriber", "export", row)

    assert response["Content-Type"].startswith("text/csv")
    assert response.content.decode().splitlines()[1].startswith("'=cmd")


def test_a_post_is_seen_counted_tried_and_sent_by_mail(
    newsroom: Client, ses: SesServer, run_tasks: Callable[[], int]
) -> None:
    User.objects.update(email="edith@example.org")
    post = make_public_post("Tides")
    make_subscribers(2)
    address = f"/admin/blog/post/{post.id}/mail/"

    before = newsroom.get(address).content.decode()
    newsroom.post(address, {"button": "test"})
    newsroom.post(address, {"button": "send"})
    run_tasks()
    after = newsroom.get(address).content.decode()

    assert "<strong>2</strong> confirmed subscribers" in before
    assert "Send a test to edith@example.org" in before
    assert sorted(mail["To"] for mail in ses.mails) == [
        "confirmed-0@example.com", "confirmed-1@example.com", "edith@example.org",
    ]  # fmt: skip
    assert "<dt>sent</dt><dd>2</dd>" in after
    assert newsroom.get("/admin/blog/mail/").content.decode().count("edith@example.org") == 1


def test_the_mail_in_its_frame_has_its_own_styles_and_nothing_else(newsroom: Client) -> None:
    post = make_public_post("Tides")

    response = newsroom.get(f"/admin/blog/post/{post.id}/mail/preview/")

    policy = response["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-hashes' 'sha256-" in policy
    assert "sandbox" in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert b"Tides" in response.content


def test_the_templates_of_mails_have_a_page(newsroom: Client) -> None:
    make_public_post("Tides")

    page = newsroom.get("/admin/blog/mail/templates/").content.decode()
    frames = [newsroom.get(f"/admin/blog/mail/templates/{kind}/") for kind in ("welcome", "post")]

    assert page.count("<iframe") == 2
    assert [frame.status_code for frame in frames] == [200, 200]
    assert b"Yes, subscribe me" in frames[0].content


def test_staff_without_the_rights_of_an_editor_mail_nothing(newsroom: Client) -> None:
    post = make_public_post()
    mallory = Client()
    mallory.force_login(User.objects.create_user("mallory", is_staff=True))
    address = f"/admin/blog/post/{post.id}/mail/"

    answers = [
        mallory.get(address),
        mallory.get(f"{address}preview/"),
        mallory.get("/admin/blog/mail/templates/"),
        mallory.get("/admin/blog/mail/templates/post/"),
        *(mallory.post(address, {"button": button}) for button in ("send", "test", "stop")),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert not Mail.objects.exists()
