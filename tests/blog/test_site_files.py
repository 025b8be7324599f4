"""The files of the site: pages, feed and sitemap are what readers and their programs expect."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from blog import queries
from blog.commands.site_files import take_over
from blog.models import Post
from blog.queries.public import Selection
from blog.site import looks, plan
from tests.blog.conftest import POSTS
from tests.blog.photo_rows import make_photo
from tests.blog.post_rows import make_public_post
from tests.blog.public_site import whole_site

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
PAGE_BYTES_MOST = 30_000
VOID = {"meta", "link", "img", "input", "br", "hr", "source"}


class Outline(HTMLParser):
    """Tags that are opened and not closed in order, and what the checks below ask for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.strays: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.strays.append(tag)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


def contents_of(made: Any) -> dict[str, bytes]:
    return {file.key: file.read() for file in made}


@pytest.fixture
def files(edith) -> dict[str, str]:
    """The files of a blog with a few posts, as they would be published."""
    cover = make_photo(alt="Two boats")
    texts = [
        ("One", "Hello.", "en"),
        ("Deux", "Bonjour <b>.", "fr"),
        ("שלום", "אחת", "he"),
        ("Four & <b>", "x", "en"),
    ]
    for title, body, language in texts:
        post = edith.post(
            POSTS,
            {
                "title": title,
                "summary": f"About {title}",
                "body": f'{body}\n\n![](photo:{cover.id} "A line")\n\n## More\n\n> quoted',
                "language": language,
                "cover_id": str(cover.id),
            },
        ).json()
        assert edith.post(f"{POSTS}/{post['id']}/publish").status_code == 202
    return {key: body.decode() for key, body in contents_of(whole_site()).items()}


def test_every_page_is_small_whole_and_has_one_first_heading(files):
    found = {key: text for key, text in files.items() if key.endswith(".html")}

    for text in found.values():
        outline = Outline(text)
        assert (outline.strays, outline.open) == ([], [])
        assert len(outline.all("h1")) == 1
        assert len(text.encode()) < PAGE_BYTES_MOST
    assert len(found) == 4 + 4


def test_no_page_has_a_script_or_a_style_of_its_own(files):
    for key, text in files.items():
        outline = Outline(text) if key.endswith(".html") else Outline("")
        assert outline.all("script") == outline.all("style") == []
        assert not [attrs for _, attrs in outline.found if any(name.startswith("on") for name in attrs)]
        assert not [attrs for _, attrs in outline.found if "style" in attrs]


def test_every_page_forbids_scripts_and_lets_its_form_go_to_the_application_alone(files, settings):
    for key, text in files.items():
        if key.endswith(".html"):
            policies = [meta for meta in Outline(text).all("meta") if "http-equiv" in meta]
            assert "default-src 'none'" in str(policies[0]["content"])
            assert f"connect-src 'self'; form-action {settings.WEB_URL};" in str(policies[0]["content"])
            assert Outline(text).all("form")[0]["action"] == f"{settings.WEB_URL}/blog/subscribe"


def test_a_post_is_in_its_own_language_and_direction(files):
    html = {key: Outline(text).all("html")[0] for key, text in files.items() if key.endswith(".html")}

    assert (html["blog/deux/index.html"]["lang"], html["blog/deux/index.html"]["dir"]) == ("fr", "ltr")
    assert (html["blog/post/index.html"]["lang"], html["blog/post/index.html"]["dir"]) == ("he", "rtl")


def test_pictures_have_sizes_a_ratio_and_a_text_and_only_the_first_is_not_lazy(files):
    outline = Outline(files["blog/one/index.html"])

    images = outline.all("img")
    assert [(image["alt"], image.get("loading")) for image in images] == [
        ("Two boats", None),
        ("Two boats", "lazy"),
    ]
    assert all((image["width"], image["height"]) == ("1600", "1200") for image in images)
    assert [source["type"] for source in outline.all("source")] == ["image/avif", "image/jpeg"] * 2
    assert all(source["sizes"] and "640w" in str(source["srcset"]) for source in outline.all("source"))


