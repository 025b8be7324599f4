"""The order in which a desk comes up: as much at once as depends on nothing else."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from local.object_store import ObjectStore
from local.platform.desk import CHECKOUT, CLIENTS, HOST, Desk, Port
from local.platform.readiness import until_answers, until_returns
from local.platform.stamps import Stamps
from local.platform.supervisor import Part, Supervisor
from local.platform.watch import fingerprint

_PYTHON = sys.executable
_IDENTITY = (CHECKOUT / "local" / "identity",)
_MAILBOX = (CHECKOUT / "local" / "mailbox",)
# A library's new version may bring other static files or another way to make buckets.
_LOCK = CHECKOUT / "uv.lock"


class Start:
    """Brings one desk up."""

    def __init__(
        self, desk: Desk, *, supervisor: Supervisor, store: ObjectStore, environment: Mapping[str, str]
    ) -> None:
        self._desk = desk
        self._supervisor = supervisor
        self._store = store
        self._environment = environment
        self._stamps = Stamps(desk.directory)
        self._services = tuple(CHECKOUT / room for room in ("config", "chassis", *settings.KNOWN_SERVICES))

    async def run(self) -> None:
        """Start everything that the desk has.

        Raises:
            ExceptionGroup: of `StartError`, when something does not come up.
        """
        if not (self._store.directory / "data").is_dir():
            self._stamps.forget_all()
        async with asyncio.TaskGroup() as group:
            people = group.create_task(self._prepare_identity())
            tables = group.create_task(self._manage("migrate", "--no-input", "--verbosity=0"))
            buckets = group.create_task(self._object_store_with_buckets())
            files = group.create_task(self._files_in_the_public_bucket(buckets))
            world = group.create_task(self._demo_world(tables, buckets, people))
            group.create_task(self._mailbox())
            group.create_task(self._identity(people))
            group.create_task(self._web_and_worker(files, world))

    async def _object_store_with_buckets(self) -> None:
        store = Part(
            name="object-store",
            command=self._store.command,
            environment=self._environment,
            wait_until_ready=lambda: until_returns(self._store.wait_until_ready),
            stops_last=True,
            worth_showing=_is_warning,
        )
        await self._supervisor.start(store)
        await self._manage_once(
            "buckets",
            sources=(CHECKOUT / "chassis", CHECKOUT / "config" / "settings.py"),
            command=("buckets",),
        )

    async def _prepare_identity(self) -> None:
        await self._supervisor.run_step(
            "identity-setup", (_PYTHON, "-m", "local.identity", "prepare"), self._environment
        )

    async def _identity(self, people: asyncio.Task[None]) -> None:
        await people
        await self._serve(
            "identity",
            "local.identity.wsgi:application",
            port=self._desk.identity,
            probe="/.well-known/openid-configuration",
            watched=_IDENTITY,
        )

    async def _mailbox(self) -> None:
        await self._serve(
            "mailbox",
            "local.mailbox.wsgi:application",
            port=self._desk.mailbox,
            probe="/api/mails",
            watched=_MAILBOX,
        )

    async def _files_in_the_public_bucket(self, buckets: asyncio.Task[None]) -> None:
        await buckets
        await self._manage_once(
            "collectstatic", sources=self._services, command=("collectstatic", "--no-input", "--verbosity=0")
        )
        if CLIENTS.is_dir():
            await self._manage_once(
                "publish_clients",
                sources=(CLIENTS, CHECKOUT / "chassis", CHECKOUT / "config"),
                command=("publish_clients",),
            )

    async def _demo_world(self, *earlier: asyncio.Task[None]) -> None:
        for task in earlier:
            await task
        # The command itself leaves a database alone that holds anything.
        await self._manage_once("demo", sources=(), command=("demo", "--if-empty"))

    async def _web_and_worker(self, *earlier: asyncio.Task[None]) -> None:
        for task in earlier:
            await task
        worker = Part(
            name="worker",
            command=lambda: (_PYTHON, "manage.py", "work"),
            environment=self._environment,
            wait_until_ready=lambda: asyncio.sleep(0),
            watched=self._services,
        )
        await asyncio.gather(
            self._supervisor.start(worker),
            self._serve(
                "web",
                "config.wsgi:application",
                port=self._desk.web,
                probe="/health/live",
                watched=self._services,
            ),
        )

    async def _serve(
        self, name: str, application: str, *, port: Port, probe: str, watched: tuple[Path, ...]
    ) -> None:
        # Granian, one process with threads: see docs/decisions/0003.
        command = (
            *(_PYTHON, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port.number)),
            *("--workers", "1", "--blocking-threads", "4", "--no-ws"),
            *("--log-level", "warning", application),
        )
        url = f"http://{HOST}:{port.number}{probe}"
        await self._supervisor.start(
            Part(name, lambda: command, self._environment, lambda: until_answers(url), watched=watched)
        )

    async def _manage(self, *command: str) -> None:
        await self._supervisor.run_step(command[0], (_PYTHON, "manage.py", *command), self._environment)

    async def _manage_once(self, step: str, *, sources: tuple[Path, ...], command: tuple[str, ...]) -> None:
        done_with = await asyncio.to_thread(
            fingerprint, (*sources, _LOCK), str(self._desk), self._environment["DATABASE_URL"]
        )
        if self._stamps.is_current(step, done_with):
            return
        await self._manage(*command)
        self._stamps.put(step, done_with)


def _is_warning(line: str) -> bool:
    # SeaweedFS tells of every step; its warnings and errors start with a letter and the date.
    return re.match(r"[WEF]\d{4} ", line) is not None
