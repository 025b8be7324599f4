"""Feeds, sitemap and structured data by the schemas of their formats, and as programs of others read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import feedparser
import microdata
import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from blog.models import Author
from tests.blog.conftest import POSTS
from tests.blog.photo_rows import make_photo
from tests.blog.public_site import whole_site

pytestmark = pytest.mark.django_db
SCHEMAS = Path(__file__).parent / "schemas"
TITLE = "Tides & <i>other</i> waters"
SUMMARY = "Where a < b, & nothing else"
FEEDS = ("blog/feed.atom", "blog/feed.rss")
# What schema.org's page of a type knows; beside it, the ones that search engines ask for.
KNOWN = {
    "https://schema.org/BlogPosting": {
        *("inLanguage", "mainEntityOfPage", "headline", "description", "author", "datePublished"),
        *("dateModified", "url", "image", "articleBody", "keywords"),
    },
    "https://schema.org/Person": {"name", "url"},
}
ASKED_FOR = {
    "https://schema.org/BlogPosting": {"headline", "image", "datePublished", "dateModified", "author"},
    "https://schema.org/Person": {"name", "url"},
}


@pytest.fixture
def files(edith) -> dict[str, bytes]:
    """A blog whose author has a public profile, and whose texts have every sign that is to be escaped."""
    cover = str(make_photo(alt="Two boats").id)
    for language in ("en", "de-AT", "he"):
        post = edith.post(
            POSTS,
            {
                "title": TITLE,
                "summary": SUMMARY,
                "body": f"a < b & c\n\n![](photo:{cover})\n\n| x |\n|---|\n| 1 |",
                "language": language,
                "cover_id": cover,
                "tags": ["Sea & sky"],
                "canonical_url": "https://example.com/?a=1&b=2",
            },
        ).json()
        assert edith.post(f"{POSTS}/{post['id']}/publish").status_code == 202
    edith.post(POSTS, {"title": "A draft", "body": "x"})
    about = {"display_name": "Edith <E> & co", "bio": "Writes & reads."}
    Author.objects.update(slug="edith", planned_slug="edith", **about)
    return {file.key: file.read() for file in whole_site()}


@pytest.fixture
def nothing() -> dict[str, bytes]:
    """The files of a blog without a post."""
    return {file.key: file.read() for file in whole_site()}


def findings(schema: Any, document: bytes) -> list[str]:
    """What a schema of lxml does not like of a document."""
    schema.validate(etree.fromstring(document))
    return [str(finding) for finding in schema.error_log]


def items(value: Any) -> Any:
    """Every item of a page's microdata, those within others as well."""
    for item in value:
        yield item
        for found in item.props.values():
            yield from items([one for one in found if isinstance(one, microdata.Item)])


@pytest.mark.parametrize("fixture", ["files", "nothing"])
def test_the_atom_feed_is_what_rfc_4287_demands(request, fixture):
    schema = etree.RelaxNG(etree.parse(SCHEMAS / "atom.rng"))

    feed = request.getfixturevalue(fixture)["blog/feed.atom"]

    assert findings(schema, feed) == []
    assert findings(schema, feed.replace(b"<updated>", b"<updated>x")) != []


@pytest.mark.parametrize("fixture", ["files", "nothing"])
def test_the_json_feed_is_what_its_version_demands(request, fixture):
    schema = Draft202012Validator(json.loads((SCHEMAS / "jsonfeed.json").read_text()))

    feed = json.loads(request.getfixturevalue(fixture)["blog/feed.json"])

    assert [error.message for error in schema.iter_errors(feed)] == []
    assert not schema.is_valid({**feed, "items": [{}]})


@pytest.mark.parametrize("fixture", ["files", "nothing"])
def test_every_part_of_the_sitemap_is_what_its_protocol_demands(request, fixture):
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "sitemap.xsd"))

    found = {key: body for key, body in request.getfixturevalue(fixture).items() if "sitemap" in key}

    assert {key: findings(schema, body) for key, body in found.items()} == {key: [] for key in found}
    assert "blog/sitemap.xml" in found


@pytest.mark.parametrize("key", FEEDS)
def test_a_feed_reader_shows_what_was_written_and_not_what_it_looks_like(files, key):
    feed = feedparser.parse(files[key], sanitize_html=False)

    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version in ("atom10", "rss20")
    entries = feed.entries
    assert len(entries) == 3
    assert {entry.title for entry in entries} == {TITLE}
    assert {entry.summary for entry in entries} == {"Where a &lt; b, &amp; nothing else"}
    assert {entry.author for entry in entries} == {"Edith <E> & co"}
    assert {tag.term for entry in entries for tag in entry.tags} == {"Sea & sky"}
    assert all(entry.id.startswith("urn:uuid:") and entry.published_parsed for entry in entries)
    assert all("a &lt; b &amp; c" in entry.content[0].value for entry in entries)


def test_a_post_says_of_itself_what_schema_org_knows_and_search_engines_ask_for(files):
    pages = {key: body.decode() for key, body in files.items() if key.startswith("blog/tides")}

    found = [item for page in pages.values() for item in items(microdata.get_items(page))]

    kinds = [str(item.itemtype[0]) for item in found]
    assert kinds.count("https://schema.org/BlogPosting") == 3
    for kind, item in zip(kinds, found, strict=True):
        assert set(item.props) <= KNOWN[kind]
        assert set(item.props) >= ASKED_FOR[kind]
    posting = found[0]
    assert posting.headline == TITLE
    assert posting.description == SUMMARY
    assert posting.author.name == "Edith <E> & co"


def test_no_moment_on_a_page_is_finer_than_html_allows(files):
    stamps = [
        element.get("datetime")
        for key, body in files.items()
        if key.endswith(".html")
        for element in etree.HTML(body.decode()).iter("time")
    ]

    assert stamps
    assert all(len(stamp) == len("2026-01-01T00:00:00Z") and stamp.endswith("Z") for stamp in stamps)
