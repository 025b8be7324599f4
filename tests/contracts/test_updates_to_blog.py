"""updates → blog: a release becomes a draft post, once. Both ends for real, in one process and in two."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis import services
from chassis.errors import Unavailable
from tests.api_client import ApiClient
from tests.contracts.service_processes import ServiceProcess
from tests.issuer import Issuer
from updates import commands, tasks
from updates.models import Release

ANNOUNCEMENTS = "/api/blog/v1/internal/announcements"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fresh_clients(issuer: Issuer) -> Iterator[None]:
    """No token or circuit of another test."""
    services.close_clients()
    yield
    services.close_clients()


@pytest.fixture
def release() -> Release:
    """A release that the edge serves."""
    commands.create_product(actor="edith", slug="tide", name="Tide", summary="Tides on a desk.")
    made = commands.create_release(
        actor="edith", product="tide", channel="stable", version="1.0.0", notes="* Faster.\n"
    )
    Release.objects.filter(id=made.id).update(state="published")
    return made


def announce(release: Release) -> str:
    """Do the task; the slug of the post."""
    tasks.announce_release.call(str(release.id))
    release.refresh_from_db()
    return release.announcement


# --- One process --------------------------------------------------------------------------------


def test_in_one_process_a_release_becomes_a_draft(release: Release, settings: Any) -> None:
    from blog.models import Post

    slug = announce(release)

    post = Post.objects.get(announced_release=str(release.id))
    assert (post.slug, post.title) == (slug, "Tide 1.0.0")
    assert "* Faster." in post.body
    assert f"{settings.PUBLIC_URL}/updates/tide/" in post.body


def test_in_one_process_a_second_delivery_makes_no_second_draft(release: Release) -> None:
    from blog.models import Post

    slug = announce(release)
    Release.objects.update(announcement="")  # As if the worker had died before it could write it down.

    again = announce(release)

    assert again == slug
    assert Post.objects.count() == 1


def test_a_channel_whose_releases_are_not_announced_is_silent(release: Release) -> None:
    from blog.models import Post

    commands.update_channel(actor="edith", product="tide", channel="stable", changes={"is_announced": False})

    assert announce(release) == ""
    assert not Post.objects.exists()


def test_without_a_blog_nothing_is_announced_and_nothing_fails(release: Release, settings: Any) -> None:
    settings.SERVICES = ("updates",)

    assert announce(release) == ""


def test_an_editors_token_does_not_open_the_internal_address(issuer: Issuer) -> None:
    edith = ApiClient(issuer.editor_token())

    assert edith.post(ANNOUNCEMENTS, {"release_id": "1", "title": "Tide"}).status_code == 403


def test_a_service_without_the_scope_is_refused(service_client: Callable[..., ApiClient]) -> None:
    body = {"release_id": "1", "title": "Tide"}

    assert (
        service_client("service-todos", scope="accounts/attach").post(ANNOUNCEMENTS, body).status_code == 403
    )


# --- Two processes ------------------------------------------------------------------------------


@pytest.fixture
def blog_process(
    issuer: Issuer, object_store: Any, tmp_path: Path, settings: Any
) -> Iterator[ServiceProcess]:
    """The blog as a process with its own database; here is no blog."""
    environment = {**object_store.environment(), **issuer.environment()}
    with ServiceProcess("blog", tmp_path / "blog", environment) as blog:
        settings.SERVICES = ("updates",)
        settings.SERVICE_URLS = {**settings.SERVICE_URLS, "blog": blog.url}
        yield blog


def titles(tmp_path: Path) -> list[str]:
    """The posts in the blog's own database."""
    with sqlite3.connect(tmp_path / "blog" / "service.sqlite3") as connection:
        return [row[0] for row in connection.execute("SELECT title FROM blog_post")]


def test_in_two_processes_a_stopped_blog_holds_nothing_up_and_gets_its_draft_later(
    blog_process: ServiceProcess, release: Release, tmp_path: Path
) -> None:
    blog_process.stop()
    with pytest.raises(Unavailable):
        announce(release)
    release.refresh_from_db()
    state_meanwhile = release.state
    blog_process.start()
    services.close_clients()

    slug = announce(release)

    assert state_meanwhile == "published"
    assert slug
    assert titles(tmp_path) == ["Tide 1.0.0"]
