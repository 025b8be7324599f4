"""One desk: its directory, its ports and the addresses that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CLIENTS = CHECKOUT / "clients"
HOST = "127.0.0.1"
PUBLIC_BUCKET = "quartet-public"


class DeskError(Exception):
    """A variable of the desk has a value that cannot be used; the text names it."""


@dataclass(frozen=True)
class Port:
    """A port, the process that listens there and the variable that chooses another."""

    number: int
    process: str
    variable: str


@dataclass(frozen=True)
class Desk:
    """Where a desk keeps its state and which addresses it has, all on the loopback interface."""

    directory: Path
    web: Port
    identity: Port
    mailbox: Port
    object_store: Port

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Desk:
        """The desk that LOCAL_DIR, WEB_PORT, IDENTITY_PORT, MAILBOX_PORT and S3_PORT describe.

        Raises:
            DeskError: a port is no port, or two are the same.
        """
        desk = cls(
            directory=Path(environment.get("LOCAL_DIR") or CHECKOUT / ".local").resolve(),
            web=_port(environment, "WEB_PORT", "web", 8000),
            identity=_port(environment, "IDENTITY_PORT", "identity", 8001),
            mailbox=_port(environment, "MAILBOX_PORT", "mailbox", 8002),
            object_store=_port(environment, "S3_PORT", "object store", 8333),
        )
        _refuse_same_ports(desk)
        return desk

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every port that a user may choose."""
        return (self.web, self.identity, self.mailbox, self.object_store)

    @property
    def web_url(self) -> str:
        """The services: start page, APIs, admin."""
        return f"http://{HOST}:{self.web.number}"

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
        """The public bucket as browsers read it."""
        return f"{self.object_store_url}/{PUBLIC_BUCKET}"

    @property
    def todos_client_url(self) -> str:
        """The web client of the to-dos."""
        return f"{self.public_url}/clients/todos/index.html"


def _port(environment: Mapping[str, str], variable: str, process: str, default: int) -> Port:
    raw = environment.get(variable) or str(default)
    if not raw.isascii() or not raw.isdigit() or not 1024 <= int(raw) <= 65535:
        raise DeskError(f"{variable} is {raw!r}; expected a port from 1024 to 65535.")
    return Port(int(raw), process, variable)


def _refuse_same_ports(desk: Desk) -> None:
    seen: dict[int, Port] = {}
    for port in desk.ports:
        if port.number in seen:
            other = seen[port.number]
            raise DeskError(
                f"{other.variable} and {port.variable} are both {port.number}; expected two ports."
            )
        seen[port.number] = port
