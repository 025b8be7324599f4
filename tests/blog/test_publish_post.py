"""Publishing through the API: what readers find in the public bucket, and what they never find."""

from __future__ import annotations

import re

import pytest

from blog.models import PhotoState
from chassis.models import PublishedFile
from chassis.publishing import CacheRule
from tests.blog.conftest import POSTS
from tests.blog.photo_rows import make_photo

pytestmark = pytest.mark.django_db


def test_a_published_post_is_a_page_its_json_and_in_every_list(publish, site):
    post = publish("Where the tide waits", body="Hello *there*.", summary="On waiting.")

    assert post["state"] == "published"
    page = site.read("blog/where-the-tide-waits/index.html")
    assert '<h1 itemprop="headline">Where the tide waits</h1>' in page
    assert "<p>Hello <em>there</em>.</p>" in page
    assert site.json("blog/api/posts/where-the-tide-waits.json")["markdown"] == "Hello *there*."
    listed = site.json("blog/api/posts.json")
    assert [item["slug"] for item in listed["items"]] == ["where-the-tide-waits"]
    for key in ("blog/index.html", "blog/feed.atom", "blog/feed.rss", "blog/sitemaps/1.xml"):
        assert "where-the-tide-waits" in site.read(key)
    assert site.broken_links() == set()


def test_every_file_has_its_type_and_its_cache_rule(publish, site):
    publish("Tides")
    rules = {
        "blog/tides/index.html": ("text/html; charset=utf-8", CacheRule.PAGE),
        "blog/index.html": ("text/html; charset=utf-8", CacheRule.LISTING),
        "blog/api/posts/tides.json": ("application/json", CacheRule.LISTING),
        "blog/feed.atom": ("application/atom+xml", CacheRule.LISTING),
        "blog/sitemap.xml": ("application/xml", CacheRule.LISTING),
        "robots.txt": ("text/plain; charset=utf-8", CacheRule.LISTING),
        "404.html": ("text/html; charset=utf-8", CacheRule.LISTING),
    }

    found = {key: site.head(key) for key in rules}

    assert {key: (one["ContentType"], one["CacheControl"]) for key, one in found.items()} == {
        key: (content_type, rule.origin) for key, (content_type, rule) in rules.items()
    }


def test_the_receipt_says_what_was_served_and_after_how_long(publish, edith, site):
    post = publish("Tides")

    receipt = edith.get(f"{POSTS}/{post['id']}/publication").json()

    assert receipt["state"] == "published"
    assert receipt["milliseconds"] > 0
    assert receipt["written"] == len(site.listed())


def test_editing_changes_nothing_that_is_public_until_it_is_published(publish, edith, run_tasks, site):
    post = publish("Tides", body="Before")
    before = {key: site.read(key) for key in site.listed()}

    changed = edith.patch(f"{POSTS}/{post['id']}", {"title": "Ebb", "body": "After", "slug": "ebb"})
    run_tasks()

    assert changed.json()["state"] == "changed"
    assert {key: site.read(key) for key in site.listed()} == before


def test_a_change_that_is_published_writes_only_what_changed(publish, edith, run_tasks, site):
    for title in ("One", "Two", "Three", "Four"):
        post = publish(title)
    changed = edith.patch(f"{POSTS}/{post['id']}", {"body": "Something else."})
    edith.post(f"{POSTS}/{post['id']}/publish")
    run_tasks()

    job_id = edith.get(f"{POSTS}/{post['id']}/publication").json()["job_id"]
    written = set(PublishedFile.objects.filter(job=job_id).values_list("key", flat=True))
    assert changed.json()["state"] == "changed"
    # Lists and sitemap change when the moment of the change is another second.
    assert {"blog/four/index.html", "blog/api/posts/four.json", "blog/feed.atom"} <= written
    assert written <= {
        "blog/four/index.html",
        "blog/four/index.md",
        "blog/api/posts/four.json",
        "blog/feed.atom",
        "blog/feed.rss",
        "blog/feed.json",
        "blog/api/posts.json",
        "blog/sitemaps/1.xml",
    }
    assert "Something else." in site.read("blog/four/index.html")


def test_publishing_the_same_again_writes_nothing(publish, edith, run_tasks, site):
    post = publish("Tides")

    edith.post(f"{POSTS}/{post['id']}/publish")
    run_tasks()

    receipt = edith.get(f"{POSTS}/{post['id']}/publication").json()
    assert (receipt["state"], receipt["written"]) == ("published", 0)
    assert edith.get(f"{POSTS}/{post['id']}").json()["version"] == post["version"]


def test_another_slug_moves_the_page_and_the_old_address_leads_to_it(publish, edith, run_tasks, site):
    publish("First")
    post = publish("Tides")
    publish("Last")
    edith.patch(f"{POSTS}/{post['id']}", {"slug": "ebb"})

    edith.post(f"{POSTS}/{post['id']}/publish")
    run_tasks()

    assert "blog/ebb/index.html" in site.listed()
    assert {key for key in site.listed() if "tides" in key} == {"blog/tides/index.html"}
    leads_on = site.read("blog/tides/index.html")
    assert re.search(r'http-equiv="refresh" content="0; url=[^"]*/blog/ebb/"', leads_on)
    assert re.search(r'rel="canonical" href="[^"]*/blog/ebb/"', leads_on)
    assert site.broken_links() == set()
    assert "/blog/ebb/" in site.read("blog/first/index.html")
    others = site.listed() - {"blog/tides/index.html"}
    assert not [key for key in others if "/blog/tides/" in site.read(key)]
    assert "/blog/ebb/" in site.read("blog/last/index.html")


