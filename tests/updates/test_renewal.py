"""What would expire is signed anew in time, and somebody is told when it was not."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from chassis import health
from chassis.models import PublishJob
from chassis.publishing.runner import run
from tests.edge.conftest import edge, edge_server  # noqa: F401 - fixtures
from tests.updates.conftest import zip_of
from tests.updates.root_holders import manage
from tests.updates.test_tuf import current, holders, rooted, tide  # noqa: F401 - fixtures
from updates import commands
from updates.commands.renewal import check_signatures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("edge")]


@pytest.fixture
def days_later(monkeypatch):
    """`days_later(4)`: for whoever signs, it is then."""
    now = timezone.now

    def go(days):
        monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(days=days))

    return go


def test_what_is_past_half_of_its_life_is_signed_anew_and_nothing_else(rooted, days_later):  # noqa: F811
    rooted.publish("1.0.0", {"tide-1.0.0-linux.zip": zip_of("1.0.0")})
    before = {role: current(rooted, role).version for role in ("timestamp", "snapshot", "targets")}
    fresh = manage("renew", "--dry-run")
    days_later(4)

    would = manage("renew", "--dry-run")
    said = manage("renew")
    for job in PublishJob.objects.exclude(state="published"):
        run(job.id)

    assert "nothing" in fresh
    assert rooted.slug in would
    assert rooted.slug in said
    assert current(rooted, "timestamp").version == before["timestamp"] + 1
    assert current(rooted, "snapshot").version == before["snapshot"]
    assert httpx.get(f"{rooted.base}/tuf/timestamp.json").text == current(rooted, "timestamp").body


def test_the_ready_check_asks_once_for_one_row(rooted, days_later, django_assert_num_queries):  # noqa: F811
    days_later(6)

    with (
        django_assert_num_queries(1) as asked,
        pytest.raises(health.NeedsAttention, match="not signed anew"),
    ):
        check_signatures()

    assert "LIMIT 1" in asked[0]["sql"]
    assert "body" not in asked[0]["sql"]


def test_the_ready_check_and_a_log_line_tell_what_was_not_renewed(
    rooted,  # noqa: F811
    days_later,
    anonymous,
    caplog,
    monkeypatch,
):
    # Of the others the clock that was put forward would be told, too.
    monkeypatch.setattr(health, "CHECKS", {"signatures": check_signatures})
    well = anonymous.get("/health/ready")
    days_later(6)

    late = anonymous.get("/health/ready")
    commands.renew_signatures(actor="test")

    assert well.json()["checks"]["signatures"] == "ok"
    assert (late.status_code, late.json()["status"]) == (200, "attention")
    assert late.json()["checks"]["signatures"] == "attention"
    lines = [record for record in caplog.records if record.msg == "signature_not_renewed"]
    assert {record.role for record in lines} >= {"timestamp"}
