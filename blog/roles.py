"""Who acts in the newsroom, and what that lets them do. The commands ask; the doors only say who it is.

A **writer** has drafts of their own. An **editor** has every draft, and decides what readers get. An
**admin** is an editor who looks after the machinery as well. What runs by itself acts for whoever asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from blog.errors import EditorsOnly


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
