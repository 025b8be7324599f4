"""Processes that make pages beside this one. Nothing here imports what needs Django before it is set up."""

from __future__ import annotations


def prepare() -> None:
    """Make a process that was just started ready for it."""
    import django

    django.setup()
