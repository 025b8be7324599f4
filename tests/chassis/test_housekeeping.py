"""What has had its time is deleted; what has not, stays."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from chassis import housekeeping
from chassis.models import IdempotencyRecord, PublishJob, RateCount

pytestmark = pytest.mark.django_db


def test_kept_answers_go_after_their_time(settings: Any) -> None:
    fresh = IdempotencyRecord.objects.create(subject="alice", key="fresh", fingerprint="x")
    IdempotencyRecord.objects.create(subject="alice", key="old", fingerprint="x")
    old = timezone.now() - timedelta(hours=settings.IDEMPOTENCY_HOURS, minutes=1)
    IdempotencyRecord.objects.filter(key="old").update(created_at=old)

    pruned = housekeeping.prune()

    assert pruned["answers"] == 1
    assert list(IdempotencyRecord.objects.all()) == [fresh]


def test_counts_of_the_present_window_stay() -> None:
    present = RateCount.objects.create(key="k", window_start=int(time.time()), count=1)
    RateCount.objects.create(key="k", window_start=int(time.time()) - 600, count=1)

    pruned = housekeeping.prune()

    assert pruned["rate_counts"] == 1
    assert list(RateCount.objects.all()) == [present]


def test_ended_sessions_go() -> None:
    Session.objects.create(session_key="ended", expire_date=timezone.now() - timedelta(seconds=1))
    Session.objects.create(session_key="open", expire_date=timezone.now() + timedelta(hours=1))

    housekeeping.prune()

    assert [session.session_key for session in Session.objects.all()] == ["open"]


def test_jobs_that_were_published_long_ago_go() -> None:
    long_ago = timezone.now() - timedelta(days=91)
    job = {"kind": "post", "argument": "1", "scope": "blog", "requested_at": long_ago}
    PublishJob.objects.create(**job, state="published")
    failed = PublishJob.objects.create(**job, state="failed")

    pruned = housekeeping.prune()

    assert pruned["publish_jobs"] == 1
    assert list(PublishJob.objects.all()) == [failed]
