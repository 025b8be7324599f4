"""What is planned for posts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from blog.models import Schedule, ScheduleState

_SHOWN = 20


def schedule_document(post_id: UUID) -> dict[str, Any]:
    """What is planned for a post, and what became of earlier plans, as the API shows it. One query."""
    rows = list(Schedule.objects.filter(post=post_id).order_by("-requested_at", "-id")[:_SHOWN])
    waiting = {row.action: row.due_at for row in rows if row.state == ScheduleState.WAITING}
    return {
        "publish_at": waiting.get("publish"),
        "unpublish_at": waiting.get("unpublish"),
        "history": [
            {
                "action": row.action,
                "due_at": row.due_at,
                "state": row.state,
                "requested_by": row.requested_by,
                "done_at": row.done_at,
                "note": row.note,
            }
            for row in rows
        ],
    }
