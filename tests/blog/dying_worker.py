"""Runs as a process of its own: workers that are killed before or after a named call.

Reads a JSON line each time: the path of a function, `before` or `after`, which call of it, settings; of
the settings `COMMAND` is a command of `manage.py` that is run in place of the queue.
Forks a worker for it, which is quicker than to start one; writes `killed`, `done` or `failed`.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from importlib import import_module
from itertools import count
from typing import Any


def die_at(path: str, when: str, times: int) -> None:
    """Let the n-th call of a function be the process's last, as a power cut would."""
    module, _, name = path.rpartition(".")
    original = getattr(import_module(module), name)
    calls = count(1)

    def dying(*arguments: Any, **options: Any) -> Any:
        is_last = next(calls) == times
        if is_last and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **options)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(import_module(module), name, dying)


def work(path: str, when: str, times: int, variables: dict[str, Any]) -> None:
    """A worker, until nothing is left to do or until it is killed."""
    from django.conf import settings
    from django.core.management import call_command

    from chassis import tasks

    command = variables.pop("COMMAND", None)
    for name, value in variables.items():
        setattr(settings, name, value)
    die_at(path, when, times)
    if command:
        call_command(*command, stdout=io.StringIO())
    else:
        tasks.drain(seconds=60)
    os._exit(0)


def main() -> None:
    """Load everything once, then fork."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    import PIL.AvifImagePlugin
    import PIL.JpegImagePlugin  # noqa: F401

    import blog.commands  # noqa: F401
    from chassis.storage import s3_client

    # Its making takes longer than the work. It has no connection yet.
    s3_client()
    for line in sys.stdin:
        path, when, times, variables = json.loads(line)
        child = os.fork()
        if child == 0:
            work(path, when, int(times), variables)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else "failed" if status else "done", flush=True)


if __name__ == "__main__":
    main()
