"""The newsroom: an editor writes and publishes in the admin, and is told at the field what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from blog.models import BODY_LENGTH_MOST, Post, Revision
from tests.blog.photo_rows import make_photo

pytestmark = pytest.mark.django_db
ADD = "/admin/blog/post/add/"


def session_of(user: Any) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def newsroom(django_user_model):
    """edith's browser, in the admin, with the rights of the group of editors."""
    editors = Group.objects.create(name="editors")
    editors.permissions.set(Permission.objects.filter(content_type__app_label="blog"))
    user = django_user_model.objects.create_user("edith", is_staff=True)
    user.groups.add(editors)
    return session_of(user)


def form(**fields: Any) -> dict[str, Any]:
    return {
        "title": "Tides",
        "slug": "",
        "summary": "",
        "cover": "",
        "body": "Hello.",
        "language": "en",
        **fields,
    }


def change(post: Post) -> str:
    return reverse("admin:blog_post_change", args=[post.id])


def errors_in(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200, response
    found: dict[str, list[str]] = response.context["adminform"].form.errors
    return found


def test_a_draft_is_saved_with_a_slug_and_a_revision(newsroom, queued_tasks):
    response = newsroom.post(ADD, form(_save="Save"))

    post = Post.objects.get()
    assert (response.status_code, response["Location"]) == (302, change(post))
    assert (post.slug, post.state, post.author is not None) == ("tides", "draft", True)
    assert Revision.objects.count() == 1
    assert queued_tasks() == []


def test_the_button_publishes_and_the_page_shows_the_receipt(newsroom, run_tasks, site):
    newsroom.post(ADD, form(_publish="Publish"))
    run_tasks()

    page = newsroom.get(change(Post.objects.get())).content.decode()

    assert "blog/tides/index.html" in site.listed()
    assert "blog/tides/" in page
    assert "&quot;state&quot;: &quot;published&quot;" in page
    assert "&quot;milliseconds&quot;:" in page


def test_saving_a_public_post_keeps_what_readers_read(newsroom, run_tasks, site):
    newsroom.post(ADD, form(_publish="Publish"))
    run_tasks()
    post = Post.objects.get()

    newsroom.post(
        change(post), form(slug=post.slug, body="Another text.", seen_version=post.version, _save="Save")
    )
    run_tasks()

    post.refresh_from_db()
    assert (post.state, post.body) == ("changed", "Another text.")
    assert "Hello." in site.read("blog/tides/index.html")
    assert "the draft differs" in newsroom.get("/admin/blog/post/").content.decode()


def test_a_post_is_taken_back_by_its_button(newsroom, run_tasks, site):
    newsroom.post(ADD, form(_publish="Publish"))
    run_tasks()
    post = Post.objects.get()

    response = newsroom.post(reverse("admin:blog_post_unpublish", args=[post.id]))
    run_tasks()

    assert response.status_code == 302
    assert "blog/tides/index.html" not in site.listed()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"slug": "subscribe"}, "slug"),
        ({"slug": "Not a slug"}, "slug"),
        ({"slug": "taken"}, "slug"),
        ({"title": " "}, "title"),
        ({"language": "English"}, "language"),
        ({"body": "a" * (BODY_LENGTH_MOST + 1)}, "body"),
        ({"title": "a\x07b"}, "title"),
        ({"body": "", "_publish": "Publish"}, "body"),
        ({"body": "![](https://a.example/x.png)", "_publish": "Publish"}, "body"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(newsroom, fields, field, queued_tasks):
    newsroom.post(ADD, form(title="Other", slug="taken", _save="Save"))

    response = newsroom.post(ADD, form(**{"_save": "Save", **fields}))

    assert set(errors_in(response)) == {field}
    assert Post.objects.count() == 1
    assert queued_tasks() == []


def test_a_cover_that_says_nothing_is_named_at_its_field(newsroom):
    photo = make_photo(alt="")

    response = newsroom.post(ADD, form(cover=str(photo.id), _publish="Publish"))

    assert "alternative text" in errors_in(response)["cover"][0]


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(newsroom):
    newsroom.post(ADD, form(_save="Save"))
    post = Post.objects.get()
    newsroom.post(change(post), form(slug=post.slug, body="Theirs", seen_version=post.version, _save="Save"))

    response = newsroom.post(
        change(post), form(slug=post.slug, body="Mine", seen_version=post.version, _save="Save")
    )

    assert "Somebody else has saved" in errors_in(response)["__all__"][0]
    assert Post.objects.get().body == "Theirs"
    assert b"Mine" in response.content


def test_the_preview_shows_the_text_as_the_page_would(newsroom):
    photo = make_photo()
    body = f"**Bold** <script>alert(1)</script> ![Boats](photo:{photo.id})"

    response = newsroom.post("/admin/blog/post/preview/", {"title": "A & B", "body": body})

    html = response.content.decode()
    assert "<h1>A &amp; B</h1>" in html
    assert "<strong>Bold</strong> &lt;script&gt;" in html
    assert "<picture>" in html
    assert not Post.objects.exists()
    assert newsroom.get("/admin/blog/post/preview/").status_code == 405
    assert (
        newsroom.post("/admin/blog/post/preview/", {"body": "a" * (BODY_LENGTH_MOST + 1)}).status_code == 413
    )


def test_a_draft_is_deleted_and_what_was_public_is_not(newsroom, run_tasks, site):
    newsroom.post(ADD, form(_save="Save"))
    draft = Post.objects.get()
    deleted = newsroom.post(reverse("admin:blog_post_delete", args=[draft.id]), {"post": "yes"})
    newsroom.post(ADD, form(_publish="Publish"))
    run_tasks()
    public = Post.objects.get()

    refused = newsroom.post(reverse("admin:blog_post_delete", args=[public.id]), {"post": "yes"})

    assert (deleted.status_code, refused.status_code) == (302, 403)
    assert Post.objects.get() == public


def test_staff_without_the_rights_of_an_editor_get_nothing(newsroom, django_user_model):
    newsroom.post(ADD, form(_save="Save"))
    post = Post.objects.get()
    mallory = session_of(django_user_model.objects.create_user("mallory", is_staff=True))

    answers = [
        mallory.get("/admin/blog/post/"),
        mallory.post(ADD, form(_publish="Publish")),
        mallory.post(change(post), form(body="Mine", seen_version=1, _save="Save")),
        mallory.post("/admin/blog/post/preview/", {"body": "x"}),
        mallory.post(reverse("admin:blog_post_unpublish", args=[post.id])),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert Post.objects.get().body == "Hello."
