"""Who acts in the newsroom, and what that lets them do. The commands ask; the doors only say who it is.

A **writer** has drafts of their own. An **editor** has every draft, and decides what readers get. An
**admin** is an editor who looks after the machinery as well. What runs by itself acts for whoever asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from blog.errors import EditorsOnly, PostNotFound
from blog.models import Post


class Role(StrEnum):
    """What somebody is in the newsroom."""

    WRITER = "writer"
    EDITOR = "editor"
    ADMIN = "admin"


@dataclass(frozen=True)
class Actor:
    """Somebody of the newsroom, by the subject that the issuer gave them."""

    subject: str
    role: Role

    @property
    def may_publish(self) -> bool:
        """Whether they decide what readers get."""
        return self.role is not Role.WRITER


# What the service does by itself is done by this one.
SERVICE = Actor("blog", Role.ADMIN)


def owns(actor: Actor, post: Post) -> bool:
    """Whether a writer may see and change this post: it is signed by them."""
    return post.author is not None and post.author.subject == actor.subject


def require_own(actor: Actor | None, post: Post) -> None:
    """Let a writer pass with a post of their own, and an editor with any. Nobody: the service itself.

    Raises:
        PostNotFound: another's post is nothing to a writer.
    """
    if actor is not None and not actor.may_publish and not owns(actor, post):
        raise PostNotFound


def editor(subject: str) -> Actor:
    """Whoever decides what readers get: a person, or a program that was asked to by one."""
    return Actor(subject, Role.EDITOR)


def require_editor(actor: Actor) -> None:
    """Let only those pass who decide what readers get.

    Raises:
        EditorsOnly: a writer.
    """
    if not actor.may_publish:
        raise EditorsOnly
