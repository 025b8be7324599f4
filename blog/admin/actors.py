"""Who acts in the newsroom, by the rights that their groups gave them at their sign-in."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from blog.roles import Actor, Role
from chassis.staff import principal_subject

PUBLISH = "blog.publish_post"


def actor_in(request: HttpRequest) -> Actor:
    """The signed-in member of staff as an actor."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    subject = principal_subject(request.user)
    if request.user.is_superuser:
        return Actor(subject, Role.ADMIN)
    return Actor(subject, Role.EDITOR if request.user.has_perm(PUBLISH) else Role.WRITER)
