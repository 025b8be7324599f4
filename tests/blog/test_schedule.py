"""A post goes public, or is taken back, at a time that an editor chose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from blog import commands
from blog.models import Photo, PhotoState, Post, Schedule, ScheduledAction, ScheduleState
from blog.roles import Actor, Role, editor
from chassis.models import PublishJob
from tests.api_client import ApiClient
from tests.blog.photo_rows import make_photo
from tests.blog.post_rows import make_public_post
from tests.blog.public_site import PublicSite

pytestmark = pytest.mark.django_db
POSTS = "/api/blog/v1/posts"
RunTasks = Callable[[], int]
TOMORROW = timezone.now() + timedelta(days=1)


@pytest.fixture
def draft() -> Post:
    return commands.create_post(
        subject="edith", title="Tides", author=commands.ensure_author("edith"), body="Hello."
    )


@pytest.fixture
def come_due(let_time_pass: Callable[[], None], run_tasks: RunTasks) -> Callable[[], None]:
    """It is past every time that was planned."""

    def pass_time() -> None:
        Schedule.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        let_time_pass()
        run_tasks()

    return pass_time


def plan(client: ApiClient, post: Post, **times: Any) -> Any:
    body = {name: at and at.isoformat() for name, at in times.items()}
    return client.request("PATCH", f"{POSTS}/{post.id}/schedule", body)


def test_a_post_goes_public_and_is_taken_back_at_its_times(
    edith: ApiClient, draft: Post, site: PublicSite, run_tasks: RunTasks, come_due: Callable[[], None]
) -> None:
    planned = plan(edith, draft, publish_at=TOMORROW)
    run_tasks()
    before = site.listed("blog/tides/")
    come_due()
    published = site.listed("blog/tides/")
    plan(edith, draft, unpublish_at=TOMORROW)
    come_due()

    assert planned.status_code == 200
    assert planned.json()["publish_at"] is not None
    assert before == set()
    assert "blog/tides/index.html" in published
    assert "blog/tides/index.html" not in site.listed("blog/tides/")
    history = edith.get(f"{POSTS}/{draft.id}/schedule").json()["history"]
    assert [(one["action"], one["state"]) for one in history] == [("unpublish", "done"), ("publish", "done")]


def test_it_comes_due_while_somebody_else_publishes(
    edith: ApiClient, draft: Post, site: PublicSite, let_time_pass: Any, run_tasks: RunTasks
) -> None:
    other = edith.post(POSTS, {"title": "Boats", "body": "Hello."}).json()
    plan(edith, draft, publish_at=TOMORROW)
    Schedule.objects.update(due_at=timezone.now())
    let_time_pass()
    edith.post(f"{POSTS}/{other['id']}/publish")

    run_tasks()

    assert {"blog/tides/index.html", "blog/boats/index.html"} <= site.listed("blog/")
    assert site.broken_links() == set()
    assert set(PublishJob.objects.values_list("state", flat=True)) == {"published"}


def test_what_an_editor_saves_meanwhile_goes_public_with_it(
    edith: ApiClient, draft: Post, come_due: Callable[[], None]
) -> None:
    plan(edith, draft, publish_at=TOMORROW)
    edith.request("PATCH", f"{POSTS}/{draft.id}", {"title": "Tides", "body": "Better."})

    Schedule.objects.update(due_at=timezone.now())
    commands.carry_out(schedule_id=Schedule.objects.get().id)

    draft.refresh_from_db()
    assert draft.live_revision is not None
    assert draft.live_revision.body == "Better."


def test_what_the_clock_does_is_done_in_the_name_of_who_planned_it(draft: Post) -> None:
    commands.schedule_post(
        actor=editor("emil"), post_id=draft.id, changes={ScheduledAction.PUBLISH: TOMORROW}
    )

    Schedule.objects.update(due_at=timezone.now())
    commands.carry_out(schedule_id=Schedule.objects.get().id)

    assert PublishJob.objects.get().requested_by == "emil"


def test_what_a_writer_saves_meanwhile_does_not_go_public_by_the_clock(draft: Post) -> None:
    commands.schedule_post(
        actor=editor("emil"), post_id=draft.id, changes={ScheduledAction.PUBLISH: TOMORROW}
    )
    walter = Actor("edith", Role.WRITER)
    commands.update_post(actor=walter, post_id=draft.id, if_versions=None, changes={"body": "Worse."})
    Schedule.objects.update(due_at=timezone.now())

    commands.carry_out(schedule_id=Schedule.objects.get().id)

    draft.refresh_from_db()
    schedule = Schedule.objects.get()
    assert draft.live_revision is None
    assert schedule.state == ScheduleState.FAILED
    assert "writer has changed" in schedule.note


def test_a_plan_that_is_cancelled_or_replaced_is_not_carried_out(
    edith: ApiClient, draft: Post, run_tasks: RunTasks, come_due: Callable[[], None]
) -> None:
    plan(edith, draft, publish_at=TOMORROW)
    plan(edith, draft, publish_at=TOMORROW + timedelta(days=1))
    answer = plan(edith, draft, publish_at=None)

    come_due()

    assert answer.json()["publish_at"] is None
    assert [one.state for one in Schedule.objects.all()] == ["cancelled"] * 2
    assert not PublishJob.objects.exists()


def test_a_plan_is_not_overruled_by_whoever_has_not_seen_it(edith: ApiClient, draft: Post) -> None:
    address = f"{POSTS}/{draft.id}/schedule"
    seen = edith.get(address).headers["ETag"]
    version = draft.version
    body = {"publish_at": TOMORROW.isoformat()}

    planned = edith.request("PATCH", address, body, if_match=version)
    late = edith.request("PATCH", address, {"publish_at": None}, if_match=version)
    draft.refresh_from_db()

    assert (planned.status_code, late.status_code) == (200, 412)
    assert planned.headers["ETag"] == edith.get(address).headers["ETag"] == f'"v{draft.version}"' != seen
    assert Schedule.objects.get().state == ScheduleState.WAITING


def test_the_same_plan_again_changes_nothing(edith: ApiClient, draft: Post) -> None:
    plan(edith, draft, publish_at=TOMORROW)
    draft.refresh_from_db()
    version = draft.version

    plan(edith, draft, publish_at=TOMORROW, unpublish_at=None)

    draft.refresh_from_db()
    assert (Schedule.objects.count(), draft.version) == (1, version)


def test_a_post_whose_photo_is_not_ready_yet_goes_public_a_little_later(
    edith: ApiClient, draft: Post, come_due: Callable[[], None]
) -> None:
    plan(edith, draft, publish_at=TOMORROW)
    photo = make_photo(state=PhotoState.WAITING)
    edith.request("PATCH", f"{POSTS}/{draft.id}", {"title": "Tides", "body": f"![Boats](photo:{photo.id})"})

    come_due()
    meanwhile = Schedule.objects.get().state
    Photo.objects.update(state=PhotoState.READY)
    come_due()

    draft.refresh_from_db()
    assert (meanwhile, Schedule.objects.get().state) == (ScheduleState.WAITING, ScheduleState.DONE)
    assert draft.is_public


def test_a_post_does_not_wait_for_ever_for_its_photo(edith: ApiClient, draft: Post) -> None:
    plan(edith, draft, publish_at=TOMORROW)
    photo = make_photo(state=PhotoState.WAITING)
    edith.request("PATCH", f"{POSTS}/{draft.id}", {"title": "Tides", "body": f"![Boats](photo:{photo.id})"})
    Schedule.objects.update(due_at=timezone.now() - timedelta(hours=7))

    commands.carry_out(schedule_id=Schedule.objects.get().id)

    schedule = Schedule.objects.get()
    assert schedule.state == ScheduleState.FAILED
    assert "not ready" in schedule.note


def test_a_task_that_comes_twice_or_early_publishes_once(edith: ApiClient, draft: Post) -> None:
    plan(edith, draft, publish_at=TOMORROW)
    schedule = Schedule.objects.get()

    commands.carry_out(schedule_id=schedule.id)
    early = PublishJob.objects.count()
    Schedule.objects.update(due_at=timezone.now())
    commands.carry_out(schedule_id=schedule.id)
    commands.carry_out(schedule_id=schedule.id)

    assert (early, PublishJob.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    ("times", "pointer", "code"),
    [
        ({"publish_at": timezone.now() - timedelta(minutes=1)}, "/publish_at", "past"),
        ({"unpublish_at": TOMORROW + timedelta(days=3000)}, "/unpublish_at", "too-far"),
        ({"publish_at": TOMORROW, "unpublish_at": TOMORROW}, "/unpublish_at", "before-publish"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused_at_its_field(
    edith: ApiClient, draft: Post, times: dict[str, Any], pointer: str, code: str
) -> None:
    answer = plan(edith, draft, **times)

    assert answer.status_code == 400
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]
    assert not Schedule.objects.filter(state=ScheduleState.WAITING).exists()


def test_what_keeps_a_post_from_being_published_is_said_when_it_is_planned(edith: ApiClient) -> None:
    empty = commands.create_post(subject="edith", title="Empty", author=commands.ensure_author("edith"))

    answer = plan(edith, empty, publish_at=TOMORROW)

    assert answer.json()["errors"][0]["pointer"] == "/body"
    assert not Schedule.objects.exists()


def test_an_earlier_text_is_read_restored_and_published_again(edith: ApiClient) -> None:
    post = make_public_post("Tides", body="First.", tags=["Sea"])
    address = f"{POSTS}/{post.id}"
    edith.request("PATCH", address, {"title": "Tides", "body": "Second.", "tags": []})

    listed = edith.get(f"{address}/revisions").json()["items"]
    first = edith.get(f"{address}/revisions/1").json()
    restored = edith.post(f"{address}/revisions/1/restore").json()
    rolled_back = edith.post(f"{address}/revisions/2/publish")

    assert [one["number"] for one in listed] == [2, 1]
    assert (first["body"], first["tags"]) == ("First.", ["Sea"])
    assert (restored["body"], restored["tags"]) == ("First.", ["Sea"])
    post.refresh_from_db()
    assert rolled_back.status_code == 202
    assert post.live_revision is not None
    assert (post.body, post.live_revision.body, post.revision_number) == ("Second.", "Second.", 4)
    assert edith.get(f"{address}/revisions/9").status_code == 404


def test_tags_are_given_by_name_and_counted(edith: ApiClient) -> None:
    post = edith.post(POSTS, {"title": "Tides", "tags": ["Sea", "sea", "Boats"]}).json()

    tags = edith.get("/api/blog/v1/tags").json()["items"]

    assert post["tags"] == ["Boats", "Sea"]
    assert [(tag["name"], tag["posts"]) for tag in tags] == [("Boats", 1), ("Sea", 1)]
    assert [one["id"] for one in edith.get(f"{POSTS}?tag=sea").json()["items"]] == [post["id"]]
    assert edith.get(f"{POSTS}?tag=none").json()["items"] == []
