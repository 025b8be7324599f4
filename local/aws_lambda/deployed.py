"""The functions that Zappa deployed to moto, run here: package, settings and variables as moto has them."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from deploy.interpreter import find_interpreter
from local.aws_lambda.aws import Aws
from local.aws_lambda.environment import Definition, Outcome
from local.aws_lambda.function import Function
from local.aws_lambda.runtime_client import runtime_client
from local.aws_lambda.unpacked import fingerprint, remove, unpack


class WrongPackage(Exception):
    """What is deployed is not what its hash says."""


class NoInterpreter(Exception):
    """A function wants a Python that this machine does not have."""


class Deployed:
    """Makes functions out of what is deployed, and follows updates. Takes AWS's invocations, too."""

    def __init__(
        self,
        aws: Aws,
        directory: Path,
        *,
        variables: dict[str, str],
        concurrency: int = 10,
        layers: tuple[Path, ...] = (),
    ) -> None:
        self._aws = aws
        self._directory = directory
        # What Lambda itself would set: credentials, region, and here the addresses of the stand-ins.
        self._variables = variables
        self._concurrency = concurrency
        self._layers = layers
        self._functions: dict[str, Function] = {}
        self._written: dict[Path, str] = {}
        aws.invoke = self.invoke

    def function(self, name: str) -> Function:
        """The function as it is deployed now.

        Raises:
            NoInterpreter: its runtime is not here.
            WrongPackage: the package is not the one that was deployed.
        """
        definition = self._definition(name)
        function = self._functions.get(name)
        if function is None:
            logs = self._directory / "logs"
            function = Function(definition, logs=logs, concurrency=self._concurrency)
            self._functions[name] = function
        elif function.definition != definition:
            function.deploy(definition)
        return function

    def invoke(self, name: str, body: bytes) -> Outcome:
        """What `aws lambda invoke` and `zappa manage` do."""
        return self.function(name).invoke(body)

    def written(self) -> list[str]:
        """Packages into which something was written since they were unpacked; there should be none."""
        return [str(path) for path, before in self._written.items() if fingerprint(path) != before]

    def close(self) -> None:
        """End all functions and remove their packages."""
        for function in self._functions.values():
            function.close()
        for path in self._written:
            remove(path)

    def _definition(self, name: str) -> Definition:
        configuration = self._aws.client("lambda").get_function(FunctionName=name)["Configuration"]
        python = configuration["Runtime"].removeprefix("python")
        interpreter = find_interpreter(python)
        if interpreter is None:
            raise NoInterpreter(
                f"{name} runs on {configuration['Runtime']}, and there is no Python {python} here."
            )
        return Definition(
            name=name,
            arn=configuration["FunctionArn"],
            handler=configuration["Handler"],
            directory=self._package(name, configuration),
            variables={**self._variables, **configuration.get("Environment", {}).get("Variables", {})},
            megabytes=configuration["MemorySize"],
            seconds=configuration["Timeout"],
            interpreter=interpreter,
            runtime=runtime_client(python),
            layers=self._layers,
        )

    def _package(self, name: str, configuration: dict[str, Any]) -> Path:
        digest = base64.b64decode(configuration["CodeSha256"]).hex()
        path = self._directory / f"{digest}.zip"
        if not path.is_file():
            package = self._aws.package_of(name)
            if hashlib.sha256(package).hexdigest() != digest:
                raise WrongPackage(f"The package of {name} is not {digest}.")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(package)
        unpacked = unpack(path, self._directory / "unpacked")
        self._written.setdefault(unpacked, fingerprint(unpacked))
        return unpacked
