"""A small function for the tests of the emulator: each event says what it does."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

STARTED = time.time()


def handle(event: dict[str, Any], context: Any) -> Any:
    """Do what the event says."""
    kind = event.get("do")
    if kind == "sleep":
        time.sleep(event["seconds"])
    if kind == "fail":
        raise RuntimeError("As asked.")
    if kind == "write":
        Path(__file__).with_name("written.txt").write_text("x")
    if kind == "hoard":
        return len(bytearray(event["megabytes"] * 1024 * 1024).replace(b"\0", b"x"))
    if kind == "answer":
        return "x" * event["bytes"]
    if "version" in event:
        return {"statusCode": 200, "headers": {"x-a": "1"}, "cookies": ["a=1", "b=2"], "body": repr(event)}
    return {
        "pid": os.getpid(),
        "started": STARTED,
        "left": context.get_remaining_time_in_millis(),
        "memory": os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
        "variable": os.environ.get("VARIABLE"),
    }