def test_an_old_slug_stays_with_its_post(publish, edith, run_tasks, site):
    post = publish("Tides")
    edith.patch(f"{POSTS}/{post['id']}", {"slug": "ebb"})
    edith.post(f"{POSTS}/{post['id']}/publish")
    run_tasks()

    taken = edith.post(POSTS, {"title": "Other", "slug": "tides"})
    back = edith.patch(f"{POSTS}/{post['id']}", {"slug": "tides"})

    assert taken.json()["errors"][0]["code"] == "taken"
    assert back.status_code == 200


def test_an_unpublished_post_is_gone_and_nothing_links_to_it(publish, edith, run_tasks, site):
    publish("First")
    post = publish("Tides")
    publish("Last")

    answer = edith.post(f"{POSTS}/{post['id']}/unpublish")
    run_tasks()

    assert answer.status_code == 202
    assert {key for key in site.listed() if "tides" in key} == set()
    assert site.broken_links() == set()
    assert "/blog/last/" in site.read("blog/first/index.html")
    assert [item["slug"] for item in site.json("blog/api/posts.json")["items"]] == ["last", "first"]
    assert edith.get(f"{POSTS}/{post['id']}").json()["state"] == "draft"


def test_a_post_that_was_public_is_not_deleted(publish, edith, run_tasks, site):
    post = publish("Tides")
    edith.post(f"{POSTS}/{post['id']}/unpublish")
    run_tasks()

    response = edith.delete(f"{POSTS}/{post['id']}")

    assert response.status_code == 403
    assert response.json()["type"].endswith("/post-was-public")


def test_of_two_posts_published_at_once_no_page_is_linked_before_it_is_there(publish, edith, run_tasks, site):
    posts = [edith.post(POSTS, {"title": title, "body": title}).json() for title in ("One", "Two")]
    for post in posts:
        edith.post(f"{POSTS}/{post['id']}/publish")

    # The first job alone: the second post is public already, its own job waits.
    from chassis.tasks import run_next

    while not site.listed("blog/index.html"):
        assert run_next()

    assert {"blog/one/index.html", "blog/two/index.html"} <= site.listed()
    assert site.broken_links() == set()


# --- The gate -----------------------------------------------------------------------------------


def refusal_of(edith, **content):
    post = edith.post(POSTS, {"title": "Tides", **content}).json()
    response = edith.post(f"{POSTS}/{post['id']}/publish")
    assert response.status_code == 400
    assert edith.get(f"{POSTS}/{post['id']}").json()["state"] == "draft"
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


def test_a_post_without_a_text_is_not_published(edith, queued_tasks):
    assert refusal_of(edith, body=" \n") == [("/body", "blank")]
    assert queued_tasks() == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"state": PhotoState.WAITING}, "photo-not-ready"),
        ({"state": PhotoState.REFUSED, "refusal": "broken"}, "photo-refused"),
        ({"alt": " "}, "no-alternative-text"),
    ],
)
def test_a_photo_that_is_not_ready_or_says_nothing_keeps_a_post_back(edith, queued_tasks, fields, code):
    photo = make_photo(**fields)

    assert refusal_of(edith, body=f"![](photo:{photo.id})") == [("/body", code)]
    assert refusal_of(edith, body="x", cover_id=str(photo.id)) == [("/cover_id", code)]
    assert queued_tasks() == []


def test_a_photo_that_the_text_describes_needs_no_text_of_its_own(edith, site):
    photo = make_photo(alt="")
    post = edith.post(POSTS, {"title": "Tides", "body": f"![Boats](photo:{photo.id})"}).json()

    assert edith.post(f"{POSTS}/{post['id']}/publish").status_code == 202


@pytest.mark.parametrize("image", ["https://a.example/b.png", "boat.jpg", "photo:1"])
def test_a_picture_from_elsewhere_keeps_a_post_back(edith, image):
    assert refusal_of(edith, body=f"![Boat]({image})") == [("/body", "foreign-image")]


def test_a_photo_that_is_not_there_keeps_a_post_back(edith):
    body = "![Boat](photo:01890a5d-ac96-774b-bcce-b302099a8057)"

    assert refusal_of(edith, body=body) == [("/body", "unknown-photo")]


def test_a_post_that_has_changed_meanwhile_is_not_published(edith, staff_client, queued_tasks):
    post = edith.post(POSTS, {"title": "Tides", "body": "x"}).json()
    staff_client("emil").patch(f"{POSTS}/{post['id']}", {"body": "y"})

    assert edith.post(f"{POSTS}/{post['id']}/publish", if_match=1).status_code == 412
    assert queued_tasks() == []


def test_mallory_publishes_nothing(edith, staff_client, queued_tasks):
    post = edith.post(POSTS, {"title": "Tides", "body": "x"}).json()
    mallory = staff_client("mallory", groups=())

    answers = [mallory.post(f"{POSTS}/{post['id']}/{what}") for what in ("publish", "unpublish")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert queued_tasks() == []


def test_a_release_that_nobody_signed_is_signed_by_whoever_publishes_it(
    edith, service_client, run_tasks, site
):
    updates = service_client("service-updates", scope="blog/announce")
    release = {"release_id": "anchor-1.0", "title": "Anchor 1.0", "body": "It holds."}
    made = updates.post("/api/blog/v1/internal/announcements", release).json()

    edith.post(f"{POSTS}/{made['post_id']}/publish")
    run_tasks()

    assert edith.get(f"{POSTS}/{made['post_id']}").json()["author"]["subject"] == "edith"
    assert "blog/anchor-10/index.html" in site.listed()