def test_a_page_has_a_few_pixels_behind_its_pictures_and_nothing_else_has_them(edith, settings):
    settings.PUBLIC_URL = "http://files.example"
    photos = [
        make_photo(placeholder=f"data:image/webp;base64,{number:0>380}", focal_x=20, focal_y=80)
        for number in range(30)
    ]
    body = "\n\n".join(f"![x](photo:{photo.id})" for photo in photos)
    post = edith.post(POSTS, {"title": "One", "body": body, "cover_id": str(photos[0].id)}).json()
    assert edith.post(f"{POSTS}/{post['id']}/publish").status_code == 202

    files = {file.key: file.read().decode() for file in whole_site()}

    page, home = Outline(files["blog/one/index.html"]), Outline(files["blog/index.html"])
    assert [image["alt"] for image in page.all("img") if image.get("class") == "preview"] == [""] * 15
    preview, picture = home.all("img")[:2]
    assert preview["src"] == photos[0].placeholder
    assert preview["class"] == f"preview {picture['class']}" == "preview x2 y8"
    assert "img-src 'self' data:;" in files["blog/one/index.html"]
    assert [key for key, text in files.items() if "data:image" in text] == [
        "blog/one/index.html",
        "blog/index.html",
    ]


def test_what_an_editor_writes_is_text_and_nothing_else(files):
    page = files["blog/four-b/index.html"]

    assert "<title>Four &amp; &lt;b&gt; · " in page
    assert "Bonjour &lt;b&gt;." in files["blog/deux/index.html"]
    assert "<b>" not in page


def test_the_style_is_named_by_its_content(files):
    key, style = looks.stylesheet()

    assert key == f"blog/assets/{hashlib.sha256(style).hexdigest()[:16]}.css"
    assert f'/{key}"' in files["blog/index.html"]


def test_the_feed_is_atom_with_ids_that_stay(files, edith, settings):
    feed = ElementTree.fromstring(files["blog/feed.atom"])
    posts = {post["slug"]: post for post in edith.get(POSTS).json()["items"]}

    assert feed.tag == f"{ATOM}feed"
    assert all(feed.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
    assert [link.get("rel") for link in feed.findall(f"{ATOM}link")] == ["alternate", "self"]
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [
        f"urn:uuid:{posts[slug]['id']}" for slug in ("four-b", "post", "deux", "one")
    ]
    for entry in entries:
        assert all(entry.findtext(f"{ATOM}{name}") for name in ("title", "updated", "published", "summary"))
        link, content = entry.find(f"{ATOM}link"), entry.find(f"{ATOM}content")
        assert link is not None
        assert str(link.get("href")).startswith(f"{settings.PUBLIC_URL}/blog/")
        assert content is not None
        assert content.get("type") == "html"
    # An entry without an author takes the feed's (RFC 4287 §4.1.1).
    assert feed.find(f"{ATOM}author") is not None
    assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")


def test_the_rss_feed_has_what_rss_demands_and_the_same_posts(files, settings):
    feed = ElementTree.fromstring(files["blog/feed.rss"])
    channel = feed.find("channel")
    assert channel is not None

    assert (feed.tag, feed.get("version")) == ("rss", "2.0")
    assert all(channel.findtext(name) for name in ("title", "link", "description", "lastBuildDate"))
    items = channel.findall("item")
    assert [item.findtext("title") for item in items] == ["Four & <b>", "שלום", "Deux", "One"]
    for item in items:
        guid = item.find("guid")
        assert guid is not None
        assert (guid.get("isPermaLink"), str(guid.text)[:9]) == ("false", "urn:uuid:")
        assert str(item.findtext("link")).startswith(f"{settings.PUBLIC_URL}/blog/")
        assert item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded")


def test_the_json_feed_has_what_its_version_demands_and_the_same_posts(files, settings):
    feed = json.loads(files["blog/feed.json"])

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == f"{settings.PUBLIC_URL}/blog/feed.json"
    assert [item["title"] for item in feed["items"]] == ["Four & <b>", "שלום", "Deux", "One"]
    assert all(item["id"] and item["content_html"] and item["date_published"] for item in feed["items"])
    assert [item["language"] for item in feed["items"]] == ["en", "he", "fr", "en"]


def test_the_manifest_names_an_icon_that_is_there(files, settings):
    manifest = json.loads(files["blog/site.webmanifest"])

    icon = manifest["icons"][0]["src"]
    assert manifest["start_url"].endswith("/blog/")
    assert [key for key in files if icon.endswith(f"/{key}")]


def test_a_post_says_what_it_is_in_the_words_of_schema_org(files):
    outline = Outline(files["blog/deux/index.html"])

    said = {attrs["itemprop"] for _, attrs in outline.found if attrs.get("itemprop")}
    assert next(attrs["itemtype"] for _, attrs in outline.found if "itemtype" in attrs) == (
        "https://schema.org/BlogPosting"
    )
    assert {"headline", "datePublished", "dateModified", "url", "image", "inLanguage", "articleBody"} <= said


def test_the_sitemap_names_every_page_that_is_to_be_found(files, settings):
    index = ElementTree.fromstring(files["blog/sitemap.xml"])
    parts = [str(part.findtext(f"{MAP}loc")) for part in index.findall(f"{MAP}sitemap")]
    urls = [
        url
        for part in parts
        for url in ElementTree.fromstring(files[part.removeprefix(f"{settings.PUBLIC_URL}/")])
    ]

    pages_there = {key for key in files if key.endswith("/index.html")}
    assert sorted(str(url.findtext(f"{MAP}loc")) for url in urls) == sorted(
        f"{settings.PUBLIC_URL}/{key.removesuffix('index.html')}" for key in pages_there
    )
    stamps = [stamp for url in urls if (stamp := url.findtext(f"{MAP}lastmod"))]
    assert len(stamps) == 4
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp) for stamp in stamps)
    assert f"Sitemap: {settings.PUBLIC_URL}/blog/sitemap.xml" in files["robots.txt"]


