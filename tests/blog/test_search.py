"""Searching: only what is public, by its words, escaped, the same for all, whatever is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.test import Client

from blog import commands
from blog.models import Post, SearchEntry
from blog.roles import editor
from blog.words import Term, excerpt, marked, read_search, words_of
from tests.api_client import ApiClient
from tests.blog.post_rows import make_public_post

pytestmark = pytest.mark.django_db
SEARCH = "/api/blog/v1/search"


def search(**parameters: str) -> str:
    return f"{SEARCH}?{urlencode(parameters)}"


def slugs(anonymous: ApiClient, query: str) -> list[str]:
    answer = anonymous.get(search(q=query))
    assert answer.status_code == 200, answer.content
    return [item["slug"] for item in answer.json()["items"]]


@pytest.fixture
def posts() -> None:
    make_public_post("Tides", body="The **boats** wait for the tide in Skagen.", summary="When to go.")
    make_public_post("Boats", body="Everything about them, and the café by the harbour.", tags=["Seafaring"])
    make_public_post("日本の港", slug="minato", body="東京の港へ行きました。", language="ja")
    make_public_post("부산항", slug="busan", body="부산은 한국의 항구 도시입니다.", language="ko")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("skagen", ["tides"]),
        ("BOAT", ["boats", "tides"]),
        ("boats tides", ["tides"]),
        ('"wait for the tide"', ["tides"]),
        ('"tide the for wait"', []),
        ("boats -skagen", ["boats"]),
        ("boats or nothing", []),
        ("cafe", ["boats"]),
        ("CAFÉ", ["boats"]),
        ("seafaring", ["boats"]),
        ("the", ["tides", "boats"]),
        ("東京", ["minato"]),
        ("京東", []),
        ("한국", ["busan"]),
        ("국한", []),
        ("-boats", []),
        ("zebra", []),
    ],
)
def test_a_post_is_found_by_its_words(
    posts: None, anonymous: ApiClient, query: str, expected: list[str]
) -> None:
    assert sorted(slugs(anonymous, query)) == sorted(expected)


def test_a_word_of_the_title_counts_more_than_one_of_the_text(posts: None, anonymous: ApiClient) -> None:
    assert slugs(anonymous, "boats") == ["boats", "tides"]


def test_drafts_and_changes_that_are_not_public_are_not_found(posts: None, anonymous: ApiClient) -> None:
    commands.create_post(subject="edith", title="A secret", author=None, body="zebra")
    tides = Post.objects.get(slug="tides")
    commands.update_post(actor=editor("edith"), post_id=tides.id, if_versions=None, changes={"body": "zebra"})

    before = slugs(anonymous, "zebra")
    commands.publish_post(actor=editor("edith"), post_id=tides.id)
    published = slugs(anonymous, "zebra")
    commands.unpublish_post(actor=editor("edith"), post_id=tides.id)
    after = slugs(anonymous, "zebra")

    assert (before, published, after) == ([], ["tides"], [])
    assert slugs(anonymous, "skagen") == []


def test_what_is_shown_is_escaped_but_for_the_marks(anonymous: ApiClient) -> None:
    make_public_post("Boats <img src=x onerror=alert(1)>", slug="x", body="`<script>` boats & tides")

    (item,) = anonymous.get(search(q="boat")).json()["items"]

    assert item["title_html"] == "<mark>Boats</mark> &lt;img src=x onerror=alert(1)&gt;"
    assert item["excerpt_html"] == "&lt;script&gt; <mark>boats</mark> &amp; tides"
    assert "<img" not in Client().get("/blog/search", {"q": "boat"}).content.decode()


def test_the_answer_is_kept_by_the_edge_for_a_minute_and_asked_for_by_its_tag(
    posts: None, anonymous: ApiClient
) -> None:
    answer = anonymous.get(search(q="boats"))
    again = anonymous.get(search(q="boats"), if_none_match=answer["ETag"])
    page = Client().get("/blog/search", {"q": "boats"})
    page_again = Client().get("/blog/search", {"q": "boats"}, headers={"If-None-Match": page["ETag"]})

    for one in (answer, again, page, page_again):
        assert one["Cache-Control"] == "public, max-age=0, s-maxage=60"
        assert "Cookie" not in one.get("Vary", "")
        assert not one.cookies
    assert (again.status_code, page_again.status_code) == (304, 304)


@pytest.mark.parametrize(
    "query",
    [
        '"', '""', "-", "--", '-"', "a OR", "AND", "NOT a", "NEAR(a b)", "a*", "^a", "title_words:a",
        "{a b}:c", "(", ")", "' OR 1=1 --", "a & | ! b", "a:*", "\\", "%", "_", "\u202e",
        "🚢", "a" * 200, "-" * 200, '"' * 199, " ".join("ab" for _ in range(60)), "<script>", "\u0301",
    ],
)  # fmt: skip
def test_nothing_that_is_asked_breaks_it(posts: None, anonymous: ApiClient, query: str) -> None:
    answers = [anonymous.get(search(q=query)), Client().get("/blog/search", {"q": query})]

    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({}, "?q"), ({"q": " "}, "?q"), ({"q": "a" * 10_000}, "?q"), ({"q": "a", "page": "0"}, "?page"),
        ({"q": "a", "page": "51"}, "?page"), ({"q": "a", "page": "x"}, "?page"),
        ({"q": "a", "page": "9" * 30}, "?page"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_said_at_its_parameter(
    anonymous: ApiClient, parameters: dict[str, str], pointer: str
) -> None:
    answer = anonymous.get(search(**parameters))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert "no-store" in answer["Cache-Control"]


def test_a_nul_byte_is_refused(anonymous: ApiClient) -> None:
    assert anonymous.get(f"{SEARCH}?q=a%00b").status_code == 400
    assert Client().get("/blog/search?q=a%00b").status_code == 400


def test_more_than_a_page_is_found_page_by_page(anonymous: ApiClient) -> None:
    for number in range(21):
        make_public_post(f"Tide {number}")

    first = anonymous.get(search(q="tide")).json()
    second = anonymous.get(first["next"]).json()
    page = Client().get("/blog/search", {"q": "tide"}).content.decode()

    assert (len(first["items"]), len(second["items"]), second["next"]) == (20, 1, None)
    assert len({item["slug"] for item in first["items"] + second["items"]}) == 21
    assert 'rel="next"' in page


def test_the_page_shows_the_form_and_what_was_found_without_a_script(posts: None) -> None:
    empty = Client().get("/blog/search").content.decode()
    found = Client().get("/blog/search", {"q": "skagen"}).content.decode()
    nothing = Client().get("/blog/search", {"q": "zebra"}).content.decode()
    wrong = Client().get("/blog/search", {"q": "a" * 300})

    assert 'role="search"' in empty
    assert "<mark>Skagen</mark>" in found
    assert "/blog/tides/" in found
    assert "Nothing was found" in nothing
    assert (wrong.status_code, "<script" in found) == (400, False)


def test_searching_takes_two_queries(
    posts: None, anonymous: ApiClient, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        anonymous.get(search(q="boats"))


def test_the_words_of_all_posts_are_written_anew(posts: None, anonymous: ApiClient) -> None:
    SearchEntry.objects.all().delete()
    before = slugs(anonymous, "boats")

    out = StringIO()
    call_command("blog", "search", stdout=out)

    assert (before, out.getvalue()) == ([], "The words of 4 posts are written anew.\n")
    assert slugs(anonymous, "skagen") == ["tides"]


def test_a_renamed_tag_is_found_by_its_name_of_today(
    posts: None, anonymous: ApiClient, edith: ApiClient, run_tasks: Callable[[], int]
) -> None:
    renamed = edith.patch("/api/blog/v1/tags/seafaring", {"name": "Under sail"})
    run_tasks()

    assert (renamed.status_code, renamed.json()) == (
        200,
        {"name": "Under sail", "slug": "seafaring", "posts": 1},
    )
    assert (slugs(anonymous, '"under sail"'), slugs(anonymous, "seafaring")) == (["boats"], [])


def test_publishing_what_is_public_already_reads_no_text_for_its_words(
    posts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> str:
        raise AssertionError("Nothing has changed.")

    monkeypatch.setattr("blog.markdown.plain_text", refuse)

    commands.publish_post(actor=editor("edith"), post_id=Post.objects.get(slug="tides").id)


def test_neither_drafts_nor_words_are_loaded_to_show_what_was_found(
    posts: None, anonymous: ApiClient, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2) as captured:
        anonymous.get(search(q="boats"))

    loaded = captured.captured_queries[-1]["sql"].partition(" FROM ")[0]
    assert '"blog_searchentry"."text"' in loaded
    assert not re.search(r'"body"|_words"|"canonical_url"', loaded)


def test_only_as_much_of_a_text_is_read_as_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def counted(text: str) -> list[str]:
        seen.append(text)
        return words_of(text)

    monkeypatch.setattr("blog.words.words_of", counted)

    excerpt("a boat " + "and more of the same " * 4000, [Term(("boat",))])

    assert seen == ["a", "boat"]


def test_the_longest_text_is_indexed(anonymous: ApiClient) -> None:
    make_public_post("Long", body="港" * 99_000 + " boats")
    make_public_post("Words", body=" ".join(f"word{number}" for number in range(9_000)))

    assert slugs(anonymous, "word8999") == ["words"]
    assert slugs(anonymous, "港") == ["long"]


def test_a_search_is_read_as_words_phrases_and_what_is_not_wanted() -> None:
    assert read_search('Crème "brûlée à la" -carte e-mail') == [
        Term(("creme",)), Term(("brulee", "a", "la")), Term(("carte",), is_wanted=False), Term(("e", "mail")),
    ]  # fmt: skip


def test_korean_is_read_by_syllables_and_japanese_with_its_voicing() -> None:
    assert words_of("한국어 Café") == ["한", "국", "어", "cafe"]
    assert words_of("が ｶﾞ か") == ["が", "ガ", "か"]


def test_an_excerpt_is_around_what_was_found() -> None:
    text = "nothing " * 100 + "a boat comes " + "nothing " * 100

    shown = marked(excerpt(text, read_search("boats")), read_search("boats"))

    assert "a <mark>boat</mark> comes" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 300


def test_a_post_is_found_once_its_page_is_there_and_as_that_has_it(anonymous: ApiClient) -> None:
    post = make_public_post("Tides")
    Post.objects.update(shown_revision=None, shown_at=None)
    assert slugs(anonymous, "tides") == []

    Post.objects.update(shown_revision=post.live_revision, shown_at=post.first_published_at)
    commands.update_post(
        actor=editor("edith"), post_id=post.id, if_versions=None, changes={"slug": "ebbs", "body": "Skagen."}
    )
    commands.publish_post(actor=editor("edith"), post_id=post.id)

    assert slugs(anonymous, "skagen") == ["tides"]
