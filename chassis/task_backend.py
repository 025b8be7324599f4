"""The queue's backend: django-tasks-db's, with the trace of whoever enqueued kept beside the arguments."""

from __future__ import annotations

from typing import Any

from django_tasks.utils import normalize_json
from django_tasks_db import DatabaseBackend
from django_tasks_db.models import DBTaskResult

from chassis.logs import log_context

TRACE = ("request_id", "trace_id", "traceparent")


class TracedDatabaseBackend(DatabaseBackend):
    """A task's log lines and its calls of other services belong to the request that enqueued it."""

    def _task_to_db_task(
        self, task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> DBTaskResult[..., Any]:
        """The row as the library makes it, which reads `args` and `kwargs` by name: the trace is ours."""
        context = log_context.get() or {}
        trace = {name: context[name] for name in TRACE if name in context}
        row: DBTaskResult[..., Any] = DBTaskResult.objects.create(
            id=self._get_id(),
            args_kwargs={**normalize_json({"args": args, "kwargs": kwargs}), "context": trace},
            priority=task.priority,
            task_path=task.module_path,
            queue_name=task.queue_name,
            run_after=task.run_after,
            backend_name=self.alias,
        )
        return row
