"""What a page gets of a photo."""

from __future__ import annotations

from typing import Any

import pytest

from blog.models import Photo, PhotoState
from blog.queries.photos import get_photo, picture_of, thumbnail_url
from tests.blog.photo_rows import make_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def public_url(settings: Any) -> None:
    settings.PUBLIC_URL = "https://files.example.org"


def test_a_picture_has_every_width_of_each_format_the_best_first() -> None:
    picture = picture_of(make_photo())

    assert picture is not None
    assert [source.content_type for source in picture.sources] == ["image/avif", "image/jpeg"]
    narrow, wide = picture.sources[0].srcset.split(", ")
    assert narrow.startswith("https://files.example.org/media/")
    assert narrow.endswith("/640.avif 640w")
    assert wide.endswith("/1600.avif 1600w")


def test_the_fallback_is_a_jpeg_that_is_not_too_wide() -> None:
    picture = picture_of(make_photo())

    assert picture is not None
    assert picture.src.endswith("/640.jpg")
    assert (picture.width, picture.height) == (1600, 1200)
    assert picture.alt == "Two boats on the beach"


@pytest.mark.parametrize("fields", [{"state": PhotoState.WAITING}, {"state": "refused", "refusal": "broken"}])
def test_a_photo_without_renditions_is_no_picture(fields: dict[str, str]) -> None:
    photo = make_photo(**fields)

    assert picture_of(photo) is None
    assert thumbnail_url(photo) == ""


def test_a_photo_and_its_picture_take_two_queries(django_assert_num_queries: Any) -> None:
    photo_id = make_photo().id

    with django_assert_num_queries(2):
        picture = picture_of(get_photo(photo_id))

    assert picture is not None
    assert Photo.objects.count() == 1
