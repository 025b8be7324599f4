"""Restarts the parts whose code changed: the same way for web processes and for the worker."""

from __future__ import annotations

import asyncio
import os

from local.platform.desk import CHECKOUT
from local.platform.supervisor import Supervisor
from local.platform.terminal import Terminal
from local.platform.watch import Watch

_LOOK_SECONDS = 0.7


async def restart_on_changes(supervisor: Supervisor, stop: asyncio.Event, terminal: Terminal) -> None:
    """Restart parts whose watched files change, until told to stop or until nobody reads any more."""
    watches = [(part.name, Watch(part.watched)) for part in supervisor.parts if part.watched]
    while not stop.is_set() and not terminal.is_gone:
        for name, watch in watches:
            if changed := watch.changed():
                supervisor.restart(name, reason=f"{os.path.relpath(changed, CHECKOUT)} changed")
        try:
            await asyncio.wait_for(stop.wait(), timeout=_LOOK_SECONDS)
        except TimeoutError:
            continue
