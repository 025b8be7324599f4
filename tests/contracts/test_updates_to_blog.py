"""updates → blog: announce a release as a draft. The blog's end for real, in one process and in two."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import close_old_connections

from chassis import services
from chassis.errors import Unavailable
from tests.contracts.service_processes import ServiceProcess

ANNOUNCEMENTS = "/api/blog/v1/internal/announcements"
RELEASE = {
    "release_id": "anchor-1.4.0",
    "title": "Anchor 1.4.0",
    "summary": "Faster charts.",
    "body": "* Charts open at once.",
    "author_subject": "emil",
}


@pytest.fixture(autouse=True)
def fresh_clients() -> Iterator[None]:
    """No token or circuit of another test."""
    services.close_clients()
    yield
    services.close_clients()


@pytest.fixture
def updates(service_client):
    return service_client("service-updates", scope="blog/announce")


# --- One process --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_in_one_process_a_release_becomes_a_draft(issuer, staff_client):
    answer = services.client("blog", caller="updates").post("internal/announcements", json=RELEASE)

    assert answer.status_code == 201
    post = staff_client().get(f"/api/blog/v1/posts/{answer.json()['post_id']}").json()
    assert (post["state"], post["title"], post["body"]) == ("draft", RELEASE["title"], RELEASE["body"])
    assert (post["release"], post["author"]["subject"]) == ("anchor-1.4.0", "emil")


@pytest.mark.django_db
def test_a_release_is_announced_once_and_the_editors_work_is_kept(updates, staff_client):
    first = updates.post(ANNOUNCEMENTS, RELEASE)
    edith = staff_client("edith")
    edith.patch(f"/api/blog/v1/posts/{first.json()['post_id']}", {"title": "Anchor is faster"})

    again = updates.post(ANNOUNCEMENTS, RELEASE)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["post_id"] == first.json()["post_id"]
    posts = edith.get("/api/blog/v1/posts").json()["items"]
    assert [post["title"] for post in posts] == ["Anchor is faster"]


@pytest.mark.django_db(transaction=True)
def test_of_two_announcements_at_once_one_makes_the_draft(updates, service_client):
    barrier = threading.Barrier(2)
    answers = []

    def announce():
        barrier.wait(10)
        answers.append(service_client("service-updates", scope="blog/announce").post(ANNOUNCEMENTS, RELEASE))
        close_old_connections()

    threads = [threading.Thread(target=announce) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(answer.status_code for answer in answers) == [200, 201]
    assert len({answer.json()["post_id"] for answer in answers}) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["release_id", "title"])
def test_an_announcement_without_its_parts_is_refused_at_the_field(updates, missing):
    body = {name: value for name, value in RELEASE.items() if name != missing}

    response = updates.post(ANNOUNCEMENTS, body)

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == f"/{missing}"
    assert updates.post(ANNOUNCEMENTS, RELEASE).status_code == 201


@pytest.mark.django_db
def test_nobody_else_announces(service_client, staff_client):
    others = [service_client("service-todos", scope="accounts/attach"), staff_client("edith")]

    assert [other.post(ANNOUNCEMENTS, RELEASE).status_code for other in others] == [403, 403]


def test_a_blog_that_is_nowhere_is_unavailable(settings):
    settings.SERVICES = ("updates",)

    with pytest.raises(Unavailable, match="BLOG_URL"):
        services.client("blog", caller="updates")


# --- Two processes ------------------------------------------------------------------------------


@pytest.fixture
def blog_process(issuer, object_store, tmp_path) -> Iterator[Any]:
    """The blog as a process of its own."""
    environment = {**object_store.environment(), **issuer.environment()}
    with ServiceProcess("blog", tmp_path / "blog", environment) as blog:
        yield blog


def test_in_two_processes_a_release_becomes_a_draft_once(blog_process, issuer, settings):
    settings.SERVICES = ("updates",)
    settings.SERVICE_URLS = {**configured.SERVICE_URLS, "blog": blog_process.url}
    client = services.client("blog", caller="updates")

    answers = [client.post("internal/announcements", json=RELEASE) for _ in range(2)]
    blog_process.stop()

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    with pytest.raises(Unavailable):
        client.post("internal/announcements", json=RELEASE)
