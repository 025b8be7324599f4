"""The order in which a desk comes up: as much at once as depends on nothing else."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from local.edge.server import Edge
from local.loopback import HOST
from local.object_store import ObjectStore
from local.platform.desk import CHECKOUT, CLIENTS, Desk, Site
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
    """Brings one desk up. `environments` has the variables of each site's processes, by the site's name."""

    def __init__(
        self,
        desk: Desk,
        *,
        supervisor: Supervisor,
        store: ObjectStore,
        edge: Edge | None,
        environment: Mapping[str, str],
        environments: Mapping[str, Mapping[str, str]],
    ) -> None:
        self._desk = desk
        self._supervisor = supervisor
        self._store = store
        self._edge = edge
        self._environment = environment
        self._environments = environments
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
            edge = group.create_task(self._edge_with_invalidations())
            buckets = group.create_task(self._object_store_with_buckets())
            files = group.create_task(self._files_in_the_public_bucket(buckets, edge))
            group.create_task(self._mailbox())
            group.create_task(self._identity(people))
            for site in self._desk.sites:
                tables = group.create_task(self._manage(site, "migrate", "--no-input", "--verbosity=0"))
                world = group.create_task(self._demo_world(site, tables, buckets, people, edge))
                group.create_task(self._web_and_worker(site, files, world))

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
            self._desk.sites[0],
            "buckets",
            sources=(CHECKOUT / "chassis", CHECKOUT / "config" / "settings.py"),
            command=("buckets",),
        )

    async def _edge_with_invalidations(self) -> None:
        edge = self._edge
        if edge is None:
            return
        parts = (
            Part("edge", edge.command, self._environment, lambda: until_answers(edge.probe_url)),
            Part(
                "invalidations",
                edge.invalidations_command,
                self._environment,
                lambda: until_answers(f"{edge.invalidations_url}/"),
                watched=(CHECKOUT / "local" / "edge",),
            ),
        )
        await asyncio.gather(*(self._supervisor.start(part) for part in parts))

    async def _prepare_identity(self) -> None:
        await self._supervisor.run_step(
            "identity-setup", (_PYTHON, "-m", "local.identity", "prepare"), self._environment
        )

    async def _identity(self, people: asyncio.Task[None]) -> None:
        await people
        await self._serve(
            "identity",
            "local.identity.wsgi:application",
            port=self._desk.identity.number,
            probe="/.well-known/openid-configuration",
            watched=_IDENTITY,
        )

    async def _mailbox(self) -> None:
        await self._serve(
            "mailbox",
            "local.mailbox.wsgi:application",
            port=self._desk.mailbox.number,
            probe="/api/mails",
            watched=_MAILBOX,
        )

    async def _files_in_the_public_bucket(self, *earlier: asyncio.Task[None]) -> None:
        for task in earlier:
            await task
        # One manifest of all services' files: each process looks up its own in it.
        first = self._desk.sites[0]
        every = {"SERVICES": ",".join(name for site in self._desk.sites for name in site.services)}
        await self._manage_once(
            first,
            "collectstatic",
            sources=self._services,
            command=("collectstatic", "--no-input", "--verbosity=0"),
            variables=every,
        )
        if CLIENTS.is_dir():
            await self._manage_once(
                first,
                "publish_clients",
                sources=(CLIENTS, CHECKOUT / "chassis", CHECKOUT / "config"),
                command=("publish_clients",),
            )

    async def _demo_world(self, site: Site, *earlier: asyncio.Task[None]) -> None:
        for task in earlier:
            await task
        # The command itself leaves a database alone that holds anything.
        await self._manage_once(site, "demo", sources=(), command=("demo", "--if-empty"))

    async def _web_and_worker(self, site: Site, *earlier: asyncio.Task[None]) -> None:
        for task in earlier:
            await task
        environment = self._environments[site.name]
        worker = Part(
            name=f"{site.name}-worker" if self._desk.is_split else "worker",
            command=lambda: (_PYTHON, "manage.py", "work"),
            environment=environment,
            wait_until_ready=lambda: asyncio.sleep(0),
            watched=self._services,
        )
        await asyncio.gather(
            self._supervisor.start(worker),
            self._serve(
                site.name,
                "config.wsgi:application",
                port=self._inner_port(site),
                probe="/health/live",
                watched=self._services,
                environment=environment,
            ),
        )

    def _inner_port(self, site: Site) -> int:
        """Where the process itself listens: behind the edge, or where people look for it."""
        if self._edge is None:
            return site.port.number
        return next(process.inner_port for process in self._edge.web if process.name == site.name)

    async def _serve(
        self,
        name: str,
        application: str,
        *,
        port: int,
        probe: str,
        watched: tuple[Path, ...],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        # Granian, one process with threads: see docs/decisions/0003.
        command = (
            *(_PYTHON, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)),
            *("--workers", "1", "--blocking-threads", "4", "--no-ws"),
            *("--log-level", "warning", application),
        )
        url = f"http://{HOST}:{port}{probe}"
        await self._supervisor.start(
            Part(
                name,
                lambda: command,
                environment or self._environment,
                lambda: until_answers(url),
                watched=watched,
            )
        )

    async def _manage(self, site: Site, *command: str, variables: Mapping[str, str] | None = None) -> None:
        name = f"{command[0]} {site.name}" if self._desk.is_split else command[0]
        environment = {**self._environments[site.name], **(variables or {})}
        await self._supervisor.run_step(name, (_PYTHON, "manage.py", *command), environment)

    async def _manage_once(
        self,
        site: Site,
        step: str,
        *,
        sources: tuple[Path, ...],
        command: tuple[str, ...],
        variables: Mapping[str, str] | None = None,
    ) -> None:
        database_url = self._environments[site.name]["DATABASE_URL"]
        done_with = await asyncio.to_thread(
            fingerprint, (*sources, _LOCK), str(self._desk), database_url, *command
        )
        step = f"{step}.{site.name}" if self._desk.is_split else step
        if self._stamps.is_current(step, done_with):
            return
        await self._manage(site, *command, variables=variables)
        self._stamps.put(step, done_with)


def _is_warning(line: str) -> bool:
    # SeaweedFS tells of every step; its warnings and errors start with a letter and the date.
    return re.match(r"[WEF]\d{4} ", line) is not None
