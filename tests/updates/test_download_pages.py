"""The pages for people: what is for all is shown, whatever else is paused or rolled out, and at what cost."""

from __future__ import annotations

import httpx
import pytest
from django.conf import settings

from chassis.publishing import PublicFile
from tests.updates.conftest import API, zip_of
from tests.updates.published import Publisher
from updates import plans, queries
from updates.renderers import pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_public_bucket")]


@pytest.fixture
def tide(edith, run_tasks, object_store):
    """A product with 1.0.0 for all."""
    made = Publisher(edith, run_tasks)
    made.publish("1.0.0", {"tide-1.0.0-linux.zip": zip_of("1.0.0")})
    return made


def home():
    """The page of all products."""
    return httpx.get(f"{settings.PUBLIC_URL}/updates/index.html").text


def test_a_paused_release_does_not_hide_the_one_before(tide, monkeypatch):
    monkeypatch.setattr(queries, "RELEASES_MOST", 1)
    paused = tide.publish("1.1.0", {"tide-1.1.0-linux.zip": zip_of("1.1.0")})
    before = home()

    tide.ask(paused, "pause")

    page = httpx.get(f"{tide.base}/index.html").text
    manifest = httpx.get(f"{tide.base}/stable.json").json()
    assert ("1.1.0" in before, "1.1.0" in home(), "1.0.0" in home()) == (True, False, True)
    assert ("1.1.0" in page, "tide-1.0.0-linux.zip" in page) == (False, True)
    assert manifest["latest"]["version"] == "1.0.0"
    assert httpx.head(f"{tide.files}/tide-1.1.0-linux.zip").status_code == 200


def test_the_page_of_all_tells_what_is_for_all_before_what_is_for_some(tide):
    release = tide.draft("1.1.0", {"tide-1.1.0-linux.zip": zip_of("1.1.0")})
    tide.ask(release, "rollout", {"steps": [{"percent": 10}]})
    tide.ask(release, "publish")
    begun = home()

    tide.ask(release, "everyone")

    assert ("Stable 1.0.0" in begun, "Stable 1.1.0" in home()) == (True, True)


def test_the_page_of_all_links_to_pages_that_are_there(tide, edith, run_tasks):
    edith.post(f"{API}/products", {"slug": "ebb", "name": "Ebb"})
    (too_early,) = [file for file in plans.plan_home("").files if file.key == pages.HOME_KEY]
    assert isinstance(too_early, PublicFile)
    assert b"/updates/ebb/" not in too_early.read()

    run_tasks()

    assert "/updates/ebb/" in home()
    assert httpx.get(f"{settings.PUBLIC_URL}/updates/ebb/index.html").status_code == 200


def test_the_page_of_all_costs_two_queries_however_many_products_there_are(
    tide, edith, django_assert_num_queries
):
    for slug in ("ebb", "flow"):
        edith.post(f"{API}/products", {"slug": slug, "name": slug.title()})
        edith.post(f"{API}/products/{slug}/channels", {"slug": "beta", "name": "Beta"})

    with django_assert_num_queries(2):
        listed = queries.listed_products()

    assert [product.name for product in listed][:2] == ["Ebb", "Flow"]
    assert listed[-1].versions == (("Stable", "1.0.0"),)
