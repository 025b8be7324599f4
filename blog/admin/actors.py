"""Who acts in the newsroom, by the rights that their groups gave them at their sign-in."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from blog import queries
from blog.errors import PostNotFound
from blog.models import Post
from blog.roles import Actor, Role
from chassis.staff import principal_subject

PUBLISH = "blog.publish_post"


def post_or_404(request: HttpRequest, post_id: UUID) -> Post:
    """A post that whoever is signed in may see; for everything else the page that says so."""
    try:
        return queries.get_post(post_id, actor=actor_in(request))
    except PostNotFound as error:
        raise Http404 from error


def actor_in(request: HttpRequest) -> Actor:
    """The signed-in member of staff as an actor."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    subject = principal_subject(request.user)
    if request.user.is_superuser:
        return Actor(subject, Role.ADMIN)
    return Actor(subject, Role.EDITOR if request.user.has_perm(PUBLISH) else Role.WRITER)
