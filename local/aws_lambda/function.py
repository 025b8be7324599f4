"""A deployed function: as many execution environments as there are events at once, up to a number."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from local.aws_lambda.environment import Definition, ExecutionEnvironment, Outcome

REQUEST_BYTES_MOST = 6 * 1024 * 1024
RESPONSE_BYTES_MOST = 6 * 1024 * 1024


class Throttled(Exception):
    """All environments are busy, and there may be no more."""


class Function:
    """Safe for threads."""

    def __init__(self, definition: Definition, *, logs: Path, concurrency: int = 10) -> None:
        self._definition = definition
        self._logs = logs
        self._concurrency = concurrency
        self._lock = threading.Lock()
        self._idle: list[ExecutionEnvironment] = []
        self._busy: list[ExecutionEnvironment] = []
        # Of everything that happened, for whoever reports.
        self.outcomes: list[Outcome] = []
        self.limited_by = ""

    @property
    def definition(self) -> Definition:
        """What is deployed now."""
        return self._definition

    @property
    def environments(self) -> list[ExecutionEnvironment]:
        """Those that are there."""
        with self._lock:
            return [*self._idle, *self._busy]

    def deploy(self, definition: Definition) -> None:
        """Another version: environments of the old one take no further events."""
        with self._lock:
            self._definition, old, self._idle = definition, self._idle, []
        for environment in old:
            environment.close()

    def invoke(self, body: bytes, *, started: Callable[[ExecutionEnvironment], object] = id) -> Outcome:
        """Answer one event, by an environment that is idle or by a new one.

        `started` is told which, before it gets the event.

        Raises:
            Throttled: there may be no further environment.
        """
        if len(body) > REQUEST_BYTES_MOST:
            said = f"{len(body)} bytes are over the limit of 6 MB."
            return _refused("RequestEntityTooLargeException", said)
        environment, is_cold = self._take()
        failed = environment.start() if is_cold else None
        if failed is not None:
            environment.kill()
        else:
            started(environment)
        outcome = failed or environment.invoke(body)
        if is_cold:
            outcome = replace(outcome, init_seconds=environment.init_seconds)
        self._give_back(environment)
        if not outcome.error and len(outcome.body) > RESPONSE_BYTES_MOST:
            said = f"Response payload size ({len(outcome.body)} bytes) exceeded maximum allowed payload size."
            outcome = _refused("Function.ResponseSizeTooLarge", said)
        self.outcomes.append(outcome)
        return outcome

    def invoke_json(self, event: object) -> Outcome:
        """The same with a value."""
        return self.invoke(json.dumps(event).encode())

    def close(self) -> None:
        """End all environments."""
        with self._lock:
            gone, self._idle = self._idle, []
        for environment in gone:
            environment.close()

    def _take(self) -> tuple[ExecutionEnvironment, bool]:
        with self._lock:
            while self._idle:
                environment = self._idle.pop()
                if environment.is_alive():
                    self._busy.append(environment)
                    return environment, False
                environment.close()
            if len(self._busy) >= self._concurrency:
                raise Throttled(f"{self._definition.name} has {self._concurrency} events at once.")
            environment = ExecutionEnvironment(self._definition, logs=self._logs)
            self._busy.append(environment)
            self.limited_by = environment.limited_by
        return environment, True

    def _give_back(self, environment: ExecutionEnvironment) -> None:
        with self._lock:
            self._busy.remove(environment)
            stays = environment.is_alive() and environment.definition is self._definition
            if stays:
                environment.freeze()
                self._idle.append(environment)
        if not stays:
            environment.close()


def _refused(kind: str, said: str) -> Outcome:
    body = json.dumps({"errorType": kind, "errorMessage": said}).encode()
    return Outcome(body=body, error="Unhandled", seconds=0.0)
