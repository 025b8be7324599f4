"""A wrong variable stops the start, with its name and what is expected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment

Load = Callable[[dict[str, str]], ModuleType]

WRONG = [
    ("DEPLOYMENT", "staging", "one of: local, production"),
    ("SERVICES", "todos,blogg", "words out of accounts, blog, todos, updates (found blogg)"),
    ("SERVICES", ",", "words out of accounts, todos, blog, updates"),
    ("DEBUG", "perhaps", "true or false"),
    ("WEB_URL", "example.org", "an address that starts with https://"),
    ("WEB_URL", "https://", "an address that starts with https://"),
    ("WEB_URL", "https://example.org:port", "an address that starts with https://"),
    ("WEB_URL", "https://user:secret@example.org", "an address that starts with https://"),
    ("WEB_URL", "https://example.org?a=b", "an address that starts with https://"),
    ("PUBLIC_URL", "ftp://example.org", "an address that starts with https://"),
    ("DATABASE_URL", "mysql://user:secret@example.org/name", "postgres://user:password@host:port/name"),
    ("DATABASE_CONNECTION_SECONDS", "-1", "a whole number from 0"),
    ("OIDC_ISSUER", "127.0.0.1:8001", "an address that starts with https://"),
    ("OIDC_USER_CLIENTS", "todos-web", "client=scope scope;client=scope"),
    ("OIDC_SERVICE_CLIENTS", "=todos/erase", "client=scope scope;client=scope"),
    ("ACCOUNTS_URL", "accounts.example.org", "an address that starts with https://"),
    ("S3_ENDPOINT_URL", "s3", "an address that starts with https://"),
    ("API_BODY_BYTES", "512k", "a whole number from 1024"),
    ("API_BODY_BYTES", "12", "a whole number from 1024"),
    ("API_JSON_DEPTH", "1000", "a whole number from 4 to 200"),
    ("API_PAGE_SIZE", "0", "a whole number from 1 to 1000"),
    ("API_PAGE_SIZE_MOST", "many", "a whole number from 1 to 10000"),
    ("API_WRITES_PER_MINUTE", "0", "a whole number from 1"),
    ("IDEMPOTENCY_HOURS", "0", "a whole number from 1"),
    ("SERVICE_TIMEOUT_SECONDS", "30", "a whole number from 1 to 29"),
    ("LOG_LEVEL", "info", "one of: DEBUG, INFO, WARNING, ERROR"),
    ("LOG_FORMAT", "xml", "one of: json, console"),
    ("ACCOUNTS_FOLDER_CREDENTIALS_SECONDS", "60", "a whole number from 900 to 43200"),
    ("ACCOUNTS_FOLDER_QUOTA_BYTES", "1 GB", "a whole number from 0"),
    ("ACCOUNTS_UPLOAD_MOST_BYTES", "1.5", "a whole number from 1"),
]


@pytest.mark.parametrize(("name", "value", "expected"), WRONG)
def test_a_wrong_value_stops_the_start_with_name_and_expectation(
    load_settings: Load, name: str, value: str, expected: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as stopped:
        load_settings({name: value})

    assert str(stopped.value).startswith(f"{name} is ")
    assert expected in str(stopped.value)


def test_a_wrong_secret_is_not_shown(load_settings: Load) -> None:
    with pytest.raises(ImproperlyConfigured) as stopped:
        load_settings({"DATABASE_URL": "oracle://user:hunter2@example.org/name"})

    assert "hunter2" not in str(stopped.value)
    assert "DATABASE_URL is a value that is not shown" in str(stopped.value)


def test_an_empty_environment_starts_with_the_documented_defaults(load_settings: Load) -> None:
    module = load_settings({})

    assert module.SERVICES == ("accounts", "todos", "blog", "updates")
    assert module.WEB_URL == "http://127.0.0.1:8000"
    assert module.DEBUG is False
    assert module.API_BODY_BYTES == 512 * 1024
    assert module.IDEMPOTENCY_HOURS == 24
    assert module.DATABASES["default"]["ENGINE"] == "chassis.sqlite"


def test_one_service_installs_its_app_and_no_other(load_settings: Load) -> None:
    module = load_settings({"SERVICES": "todos"})

    assert "todos" in module.INSTALLED_APPS
    assert "accounts" not in module.INSTALLED_APPS


def test_white_space_and_trailing_slashes_are_dropped(load_settings: Load) -> None:
    module = load_settings({"WEB_URL": " https://quartet.example.org/ "})

    assert module.WEB_URL == "https://quartet.example.org"


def test_sqlite_takes_the_write_lock_at_the_start_of_a_transaction(load_settings: Load) -> None:
    options = load_settings({}).DATABASES["default"]["OPTIONS"]

    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]


def test_the_environment_file_fills_in_what_the_process_does_not_say(
    load_settings: Load, tmp_path: Path
) -> None:
    file = tmp_path / "environment"
    file.write_text("LOG_LEVEL=ERROR\nAPI_PAGE_SIZE=7\n")

    module = load_settings({"ENVIRONMENT_FILE": str(file), "API_PAGE_SIZE": "9"})

    assert module.LOG_LEVEL == "ERROR"
    assert module.API_PAGE_SIZE == 9


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("true", True), ("YES", True), ("1", True), ("on", True), ("false", False), ("No", False), ("0", False)],
)
def test_booleans_are_read_in_the_usual_spellings(raw: str, expected: bool) -> None:
    env = Environment({"FLAG": raw})

    assert env.boolean("FLAG", default=not expected, effect="A flag.") is expected


def test_scopes_by_client_reads_each_client_with_its_scopes() -> None:
    env = Environment({"CLIENTS": "web=todos/read todos/write; tour=todos/read ;"})

    clients = env.scopes_by_client("CLIENTS", effect="Clients.")

    assert clients == {"web": {"todos/read", "todos/write"}, "tour": {"todos/read"}}
