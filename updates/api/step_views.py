"""HTTP of the steps of a release, from submitting to withdrawing: one call each. For release editors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis.auth import subject_of
from chassis.conditional import if_match_versions
from chassis.openapi import problem_responses
from updates import commands
from updates.api import bodies
from updates.api import serializers as schemas
from updates.api.publisher_auth import PublishingView
from updates.api.release_views import release_answer
from updates.api.views import WRITE, read_body
from updates.errors import at_field
from updates.rollout import Step, read_schedule


class StepView(PublishingView):
    """One step of a release."""

    required_scopes = {"POST": WRITE}

    def take(self, request: Request, release_id: UUID, command: Callable[..., Any]) -> Response:
        """Of a step that says nothing more."""
        read_body(bodies.EmptySerializer, request)
        return release_answer(command(actor=subject_of(request), release_id=release_id), status=202)


def documented(operation_id: str, body: Any = bodies.EmptySerializer, status: int = 202) -> Any:
    """How the document tells a step."""
    answers: dict[Any, Any] = {status: schemas.ReleaseSerializer, **problem_responses(409)}
    return extend_schema(operation_id=operation_id, request=body, responses=answers)


class SubmitView(StepView):
    """Submit a release."""

    @documented("submit_release", bodies.SubmissionSerializer, 200)
    def post(self, request: Request, release_id: UUID) -> Response:
        """Have a verified release approved: at once where the product asks for no second person."""
        body = read_body(bodies.SubmissionSerializer, request)
        release = commands.submit_release(actor=subject_of(request), release_id=release_id, **body)
        return release_answer(release)


class ApproveView(APIView):
    """Approve a release. People do, pipelines do not."""

    audience = "staff"
    required_scopes = {"POST": WRITE}

    @documented("approve_release", status=200)
    def post(self, request: Request, release_id: UUID) -> Response:
        """Approve it as it is (`If-Match`). 403 `approval-by-author` to whom worked on it."""
        read_body(bodies.EmptySerializer, request)
        release = commands.approve_release(
            actor=subject_of(request), release_id=release_id, if_revisions=if_match_versions(request)
        )
        return release_answer(release)


class PublishView(StepView):
    """Publish a release."""

    @documented("publish_release")
    def post(self, request: Request, release_id: UUID) -> Response:
        """Have a release published: `publishing` until the edge has served it, then `published`."""
        return self.take(request, release_id, commands.publish_release)


class RolloutView(StepView):
    """Plan a rollout."""

    @documented("plan_rollout", bodies.RolloutPlanSerializer)
    def post(self, request: Request, release_id: UUID) -> Response:
        """Say to how many it is offered, from when on. It only grows; what was not due yet is replaced."""
        steps = steps_of(read_body(bodies.RolloutPlanSerializer, request))
        release = commands.plan_rollout(actor=subject_of(request), release_id=release_id, steps=steps)
        return release_answer(release, status=202)


class EveryoneView(StepView):
    """Complete a rollout."""

    @documented("release_to_everyone")
    def post(self, request: Request, release_id: UUID) -> Response:
        """Offer it to everyone, now."""
        return self.take(request, release_id, commands.release_to_everyone)


class PauseView(StepView):
    """Pause a release."""

    @documented("pause_release")
    def post(self, request: Request, release_id: UUID) -> Response:
        """Offer it to nobody new, at once. Its files stay."""
        return self.take(request, release_id, commands.pause_release)


class ResumeView(StepView):
    """Resume a release."""

    @documented("resume_release")
    def post(self, request: Request, release_id: UUID) -> Response:
        """Offer it again, to as many as before; what was planned moves by the length of the pause."""
        return self.take(request, release_id, commands.resume_release)


class WithdrawView(StepView):
    """Take a release back."""

    @documented("withdraw_release")
    def post(self, request: Request, release_id: UUID) -> Response:
        """Manifests stop naming it; some minutes later its files go."""
        return self.take(request, release_id, commands.withdraw_release)


class DiscardView(StepView):
    """Give a release up."""

    @documented("discard_release", status=200)
    def post(self, request: Request, release_id: UUID) -> Response:
        """Give a release up before it is published. Its version is free again."""
        read_body(bodies.EmptySerializer, request)
        return release_answer(commands.discard_release(actor=subject_of(request), release_id=release_id))


def steps_of(body: dict[str, Any]) -> list[Step]:
    """The steps that a body names, in one way or the other.

    Raises:
        InvalidInput: at `/schedule`, `/steps` or `/time_zone`.
    """
    if ("steps" in body) == ("schedule" in body):
        raise at_field("/steps", "one-of-both", "Send either steps or a schedule.")
    if "steps" in body:
        return [Step(step["percent"], step.get("at")) for step in body["steps"]]
    try:
        zone = ZoneInfo(body.get("time_zone", "UTC"))
    except (ValueError, OSError, KeyError) as error:
        raise at_field("/time_zone", "unknown", "Name a time zone such as Europe/Berlin.") from error
    return read_schedule(body["schedule"], now=timezone.now(), zone=zone)
