"""Beside the form of a draft: what is not saved is kept, what changed and the page are shown."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from blog import commands
from blog.links import preview_address
from blog.models import Autosave, Post, Revision
from blog.roles import editor
from chassis.staff import StaffClaims, admit
from tests.blog.post_rows import make_public_post

pytestmark = pytest.mark.django_db


def desk_of(subject: str, issuer: Any, group: str = "editors") -> Client:
    browser = Client()
    browser.force_login(admit(StaffClaims(issuer.url, subject, frozenset({group}))))
    return browser


def address(post: Post, name: str) -> str:
    return reverse(f"admin:blog_post_{name}", args=[post.id])


def keep(browser: Client, post: Post, version: int = 1, **fields: str) -> Any:
    return browser.post(address(post, "autosave"), {"seen_version": version, **fields})


@pytest.fixture
def post() -> Post:
    return commands.create_post(
        subject="edith", title="Tides", author=commands.ensure_author("edith"), body="Hello."
    )


def test_what_is_being_written_is_kept_without_a_revision_and_offered_again(issuer: Any, post: Post) -> None:
    edith = desk_of("edith", issuer)

    for body in ("Hello. A", "Hello. And more."):
        answer = keep(edith, post, title="Tides", summary="", body=body)
    page = edith.get(address(post, "change")).content.decode()

    post.refresh_from_db()
    assert answer.status_code == 200
    assert (Revision.objects.count(), Autosave.objects.count(), post.version) == (1, 1, 1)
    assert post.body == "Hello."
    assert "Hello. And more." in page
    assert "Hello. And more." not in desk_of("emil", issuer).get(address(post, "change")).content.decode()


def test_two_who_write_at_once_see_each_other_and_lose_nothing(issuer: Any, post: Post) -> None:
    edith, emil = desk_of("edith", issuer), desk_of("emil", issuer)
    keep(edith, post, body="Of Edith.")

    seen = keep(emil, post, body="Of Emil.").json()
    commands.update_post(
        actor=editor("edith"), post_id=post.id, if_versions=None, changes={"body": "Saved by Edith."}
    )
    after = keep(emil, post, body="Of Emil, more.").json()

    assert seen["others"] == ["edith"]
    assert after["version"] == 2
    page = emil.get(address(post, "change")).content.decode()
    assert "Of Emil, more." in page
    assert "&quot;is_older&quot;: true" in page


def test_saving_or_letting_go_takes_it_away(issuer: Any, post: Post) -> None:
    edith = desk_of("edith", issuer)
    form = {"title": "Tides", "slug": "tides", "body": "More.", "language": "en", "seen_version": 1}
    keep(edith, post, body="More.")

    edith.post(address(post, "change"), {**form, "_save": "Save"})
    saved = Autosave.objects.count()
    keep(edith, post, 2, body="Other.")
    edith.post(address(post, "forget"))

    assert (saved, Autosave.objects.count()) == (0, 0)


@pytest.mark.parametrize("fields", [{"body": "a" * 100_001}, {"body": "a\x07"}, {"title": "a" * 201}])
def test_what_could_not_be_saved_is_not_kept_either(issuer: Any, post: Post, fields: Any) -> None:
    answer = keep(desk_of("edith", issuer), post, **fields)

    assert (answer.status_code, bool(answer.json()["detail"])) == (400, True)
    assert not Autosave.objects.exists()


def test_what_differs_from_what_is_public_is_shown_line_by_line(issuer: Any) -> None:
    post = make_public_post("Tides", body="One.\n\nTwo.\n\nThree.", tags=["Sea"])
    changes = {"title": "Tides & boats", "body": "One.\n\nTwo <b>.\n\nThree.", "tags": []}
    commands.update_post(actor=editor("edith"), post_id=post.id, if_versions=None, changes=changes)

    page = desk_of("edith", issuer).get(address(post, "look")).content.decode()

    assert "<del>Tides</del> <ins>Tides &amp; boats</ins>" in page
    assert "<del>Two.</del>" in page
    assert "<ins>Two &lt;b&gt;.</ins>" in page
    assert "<del>Sea</del>" in page
    assert "<del>One.</del>" not in page


def test_the_page_is_what_readers_would_get_and_can_do_nothing(
    issuer: Any, post: Post, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://files.example.org"

    response = desk_of("edith", issuer).get(address(post, "page"))

    page = response.content.decode()
    policy = response["Content-Security-Policy"]
    assert '<h1 itemprop="headline">Tides</h1>' in page or "<h1" in page
    assert re.search(r'href="https://files\.example\.org/blog/assets/[0-9a-f]+\.css"', page)
    assert "http-equiv" not in page
    assert "sandbox" in policy
    assert "https://files.example.org" in policy
    assert "script-src" not in policy


def test_a_link_shows_the_draft_to_somebody_without_an_account_until_it_ends(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = "/" + preview_address(post).split("/", 3)[3]

    shown = Client().get(link)
    forged = Client().get(link[:-1])
    monkeypatch.setattr("blog.links.PREVIEW_FOR", -1)
    ended = Client().get(link)

    assert (shown.status_code, forged.status_code, ended.status_code) == (200, 404, 404)
    assert "Hello." in shown.content.decode()
    assert shown["X-Robots-Tag"] == "noindex"
    assert shown["Cache-Control"] == "private, no-store"
    assert not shown.cookies


def test_mallory_and_a_writer_see_nothing_of_it(issuer: Any, post: Post) -> None:
    mallory = Client()
    mallory.force_login(User.objects.create_user("mallory", is_staff=True))
    walter = desk_of("walter", issuer, "writers")

    for name in ("look", "page"):
        assert walter.get(address(post, name)).status_code == 404
        assert mallory.get(address(post, name)).status_code == 404
    assert keep(walter, post, body="Mine").status_code == 404
    assert not Autosave.objects.exists()
