"""`publish_clients`: the web clients and their configuration in the public bucket."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command

from chassis.publishing import CacheRule
from chassis.web_clients import files_of

SCOPES = {"todos-web": frozenset({"todos/write", "todos/read"})}


def test_published_files_have_the_types_by_which_browsers_run_them(object_store, settings):
    call_command("publish_clients")

    base = f"{settings.PUBLIC_URL}/clients/todos"
    page, script = httpx.get(f"{base}/index.html"), httpx.get(f"{base}/js/main.js")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (script.status_code, script.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert page.headers["Cache-Control"] == CacheRule.POINTER.origin


def test_what_is_there_already_is_not_written_again(object_store, calls_of_the_store):
    call_command("publish_clients")
    calls_of_the_store.clear()

    call_command("publish_clients")

    assert {call for call, _ in calls_of_the_store} == {"HeadObject"}


def test_the_edge_is_told_what_changed(object_store, settings, distribution):
    call_command("publish_clients", "--client-id", "todos=one")
    call_command("publish_clients", "--client-id", "todos=other")

    told = [one.paths for one in distribution.invalidations()]
    assert ["/clients/todos/config.json"] in told


def test_an_edge_that_does_not_answer_is_no_reason_to_publish_nothing(
    object_store, settings, distribution, capsys
):
    settings.CLOUDFRONT_ENDPOINT_URL = "http://127.0.0.1:9"

    call_command("publish_clients", "--client-id", "todos=yet-another")

    config = httpx.get(f"{settings.PUBLIC_URL}/clients/todos/config.json").json()
    assert config["client_id"] == "yet-another"
    assert "may show the old files for 60 s more" in capsys.readouterr().err


def test_the_configuration_is_that_of_the_settings(object_store, settings):
    settings.OIDC_USER_CLIENTS = SCOPES
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "accounts": "https://accounts.example.org"}

    call_command("publish_clients")

    config = httpx.get(f"{settings.PUBLIC_URL}/clients/todos/config.json").json()
    assert config["client_id"] == "todos-web"
    assert config["scopes"] == ["openid", "email", "profile", "todos/read", "todos/write"]
    assert config["redirect_uri"] == f"{settings.PUBLIC_URL}/clients/todos/index.html"
    assert config["api"]["accounts"] == "https://accounts.example.org/api/accounts/v1"
    assert config["api"]["todos"] == f"{settings.WEB_URL}/api/todos/v1"


def test_the_issuers_own_id_of_a_client_can_be_named(object_store, settings):
    call_command("publish_clients", "--client-id", "todos=1a2b3c")

    config = httpx.get(f"{settings.PUBLIC_URL}/clients/todos/config.json").json()
    assert config["client_id"] == "1a2b3c"


@pytest.mark.parametrize("given", ["todos", "todos=", "blog=1"])
def test_an_id_for_no_client_is_refused(settings, given):
    with pytest.raises(CommandError, match="NAME=ID"):
        call_command("publish_clients", "--client-id", given)


def test_a_package_without_clients_says_what_to_do(settings, tmp_path):
    settings.BASE_DIR = tmp_path

    with pytest.raises(CommandError, match="Run publish_clients in a checkout"):
        call_command("publish_clients")


def test_a_page_comes_after_what_it_names_and_hidden_files_stay_here(tmp_path: Path):
    folder = tmp_path / "todos"
    (folder / "js").mkdir(parents=True)
    for name in ("index.html", "js/main.js", ".notes", "config.json"):
        (folder / name).write_text("x")

    files = list(files_of(folder, client_id="todos-web"))

    assert [file.key for file in files] == [
        "clients/todos/config.json",
        "clients/todos/js/main.js",
        "clients/todos/index.html",
    ]
    assert json.loads(files[0].read())["client_id"] == "todos-web"


def test_a_published_page_may_speak_to_the_addresses_of_its_deployment_alone(settings):
    settings.OIDC_ISSUER = settings.OIDC_TOKEN_URL = "https://sign-in.example.com/pool"
    settings.WEB_URL = "https://api.example.com"
    settings.S3_ENDPOINT_URL = ""
    folder = settings.BASE_DIR / "clients" / "todos"

    page = next(file for file in files_of(folder, client_id="todos-web") if file.key.endswith(".html"))

    policy = page.read().decode().split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0]
    assert "connect-src http:" not in policy
    assert "https://api.example.com https://quartet-users.s3.amazonaws.com" in policy
    assert "https://sign-in.example.com;" in policy
