"""The system that the tour walks through: its addresses, and what a right answer is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.environment import load_environment_file

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


@dataclass(frozen=True)
class System:
    """Where things are. The names of the variables are those of the services (docs/configuration.md)."""

    authorization_url: str
    token_url: str
    accounts_api: str
    todos_api: str
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
            client_id=os.environ.get("TOUR_CLIENT_ID") or "quartet-tour",
            redirect_uri=_address("TOUR_REDIRECT", "http://127.0.0.1:8003/callback"),
        )


def _address(variable: str, default: str) -> str:
    return (os.environ.get(variable) or default).rstrip("/")
