"""`manage.py platform`: the cloud on the desk, in the foreground."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.environment import given_environment
from local.platform.desk import Desk, DeskError
from local.platform.run import run_desk
from local.platform.supervisor import StartError
from local.platform.terminal import Terminal


class Command(BaseCommand):
    """Starts and supervises every process of the desk."""

    help = (
        "Start the cloud on the desk: object store, edge, identity provider, mailbox, web process and task "
        "worker; with SPLIT=1 a web process and a worker for each service. Ctrl-C stops everything. "
        "Ports: WEB_PORT, EDGE_FILES_PORT, IDENTITY_PORT, MAILBOX_PORT, S3_PORT; state: LOCAL_DIR "
        "(default .local)."
    )
    # The services' own checks run in their processes.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop.

        Raises:
            CommandError: a variable is wrong, a port is taken, or a desk runs here already.
        """
        given = given_environment()
        try:
            code = run_desk(Desk.from_environment(given), given=given, terminal=Terminal(width=15))
        except (DeskError, StartError) as error:
            raise CommandError(str(error)) from error
        if code:
            sys.exit(code)
