"""`manage.py publish_clients`: the web clients into the public bucket."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chassis.errors import Unavailable
from chassis.web_clients import RULE, client_folders, files_of, publish, tell_edge


class Command(BaseCommand):
    """Puts every folder of `clients/` under `clients/<name>/`, with a `config.json` for this deployment."""

    help = "Put the web clients into the public bucket, each with a config.json made from the settings."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument(
            "--client-id",
            action="append",
            default=[],
            metavar="NAME=ID",
            help="The issuer's id of a client; without it NAME-web. Cognito makes ids of its own.",
        )

    def handle(self, *args: Any, client_id: Sequence[str], **options: Any) -> str:
        """A sentence with what was published, and where."""
        root = settings.BASE_DIR / "clients"
        try:
            folders = client_folders(root)
        except FileNotFoundError as error:
            raise CommandError(
                "There is no folder clients/ here: the package of the services has none. "
                "Run publish_clients in a checkout, with the settings of the deployment."
            ) from error
        ids = self._client_ids(client_id, known={folder.name for folder in folders})
        lines, changed = [], []
        for folder in folders:
            files = list(files_of(folder, client_id=ids.get(folder.name, f"{folder.name}-web")))
            changed += publish(files)
            lines.append(f"{len(files)} files at {settings.PUBLIC_URL}/clients/{folder.name}/index.html")
        if changed:
            self._tell_edge(changed)
        return "\n".join(lines) or "clients/ holds no web client."

    def _tell_edge(self, changed: Sequence[str]) -> None:
        try:
            tell_edge(changed)
        except Unavailable as error:
            # On a desk the edge may start after the clients are published.
            self.stderr.write(f"{error.detail} It may show the old files for {RULE.edge_seconds} s more.")

    def _client_ids(self, given: Sequence[str], *, known: set[str]) -> dict[str, str]:
        ids: dict[str, str] = {}
        for entry in given:
            name, _, value = entry.partition("=")
            if name not in known or not value:
                raise CommandError(f"--client-id {entry!r}: expected NAME=ID, NAME out of {sorted(known)}.")
            ids[name] = value
        return ids
