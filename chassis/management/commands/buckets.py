"""`manage.py buckets`: the buckets of this deployment, made once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from chassis.storage import prepare_buckets


class Command(BaseCommand):
    """Makes what is missing; changes nothing that is right."""

    help = "Make the buckets with their policy, CORS and versioning, where they are missing."

    def handle(self, *args: Any, **options: Any) -> str:
        """A sentence with what was made."""
        made = prepare_buckets()
        return f"Made {', '.join(made)}." if made else "All buckets were there."
