"""Tags are part of a text: a draft's change nothing that is public, and a name makes one tag."""

from __future__ import annotations

from typing import Any

import pytest

from blog import commands
from blog.models import Post, Revision, Tag
from chassis.errors import InvalidInput

pytestmark = pytest.mark.django_db


def test_tags_belong_to_the_draft_and_to_what_was_saved() -> None:
    post = _post(tags=["Sea", "Boats"])

    commands.update_post(subject="edith", post_id=post.id, if_versions=None, changes={"tags": ["Sea"]})

    assert _names(post) == ["Sea"]
    first, second = Revision.objects.filter(post=post).order_by("number")
    assert (_names(first), _names(second)) == (["Boats", "Sea"], ["Sea"])


def test_the_same_tags_again_change_nothing() -> None:
    post = _post(tags=["Sea", "Boats"])

    changed = commands.update_post(
        subject="edith", post_id=post.id, if_versions=None, changes={"tags": ["boats", "sea"]}
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
