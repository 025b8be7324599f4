"""The system that the tour walks through: its addresses, and what a right answer is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from config.environment import load_environment_file

T = TypeVar("T")

CHECKOUT = Path(__file__).resolve().parents[2]


class WrongAnswer(Exception):
    """The system did not do what it should."""


def expect(what: str, got: Any, wanted: Any) -> None:
    """Go on only if the system answered as it should.

    Raises:
        WrongAnswer: with both values.
    """
    if got != wanted:
        raise WrongAnswer(f"{what}\n  expected: {wanted!r}\n  got:      {got!r}")


def wait_for(what: str, look: Callable[[], T | None], *, seconds: float = 90.0) -> T:
    """What `look` finds, as soon as it finds something: background work takes its time.

    Raises:
        WrongAnswer: the time is up.
    """
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise WrongAnswer(f"{what}: not within {seconds:.0f} s.")
        time.sleep(0.2)
    return found


@dataclass(frozen=True)
class System:
    """Where things are. The names of the variables are those of the services (docs/configuration.md)."""

    authorization_url: str
    token_url: str
    accounts_api: str
    todos_api: str
    blog_api: str
    updates_api: str
    public_url: str
    mailbox_url: str
    client_id: str
    redirect_uri: str

    @classmethod
    def from_environment(cls) -> System:
        """The system that the environment names; by default the desk of this checkout, if it runs."""
        directory = Path(os.environ.get("LOCAL_DIR") or CHECKOUT / ".local")
        load_environment_file(Path(os.environ.get("ENVIRONMENT_FILE") or directory / "environment"))
        web = _address("WEB_URL", "http://127.0.0.1:8000")
        issuer = _address("OIDC_ISSUER", "http://127.0.0.1:8001")
        return cls(
            authorization_url=_address("OIDC_AUTHORIZATION_URL", f"{issuer}/identity/o/authorize"),
            token_url=_address("OIDC_TOKEN_URL", f"{issuer}/identity/o/api/token"),
            accounts_api=f"{_address('ACCOUNTS_URL', web)}/api/accounts/v1",
            todos_api=f"{_address('TODOS_URL', web)}/api/todos/v1",
            blog_api=f"{_address('BLOG_URL', web)}/api/blog/v1",
            updates_api=f"{_address('UPDATES_URL', web)}/api/updates/v1",
            public_url=_address("PUBLIC_URL", "http://127.0.0.1:8080"),
            mailbox_url=_address("SES_ENDPOINT_URL", "http://127.0.0.1:8002"),
            client_id=os.environ.get("TOUR_CLIENT_ID") or "quartet-tour",
            redirect_uri=_address("TOUR_REDIRECT", "http://127.0.0.1:8003/callback"),
        )


def _address(variable: str, default: str) -> str:
    return (os.environ.get(variable) or default).rstrip("/")
