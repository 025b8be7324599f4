"""The groups of `manage.py updates`: each a module with `add_arguments` and `run`."""

from __future__ import annotations

# name → module; imported when the command is typed, and never at the start of a process.
GROUPS = {
    "keys": "updates.console.keys",
    "renew": "updates.console.renew",
    "root": "updates.console.root",
    "offload": "updates.console.offload",
    "statistics": "updates.console.statistics",
}
