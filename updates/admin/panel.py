"""What the page of a release shows beside its form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils import timezone

from chassis.models import StaffIdentity
from updates import commands, queries
from updates.admin.curve import HEIGHT, WIDTH, Curve, curve_of
from updates.models import (
    KEPT_STATES,
    LIVE_STATES,
    PERCENT_MOST,
    Architecture,
    ArtifactKind,
    AuditEntry,
    OperatingSystem,
    Release,
    ReleaseState,
    TrustedPublisher,
)
from updates.previews import Preview, preview_of

STEPS_SHOWN = 20


def panel_of(release: Release, *, actor: str, may_change: bool) -> dict[str, Any]:
    """The state with its buttons, the rollout, the receipt, the files, and who did what."""
    product, channel = release.channel.product, release.channel
    base = f"{settings.PUBLIC_URL}/updates/{product.slug}/"
    return {
        "release": release,
        "job": release.job,
        "may_change": may_change,
        **buttons_of(release, actor),
        "api_url": "/api/updates/v1",
        "addresses": [base, f"{base}{channel.slug}.json", f"{base}feed.atom"],
        "systems": OperatingSystem.choices,
        "architectures": Architecture.choices,
        "kinds": ArtifactKind.choices,
        "curve": _curve(release),
        "curve_width": WIDTH,
        "curve_height": HEIGHT,
        "zone": timezone.get_current_timezone_name(),
        "preview": _preview(release),
        "people": _people(release),
        "steps": _steps(release),
    }


def buttons_of(release: Release, actor: str) -> dict[str, bool]:
    """Which buttons there are; what they call decides for itself."""
    state = ReleaseState(release.state)
    needs_second = release.channel.product.needs_second_person
    is_verified = state == ReleaseState.VERIFIED
    is_waiting = is_verified and needs_second and release.submitted_at is not None
    has_failed = release.has_failed_publish
    is_author = is_waiting and actor in queries.authors_of(release)
    return {
        "can_submit": is_verified and needs_second and release.submitted_at is None,
        "can_approve": is_waiting and not is_author,
        "waits_for_another": is_author,
        "shows_publish": (release.is_open and not (needs_second and state != ReleaseState.APPROVED))
        or state == ReleaseState.PUBLISHING
        or (state == ReleaseState.PUBLISHED and has_failed),
        "can_publish": state in (ReleaseState.APPROVED, *LIVE_STATES) or (is_verified and not needs_second),
        # What did not reach the edge is asked for again by the same button.
        "can_pause": state in LIVE_STATES or (state == ReleaseState.PAUSED and has_failed),
        "can_resume": state == ReleaseState.PAUSED,
        "can_withdraw": state in KEPT_STATES or (state == ReleaseState.WITHDRAWN and has_failed),
        "can_plan": release.is_open or state in LIVE_STATES,
        "can_complete": state in LIVE_STATES and release.rollout_percent < PERCENT_MOST,
    }


def _preview(release: Release) -> Preview | None:
    """Of a release that could go out; what cannot be told at all is said when it is published."""
    if release.state not in (ReleaseState.VERIFIED, ReleaseState.APPROVED):
        return None
    try:
        return preview_of(release, first_percent=commands.first_percent(release))
    except ValueError:
        return None


def _curve(release: Release) -> Curve | None:
    steps = list(release.steps.order_by("percent"))
    drawn = [(step.applied_at or step.due_at, step.percent, step.applied_at is not None) for step in steps]
    if not drawn and not release.is_open:
        drawn = [(release.released_at, release.rollout_percent, True)]
    return curve_of(drawn, now=timezone.now())


def _people(release: Release) -> list[tuple[str, str, Any]]:
    """Who made, submitted, approved and published it, and when."""
    found = [
        ("Made", release.created_by, release.created_at),
        ("Submitted", release.submitted_by, release.submitted_at),
        ("Approved", release.approved_by, release.approved_at),
        ("Published", release.published_by, release.released_at),
    ]
    names = _names(actor for _, actor, _ in found)
    return [(what, names.get(actor, actor), at) for what, actor, at in found if actor]


def _steps(release: Release) -> list[tuple[AuditEntry, str, str]]:
    """The last steps, each with its action in words and the name of whoever did it."""
    steps = queries.list_steps_of(release, limit=STEPS_SHOWN)
    names = _names(step.actor for step in steps)
    return [(step, step.action.replace("_", " "), names.get(step.actor, step.actor)) for step in steps]


def _names(subjects: Iterable[str]) -> dict[str, str]:
    wanted = set(subjects)
    pipelines = (
        {one.subject: str(one) for one in TrustedPublisher.objects.all()}
        if any(name.startswith("ci-") for name in wanted)
        else {}
    )
    people = StaffIdentity.objects.filter(subject__in=wanted).select_related("user")
    names = {one.subject: one.user.get_full_name() or one.user.get_username() for one in people}
    return {**pipelines, **names}
