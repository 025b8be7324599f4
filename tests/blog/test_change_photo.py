"""A photo that changes is changed where it is shown, at once, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chassis.models import PublishedFile, PublishJob
from tests.api_client import ApiClient
from tests.blog.conftest import PHOTOS
from tests.blog.photo_rows import make_photo
from tests.blog.public_site import PublicSite, whole_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo_id(publish: Callable[..., Any], site: PublicSite) -> str:
    """A photo that is the cover of one post and in the text of another; a third does not have it."""
    photo_id = str(make_photo(alt="Boats").id)
    publish("One", cover_id=photo_id)
    publish("Two", body=f"![](photo:{photo_id})")
    publish("Three", body="x")
    return photo_id


def test_readers_get_another_text_and_focal_point_at_once(
    photo_id: str, edith: ApiClient, site: PublicSite, run_tasks: Callable[[], int]
) -> None:
    edith.patch(f"{PHOTOS}/{photo_id}", {"alt": "At dawn", "focal_point": {"x": 20, "y": 80}})
    run_tasks()

    there = {key: site.read(key) for key in site.listed("blog/")}
    job = PublishJob.objects.get(kind="blog.photo")
    written = set(PublishedFile.objects.filter(job=job).values_list("key", flat=True))
    assert there == {key: body for key, body in made_anew().items() if key in there}
    assert 'alt="At dawn"' in there["blog/one/index.html"]
    assert 'alt="At dawn"' in there["blog/two/index.html"]
    assert 'class="x2 y8"' in there["blog/index.html"]
    assert site.json("blog/api/posts/one.json")["cover"]["focal_point"] == {"x": 20, "y": 80}
    assert {key for key in written if "three" in key} == set()


def test_a_photo_that_nobody_sees_or_that_stays_as_it_is_asks_for_nothing(
    photo_id: str, edith: ApiClient, queued_tasks: Callable[[], list[str]]
) -> None:
    other = make_photo(alt="A draft's")

    edith.patch(f"{PHOTOS}/{other.id}", {"alt": "Another"})
    edith.patch(f"{PHOTOS}/{photo_id}", {"alt": "Boats"})

    assert not PublishJob.objects.filter(kind="blog.photo").exists()
    assert queued_tasks() == []


def made_anew() -> dict[str, str]:
    return {file.key: file.read().decode() for file in whole_site()}
