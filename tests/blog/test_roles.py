"""Who may do what in the newsroom: a writer has drafts of their own, an editor decides what readers get."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from blog import commands
from blog.errors import EditorsOnly, PostNotFound
from blog.models import Photo, PhotoState, Post, Schedule, ScheduledAction
from blog.roles import Actor, Role
from chassis.models import PublishJob, StaffIdentity
from chassis.staff import StaffClaims, admit
from tests.api_client import ApiClient
from tests.blog.photo_rows import make_photo
from tests.blog.post_rows import make_public_post

pytestmark = pytest.mark.django_db
POSTS = "/api/blog/v1/posts"
PHOTOS = "/api/blog/v1/photos"
WALTER = Actor("walter", Role.WRITER)


@pytest.fixture
def walter(staff_client: Callable[..., ApiClient]) -> ApiClient:
    """A writer."""
    return staff_client("walter", groups=("writers",))


@pytest.fixture
def desk_of_walter(issuer: Any) -> Client:
    """His browser, signed in to the admin."""
    user = admit(StaffClaims(issuer.url, "walter", frozenset({"writers"})))
    browser = Client()
    browser.force_login(user)
    return browser


def draft_of(subject: str, title: str = "Tides") -> Post:
    return commands.create_post(
        subject=subject, title=title, author=commands.ensure_author(subject), body="Hello."
    )


def test_a_writer_writes_and_sees_drafts_of_their_own_alone(walter: ApiClient) -> None:
    theirs = draft_of("edith", "Theirs")
    mine = walter.post(POSTS, {"title": "Mine", "body": "Hello."}).json()

    listed = walter.get(POSTS).json()["items"]
    changed = walter.request("PATCH", f"{POSTS}/{mine['id']}", {"title": "Mine", "body": "More."})

    assert [one["id"] for one in listed] == [mine["id"]]
    assert changed.status_code == 200
    assert walter.get(f"{POSTS}/{theirs.id}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"title": "x"}),
        ("DELETE", "", None),
        ("GET", "/publication", None),
        ("GET", "/revisions", None),
        ("GET", "/revisions/1", None),
        ("POST", "/revisions/1/restore", {}),
        ("GET", "/schedule", None),
    ],
)
def test_a_draft_of_somebody_else_is_nothing_to_a_writer(
    walter: ApiClient, method: str, path: str, body: Any
) -> None:
    theirs = draft_of("edith")

    answer = walter.request(method, f"{POSTS}/{theirs.id}{path}", body)

    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (404, "post-not-found")
    theirs.refresh_from_db()
    assert (theirs.title, theirs.version) == ("Tides", 1)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/publish", {}),
        ("POST", "/unpublish", {}),
        ("POST", "/revisions/1/publish", {}),
        ("PATCH", "/schedule", {"publish_at": "2099-01-01T00:00:00Z"}),
        ("GET", "/mailing", None),
        ("POST", "/mailing", {}),
        ("POST", "/mailing/test", {}),
        ("POST", "/mailing/stop", {}),
        ("GET", "/mailing/preview", None),
    ],
)
def test_a_writer_does_not_decide_what_readers_get_of_their_own_text_either(
    walter: ApiClient, method: str, path: str, body: Any
) -> None:
    mine = draft_of("walter")

    answer = walter.request(method, f"{POSTS}/{mine.id}{path}", body)

    assert answer.status_code == 403
    assert not PublishJob.objects.exists()
    assert not Schedule.objects.exists()


def test_the_commands_themselves_refuse() -> None:
    mine, theirs, photo = draft_of("walter"), draft_of("edith", "Other"), make_photo(subject="edith")

    with pytest.raises(EditorsOnly):
        commands.publish_post(actor=WALTER, post_id=mine.id)
    with pytest.raises(EditorsOnly):
        commands.unpublish_post(actor=WALTER, post_id=mine.id)
    with pytest.raises(EditorsOnly):
        commands.roll_back(actor=WALTER, post_id=mine.id, number=1)
    with pytest.raises(EditorsOnly):
        commands.schedule_post(actor=WALTER, post_id=mine.id, changes={ScheduledAction.PUBLISH: None})
    with pytest.raises(EditorsOnly):
        commands.delete_photo(actor=WALTER, photo_id=photo.id)
    with pytest.raises(EditorsOnly):
        commands.change_photo(actor=WALTER, photo_id=photo.id, alt="Mine")
    with pytest.raises(EditorsOnly):
        commands.remake_renditions(actor=WALTER, photo_id=photo.id)
    with pytest.raises(PostNotFound):
        commands.update_post(actor=WALTER, post_id=theirs.id, if_versions=None, changes={"body": "x"})
    with pytest.raises(PostNotFound):
        commands.delete_post(actor=WALTER, post_id=theirs.id, if_versions=None)


def test_a_writer_describes_photos_of_their_own_and_deletes_none(walter: ApiClient) -> None:
    mine, theirs = make_photo(subject="walter"), make_photo(subject="edith")

    answers = [
        walter.request("PATCH", f"{PHOTOS}/{mine.id}", {"alt": "Boats"}).status_code,
        walter.request("PATCH", f"{PHOTOS}/{theirs.id}", {"alt": "Boats"}).status_code,
        walter.request("DELETE", f"{PHOTOS}/{mine.id}").status_code,
    ]

    assert answers == [200, 403, 403]


def test_a_writer_reaches_nothing_of_the_other_services(walter: ApiClient) -> None:
    assert walter.get("/api/updates/v1/products").status_code == 403


def test_in_the_admin_a_writer_has_their_drafts_and_no_button_that_publishes(desk_of_walter: Client) -> None:
    mine, theirs = draft_of("walter", "Mine"), make_public_post("Theirs")

    listed = desk_of_walter.get("/admin/blog/post/").content.decode()
    page = desk_of_walter.get(reverse("admin:blog_post_change", args=[mine.id])).content.decode()
    other = desk_of_walter.get(reverse("admin:blog_post_change", args=[theirs.id]))

    assert "Mine" in listed
    assert "Theirs" not in listed
    assert "Save draft" in page
    assert "_publish" not in page
    assert "_plan" not in page
    assert other.status_code == 302


def test_in_the_admin_a_writer_is_refused_what_the_buttons_would_do(desk_of_walter: Client) -> None:
    mine, public = draft_of("walter", "Mine"), make_public_post("Theirs")
    form = {"title": "Mine", "slug": "mine", "body": "Hello.", "language": "en", "seen_version": 1}
    address = reverse("admin:blog_post_change", args=[mine.id])

    desk_of_walter.post(address, {**form, "_publish": "Publish"})
    desk_of_walter.post(address, {**form, "_plan": "Plan", "publish_at": "2099-01-01T09:00"})
    answers = [
        desk_of_walter.post(reverse("admin:blog_post_unpublish", args=[public.id])).status_code,
        desk_of_walter.get(reverse("admin:blog_post_mail", args=[mine.id])).status_code,
        desk_of_walter.get("/admin/blog/subscriber/").status_code,
        desk_of_walter.get("/admin/blog/mail/").status_code,
        desk_of_walter.get("/admin/updates/").status_code,
    ]

    mine.refresh_from_db()
    public.refresh_from_db()
    assert answers[:4] == [403] * 4
    assert answers[4] in (403, 404)
    assert not mine.is_public
    assert public.is_public
    assert not Schedule.objects.exists()


def test_in_the_admin_a_writer_describes_photos_of_their_own_alone(
    desk_of_walter: Client, queued_tasks: Callable[[], list[str]]
) -> None:
    subject = StaffIdentity.objects.get().subject
    mine, theirs = make_photo(subject=subject), make_photo(subject="edith", alt="Boats")
    form = {"alt": "Walter was here", "focal_x": 10, "focal_y": 10}

    def address_of(photo: Photo) -> str:
        return reverse("admin:blog_photo_change", args=[photo.id])

    answers = [desk_of_walter.post(address_of(photo), form).status_code for photo in (mine, theirs)]
    again = {"action": "make_renditions_again", "_selected_action": [str(mine.id), str(theirs.id)]}
    desk_of_walter.post("/admin/blog/photo/", again)

    assert answers == [302, 403]
    assert desk_of_walter.get(address_of(theirs)).status_code == 200
    assert "make_renditions_again" not in desk_of_walter.get("/admin/blog/photo/").content.decode()
    assert dict(Photo.objects.values_list("id", "alt")) == {mine.id: "Walter was here", theirs.id: "Boats"}
    assert set(Photo.objects.values_list("state", flat=True)) == {PhotoState.READY}
    assert queued_tasks() == []


def test_in_the_admin_an_editor_plans(issuer: Any) -> None:
    browser = Client()
    browser.force_login(admit(StaffClaims(issuer.url, "edith", frozenset({"editors"}))))
    draft = draft_of("edith")
    address = reverse("admin:blog_post_change", args=[draft.id])
    form = {
        "title": "Tides", "slug": "tides", "body": "Hello.", "language": "en", "tag_names": "Sea, Boats",
        "seen_version": 1, "_plan": "Plan", "publish_at": "2029-01-01T09:00", "unpublish_at": "",
    }  # fmt: skip

    browser.post(address, form)
    page = browser.get(address).content.decode()

    assert "1 January 2029, 09:00 UTC" in page
    assert 'value="2029-01-01T09:00"' in page
    assert 'value="Boats, Sea"' in page
    assert StaffIdentity.objects.get().subject == Schedule.objects.get().requested_by


def test_a_writer_s_rights_are_those_of_their_last_sign_in(issuer: Any) -> None:
    admit(StaffClaims(issuer.url, "walter", frozenset({"editors"})))

    user = admit(StaffClaims(issuer.url, "walter", frozenset({"writers"})))

    fresh = User.objects.get(pk=user.pk)
    assert fresh.has_perm("blog.change_post")
    assert not fresh.has_perm("blog.publish_post")
    assert not fresh.has_perm("blog.delete_photo")
