"""Functions to measure: their environments are started, asked and ended here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.cloud.packages import PYTHON
from bench.databases import DurablePostgres
from bench.results import ROOT
from deploy.interpreter import find_interpreter
from local.aws_lambda.environment import Definition, ExecutionEnvironment, Outcome
from local.aws_lambda.gateway import event_of
from local.aws_lambda.runtime_client import runtime_client
from local.aws_lambda.unpacked import remove, unpack
from tests.issuer import Issuer

HELLO = "hello"


@dataclass(frozen=True)
class Subject:
    """A stage, and what a client of its service asks all the time."""

    stage: str
    services: str
    path: str
    is_for_staff: bool = False


SUBJECTS = {
    "all services": Subject("staging", "accounts,todos,blog,updates", "/api/todos/v1/todos"),
    "accounts": Subject("staging_accounts", "accounts", "/api/accounts/v1/me"),
    "todos": Subject("staging_todos", "todos", "/api/todos/v1/todos"),
    "blog": Subject("staging_blog", "blog", "/api/blog/v1/posts", is_for_staff=True),
    "updates": Subject("staging_updates", "updates", "/api/updates/v1/products", is_for_staff=True),
}


@dataclass(frozen=True)
class Sample:
    """One environment, from its start: milliseconds and megabytes."""

    init: float
    first: float
    first_of_api: float
    warm: tuple[float, ...]
    peak: float

    @property
    def cold(self) -> float:
        """What a person waits who comes first."""
        return self.init + self.first

    def __str__(self) -> str:
        middle = sorted(self.warm)[len(self.warm) // 2]
        return (
            f"init {self.init:.0f} ms, first {self.first:.0f} ms,"
            f" first of the API {self.first_of_api:.0f} ms, warm {middle:.1f} ms, peak {self.peak:.0f} MB"
        )


class World:
    """PostgreSQL with the tables of all services, and an issuer."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._unpacked: dict[str, Path] = {}
        self._stack = ExitStack()

    def __enter__(self) -> World:
        postgres = DurablePostgres(self.directory / "postgres")
        self._stack.enter_context(postgres)
        self.issuer = Issuer()
        self._stack.callback(self.issuer.stop)
        self.variables = {
            **self.issuer.environment(),
            "DATABASE_URL": postgres.database("bench"),
            "SECRET_KEY": "a-key-for-benchmarks-alone-that-is-long-enough-for-production",
            "WEB_URL": "http://127.0.0.1:9",
            "PUBLIC_URL": "http://127.0.0.1:9",
            "S3_ENDPOINT_URL": "http://127.0.0.1:9",
            "ALLOWED_HOSTS": "127.0.0.1",
            "REHEARSAL": "true",
            "LOG_LEVEL": "WARNING",
        }
        environment = {**os.environ, **self.variables, "DEPLOYMENT": "local", "ENVIRONMENT_FILE": ""}
        command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for path in self._unpacked.values():
            remove(path)
        self._stack.close()

    def unpack(self, name: str, package: Path) -> None:
        """Make a subject's package ready to run."""
        self._unpacked[name] = unpack(package, self.directory / "unpacked")

    def start(self, name: str, megabytes: int) -> ExecutionEnvironment:
        """A fresh environment, started.

        Raises:
            RuntimeError: it does not start; why.
        """
        environment = ExecutionEnvironment(self._definition(name, megabytes), logs=self.directory / "logs")
        if failed := environment.start():
            environment.close()
            raise RuntimeError(f"{name} does not start: {failed.body.decode()} {failed.log}")
        return environment

    def sample(self, name: str, megabytes: int, *, requests: int) -> Sample:
        """Start one, ask it, end it."""
        environment = self.start(name, megabytes)
        try:
            first = _asked(environment, "/" if name == HELLO else "/health/live")
            api = _asked(environment, *self.request(name))
            warm = [_asked(environment, *self.request(name)) for _ in range(requests)]
            return Sample(
                init=environment.init_seconds * 1000,
                first=first.seconds * 1000,
                first_of_api=api.seconds * 1000,
                warm=tuple(outcome.seconds * 1000 for outcome in warm),
                peak=warm[-1].peak_megabytes,
            )
        finally:
            environment.close()

    def request(self, name: str) -> tuple[str, Mapping[str, str]]:
        """What a client asks all the time: path and headers."""
        if name == HELLO:
            return "/", {}
        subject = SUBJECTS[name]
        token = self.issuer.token()
        if subject.is_for_staff:
            groups = {"cognito:groups": ["editors"]}
            token = self.issuer.token(
                "edith", client_id="quartet-tour", scope="blog/read updates/read", **groups
            )
        return subject.path, {"Authorization": f"Bearer {token}"}

    def _definition(self, name: str, megabytes: int) -> Definition:
        interpreter = find_interpreter(PYTHON)
        assert interpreter is not None
        return Definition(
            name=name.replace(" ", "-"),
            arn=f"arn:aws:lambda:us-east-1:123456789012:function:{name.replace(' ', '-')}",
            handler="handler.lambda_handler" if name == HELLO else "config.lambda_entry.handle",
            directory=self._unpacked[name],
            variables={} if name == HELLO else self._function_variables(SUBJECTS[name]),
            megabytes=megabytes,
            seconds=60,
            interpreter=interpreter,
            runtime=runtime_client(PYTHON),
        )

    def _function_variables(self, subject: Subject) -> dict[str, str]:
        return {**self.variables, "DEPLOYMENT": "production", "SERVICES": subject.services}


def ask(environment: ExecutionEnvironment, path: str, headers: Mapping[str, str]) -> tuple[Outcome, Any]:
    """One GET by way of API Gateway's event: how it went, and the answer."""
    message = Message()
    for name, value in {"Host": "127.0.0.1", "Accept": "application/json", **headers}.items():
        message[name] = value
    event = event_of(
        method="GET",
        target=path,
        headers=message,
        body=b"",
        source_ip="127.0.0.1",
        scheme="https",
        stage="",
    )
    outcome = environment.invoke(json.dumps(event).encode())
    return outcome, outcome.json()


def _asked(environment: ExecutionEnvironment, path: str, headers: Mapping[str, str] | None = None) -> Outcome:
    outcome, answer = ask(environment, path, headers or {})
    if outcome.error or answer["statusCode"] != 200:
        raise RuntimeError(f"{path} was answered {answer}\n{outcome.log}")
    return outcome
