"""Tags are part of a text: a draft's change nothing that is public, and a name makes one tag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from blog import commands
from blog.models import Post, Revision, Tag
from blog.roles import editor
from chassis.errors import InvalidInput
from chassis.models import PublishJob
from tests.api_client import ApiClient

pytestmark = pytest.mark.django_db


def test_tags_belong_to_the_draft_and_to_what_was_saved() -> None:
    post = _post(tags=["Sea", "Boats"])

    commands.update_post(actor=editor("edith"), post_id=post.id, if_versions=None, changes={"tags": ["Sea"]})

    assert _names(post) == ["Sea"]
    first, second = Revision.objects.filter(post=post).order_by("number")
    assert (_names(first), _names(second)) == (["Boats", "Sea"], ["Sea"])


def test_the_same_tags_again_change_nothing() -> None:
    post = _post(tags=["Sea", "Boats"])

    changed = commands.update_post(
        actor=editor("edith"), post_id=post.id, if_versions=None, changes={"tags": ["boats", "sea"]}
    )

    assert changed.version == 1


def test_names_that_differ_in_capitals_or_spaces_are_one_tag() -> None:
    _post(tags=["North Sea", "north  sea ", "C", "C++", "Ⅷ", "книги"])

    assert list(Tag.objects.values_list("name", "slug"))[:3] == [
        ("C", "c"),
        ("C++", "c-2"),
        ("North Sea", "north-sea"),
    ]
    assert Tag.objects.count() == 5
    assert Tag.objects.get(name="книги").slug.startswith("t-")


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([""], "blank"),
        (["a" * 51], "too-long"),
        (["a\x00b"], "control-character"),
        (["a, b"], "not-a-word"),
        ([str(number) for number in range(21)], "too-many"),
    ],
)
def test_a_bad_tag_is_said_at_the_tags(names: list[str], code: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        _post(tags=names)

    assert [(error.pointer, error.code) for error in raised.value.errors] == [("/tags", code)]
    assert not Post.objects.exists()
    assert not Tag.objects.exists()


def test_an_editor_renames_a_tag_in_the_newsroom_and_a_writer_does_not(
    admin_client: Client, staff_client: Callable[..., ApiClient], queued_tasks: Callable[[], list[str]]
) -> None:
    _post(tags=["Sea", "Wind"])
    sea = Tag.objects.get(name="Sea")
    address = reverse("admin:blog_tag_change", args=[sea.id])
    queued_tasks()

    listed = admin_client.get("/admin/blog/tag/").content.decode()
    taken = admin_client.post(address, {"name": "wind"}).content.decode()
    done = admin_client.post(address, {"name": " The  sea "})
    refused = staff_client("walter", groups=["writers"]).patch("/api/blog/v1/tags/sea", {"name": "Mine"})

    sea.refresh_from_db()
    assert '<td class="field-shown_posts">1</td>' in listed
    assert "There is a tag of this name already." in taken
    assert (done.status_code, sea.name, sea.slug) == (302, "The sea", "sea")
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (403, "editors-only")
    assert PublishJob.objects.get().kind == "blog.tag"


def test_a_change_of_nothing_is_no_mistake(edith: ApiClient) -> None:
    _post(tags=["Sea"])

    answer = edith.patch("/api/blog/v1/tags/sea", {})

    assert (answer.status_code, answer.json()["name"]) == (200, "Sea")
    assert not PublishJob.objects.exists()


@pytest.mark.parametrize(("name", "code"), [("", "blank"), ("wind", "taken"), ("a, b", "not-a-word")])
def test_a_name_that_is_none_is_said_at_the_name(edith: ApiClient, name: str, code: str) -> None:
    _post(tags=["Sea", "Wind"])

    answer = edith.patch("/api/blog/v1/tags/sea", {"name": name})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/name")
    assert answer.json()["errors"][0]["code"] == code
    assert edith.patch("/api/blog/v1/tags/none", {"name": "x"}).status_code == 404
    assert not PublishJob.objects.exists()


@pytest.mark.parametrize("address", ["javascript:alert(1)", "example.org/a", "https://", 'https://a.b/"x'])
def test_a_canonical_address_is_a_web_address(address: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        _post(canonical_url=address)

    assert raised.value.errors[0].pointer == "/canonical_url"
    assert _post(canonical_url="https://example.org/a-text").canonical_url


def _post(**content: Any) -> Post:
    return commands.create_post(
        subject="edith", author=commands.ensure_author("edith"), title="Tides", **content
    )


def _names(content: Post | Revision) -> list[str]:
    return list(content.tags.values_list("name", flat=True))
