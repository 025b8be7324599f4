"""Who makes a request, as the newsroom knows them."""

from __future__ import annotations

from rest_framework.request import Request

from blog.roles import Actor, Role
from chassis.auth import ADMINS, EDITORS, STAFF_GROUPS, WRITERS, principal_in

# Views of the newsroom let writers in as well; what they may do there, the commands say.
NEWSROOM = STAFF_GROUPS | {WRITERS}


def actor_of(request: Request) -> Actor:
    """The actor for whom this request speaks, with what their groups let them do."""
    principal = principal_in(request)
    if ADMINS in principal.groups:
        return Actor(principal.subject, Role.ADMIN)
    return Actor(principal.subject, Role.EDITOR if EDITORS in principal.groups else Role.WRITER)
