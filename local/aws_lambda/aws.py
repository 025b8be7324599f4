"""AWS on this machine: moto's server, and what it lacks of Lambda for Zappa to deploy, update and roll back.

| request | moto 5.2 | here |
|---|---|---|
| `ListFunctionUrlConfigs` | not there | an empty list |
| `GetFunction` of `function:name:version` | fails | of `name`, with that qualifier |
| `Code.Location` of `GetFunction` | an address of Amazon's | an address here, which gives the package |
| `Invoke` | wants Docker | by the emulator (`deployed.py`) |
| a message in a queue with a subscription | wants Docker, and the message is lost | by `queues.py` |
| an HTTP API in CloudFormation | skipped, then asked for in vain | its id is `rehearsal` (`gateway.py`) |
"""

from __future__ import annotations

import base64
import io
import json
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from local.aws_lambda.environment import Outcome

_ACCOUNT, _REGION = "123456789012", "us-east-1"
_FUNCTION = re.compile(r"^/2015-03-31/functions/function(?::|%3A)([^:/%]+)(?:(?::|%3A)([^/%]+))?$")
_INVOKE = re.compile(r"^/2015-03-31/functions/([^/]+)/invocations$")
_CODE = "/quartet-code/"
_API = """<DescribeStackResourceResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
<DescribeStackResourceResult><StackResourceDetail><PhysicalResourceId>rehearsal</PhysicalResourceId>
</StackResourceDetail></DescribeStackResourceResult></DescribeStackResourceResponse>"""
_Start = Callable[..., Any]


class _Nothing:
    """An attribute that holds nothing, whatever is put into it."""

    def __get__(self, owner: object, kind: object = None) -> dict[str, Any]:
        return {}

    def __set__(self, owner: object, value: object) -> None:
        """Not kept."""


class Aws:
    """Listens on a port of loopback until it is closed."""

    def __init__(self, port: int = 0) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from moto.sqs.models import Queue
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Quiet(WSGIRequestHandler):
            def log(self, type: str, message: str, *args: Any) -> None:
                """Nothing."""

        # Set by whoever runs functions: name and event to an outcome.
        self.invoke: Callable[[str, bytes], Outcome] | None = None
        # moto would call the function itself, by Docker; `queues.py` does.
        Queue.lambda_event_source_mappings = _Nothing()  # type: ignore[assignment]
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", port, self._answer, threaded=True, request_handler=Quiet)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """For AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def environment(self) -> dict[str, str]:
        """What a client of AWS needs to speak to it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
            "AWS_DEFAULT_REGION": _REGION,
            "AWS_REGION": _REGION,
        }

    def client(self, service: str) -> Any:
        """A client of it."""
        import boto3

        session: Any = boto3.Session()
        return session.client(
            service,
            endpoint_url=self.url,
            region_name=_REGION,
            aws_access_key_id="rehearsal",
            aws_secret_access_key="rehearsal",
        )

    def close(self) -> None:
        """Stop listening; everything is forgotten."""
        self._server.shutdown()
        self._server.server_close()

    def package_of(self, function: str, qualifier: str = "$LATEST") -> bytes:
        """The package that is deployed."""
        from moto.awslambda.models import lambda_backends

        code = lambda_backends[_ACCOUNT][_REGION].get_function(function, qualifier).code_bytes
        return bytes(code)

    def _answer(self, environ: dict[str, Any], start: _Start) -> Iterable[bytes]:
        path = str(environ["PATH_INFO"])
        if path.startswith("/2021-10-31/functions/") and path.endswith("/urls"):
            return _send(start, b'{"FunctionUrlConfigs": []}', "application/json")
        if path.startswith(_CODE):
            name, _, qualifier = unquote(path.removeprefix(_CODE)).partition("/")
            return _send(start, self.package_of(name, qualifier or "$LATEST"), "application/zip")
        if path == "/" and b"LogicalResourceId=ApiV2" in _read(environ):
            return _send(start, _API.encode(), "text/xml")
        if (invoked := _INVOKE.match(path)) and self.invoke is not None:
            return self._invoked(self.invoke, unquote(invoked[1]), environ, start)
        if named := _FUNCTION.match(path):
            environ["PATH_INFO"] = environ["RAW_URI"] = f"/2015-03-31/functions/{named[1]}"
            environ["REQUEST_URI"] = environ["PATH_INFO"]
            if named[2]:
                environ["QUERY_STRING"] = f"Qualifier={named[2]}"
        is_function = re.match(r"^/2015-03-31/functions/[^/]+$", str(environ["PATH_INFO"]))
        if is_function and environ["REQUEST_METHOD"] == "GET":
            return self._function(environ, start)
        answer: Iterable[bytes] = self._moto(environ, start)
        return answer

    def _invoked(
        self, invoke: Callable[[str, bytes], Outcome], name: str, environ: dict[str, Any], start: _Start
    ) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        outcome = invoke(name.rpartition(":")[2], body or b"{}")
        headers = [("X-Amz-Log-Result", base64.b64encode(outcome.log.encode()[-4096:]).decode())]
        if outcome.error:
            headers.append(("X-Amz-Function-Error", outcome.error))
        start("200 OK", [*headers, ("Content-Length", str(len(outcome.body)))])
        return [outcome.body]

    def _function(self, environ: dict[str, Any], start: _Start) -> Iterable[bytes]:
        """moto's answer, with an address of the package that leads somewhere."""
        held: list[Any] = []
        body = b"".join(self._moto(environ, lambda *said: held.extend(said)))
        status, headers = held[0], held[1]
        if status.startswith("200"):
            document = json.loads(body)
            configuration = document["Configuration"]
            place = f"{configuration['FunctionName']}/{configuration['Version']}"
            document["Code"]["Location"] = f"{self.url}{_CODE}{place}"
            body = json.dumps(document).encode()
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start(status, [*kept, ("Content-Length", str(len(body)))])
        return [body]


def _read(environ: dict[str, Any]) -> bytes:
    """The request's body, which stays to be read."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _send(start: _Start, body: bytes, kind: str) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
