"""The emulator holds a function to what Lambda holds it to, with AWS's own runtime client."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from email.message import Message
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from local.aws_lambda.environment import Definition
from local.aws_lambda.function import Function, Throttled
from local.aws_lambda.gateway import Gateway, event_of
from local.aws_lambda.runtime_client import runtime_client
from tests.local.programs import until

pytestmark = [pytest.mark.xdist_group("emulator"), pytest.mark.timeout(300)]
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def make_function(tmp_path: Path) -> Iterator[Callable[..., Function]]:
    """`make_function(seconds=1)`: the sample function with other limits."""
    directory = tmp_path / "task"
    directory.mkdir()
    shutil.copyfile(Path(__file__).with_name("sample_function.py"), directory / "sample.py")
    directory.chmod(0o555)
    made: list[Function] = []

    def make(*, concurrency: int = 3, **changes: Any) -> Function:
        definition = Definition(
            name="sample",
            arn="arn:aws:lambda:us-east-1:123456789012:function:sample",
            handler="sample.handle",
            directory=directory,
            variables={"VARIABLE": "value"},
            megabytes=256,
            seconds=10,
            interpreter=sys.executable,
            runtime=runtime_client(PYTHON),
        )
        made.append(Function(replace(definition, **changes), logs=tmp_path / "logs", concurrency=concurrency))
        return made[-1]

    yield make
    for function in made:
        function.close()


def test_an_environment_is_started_once_and_kept(make_function: Callable[..., Function]) -> None:
    function = make_function()

    first, second = function.invoke_json({}), function.invoke_json({})

    assert (first.error, second.error) == ("", "")
    assert first.json()["pid"] == second.json()["pid"]
    assert first.init_seconds > 0
    assert second.init_seconds == 0
    assert first.json()["memory"] == "256"
    assert first.json()["variable"] == "value"
    assert 9_000 < first.json()["left"] <= 10_000


def test_an_environment_is_frozen_between_events(make_function: Callable[..., Function]) -> None:
    function = make_function()
    pid = function.invoke_json({}).json()["pid"]

    until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED, what="the freeze")

    assert function.invoke_json({}).json()["pid"] == pid


def test_what_overruns_its_time_is_killed_and_the_next_event_gets_another(
    make_function: Callable[..., Function],
) -> None:
    function = make_function(seconds=1)

    late = function.invoke_json({"do": "sleep", "seconds": 5})
    after = function.invoke_json({})

    assert late.error == "Unhandled"
    assert "Task timed out after 1.00 seconds" in late.json()["errorMessage"]
    assert after.error == ""
    assert after.init_seconds > 0


def test_what_needs_more_memory_is_killed(make_function: Callable[..., Function]) -> None:
    function = make_function(megabytes=128)

    outcome = function.invoke_json({"do": "hoard", "megabytes": 400})

    assert outcome.json()["errorType"] == "Runtime.ExitError"
    assert "SIGKILL" in outcome.json()["errorMessage"]
    assert function.limited_by


def test_two_events_at_once_get_two_environments_and_a_third_none(
    make_function: Callable[..., Function],
) -> None:
    function = make_function(concurrency=2)
    sleep = {"do": "sleep", "seconds": 1.0}
    threads = [threading.Thread(target=function.invoke_json, args=(sleep,)) for _ in range(2)]

    for thread in threads:
        thread.start()
    time.sleep(0.2)
    with pytest.raises(Throttled):
        function.invoke_json({})
    for thread in threads:
        thread.join()

    assert len(function.environments) == 2


def test_an_error_of_the_function_is_told(make_function: Callable[..., Function]) -> None:
    outcome = make_function().invoke_json({"do": "fail"})

    assert outcome.error == "Unhandled"
    assert outcome.json()["errorType"] == "RuntimeError"
    assert outcome.json()["errorMessage"] == "As asked."


def test_nothing_is_written_into_the_package(make_function: Callable[..., Function]) -> None:
    outcome = make_function().invoke_json({"do": "write"})

    assert outcome.json()["errorType"] == "PermissionError"


def test_a_function_that_does_not_start_is_told_apart(make_function: Callable[..., Function]) -> None:
    outcome = make_function(handler="nowhere.handle").invoke_json({})

    assert outcome.error == "Unhandled"
    assert "nowhere" in outcome.json()["errorMessage"]


def test_a_runtime_that_is_killed_in_the_middle_is_told(make_function: Callable[..., Function]) -> None:
    function = make_function()

    outcome = function.invoke(
        b'{"do": "sleep", "seconds": 5}',
        started=lambda environment: threading.Timer(0.3, os.kill, (environment.pid, signal.SIGKILL)).start(),
    )

    assert outcome.json()["errorMessage"] == "Runtime exited with error: signal: SIGKILL"


@pytest.mark.parametrize("size", [6 * 1024 * 1024 + 1])
def test_more_than_six_megabytes_are_neither_taken_nor_given(
    make_function: Callable[..., Function], size: int
) -> None:
    function = make_function()

    taken = function.invoke(b" " * size)
    given = function.invoke_json({"do": "answer", "bytes": size})

    assert taken.json()["errorType"] == "RequestEntityTooLargeException"
    assert given.json()["errorType"] == "Function.ResponseSizeTooLarge"


# --- API Gateway -------------------------------------------------------------------------------


def an_event(
    target: str = "/", *, headers: Sequence[tuple[str, str]] = (), body: bytes = b""
) -> dict[str, Any]:
    message = Message()
    for name, value in headers:
        message.add_header(name, value)
    return event_of(
        method="POST",
        target=target,
        headers=message,
        body=body,
        source_ip="192.0.2.1",
        scheme="https",
        stage="staging",
    )


def test_headers_of_one_name_are_joined_and_cookies_are_listed() -> None:
    headers = [("X-Tag", "a"), ("X-Tag", "b"), ("Cookie", "s=1; t=2"), ("X-Forwarded-For", "198.51.100.7")]

    event = an_event("/a", headers=headers)

    assert event["headers"]["x-tag"] == "a,b"
    assert event["cookies"] == ["s=1", "t=2"]
    assert "cookie" not in event["headers"]
    assert event["headers"]["x-forwarded-for"] == "198.51.100.7, 192.0.2.1"


def test_a_path_is_decoded_and_a_query_is_not() -> None:
    event = an_event("/a%20b/%C3%A9?q=x%20y&q=z&empty=")

    assert event["rawPath"] == "/staging/a b/é"
    assert event["rawQueryString"] == "q=x%20y&q=z&empty="
    assert event["queryStringParameters"] == {"q": "x y,z", "empty": ""}


def test_text_is_handed_over_as_it_is_and_bytes_in_base64() -> None:
    text = an_event(headers=[("Content-Type", "application/json")], body=b'{"a": 1}')
    binary = an_event(headers=[("Content-Type", "image/png")], body=b"\x89PNG")

    assert (text["body"], text["isBase64Encoded"]) == ('{"a": 1}', False)
    assert (binary["body"], binary["isBase64Encoded"]) == ("iVBORw==", True)


@pytest.fixture
def gateway(make_function: Callable[..., Function]) -> Iterator[Gateway]:
    """An API in front of the sample function."""
    gateway = Gateway(make_function(), stage="staging")
    yield gateway
    gateway.close()


def test_an_answer_has_every_cookie(gateway: Gateway) -> None:
    answer = httpx.get(f"{gateway.url}/a", timeout=30)

    assert answer.status_code == 200
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["x-a"] == "1"


def test_bodies_over_ten_megabytes_do_not_reach_the_function(gateway: Gateway) -> None:
    large = httpx.post(f"{gateway.url}/", content=b"x" * (10 * 1024 * 1024 + 1), timeout=30)
    over_lambda = httpx.post(f"{gateway.url}/", content=b"\xff" * (5 * 1024 * 1024), timeout=30)

    assert (large.status_code, over_lambda.status_code) == (413, 413)
    assert gateway.function.environments == []


def test_a_function_that_fails_is_a_500_without_its_text(make_function: Callable[..., Function]) -> None:
    gateway = Gateway(make_function(handler="nowhere.handle"))

    answer = httpx.get(f"{gateway.url}/", timeout=30)

    gateway.close()
    assert answer.status_code == 500
    assert answer.json() == {"message": "Internal Server Error"}
