"""Variables kept in SSM or Secrets Manager are read once at the start; a missing one is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import parameters, signed_requests
from config.parameters import load_parameters
from local.aws_lambda.aws import Aws


@pytest.fixture(scope="module")
def stores() -> Iterator[Aws]:
    """SSM and Secrets Manager (moto), with what a deployment keeps there."""
    aws = Aws()
    ssm = aws.client("ssm")
    ssm.put_parameter(Name="/quartet/staging/SECRET_KEY", Value="s" * 50, Type="SecureString")
    ssm.put_parameter(Name="/quartet/staging/WEB_URL", Value="https://app.example.org", Type="String")
    ssm.put_parameter(Name="/quartet/staging/todos/WEB_URL", Value="https://todos.example.org", Type="String")
    for number in range(25):
        ssm.put_parameter(Name=f"/many/V{number}", Value=str(number), Type="String")
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="plain", SecretString="hunter2")
    secrets.create_secret(Name="database", SecretString=json.dumps({"url": "postgres://u:p@h/d"}))
    yield aws
    aws.close()


@pytest.fixture(autouse=True)
def aws(stores: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of a function."""
    for name, value in stores.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(signed_requests, "WAIT_SECONDS", 0.0)


def test_every_parameter_below_a_path_becomes_a_variable() -> None:
    environment = {"PARAMETERS": "/quartet/staging"}

    load_parameters(environment)

    assert environment["SECRET_KEY"] == "s" * 50
    assert environment["WEB_URL"] == "https://app.example.org"
    assert "todos/WEB_URL" not in environment


def test_a_later_path_wins_and_the_environment_wins_over_both() -> None:
    environment = {"PARAMETERS": "/quartet/staging, /quartet/staging/todos/", "SECRET_KEY": "given"}

    load_parameters(environment)

    assert environment["WEB_URL"] == "https://todos.example.org"
    assert environment["SECRET_KEY"] == "given"


def test_more_than_a_page_of_them_is_read() -> None:
    below = {"PARAMETERS": "/many"}
    named = {f"N{number}": f"ssm:/many/V{number}" for number in range(25)}

    load_parameters(below)
    load_parameters(named)

    assert below["V24"] == "24"
    assert named["N24"] == "24"


def test_a_reference_is_replaced_by_what_it_names() -> None:
    environment = {
        "SECRET_KEY": "ssm:/quartet/staging/SECRET_KEY",
        "STS_SECRET_ACCESS_KEY": "secretsmanager:plain",
        "DATABASE_URL": "secretsmanager:database#url",
    }

    load_parameters(environment)

    assert environment == {
        "SECRET_KEY": "s" * 50,
        "STS_SECRET_ACCESS_KEY": "hunter2",
        "DATABASE_URL": "postgres://u:p@h/d",
    }


MISSING = {
    "a parameter": ({"SECRET_KEY": "ssm:/quartet/none"}, "SECRET_KEY is ssm:/quartet/none; there is no such"),
    "a secret": (
        {"DATABASE_URL": "secretsmanager:none"},
        "DATABASE_URL is secretsmanager:none; it cannot be",
    ),
    "a field": (
        {"DATABASE_URL": "secretsmanager:database#uri"},
        r"database#uri; it cannot be read \(KeyError",
    ),
    "a field of text": ({"DATABASE_URL": "secretsmanager:plain#url"}, r"it cannot be read \(JSONDecodeError"),
    "a slash": ({"PARAMETERS": "quartet"}, "PARAMETERS has 'quartet'; expected paths that start with /"),
}


@pytest.mark.parametrize(("environment", "said"), MISSING.values(), ids=MISSING.keys())
def test_what_is_missing_is_named_and_nothing_secret_is_said(environment: dict[str, str], said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=said) as refused:
        load_parameters(environment)

    assert "hunter2" not in str(refused.value)


def test_a_store_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    with pytest.raises(ImproperlyConfigured, match=r"PARAMETERS: /quartet cannot be read \(URLError"):
        load_parameters({"PARAMETERS": "/quartet"})


def test_a_refusal_is_named_by_its_code(stores: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(400, {"__type": "com.amazonaws.ssm#AccessDeniedException", "message": "hunter2"})]
    monkeypatch.setattr(stores, "_moto", answered_with(answers))

    with pytest.raises(ImproperlyConfigured, match=r"cannot be read \(AccessDeniedException\)"):
        load_parameters({"PARAMETERS": "/quartet"})


def test_a_store_that_is_busy_is_asked_again(stores: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[tuple[int, dict[str, Any]]] = [
        (400, {"__type": "ThrottlingException"}),
        (500, {}),
        (200, {"Parameters": [{"Name": "/quartet/A", "Value": "1"}]}),
    ]
    monkeypatch.setattr(stores, "_moto", answered_with(answers))
    environment = {"PARAMETERS": "/quartet"}

    load_parameters(environment)

    assert environment["A"] == "1"
    assert answers == []


def test_what_is_asked_for_is_signed_with_the_keys_of_the_function(
    stores: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def look(environ: dict[str, Any], start: Any) -> Any:
        seen.extend([environ["HTTP_AUTHORIZATION"], environ["HTTP_X_AMZ_SECURITY_TOKEN"]])
        start("200 OK", [])
        return [b'{"Parameters": []}']

    monkeypatch.setattr(stores, "_moto", look)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")

    load_parameters({"PARAMETERS": "/quartet"})

    assert "Credential=rehearsal/" in seen[0]
    assert "/us-east-1/ssm/aws4_request" in seen[0]
    assert seen[1] == "session"


@pytest.mark.parametrize("session", ["", "a-session"])
def test_it_is_signed_as_botocore_signs(session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore import auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    url, body = "https://ssm.eu-central-1.amazonaws.com/", b'{"Path": "/quartet"}'
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM.GetParametersByPath"}
    now = datetime(2026, 11, 26, 1, 2, 3, tzinfo=UTC)
    monkeypatch.setattr(auth, "get_current_datetime", lambda: now.replace(tzinfo=None))
    theirs = AWSRequest("POST", url, headers=headers, data=body)
    auth.SigV4Auth(Credentials("id", "secret", session or None), "ssm", "eu-central-1").add_auth(theirs)

    ours = signed_requests.signature_of(
        url, headers, body, "ssm", "eu-central-1", signed_requests.Keys("id", "secret", session), now=now
    )

    assert {**headers, **ours} == dict(theirs.headers)


@pytest.mark.parametrize(
    ("service", "region", "address"),
    [
        ("ssm", "eu-central-1", "https://ssm.eu-central-1.amazonaws.com/"),
        ("secretsmanager", "cn-north-1", "https://secretsmanager.cn-north-1.amazonaws.com.cn/"),
    ],
)
def test_aws_itself_is_asked_where_no_other_address_is_given(
    service: str, region: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")

    assert signed_requests._endpoint(service, region) == address


def test_an_environment_without_references_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "ask", pytest.fail)
    environment = {"SECRET_KEY": "plain", "PARAMETERS": ""}

    load_parameters(environment)

    assert environment["SECRET_KEY"] == "plain"


def answered_with(answers: list[tuple[int, dict[str, Any]]]) -> Any:
    """A stand-in that gives these answers, one after the other."""

    def answer(environ: dict[str, Any], start: Any) -> Any:
        status, document = answers.pop(0)
        start(f"{status} As asked", [("Content-Type", "application/x-amz-json-1.1")])
        return [json.dumps(document).encode()]

    return answer
