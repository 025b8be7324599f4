"""What a process imports and needs when it starts; each service alone is a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.house_rules.sources import ROOT

# A function's cold start pays for every import; these cost most, and few requests need them.
# (`requests` is imported by DRF itself, wherever it is installed.)
HEAVY = {"boto3", "botocore", "PIL", "httpx", "authlib", "zappa", "jsonschema", "local", "tests"}


def _run(code_or_file: list[str], tmp_path: Path, **variables: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "ENVIRONMENT_FILE": str(tmp_path / "none"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'alone.sqlite3'}",
        "PYTHONPATH": str(ROOT),
        **variables,
    }
    finished = subprocess.run(
        [sys.executable, *code_or_file],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def _imported(statements: str, tmp_path: Path, **variables: str) -> set[str]:
    code = f"import sys; {statements}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(_run(["-c", code], tmp_path, **variables).split())


PRODUCTION = {
    "DEPLOYMENT": "production",
    "SECRET_KEY": "k3p!v8Zq0sWm2x7RtY9uBn4cL6dF1gHjEaQoIzXeUvTyRwSpNmKb5",
    "ALLOWED_HOSTS": "quartet.example.org",
    "WEB_URL": "https://quartet.example.org",
    "PUBLIC_URL": "https://files.example.org",
    "OIDC_ISSUER": "https://issuer.example.org",
    "DATABASE_URL": "postgres://quartet:secret@database.example.org:5432/quartet",
    "CORS_ALLOWED_ORIGINS": "https://todos.example.org",
}


def test_the_application_starts_without_heavy_libraries(tmp_path: Path) -> None:
    imported = _imported("import config.wsgi", tmp_path, **PRODUCTION)

    assert "django" in imported
    assert imported & HEAVY == set()


def test_its_addresses_are_known_without_heavy_libraries(tmp_path: Path) -> None:
    statements = "import config.wsgi; from django.urls import get_resolver; get_resolver().url_patterns"

    imported = _imported(statements, tmp_path, **PRODUCTION)

    assert imported & HEAVY == set()


def test_the_package_of_the_cloud_needs_nothing_of_the_desk(tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['local'] = None; sys.modules['tests'] = None"

    imported = _imported(f"{hidden}; import config.wsgi; import config.urls", tmp_path, **PRODUCTION)

    assert "config" in imported


# What Zappa writes into a package.
ZAPPA_SETTINGS = """
DJANGO_SETTINGS, APP_MODULE_, LOG_LEVEL, DEBUG, EXCEPTION_HANDLER = "config.settings", "", "INFO", False, None
BINARY_SUPPORT, CONTEXT_HEADER_MAPPINGS, DOMAIN, BASE_PATH = False, {}, None, None
ENVIRONMENT_VARIABLES, PROJECT_NAME, API_STAGE, COGNITO_TRIGGER_MAPPING = {}, "quartet", "staging", {}
"""


def test_the_function_starts_without_a_client_of_aws(tmp_path: Path) -> None:
    (tmp_path / "zappa_settings.py").write_text(ZAPPA_SETTINGS)
    first = f"sys.path.insert(0, {str(tmp_path)!r}); import config.lambda_entry"

    started = _imported(f"{first}; sys.modules.pop('botocore', None)", tmp_path, **PRODUCTION)
    used = _imported(f"{first}; import boto3; boto3.Session()", tmp_path, **PRODUCTION)

    assert "zappa" in started
    assert started & (HEAVY - {"zappa", "botocore"}) == set()
    assert "boto3" in used


@pytest.mark.parametrize(
    ("kind", "are_loaded"), [("on-demand", "False"), ("provisioned-concurrency", "True")]
)
def test_views_are_loaded_at_the_start_where_nobody_waits_for_it(
    kind: str, are_loaded: str, tmp_path: Path
) -> None:
    (tmp_path / "zappa_settings.py").write_text(ZAPPA_SETTINGS)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import config.lambda_entry"

    shown = _run(
        ["-c", f"{code}; print('todos.api.urls' in sys.modules)"],
        tmp_path,
        AWS_LAMBDA_INITIALIZATION_TYPE=kind,
        **PRODUCTION,
    )

    assert shown.split()[-1] == are_loaded


@pytest.fixture(scope="module", params=settings.KNOWN_SERVICES)
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    """One service in a process and a database of its own."""
    service = str(request.param)
    directory = tmp_path_factory.mktemp(service)
    shown = _run([str(ROOT / "tests" / "house_rules" / "alone.py")], directory, SERVICES=service)
    return service, json.loads(shown.splitlines()[-1])


def test_a_service_alone_serves_its_schema_and_no_other(alone: tuple[str, Any]) -> None:
    service, shown = alone

    expected = {name: 200 if name == service else 404 for name in settings.KNOWN_SERVICES}
    assert shown["schemas"] == expected


def test_a_service_alone_has_an_admin_of_its_own(alone: tuple[str, Any]) -> None:
    service, shown = alone

    others = set(settings.KNOWN_SERVICES) - {service}
    assert shown["admin_status"] == 200
    assert others.isdisjoint(shown["admin_apps"])


def test_a_service_alone_has_its_tables_and_those_of_the_chassis(alone: tuple[str, Any]) -> None:
    service, shown = alone

    others = set(settings.KNOWN_SERVICES) - {service}
    assert {service, "chassis"} <= set(shown["tables"])
    assert others.isdisjoint(shown["tables"])


def test_a_service_alone_is_named_on_its_start_page(alone: tuple[str, Any]) -> None:
    service, shown = alone

    assert f"/docs/{service}/" in shown["start_page"]
