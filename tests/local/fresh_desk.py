"""A whole desk on free ports, with nothing in it yet."""

from __future__ import annotations

import random
import signal
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.local.programs import Program

PORT_VARIABLES = ("WEB_PORT", "EDGE_FILES_PORT", "IDENTITY_PORT", "MAILBOX_PORT", "S3_PORT")
SPLIT_PORT_VARIABLES = ("TODOS_PORT", "BLOG_PORT", "UPDATES_PORT")
# Long enough for a first start on a slow machine that does other work as well.
START_SECONDS = 400.0
READY = "Quartet is ready"
CLIENTS_NEVER_USE = (10240, 32768)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, below those that systems hand out to clients by themselves."""
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            listener = held.enter_context(socket.socket())
            number = random.randrange(*CLIENTS_NEVER_USE)
            try:
                listener.bind(("127.0.0.1", number))
            except OSError:
                continue
            found.append(number)
    return found


class FreshDesk:
    """`make run`, or `make run SPLIT=1`, as a program in the background, in a directory of its own."""

    def __init__(self, directory: Path, *, is_split: bool = False) -> None:
        self.directory = directory
        variables = (*PORT_VARIABLES, *(SPLIT_PORT_VARIABLES if is_split else ()))
        ports = map(str, free_ports(len(variables)))
        self.environment: Mapping[str, str] = {
            **dict(zip(variables, ports, strict=True)),
            **({"SPLIT": "1"} if is_split else {}),
            "LOCAL_DIR": str(directory),
            "ENVIRONMENT_FILE": str(directory / "environment"),
            "LOG_LEVEL": "INFO",
        }
        self.web_url = self.url_at("WEB_PORT")
        self.files_url = self.url_at("EDGE_FILES_PORT")
        self.program = self.launch()

    def url_at(self, variable: str) -> str:
        """The address at the port that a variable chose."""
        return f"http://127.0.0.1:{self.environment[variable]}"

    def launch(self, **environment: str) -> Program:
        """Start `manage.py platform`, without waiting for anything."""
        self.program = Program("manage.py", "platform", environment={**self.environment, **environment})
        return self.program

    def wait_until_ready(self) -> None:
        """Return when the block with the addresses was printed."""
        self.program.wait_for(READY, seconds=START_SECONDS)

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        if self.program.process.poll() is None:
            self.program.send(signal.SIGINT)
        return self.program.wait()
