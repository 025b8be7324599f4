"""The buttons of a release: what each calls, and what is said when it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from updates import commands
from updates.models import Release
from updates.rollout import read_schedule

Command = Callable[..., Release]


def _submit(request: HttpRequest, *, actor: str, release_id: UUID) -> Release:
    publish = request.POST.get("publish") == "on"
    return commands.submit_release(actor=actor, release_id=release_id, publish=publish)


def _approve(request: HttpRequest, *, actor: str, release_id: UUID) -> Release:
    """What was seen is approved: another revision is not."""
    seen = request.POST.get("revision", "")
    revisions = frozenset({int(seen)}) if seen.isascii() and seen.isdigit() else frozenset({0})
    return commands.approve_release(actor=actor, release_id=release_id, if_revisions=revisions)


def _plan(request: HttpRequest, *, actor: str, release_id: UUID) -> Release:
    text = request.POST.get("schedule", "").strip()[:500] or f"{request.POST.get('percent', '')} % now"
    steps = read_schedule(text, now=timezone.now(), zone=timezone.get_current_timezone())
    return commands.plan_rollout(actor=actor, release_id=release_id, steps=steps)


def _plain(command: Command) -> Command:
    def step(request: HttpRequest, *, actor: str, release_id: UUID) -> Release:
        return command(actor=actor, release_id=release_id)

    return step


STEPS: dict[str, tuple[Command, Any]] = {
    "submit": (_submit, _("It is submitted.")),
    "approve": (_approve, _("It is approved.")),
    "publish": (_plain(commands.publish_release), _("It is being published.")),
    "rollout": (_plan, _("The rollout is planned.")),
    "everyone": (_plain(commands.release_to_everyone), _("It is offered to everyone.")),
    "pause": (_plain(commands.pause_release), _("It is paused: the edge stops offering it.")),
    "resume": (_plain(commands.resume_release), _("It is offered again.")),
    "withdraw": (_plain(commands.withdraw_release), _("It is being withdrawn.")),
    "discard": (_plain(commands.discard_release), _("The release is discarded.")),
}