def test_making_the_files_again_makes_the_same_bytes(files):
    again = {key: body.decode() for key, body in contents_of(whole_site()).items()}

    assert again == files


def test_another_process_makes_the_same_html_of_a_text():
    code = (
        "from blog.markdown import render; "
        "print(render('[a](https://a.example \"t\") ![x](photo:01890a5d-ac96-774b-bcce-b302099a8057)', "
        'lambda *_: \'<img width="1" src="/a" alt="" height="2" loading="lazy">\'))'
    )

    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(outputs) == 1


def test_a_blog_without_posts_has_a_home_and_a_valid_feed():
    files = contents_of(whole_site())

    assert "Nothing is published yet." in files["blog/index.html"].decode()
    assert ElementTree.fromstring(files["blog/feed.atom"]).find(f"{ATOM}updated") is not None


def test_the_years_of_the_archive_are_counted_by_the_index(django_assert_num_queries):
    years = [9999, 2024, 2023, 1900]
    for year in years:
        post = make_public_post(f"Year {year}")
        Post.objects.filter(id=post.id).update(
            first_published_at=datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
        )
    take_over()

    # The first, the last, each year, and twice from one to the next over many.
    with django_assert_num_queries(2 + 4 + 2 * 2):
        found = queries.list_years()

    assert found == [(year, 1) for year in years]
    assert [queries.count_posts(Selection("year", year)) for year in years] == [1, 1, 1, 1]


def test_long_lists_have_pages_that_stay_as_they_are(edith, monkeypatch):
    monkeypatch.setattr("blog.site.documents.LIST_LENGTH", 2)
    lists = []
    for number in range(1, 6):
        post = edith.post(POSTS, {"title": f"Post {number}", "body": "x"}).json()
        edith.post(f"{POSTS}/{post['id']}/publish")
        files = contents_of(whole_site())
        lists.append(
            {key: body for key, body in files.items() if key.startswith("blog/api/p") and "posts/" not in key}
        )

    assert set(lists[-1]) == {"blog/api/posts.json", "blog/api/pages/1.json", "blog/api/pages/2.json"}
    assert lists[-1]["blog/api/pages/1.json"] == lists[2]["blog/api/pages/1.json"]
    assert b'"next":null' in lists[-1]["blog/api/pages/1.json"]
    assert b"pages/2.json" in lists[-1]["blog/api/posts.json"]


def test_a_plan_of_one_post_has_its_neighbours_and_not_the_others(edith, site, run_tasks):
    posts = []
    for number in range(1, 8):
        posts.append(edith.post(POSTS, {"title": f"Post {number}", "body": "x"}).json())
        edith.post(f"{POSTS}/{posts[-1]['id']}/publish")
    run_tasks()

    planned = {file.key for file in plan.plan_post(posts[3]["id"]).files()}

    assert {key for key in planned if key.startswith("blog/post-")} == {
        *(f"blog/post-{number}/index.html" for number in (3, 4, 5)),
        "blog/post-4/index.md",
    }
