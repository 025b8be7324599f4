"""One desk: its directory, its shape, its ports and the addresses that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from local.edge.nginx import find_nginx
from local.loopback import HOST
from local.object_store import PUBLIC_BUCKET

CHECKOUT = Path(__file__).resolve().parents[2]
CLIENTS = CHECKOUT / "clients"
# The ports of the services but the first, where each runs alone: this one and the next ones.
_FIRST_SPLIT_PORT = 8011
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


class DeskError(Exception):
    """A variable of the desk has a value that cannot be used; the text names it."""


@dataclass(frozen=True)
class Port:
    """A port, the process that listens there and the variable that chooses another."""

    number: int
    process: str
    variable: str


@dataclass(frozen=True)
class Site:
    """A web process as people meet it: its name, the services that it runs, its port."""

    name: str
    services: tuple[str, ...]
    port: Port

    @property
    def url(self) -> str:
        """Start page, APIs, admin."""
        return f"http://{HOST}:{self.port.number}"


@dataclass(frozen=True)
class Desk:
    """Where a desk keeps its state and which addresses it has, all on the loopback interface."""

    directory: Path
    sites: tuple[Site, ...]
    files: Port
    identity: Port
    mailbox: Port
    object_store: Port
    is_split: bool = False
    has_edge: bool = True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Desk:
        """The desk that LOCAL_DIR, SPLIT, SERVICES and the variables of the ports describe.

        Raises:
            DeskError: a value is none, two ports are the same, or one database is to be several.
        """
        is_split = _is_true(environment, "SPLIT")
        if is_split and environment.get("DATABASE_URL"):
            raise DeskError(
                "DATABASE_URL is one database, and with SPLIT each service has its own; "
                "choose them with ACCOUNTS_DATABASE_URL and its like."
            )
        desk = cls(
            directory=Path(environment.get("LOCAL_DIR") or CHECKOUT / ".local").resolve(),
            sites=_sites(environment, is_split=is_split),
            files=_port(environment, "EDGE_FILES_PORT", "edge", 8080),
            identity=_port(environment, "IDENTITY_PORT", "identity", 8001),
            mailbox=_port(environment, "MAILBOX_PORT", "mailbox", 8002),
            object_store=_port(environment, "S3_PORT", "object store", 8333),
            is_split=is_split,
            has_edge=find_nginx() is not None,
        )
        _refuse_same_ports(desk)
        return desk

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every port that a user may choose."""
        files = (self.files,) if self.has_edge else ()
        return (*(site.port for site in self.sites), *files, self.identity, self.mailbox, self.object_store)

    @property
    def web_url(self) -> str:
        """The services, or the first of them: start page, APIs, admin."""
        return self.sites[0].url

    @property
    def identity_url(self) -> str:
        """The issuer, letter for letter."""
        return f"http://{HOST}:{self.identity.number}"

    @property
    def mailbox_url(self) -> str:
        """The page of sent mails, and where mail is handed over."""
        return f"http://{HOST}:{self.mailbox.number}"

    @property
    def object_store_url(self) -> str:
        """S3 and STS."""
        return f"http://{HOST}:{self.object_store.number}"

    @property
    def public_url(self) -> str:
        """The public bucket as browsers read it: at the edge, or where there is none, in the store."""
        return (
            f"http://{HOST}:{self.files.number}"
            if self.has_edge
            else f"{self.object_store_url}/{PUBLIC_BUCKET}"
        )

    @property
    def public_origin(self) -> str:
        """The origin of the pages in the public bucket (RFC 6454)."""
        return f"http://{HOST}:{self.files.number}" if self.has_edge else self.object_store_url

    @property
    def todos_client_url(self) -> str:
        """The web client of the to-dos."""
        return f"{self.public_url}/clients/todos/index.html"


def _sites(environment: Mapping[str, str], *, is_split: bool) -> tuple[Site, ...]:
    """One site for all services, or one for each; people find the first at WEB_PORT."""
    web = _port(environment, "WEB_PORT", "web", 8000)
    chosen = {name.strip() for name in environment.get("SERVICES", "").split(",")} - {""}
    services = tuple(name for name in settings.KNOWN_SERVICES if not chosen or name in chosen)
    if not is_split or not services:
        return (Site("web", services, web),)
    first, *others = services
    return (
        Site(first, (first,), Port(web.number, first, web.variable)),
        *(Site(name, (name,), _port_of_service(environment, name)) for name in others),
    )


def _port_of_service(environment: Mapping[str, str], name: str) -> Port:
    place = settings.KNOWN_SERVICES.index(name) - 1
    return _port(environment, f"{name.upper()}_PORT", name, _FIRST_SPLIT_PORT + max(place, 0))


def _port(environment: Mapping[str, str], variable: str, process: str, default: int) -> Port:
    raw = environment.get(variable) or str(default)
    if not raw.isascii() or not raw.isdigit() or not 1024 <= int(raw) <= 65535:
        raise DeskError(f"{variable} is {raw!r}; expected a port from 1024 to 65535.")
    return Port(int(raw), process, variable)


def _is_true(environment: Mapping[str, str], variable: str) -> bool:
    raw = environment.get(variable, "").strip().lower()
    if raw not in (*_TRUE, *_FALSE):
        raise DeskError(f"{variable} is {raw!r}; expected 1 or nothing.")
    return raw in _TRUE


def _refuse_same_ports(desk: Desk) -> None:
    seen: dict[int, Port] = {}
    for port in desk.ports:
        if port.number in seen:
            other = seen[port.number]
            raise DeskError(
                f"{other.variable} and {port.variable} are both {port.number}; expected two ports."
            )
        seen[port.number] = port
