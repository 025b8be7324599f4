"""Drafts through the API: made, read, changed and deleted by editors, and by nobody else."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import close_old_connections

from blog.models import BODY_LENGTH_MOST, Post, Revision, Slug

POSTS = "/api/blog/v1/posts"
pytestmark = pytest.mark.django_db


def test_a_draft_is_made_with_its_author_and_a_slug_of_its_title(edith):
    response = edith.post(POSTS, {"title": "Where the Tide Waits", "body": "# Hello"})

    assert response.status_code == 201
    document = response.json()
    assert document["slug"] == "where-the-tide-waits"
    assert (document["state"], document["published_at"]) == ("draft", None)
    assert document["author"]["subject"] == "edith"
    assert edith.get(f"{POSTS}/{document['id']}").json() == document


def test_a_second_post_of_the_same_title_gets_another_slug(edith):
    edith.post(POSTS, {"title": "Tides"})

    assert edith.post(POSTS, {"title": "Tides"}).json()["slug"] == "tides-2"


@pytest.mark.parametrize(("title", "slug"), [("Subscribe", "subscribe-2"), ("潮", "post"), ("API", "api-2")])
def test_a_title_that_makes_no_usable_slug_still_makes_a_post(edith, title, slug):
    assert edith.post(POSTS, {"title": title}).json()["slug"] == slug


def test_a_taken_slug_is_refused_at_its_field(edith):
    edith.post(POSTS, {"title": "Tides", "slug": "tides"})

    response = edith.post(POSTS, {"title": "Other", "slug": "tides"})

    assert response.status_code == 400
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [("/slug", "taken")]
    assert Post.objects.count() == 1
    assert edith.post(POSTS, {"title": "Other", "slug": "other-tides"}).status_code == 201


@pytest.mark.parametrize("slug", ["api", "subscribe", "archive", "index", "page"])
def test_a_slug_that_is_another_page_is_refused_at_its_field(edith, slug):
    response = edith.post(POSTS, {"title": "Tides", "slug": slug})

    assert response.status_code == 400
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [
        ("/slug", "reserved")
    ]


@pytest.mark.parametrize("slug", ["feed.atom", "../up", "A-b", "a--b", "-a", "a-", "a/b", "ü", ""])
def test_a_slug_that_is_none_is_refused_at_its_field(edith, slug):
    response = edith.post(POSTS, {"title": "Tides", "slug": slug})

    assert response.status_code == 400
    assert {error["pointer"] for error in response.json()["errors"]} == {"/slug"}


def test_a_text_that_is_too_long_is_refused_at_its_field(edith):
    response = edith.post(POSTS, {"title": "Tides", "body": "a" * (BODY_LENGTH_MOST + 1)})

    assert response.status_code == 400
    assert {error["pointer"] for error in response.json()["errors"]} == {"/body"}
    assert edith.post(POSTS, {"title": "Tides", "body": "a" * BODY_LENGTH_MOST}).status_code == 201


def test_five_megabytes_are_not_read(edith):
    assert edith.post(POSTS, {"title": "Tides", "body": "a" * 5_000_000}).status_code == 413
    assert not Post.objects.exists()


def test_every_saved_change_is_kept_as_a_revision(edith):
    made = edith.post(POSTS, {"title": "Tides", "body": "One"}).json()

    response = edith.patch(f"{POSTS}/{made['id']}", {"body": "Two"}, if_match=1)

    assert response.status_code == 200
    assert response.json()["version"] == 2
    kept = Revision.objects.filter(post_id=made["id"]).values_list("number", "body", "saved_by")
    assert sorted(kept) == [(1, "One", "edith"), (2, "Two", "edith")]


def test_a_change_that_changes_nothing_keeps_the_version(edith):
    made = edith.post(POSTS, {"title": "Tides", "body": "One\r\ntwo"}).json()

    response = edith.patch(f"{POSTS}/{made['id']}", {"body": "One\ntwo"})

    assert response.json()["version"] == 1
    assert Revision.objects.count() == 1


def test_a_change_of_what_has_changed_meanwhile_is_refused(edith, staff_client):
    made = edith.post(POSTS, {"title": "Tides"}).json()
    staff_client("emil").patch(f"{POSTS}/{made['id']}", {"title": "Emil's"}, if_match=1)

    response = edith.patch(f"{POSTS}/{made['id']}", {"title": "Edith's"}, if_match=1)

    assert response.status_code == 412
    assert Post.objects.get().title == "Emil's"
    assert edith.patch(f"{POSTS}/{made['id']}", {"title": "Edith's"}, if_match=2).status_code == 200


def test_a_slug_that_was_never_public_is_free_again(edith):
    made = edith.post(POSTS, {"title": "Tides", "slug": "first"}).json()
    edith.patch(f"{POSTS}/{made['id']}", {"slug": "second"})

    response = edith.post(POSTS, {"title": "Other", "slug": "first"})

    assert response.status_code == 201
    assert set(Slug.objects.values_list("slug", flat=True)) == {"first", "second"}


def test_a_draft_is_deleted_with_all_that_was_saved_of_it(edith):
    made = edith.post(POSTS, {"title": "Tides"}).json()

    assert edith.delete(f"{POSTS}/{made['id']}").status_code == 204
    assert edith.get(f"{POSTS}/{made['id']}").status_code == 404
    assert not Revision.objects.exists()


def test_the_list_has_pages_from_the_newest_on(edith):
    titles = ["One", "Two", "Three"]
    for title in titles:
        edith.post(POSTS, {"title": title})

    first = edith.get(f"{POSTS}?limit=2").json()
    second = edith.get(first["next"]).json()

    assert [post["title"] for post in first["items"] + second["items"]] == titles[::-1]
    assert second["next"] is None
    assert edith.get(f"{POSTS}?state=published").json()["items"] == []
    assert edith.get(f"{POSTS}?state=strange").status_code == 400


def test_a_list_costs_two_queries(edith, django_assert_num_queries):
    for number in range(5):
        edith.post(POSTS, {"title": f"Post {number}"})

    # The posts, and their tags.
    with django_assert_num_queries(2):
        edith.get(POSTS)


def test_an_id_in_use_is_refused(edith):
    post_id = str(uuid.uuid4())
    edith.post(POSTS, {"title": "Tides", "id": post_id})

    response = edith.post(POSTS, {"title": "Others", "id": post_id})

    assert response.status_code == 409
    assert response.json()["type"].endswith("/id-taken")


@pytest.mark.parametrize("groups", [(), ("readers",)])
def test_mallory_who_is_no_editor_gets_nothing(edith, staff_client, groups):
    made = edith.post(POSTS, {"title": "Tides"}).json()
    mallory = staff_client("mallory", groups=groups)
    one = f"{POSTS}/{made['id']}"

    answers = [
        mallory.get(POSTS),
        mallory.post(POSTS, {"title": "Mine"}),
        mallory.get(one),
        mallory.patch(one, {"title": "Mine"}),
        mallory.delete(one),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert "staff" in answers[0].json()["detail"]
    assert Post.objects.get().title == "Tides"


def test_an_editor_whose_client_may_not_edit_gets_nothing(client_of):
    edith = client_of("edith", **{"cognito:groups": ["editors"]})

    assert edith.get(POSTS).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_one_slug_at_once_one_is_told(staff_client):
    barrier = threading.Barrier(2)
    answers = []

    def take(name):
        client = staff_client(name)
        barrier.wait(10)
        answers.append(client.post(POSTS, {"title": name, "slug": "tides"}))
        close_old_connections()

    threads = [threading.Thread(target=take, args=(name,)) for name in ("edith", "emil")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(answer.status_code for answer in answers) == [201, 400]
    assert Slug.objects.count() == Post.objects.count() == 1
