"""Variables kept in SSM or Secrets Manager are read once at the start; a missing one is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from moto import mock_aws

from config import parameters
from config.parameters import load_parameters


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SSM and Secrets Manager (moto), with what a deployment keeps there."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    forget_clients = parameters._client.cache_clear
    with mock_aws():
        forget_clients()
        ssm: Any = boto3.client("ssm", region_name="us-east-1")
        ssm.put_parameter(Name="/quartet/staging/SECRET_KEY", Value="s" * 50, Type="SecureString")
        ssm.put_parameter(Name="/quartet/staging/WEB_URL", Value="https://app.example.org", Type="String")
        ssm.put_parameter(
            Name="/quartet/staging/todos/WEB_URL", Value="https://todos.example.org", Type="String"
        )
        for number in range(25):
            ssm.put_parameter(Name=f"/many/V{number}", Value=str(number), Type="String")
        secrets: Any = boto3.client("secretsmanager", region_name="us-east-1")
        secrets.create_secret(Name="plain", SecretString="hunter2")
        secrets.create_secret(Name="database", SecretString=json.dumps({"url": "postgres://u:p@h/d"}))
        yield
        forget_clients()


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
    def refuse(service: str) -> Any:
        raise ConnectionError("No route.")

    monkeypatch.setattr(parameters, "_client", refuse)

    with pytest.raises(ImproperlyConfigured, match=r"PARAMETERS: /quartet cannot be read \(ConnectionError"):
        load_parameters({"PARAMETERS": "/quartet"})


def test_an_environment_without_references_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "_client", pytest.fail)
    environment = {"SECRET_KEY": "plain", "PARAMETERS": ""}

    load_parameters(environment)

    assert environment["SECRET_KEY"] == "plain"
