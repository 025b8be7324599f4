"""The function's handler: `lambda_handler` of `zappa_settings.json` names `config.lambda_entry.handle`.

HTTP requests and `zappa manage` go to Zappa's handler. The rest is answered here, because Zappa's would run
what it is told to by an event (`command`, `raw_command`, the same in an SNS message) and would keep silent
about an event that it does not know.
"""

from __future__ import annotations

import gc
import os
import sys
from types import ModuleType
from typing import Any

# What a start makes stays. Looking through it for garbage again and again is a twentieth of the start.
gc.disable()

# Zappa's module of deploying and serving imports boto3 and, while it serves, needs no more of it than the
# name of a type; few of our requests need any. It costs 0.2 s of a start, and 12 MB.
_boto3 = ModuleType("boto3")
_boto3.Session = object  # type: ignore[attr-defined]
sys.modules["boto3"] = _boto3
from zappa.handler import LambdaHandler  # noqa: E402

del sys.modules["boto3"]

# While the function starts: settings and apps.
_zappa = LambdaHandler()

from django.urls import get_resolver  # noqa: E402 - Zappa has set Django up

from config import lambda_events  # noqa: E402

# Where nobody waits for the start (provisioned concurrency, SnapStart), every view is loaded now. Where
# somebody does, it is the same before or after, and wake-ups and schedules need none (decision 0016).
if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "on-demand":
    get_resolver().url_patterns  # noqa: B018
gc.freeze()
gc.enable()


def handle(event: dict[str, Any], context: Any) -> Any:
    """Answer one event of Lambda.

    Raises:
        UnknownEvent: nothing here has a use for it.
    """
    if event.get("version") == "2.0" and "requestContext" in event:
        return _zappa.handler(event, context)
    if set(event) == {"manage"} and isinstance(event["manage"], str):
        return _zappa.handler(event, context)
    return lambda_events.answer(event, context)
