"""One desk from its start to its end."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from local.edge.server import Edge
from local.object_store import PUBLIC_BUCKET, ObjectStore
from local.platform.announcement import announce
from local.platform.desk import CHECKOUT, Desk
from local.platform.environment import (
    desk_environment,
    process_environment,
    site_environment,
    write_environment_files,
)
from local.platform.keys import keep_secrets
from local.platform.ports import describe_used
from local.platform.records import ProcessRecords
from local.platform.reload import restart_on_changes
from local.platform.start import Start
from local.platform.supervisor import GRACE_SECONDS, StartError, Supervisor
from local.platform.terminal import Terminal


def run_desk(desk: Desk, *, given: Mapping[str, str], terminal: Terminal) -> int:
    """Run a desk in the foreground until it is told to stop; the exit code.

    `given` is the process's environment without the variables of an earlier desk's file.

    Raises:
        StartError: it is running already, or a port is taken.
    """
    # Databases and keys of a desk are their owner's alone.
    os.umask(0o077)
    desk.directory.mkdir(parents=True, exist_ok=True)
    with _alone(desk):
        for name in ProcessRecords(desk.directory).end_leftovers(grace_seconds=GRACE_SECONDS):
            terminal.text(f"Ended {name}, left over from a supervisor that was killed.")
        used = describe_used(desk.ports)
        if used:
            raise StartError("\n".join(used))
        return asyncio.run(_run(desk, given=given, terminal=terminal))


async def _run(desk: Desk, *, given: Mapping[str, str], terminal: Terminal) -> int:
    began = time.monotonic()
    store = _object_store_of(desk)
    edge = _edge_of(desk, terminal)
    of_desk = desk_environment(
        desk,
        secrets=keep_secrets(desk.directory),
        object_store=store.environment(),
        edge=edge.environment() if edge else {},
        given=given,
    )
    write_environment_files(desk, of_desk)
    supervisor = Supervisor(directory=desk.directory, work_directory=CHECKOUT, terminal=terminal)
    stop = _stop_on_signals(supervisor, terminal)
    start = Start(
        desk,
        supervisor=supervisor,
        store=store,
        edge=edge,
        environment=process_environment(given, of_desk),
        environments={
            site.name: process_environment(given, site_environment(desk, site, of_desk))
            for site in desk.sites
        },
    )
    starting = asyncio.create_task(start.run())
    stopping = asyncio.create_task(stop.wait())
    code = 0
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            await starting
            announce(desk, terminal, seconds=time.monotonic() - began)
            await restart_on_changes(supervisor, stop, terminal)
    except* StartError as failures:
        terminal.problem("desk", str(failures.exceptions[0]))
        code = 1
    finally:
        starting.cancel()
        stopping.cancel()
        await supervisor.stop()
    terminal.text("Everything has stopped.")
    return code


def _object_store_of(desk: Desk) -> ObjectStore:
    origins = {desk.object_store_url, desk.public_origin, *(site.url for site in desk.sites)}
    return ObjectStore(
        desk.directory / "object-store", port=desk.object_store.number, allowed_origins=sorted(origins)
    )


def _edge_of(desk: Desk, terminal: Terminal) -> Edge | None:
    if not desk.has_edge:
        terminal.problem("edge", "There is no nginx for this system, so the desk runs without an edge:")
        terminal.problem(
            "edge", "files come from the object store itself, pages without their directory's name."
        )
        terminal.problem("edge", "Install nginx (on Debian: apt-get install nginx-light), and start again.")
        return None
    return Edge(
        desk.directory / "edge",
        store_url=desk.object_store_url,
        bucket=PUBLIC_BUCKET,
        files_port=desk.files.number,
        web={site.name: (site.port.number, 0) for site in desk.sites},
    )


def _stop_on_signals(supervisor: Supervisor, terminal: Terminal) -> asyncio.Event:
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            supervisor.kill()
            return
        terminal.text()
        terminal.text("Stopping … (once more: at once)")
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    return stop


@contextmanager
def _alone(desk: Desk) -> Iterator[None]:
    with (desk.directory / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            process = file.read().strip() or "unknown"
            raise StartError(
                f"A desk is running in {desk.directory} already (process {process}). "
                "For a second one choose another LOCAL_DIR and other ports: "
                + ", ".join(port.variable for port in desk.ports)
                + "."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
