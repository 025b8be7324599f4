"""`manage.py configuration`: the table of every environment variable, as a page of the repository."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from runpy import run_path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand

from chassis.committed import Printed, write_or_check

if TYPE_CHECKING:
    from config.environment import Variable

_HEAD = """# Configuration

Everything that differs between a desk and the cloud is an environment variable. This page is printed
by `python manage.py configuration` from the declarations in `config/settings.py`; do not edit it.

A wrong value stops the start with the variable's name and what is expected. With
`DEPLOYMENT=production` a process also refuses values that are fit for a desk only: the default
secret key, debug pages, `*` hosts, SQLite, plain-http addresses.

On a desk `make run` chooses keys and addresses and writes them to `.local/environment`, so every
other command of the checkout speaks to the running desk. The process's own environment wins over
that file. Its own variables, such as ports, are in [local.md](local.md) and [identity.md](identity.md).

`CHECKOUT` below is the directory of this repository. *Secret* values are never shown or logged.
"""


class Command(BaseCommand):
    """Write or check `docs/configuration.md`."""

    help = "Write docs/configuration.md from the declared environment variables."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("--check", action="store_true", help="Only compare; fail where they differ.")

    def handle(self, *args: Any, check: bool, **options: Any) -> str:
        """Print from the declarations, or compare."""
        root = settings.BASE_DIR
        page = Printed(root / "docs" / "configuration.md", configuration_page(declared_variables()))
        return write_or_check([page], root=root, check=check, command="configuration")


def declared_variables() -> list[Variable]:
    """What the settings declare in an empty environment, and what installed apps declare beside them.

    Many defaults follow from others, so the settings are read anew: what happens to be set here, or
    by a running desk, must not show.
    """
    with _empty_environment():
        variables = list(run_path(str(settings.BASE_DIR / "config" / "settings.py"))["env"].declared.values())
    for config in apps.get_app_configs():
        variables += getattr(config, "variables", ())
    return variables


@contextmanager
def _empty_environment() -> Iterator[None]:
    kept = dict(os.environ)
    os.environ.clear()
    os.environ["ENVIRONMENT_FILE"] = os.devnull
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def configuration_page(variables: Iterable[Variable]) -> str:
    """The whole page, one table for each section."""
    parts = [_HEAD]
    for section, group in groupby(variables, key=lambda variable: variable.section):
        parts.append(
            f"## {section}\n\n| variable | type | default | effect |\n|---|---|---|---|\n{_rows(group)}"
        )
    return "\n".join(parts)


def _rows(variables: Iterable[Variable]) -> str:
    return "".join(
        f"| `{variable.name}` | {_kind(variable)} | {_default(variable)} | {variable.effect} |\n"
        for variable in variables
    )


def _kind(variable: Variable) -> str:
    return f"{variable.kind}, *secret*" if variable.secret else variable.kind


def _default(variable: Variable) -> str:
    # No path of the machine that printed the page.
    shown = variable.default.replace(str(settings.BASE_DIR), "CHECKOUT")
    return f"`{shown}`" if shown else "empty"
