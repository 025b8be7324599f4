"""Typed reading of environment variables, each with its effect in words.

Every variable is declared where it is read, so `manage.py configuration` can print the whole
table (`docs/configuration.md`) from one source, and a wrong value stops the start with the
variable's name and what is expected.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off"}


@dataclass(frozen=True)
class Variable:
    """One declared environment variable, as the documentation shows it."""

    name: str
    kind: str
    default: str
    effect: str
    secret: bool
    section: str


class Environment:
    """Reads declared variables from a mapping and remembers every declaration.

    Raises:
        ImproperlyConfigured: from any reader, naming the variable and the expected form.
    """

    def __init__(self, source: Mapping[str, str] | None = None) -> None:
        self._source = os.environ if source is None else source
        self.declared: dict[str, Variable] = {}
        self._section = ""

    def section(self, title: str) -> None:
        """What is declared from here on stands under this heading in the documentation."""
        self._section = title

    def text(self, name: str, *, effect: str, default: str = "", secret: bool = False) -> str:
        """A string; surrounding white space is dropped."""
        return self._read(name, "text", default, effect, lambda raw: raw, secret=secret)

    def choice(self, name: str, *, effect: str, default: str, choices: tuple[str, ...]) -> str:
        """One word out of `choices`."""

        def parse(raw: str) -> str:
            if raw not in choices:
                raise ValueError(f"one of: {', '.join(choices)}")
            return raw

        return self._read(name, f"one of {', '.join(choices)}", default, effect, parse)

    def boolean(self, name: str, *, effect: str, default: bool) -> bool:
        """`true` or `false` (also 1/0, yes/no, on/off)."""

        def parse(raw: str) -> bool:
            if raw.lower() in _TRUE:
                return True
            if raw.lower() in _FALSE:
                return False
            raise ValueError("true or false")

        return self._read(name, "true or false", default, effect, parse)

    def integer(
        self, name: str, *, effect: str, default: int, least: int = 0, most: int | None = None
    ) -> int:
        """A whole number within `least` and `most`, both allowed."""
        expected = f"a whole number from {least}" + (f" to {most}" if most is not None else "")

        def parse(raw: str) -> int:
            try:
                number = int(raw)
            except ValueError:
                raise ValueError(expected) from None
            if number < least or (most is not None and number > most):
                raise ValueError(expected)
            return number

        return self._read(name, expected, default, effect, parse)

    def words(
        self, name: str, *, effect: str, default: tuple[str, ...] = (), known: frozenset[str] | None = None
    ) -> tuple[str, ...]:
        """Words separated by commas; with `known`, only those are allowed."""

        def parse(raw: str) -> tuple[str, ...]:
            found = tuple(word.strip() for word in raw.split(",") if word.strip())
            if known is not None and (strange := sorted(set(found) - known)):
                raise ValueError(f"words out of {', '.join(sorted(known))} (found {', '.join(strange)})")
            return found

        return self._read(name, "words, separated by commas", ",".join(default), effect, parse)

    def origin(self, name: str, *, effect: str, default: str = "") -> str:
        """An http(s) address without a trailing slash, or nothing."""

        def parse(raw: str) -> str:
            if raw and not _is_origin(raw):
                raise ValueError("an address that starts with https:// (or http:// on one desk)")
            return raw.rstrip("/")

        return self._read(name, "address", default, effect, parse)

    def scopes_by_client(self, name: str, *, effect: str, default: str = "") -> dict[str, frozenset[str]]:
        """`client=scope scope;client=scope`, as a mapping of client ids to scopes."""
        expected = "client=scope scope;client=scope"

        def parse(raw: str) -> dict[str, frozenset[str]]:
            clients: dict[str, frozenset[str]] = {}
            for entry in filter(None, (part.strip() for part in raw.split(";"))):
                client, sign, scopes = entry.partition("=")
                if not sign or not client.strip():
                    raise ValueError(expected)
                clients[client.strip()] = frozenset(scopes.split())
            return clients

        return self._read(name, expected, default, effect, parse)

    def database(self, name: str, *, effect: str, default: str) -> dict[str, Any]:
        """A database address such as `sqlite:///PATH` or `postgres://user:password@host:5432/name`."""

        def parse(raw: str) -> dict[str, Any]:
            if not raw:
                return {}
            if not raw.startswith(("sqlite:", "postgres:", "postgresql:")):
                raise ValueError("sqlite:///PATH or postgres://user:password@host:port/name")
            return dict(environ.Env.db_url_config(raw))

        return self._read(name, "database address", default, effect, parse, secret=True)

    def _read(
        self,
        name: str,
        kind: str,
        default: Any,
        effect: str,
        parse: Callable[[str], T],
        *,
        secret: bool = False,
    ) -> T:
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        self.declared[name] = Variable(name, kind, shown, effect, secret, self._section)
        raw = self._source.get(name, shown).strip()
        try:
            return parse(raw)
        except ValueError as error:
            given = "a value that is not shown" if secret else repr(raw)
            raise ImproperlyConfigured(f"{name} is {given}; expected {error}.") from None


def _is_origin(raw: str) -> bool:
    """Whether it is scheme, host, perhaps port and path: nothing that a redirect could be bent with."""
    try:
        parts = urlsplit(raw)
        plain = not (parts.username or parts.query or parts.fragment) and parts.port != 0
    except ValueError:  # a port that is no number
        return False
    plain = plain and not set(raw) & set(" \\\"'")
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain


# What files added to the process's environment.
_added: set[str] = set()


def load_environment_file(path: Path) -> None:
    """Add the variables of a `NAME=value` file to the process's own, which win over it."""
    if path.is_file():
        given = set(os.environ)
        environ.Env.read_env(path, overwrite=False)
        _added.update(set(os.environ) - given)


def environment_file_of(path: Path, *, services: str) -> Path:
    """The file beside it that is one service's own, where a desk runs each service by itself."""
    own = path.with_name(f"{path.name}.{services}") if path.name and services.isalnum() else path
    return own if own.is_file() else path


def given_environment() -> dict[str, str]:
    """The process's environment as it was given, without what a file added."""
    return {name: value for name, value in os.environ.items() if name not in _added}
