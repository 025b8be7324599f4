"""A release is offered to some, to more, to nobody new, and to everyone; manifests say to how many."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from django.conf import settings
from django.utils import timezone

from tests.updates.conftest import API, zip_of
from updates import queries
from updates.models import AuditEntry, Product, Release, RolloutStep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_public_bucket")]


def manifest():
    """What the edge serves."""
    return httpx.get(f"{settings.PUBLIC_URL}/updates/tide/stable.json").json()


def in_days(days):
    """A time as JSON."""
    return (timezone.now() + timedelta(days=days)).isoformat()


@pytest.fixture
def address(add_artifact, release):
    """The address of a verified release."""
    add_artifact(zip_of("tide"))
    return f"{API}/releases/{release['id']}"


@pytest.fixture
def plan(edith, address):
    """`plan({"percent": 10})`: the answer to a plan of these steps."""

    def send(*steps):
        return edith.post(f"{address}/rollout", {"steps": list(steps)})

    return send


@pytest.fixture
def published(edith, address, plan, run_tasks):
    """The address of a release that is offered to 10 %, from tomorrow on to 50, in a week to all."""
    plan({"percent": 10}, {"percent": 50, "at": in_days(1)}, {"percent": 100, "at": in_days(7)})
    edith.post(f"{address}/publish", {})
    run_tasks()
    return address


def let_the_day_come(number=1):
    """The next `number` steps are due."""
    for step in RolloutStep.objects.filter(applied_at=None).order_by("percent")[:number]:
        step.due_at = timezone.now() - timedelta(seconds=1)
        step.save()


def test_without_a_plan_a_release_is_for_everyone(edith, address, run_tasks):
    edith.post(f"{address}/publish", {})
    run_tasks()

    assert manifest()["latest"]["rollout"]["percent"] == 100


def test_the_manifest_says_to_how_many_and_names_the_one_before(edith, published, add_artifact, run_tasks):
    edith.post(f"{published}/everyone", {})
    body = {"channel": "stable", "version": "1.1.0"}
    later = edith.post(f"{API}/products/tide/releases", body).json()
    add_artifact(zip_of("tide 1.1"), "tide-1.1.0-linux.zip", to=later["id"])
    edith.post(f"{API}/releases/{later['id']}/rollout", {"steps": [{"percent": 1}]})
    edith.post(f"{API}/releases/{later['id']}/publish", {})
    run_tasks()

    found = manifest()

    assert (found["latest"]["version"], found["latest"]["rollout"]["percent"]) == ("1.1.0", 1)
    assert [(one["version"], one["rollout"]["percent"]) for one in found["previous"]] == [("1.0.0", 100)]
    assert found["latest"]["rollout"]["salt"] != found["previous"][0]["rollout"]["salt"]


def test_a_step_is_taken_when_its_time_has_come_and_not_before(edith, published, run_tasks, let_time_pass):
    let_time_pass()
    run_tasks()
    before = manifest()["latest"]["rollout"]["percent"]

    let_the_day_come()
    queue_again()
    run_tasks()

    assert (before, manifest()["latest"]["rollout"]["percent"]) == (10, 50)
    steps = edith.get(published).json()["rollout"]["steps"]
    assert [step["percent"] for step in steps if step["applied_at"]] == [10, 50]
    assert steps[1]["served_after_milliseconds"] >= 0
    grown = AuditEntry.objects.get(action="rollout_grown")
    assert (grown.actor, grown.details) == ("schedule", {"percent": 50, "planned_by": "edith"})
    assert AuditEntry.objects.get(action="rollout_served").actor == "publisher"


def queue_again():
    """The task of a step, as a sweep would deliver it a second time."""
    from updates.tasks import advance_rollout

    for release_id in Release.objects.values_list("id", flat=True):
        advance_rollout.enqueue(str(release_id))


def test_a_step_that_is_delivered_twice_is_taken_once(published, run_tasks):
    let_the_day_come()
    for _ in range(3):
        queue_again()

    run_tasks()

    assert AuditEntry.objects.filter(action="rollout_grown").count() == 1


def test_a_release_is_published_to_nobody_until_its_first_day(edith, address, plan, run_tasks):
    plan({"percent": 5, "at": in_days(1)})
    edith.post(f"{address}/publish", {})
    run_tasks()

    assert manifest()["latest"]["rollout"]["percent"] == 0


def test_a_schedule_is_taken_as_text(edith, address):
    body = {"schedule": "1 % now, 100 % in 2 days", "time_zone": "Europe/Berlin"}

    answer = edith.post(f"{address}/rollout", body)

    assert answer.status_code == 202
    assert [step["percent"] for step in answer.json()["rollout"]["steps"]] == [1, 100]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/steps"),
        ({"steps": [{"percent": 1}], "schedule": "1 %"}, "/steps"),
        ({"steps": [{"percent": 101}]}, "/steps/0/percent"),
        ({"steps": [{"percent": 9}]}, "/steps/0/percent"),
        ({"steps": [{"percent": 0.5}]}, "/steps/0/percent"),
        ({"schedule": "0.5 % now"}, "/schedule"),
        ({"schedule": "20 % now", "time_zone": "Atlantis"}, "/time_zone"),
    ],
)
def test_a_plan_that_is_none_is_refused_and_changes_nothing(edith, published, body, pointer, run_tasks):
    refused = edith.post(f"{published}/rollout", body)
    taken = edith.post(f"{published}/rollout", {"steps": [{"percent": 11}]})
    percent_before = manifest()["latest"]["rollout"]["percent"]
    run_tasks()

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert (taken.status_code, percent_before) == (202, 10)
    assert manifest()["latest"]["rollout"]["percent"] == 11


def test_the_same_percentage_again_changes_nothing_for_anybody(edith, published):
    waiting = [{"percent": 50, "at": in_days(1)}]
    edith.post(f"{published}/rollout", {"steps": [{"percent": 10}, *waiting]})
    jobs = edith.get(published).json()["receipt"]["state"]

    again = edith.post(f"{published}/rollout", {"steps": [{"percent": 10}]})

    assert (again.status_code, jobs) == (202, "published")
    assert again.json()["rollout"]["percent"] == 10


def test_a_paused_release_is_offered_to_nobody_and_its_files_stay(edith, published, run_tasks, let_time_pass):
    url = manifest()["latest"]["files"][0]["url"]

    asked = edith.post(f"{published}/pause", {})
    run_tasks()
    let_time_pass()
    run_tasks()

    found = edith.get(published).json()
    assert (asked.status_code, asked.json()["state"]) == (202, "paused")
    assert (manifest()["latest"], manifest()["previous"]) == (None, [])
    assert httpx.get(url).status_code == 200
    assert found["receipt"]["state"] == "published"
    assert found["receipt"]["served_after_milliseconds"] <= 5000
    served = AuditEntry.objects.get(action="pause_served")
    assert served.details["milliseconds"] == found["receipt"]["served_after_milliseconds"]


def test_a_pause_is_not_ended_by_the_clock_and_moves_what_was_planned(edith, published, run_tasks):
    due_at = RolloutStep.objects.get(percent=100).due_at
    assert due_at is not None
    edith.post(f"{published}/pause", {})
    run_tasks()
    let_the_day_come()
    queue_again()
    run_tasks()
    during = manifest()["latest"]
    Release.objects.update(paused_at=timezone.now() - timedelta(days=2))

    resumed = edith.post(f"{published}/resume", {})
    run_tasks()

    assert during is None
    assert resumed.json()["state"] == "publishing"
    assert manifest()["latest"]["rollout"]["percent"] == 10
    moved = RolloutStep.objects.exclude(due_at=None).get(percent=100).due_at
    assert moved is not None
    assert moved - due_at > timedelta(days=1, hours=23)
    assert edith.get(published).json()["state"] == "published"


def test_pausing_twice_is_pausing_once_and_so_is_resuming(edith, published, run_tasks):
    for verb in ("pause", "pause", "resume", "resume"):
        assert edith.post(f"{published}/{verb}", {}).status_code == 202
        run_tasks()

    actions = ["release_paused", "release_resumed", "release_published"]
    assert [AuditEntry.objects.filter(action=action).count() for action in actions] == [1, 1, 2]


def test_a_release_that_is_being_published_can_be_paused(edith, address, run_tasks):
    edith.post(f"{address}/publish", {})

    edith.post(f"{address}/pause", {})
    run_tasks()

    assert edith.get(address).json()["state"] == "paused"
    assert manifest()["latest"] is None


@pytest.mark.parametrize("verb", ["pause", "resume", "everyone"])
def test_what_is_not_published_is_neither_paused_nor_grown(edith, release, verb):
    answer = edith.post(f"{API}/releases/{release['id']}/{verb}", {})

    assert answer.status_code == (202 if verb == "everyone" else 409)
    assert Release.objects.get().state == "draft"


def test_nothing_grows_while_a_release_is_paused(edith, published, run_tasks):
    edith.post(f"{published}/pause", {})

    answers = [edith.post(f"{published}/everyone", {}), edith.post(f"{published}/publish", {})]

    assert [answer.json()["type"].rpartition("/")[2] for answer in answers] == ["release-paused"] * 2
    assert Release.objects.get().rollout_percent == 10


def test_a_paused_release_is_withdrawn_and_then_neither_resumed_nor_published(edith, published, run_tasks):
    edith.post(f"{published}/pause", {})
    edith.post(f"{published}/withdraw", {})
    run_tasks()

    answers = [edith.post(f"{published}/{verb}", {}) for verb in ("resume", "publish", "pause", "everyone")]

    assert {answer.status_code for answer in answers} == {409}
    assert manifest()["latest"] is None
    assert queries.find_audit_break(Product.objects.get()) is None


def test_a_change_that_did_not_reach_the_edge_is_told_and_tried_again(
    edith, published, run_tasks, monkeypatch
):
    from chassis.publishing import PublicationRefused
    from updates.renderers import channel_json

    def refuse(*args):
        raise PublicationRefused("No.")

    with monkeypatch.context() as broken:
        broken.setattr(channel_json, "render", refuse)
        asked = edith.post(f"{published}/pause", {})
        run_tasks()
    failed = edith.get(published, if_none_match=asked["ETag"])
    edith.post(f"{published}/pause", {})
    run_tasks()

    assert (failed.status_code, failed.json()["receipt"]["state"]) == (200, "failed")
    assert manifest()["latest"] is None
    assert edith.get(published).json()["receipt"]["state"] == "published"


@pytest.mark.parametrize(("verb", "body"), [("publish", {}), ("rollout", {"steps": [{"percent": 50}]})])
def test_a_step_that_did_not_reach_the_edge_is_tried_again(
    edith, published, run_tasks, monkeypatch, verb, body
):
    from chassis.publishing import PublicationRefused
    from updates.renderers import channel_json

    def refuse(*args):
        raise PublicationRefused("No.")

    let_the_day_come()
    queue_again()
    with monkeypatch.context() as broken:
        broken.setattr(channel_json, "render", refuse)
        run_tasks()
    failed = edith.get(published).json()
    percent_before = manifest()["latest"]["rollout"]["percent"]
    answers = [edith.post(f"{published}/{verb}", body) for _ in range(2)]
    run_tasks()

    found = edith.get(published).json()
    assert (failed["state"], failed["receipt"]["state"], percent_before) == ("published", "failed", 10)
    assert [one.status_code for one in answers] == [202, 202]
    assert manifest()["latest"]["rollout"]["percent"] == 50
    assert (found["state"], found["receipt"]["state"]) == ("published", "published")
    assert found["rollout"]["steps"][1]["served_after_milliseconds"] >= 0
    assert AuditEntry.objects.filter(action="publish_asked_again").count() == 1


def test_mallory_neither_plans_nor_pauses(client_of, published):
    mallory = client_of("mallory", scope="todos/read todos/write")

    answers = [mallory.post(f"{published}/{verb}", {}) for verb in ("rollout", "everyone", "pause", "resume")]

    assert {answer.status_code for answer in answers} == {403}
    assert Release.objects.get().state == "published"
