"""One execution environment: starts the runtime, gives it one event at a time, freezes it in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.aws_lambda.limits import limits_for, peak_megabytes
from local.aws_lambda.runtime_api import Event, RuntimeApi

# A start that takes longer is begun again, within the function's own time. Here it may go on.
INIT_SECONDS = 10.0
# A process on a leash ends with the thread that started it, so one thread starts all and never ends.
_launcher = ThreadPoolExecutor(1, thread_name_prefix="launcher")
_LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class Definition:
    """A function as it is deployed."""

    name: str
    arn: str
    handler: str
    directory: Path
    variables: dict[str, str]
    megabytes: int
    seconds: float
    # The interpreter of the runtime, and the directory of awslambdaric.
    interpreter: str
    runtime: Path
    version: str = "$LATEST"
    # Directories of layers: /opt/python on Lambda.
    layers: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How an invocation went."""

    body: bytes
    # Empty: it went well. `Handled` and `Unhandled` as Lambda's header says.
    error: str
    seconds: float
    # Of the start, where this invocation had to wait for one.
    init_seconds: float = 0.0
    peak_megabytes: float = 0.0
    log: str = field(default="", repr=False)

    def json(self) -> Any:
        """The answer as a value."""
        return json.loads(self.body or b"null")


class ExecutionEnvironment:
    """Not safe for two invocations at once, as Lambda's are not."""

    def __init__(self, definition: Definition, *, logs: Path) -> None:
        self.definition = definition
        self.name = uuid.uuid4().hex[:12]
        self.is_frozen = False
        self.invocations = 0
        self.init_seconds = 0.0
        self.last_used_at = time.monotonic()
        self._limits = limits_for(definition.megabytes)
        self.limited_by = self._limits.description
        logs.mkdir(parents=True, exist_ok=True)
        self.log = logs / f"{definition.name}-{self.name}.log"
        self._api = RuntimeApi()
        self._process = _launcher.submit(self._launch).result()
        self._limits.watch(self._process.pid)

    @property
    def pid(self) -> int:
        """Of the runtime's process."""
        return self._process.pid

    def start(self) -> Outcome | None:
        """Wait until the function has started; what went wrong, or None."""
        began = time.monotonic()
        while not self._api.wait_until_asked(0.05):
            self.init_seconds = time.monotonic() - began
            failed = self._api.wait_for_answer(0)
            if failed is not None:
                return self._outcome(failed.body, "Unhandled", began)
            if self._process.poll() is not None:
                return self._exited(began)
            if self.init_seconds > INIT_SECONDS + self.definition.seconds:
                self.kill()
                said = f"Init timed out after {self.init_seconds:.0f} s"
                return self._failed("Sandbox.Timedout", said, began)
        self.init_seconds = time.monotonic() - began
        return None

    def invoke(self, body: bytes) -> Outcome:
        """Answer one event, within the function's time."""
        self.thaw()
        self.invocations += 1
        began, seconds = time.monotonic(), self.definition.seconds
        request_id = str(uuid.uuid4())
        deadline = round((time.time() + seconds) * 1000)
        self._api.give(Event(request_id, body, deadline, self.definition.arn))
        while (answer := self._api.wait_for_answer(0.02)) is None:
            if self._process.poll() is not None:
                return self._exited(began)
            if time.monotonic() - began > seconds:
                self.kill()
                said = f"{request_id} Task timed out after {seconds:.2f} seconds"
                return self._failed("Sandbox.Timedout", said, began)
        outcome = self._outcome(answer.body, "Unhandled" if answer.is_error else "", began)
        self._api.wait_until_asked(2.0)
        self.last_used_at = time.monotonic()
        return outcome

    def is_alive(self) -> bool:
        """Whether it can take another event."""
        return self._process.poll() is None

    def freeze(self) -> None:
        """Not a cycle until the next event."""
        self._signal(signal.SIGSTOP)
        self.is_frozen = True

    def thaw(self) -> None:
        """Go on."""
        if self.is_frozen:
            self._signal(signal.SIGCONT)
            self.is_frozen = False

    def kill(self) -> None:
        """At once, as Lambda does with what overran its time or memory."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End it."""
        if self.is_alive():
            self.kill()
        self._limits.close()
        self._api.close()

    def _launch(self) -> subprocess.Popen[bytes]:
        definition = self.definition
        command = [sys.executable, "-I", "-S", str(_LAUNCH), str(os.getpid()), self._limits.groups()]
        command += [definition.interpreter, "-m", "awslambdaric", definition.handler]
        with self.log.open("wb") as log:
            return subprocess.Popen(
                command,
                cwd=definition.directory,
                env={**definition.variables, **_lambda_variables(definition, self._api.address, self.name)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _exited(self, began: float) -> Outcome:
        code = self._process.returncode
        said = f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return self._failed("Runtime.ExitError", f"Runtime exited with error: {said}", began)

    def _failed(self, kind: str, said: str, began: float) -> Outcome:
        body = json.dumps({"errorType": kind, "errorMessage": said}).encode()
        return self._outcome(body, "Unhandled", began)

    def _outcome(self, body: bytes, error: str, began: float) -> Outcome:
        return Outcome(
            body=body,
            error=error,
            seconds=time.monotonic() - began,
            peak_megabytes=peak_megabytes(self._process.pid),
            log=self.log.read_bytes()[-4096:].decode(errors="replace"),
        )


def _lambda_variables(definition: Definition, address: str, environment: str) -> dict[str, str]:
    """What Lambda sets itself (docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html)."""
    return {
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_LAMBDA_FUNCTION_NAME": definition.name,
        "AWS_LAMBDA_FUNCTION_VERSION": definition.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(definition.megabytes),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{definition.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": environment,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python",
        "LAMBDA_TASK_ROOT": str(definition.directory),
        "LAMBDA_RUNTIME_DIR": str(definition.runtime),
        "_HANDLER": definition.handler,
        "TZ": ":UTC",
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        # Lambda's bootstrap puts the task's directory first, then the runtime's.
        "PYTHONPATH": ":".join(map(str, (definition.directory, *definition.layers, definition.runtime))),
    }
