"""What a desk prints when it is ready: where to go and who to be."""

from __future__ import annotations

from local.identity.people import DEMO_PEOPLE
from local.platform.desk import CLIENTS, Desk
from local.platform.terminal import Terminal


def addresses(desk: Desk) -> list[tuple[str, str]]:
    """Every address of a desk, with its name."""
    return [
        *(_of_one_process(desk) if not desk.is_split else _of_several(desk)),
        *([("To-dos", desk.todos_client_url)] if CLIENTS.is_dir() else []),
        *([("Files", f"{desk.public_url}/")] if desk.has_edge else []),
        ("Identity", f"{desk.identity_url}/"),
        ("Mailbox", f"{desk.mailbox_url}/"),
        ("Object store", f"{desk.object_store_url}/"),
    ]


def _of_one_process(desk: Desk) -> list[tuple[str, str]]:
    return [
        ("Start page", f"{desk.web_url}/"),
        ("Admin", f"{desk.web_url}/admin/"),
        ("API docs", f"{desk.web_url}/docs/"),
    ]


def _of_several(desk: Desk) -> list[tuple[str, str]]:
    """Each service has a start page, an admin and API documents of its own."""
    return [(f"Service {site.name}", f"{site.url}/") for site in desk.sites]


def announce(desk: Desk, terminal: Terminal, *, seconds: float) -> None:
    """Print the block that says: ready."""
    terminal.text()
    shape = f"{len(desk.sites)} processes, one a service" if desk.is_split else "one process"
    terminal.text(f"Quartet is ready ({seconds:.1f} s): {shape}.", strong=True)
    terminal.text()
    for name, address in addresses(desk):
        terminal.text(f"  {name:<18}{address}")
    terminal.text()
    terminal.text("Demo accounts", strong=True)
    terminal.text()
    for person in DEMO_PEOPLE:
        terminal.text(f"  {person.email:<28}{person.password:<28}{', '.join(person.groups) or 'user'}")
    terminal.text()
    terminal.text(f"State: {desk.directory}. Ctrl-C stops everything.")
    terminal.text()
