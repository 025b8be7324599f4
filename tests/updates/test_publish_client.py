"""`quartet-publish` against a running server: done once, going on after a failure, saying what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from django.db import connection

from tests.updates.conftest import API
from updates import pipeline_tokens
from updates.models import Artifact, AuditEntry, Product, Release

SOURCE = Path(__file__).resolve().parents[2] / "clients" / "publish" / "src"
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_public_bucket", "worker"),
]
MEGABYTE = 1024 * 1024


@pytest.fixture
def worker(object_store):
    """Somebody who does what waits, all the time."""
    from chassis.tasks import drain

    is_over = threading.Event()

    def work():
        while not is_over.wait(0.05):
            drain(seconds=30, should_stop=is_over.is_set)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    is_over.set()
    thread.join()


@pytest.fixture
def publish(live_server, product, issuer, monkeypatch, tmp_path, capsys):
    """`publish("create", "tide", "1.0.0")`: exit code, and the document or what was said."""
    monkeypatch.syspath_prepend(str(SOURCE))
    monkeypatch.setenv("QUARTET_URL", live_server.url)
    monkeypatch.setenv("QUARTET_TOKEN", issuer.editor_token())
    monkeypatch.setenv("QUARTET_TOKEN_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    from quartet_publish import api, cli

    monkeypatch.setattr(api, "PAUSE_SECONDS", 0.001)

    def run(*arguments):
        code = cli.main([*arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def archive(tmp_path):
    """A file of three parts."""
    file = tmp_path / "tide-1.0.0-linux-x86_64.zip"
    file.write_bytes(b"PK\x03\x04" + os.urandom(20 * MEGABYTE))
    return file


@pytest.fixture
def uploaded(publish, archive):
    """A release with its file, verified."""
    publish("create", "tide", "1.0.0", "--notes", "The first one.")
    code, found = publish("upload", "tide", "1.0.0", str(archive))
    assert (code, found["state"]) == (0, "verified")
    return found


def manifest(settings):
    """What the edge serves."""
    return httpx.get(f"{settings.PUBLIC_URL}/updates/tide/stable.json").json()


def test_a_release_goes_from_its_notes_to_a_tenth_of_the_installations(publish, uploaded, archive, settings):
    publish("rollout", "tide", "1.0.0", "10 % now, 100 % in 2 days")
    code, found = publish("submit", "tide", "1.0.0", "--publish")

    latest = manifest(settings)["latest"]
    assert (code, found["state"]) == (0, "published")
    assert (latest["version"], latest["rollout"]["percent"]) == ("1.0.0", 10)
    file = latest["files"][0]
    assert (file["operating_system"], file["architecture"], file["kind"]) == ("linux", "x86_64", "full")
    assert httpx.get(file["url"]).content == archive.read_bytes()


def test_every_command_may_be_run_again(publish, uploaded, archive):
    for _ in range(2):
        assert publish("create", "tide", "1.0.0", "--notes", "The first one.")[0] == 0
        assert publish("upload", "tide", "1.0.0", str(archive))[0] == 0
    for _ in range(2):
        assert publish("submit", "tide", "1.0.0", "--publish")[0] == 0
        assert publish("status", "tide", "1.0.0")[1]["state"] == "published"

    assert (Release.objects.count(), Artifact.objects.count()) == (1, 1)
    assert AuditEntry.objects.filter(action="release_publishing").count() == 1


def test_a_release_is_paused_resumed_and_withdrawn(publish, uploaded, settings):
    publish("submit", "tide", "1.0.0", "--publish")
    states = []
    for verb in ("pause", "resume", "withdraw"):
        code, found = publish(verb, "tide", "1.0.0")
        states.append((code, found["state"], manifest(settings)["latest"] is not None))

    assert states == [(0, "paused", False), (0, "published", True), (0, "withdrawn", False)]


def test_an_upload_that_was_killed_goes_on_with_the_missing_parts(publish, archive, monkeypatch):
    from quartet_publish import uploads

    publish("create", "tide", "1.0.0")
    sent = []
    put = httpx.Client.put

    def dying(self, url, **options):
        number = url.partition("partNumber=")[2].partition("&")[0]
        if number == "2":
            raise httpx.ConnectError("The connection broke off.")
        sent.append(number)
        return put(self, url, **options)

    def counting(self, url, **options):
        sent.append(url.partition("partNumber=")[2].partition("&")[0])
        return put(self, url, **options)

    with monkeypatch.context() as broken:
        broken.setattr(httpx.Client, "put", dying)
        broken.setattr(uploads, "pause", lambda _: None)
        broken.setattr(uploads, "ATTEMPTS", 2)
        code, said = publish("upload", "tide", "1.0.0", str(archive), "--parallel", "1")
    first = list(sent)
    monkeypatch.setattr(httpx.Client, "put", counting)
    again, found = publish("upload", "tide", "1.0.0", str(archive))

    assert (code, said["exit_code"]) == (7, 7)
    assert "part 2" in said["error"]
    assert again == 0
    assert found["artifacts"][0]["state"] == "verified"
    assert sorted(sent[len(first) :]) == sorted({"1", "2", "3"} - set(first))


def test_a_failing_server_is_asked_again(publish, monkeypatch):
    request = httpx.Client.request
    answers = [503, 429, 502]

    def failing(self, method, url, **options):
        if answers and "/api/" in str(url):
            return httpx.Response(answers.pop(), json={}, request=httpx.Request(method, url))
        return request(self, method, url, **options)

    monkeypatch.setattr(httpx.Client, "request", failing)
    monkeypatch.setattr("quartet_publish.api.time.sleep", lambda _: None)

    assert publish("create", "tide", "1.0.0")[0] == 0
    assert answers == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("create", "tide", "one"), 3, "/version"),
        (("create", "none", "1.0.0"), 5, "product"),
        (("status", "tide", "9.0.0"), 5, "no release 9.0.0"),
        (("upload", "tide", "1.0.0", "/nowhere/tide-1.0.0.zip"), 2, "no file"),
        (("create", "tide", "1.0.0", "--url", "app.example.org"), 2, "no address"),
        (("create", "tide", "1.0.0", "--url", "http://127.0.0.1:1"), 7, "does not answer"),
    ],
)
def test_an_exit_code_says_what_kind_of_trouble_it_is(publish, arguments, code, words):
    found, said = publish(*arguments)

    assert (found, said["exit_code"]) == (code, code)
    assert words in said["error"]
    assert Release.objects.count() == 0


def test_a_percentage_that_falls_is_refused_and_the_edge_untouched(publish, uploaded, settings):
    publish("rollout", "tide", "1.0.0", "10 %")
    publish("submit", "tide", "1.0.0", "--publish")
    before = manifest(settings)

    codes = [publish("rollout", "tide", "1.0.0", text)[0] for text in ("5 %", "101 %", "0.5 %")]

    assert codes == [3, 3, 3]
    assert manifest(settings) == before


def test_bytes_that_are_not_what_their_name_says_are_refused(publish, tmp_path):
    file = tmp_path / "tide-1.0.0.zip"
    file.write_bytes(b"MZ this is no archive")
    publish("create", "tide", "1.0.0")

    code, said = publish("upload", "tide", "1.0.0", str(file))

    assert (code, "ZIP" in said["error"]) == (6, True)


def test_a_release_that_waits_for_a_second_person_says_so(publish, uploaded, capsys):
    from quartet_publish import cli

    Product.objects.update(needs_second_person=True)

    code = cli.main(["submit", "tide", "1.0.0", "--publish"])

    assert (code, "waits for approval" in capsys.readouterr().out) == (0, True)
    assert Release.objects.get().state == "verified"


@pytest.mark.parametrize(
    "url", ["http://app.example.org", "http://127.0.0.1.example.org", "ftp://localhost", "app.example.org"]
)
def test_no_token_is_sent_where_others_read_along(publish, url):
    code, said = publish("status", "tide", "1.0.0", "--url", url)

    assert (code, "https://" in said["error"]) == (2, True)


def test_a_release_that_was_made_when_the_answer_was_lost_is_made_once(publish, monkeypatch):
    send = httpx.Client.request
    lost: list[httpx.Response] = []

    def lose_the_answer(client, method, url, **options):
        answer = send(client, method, url, **options)
        if method == "POST" and not lost:
            lost.append(answer)
            raise httpx.ReadError("The connection broke.")
        return answer

    monkeypatch.setattr(httpx.Client, "request", lose_the_answer)

    code, made = publish("create", "tide", "1.0.0")

    assert (code, made["version"], lost[0].status_code) == (0, "1.0.0", 201)
    assert Release.objects.count() == 1


def test_the_audience_of_a_pipelines_token_can_be_pinned(publish, monkeypatch):
    from quartet_publish import credentials

    asked: list[tuple[str, dict[str, str]]] = []

    def ask(self, method, address, params=None, **options):
        asked.append((address, params or {}))
        return {"value": "a token", "audience": "https://elsewhere.example"}

    monkeypatch.setattr(credentials.Credentials, "_ask", ask)
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "https://pipelines.example/token")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret")
    monkeypatch.setenv("QUARTET_AUDIENCE", "https://files.example.org")

    credentials.Credentials("https://app.example.org", "tide")._pipeline_token()

    assert asked == [("https://pipelines.example/token", {"audience": "https://files.example.org"})]


def test_a_token_is_kept_between_commands_on_windows_too(publish, tmp_path, monkeypatch):
    from quartet_publish.credentials import TokenFile

    monkeypatch.delattr(os, "getuid")
    TokenFile("a server and a product").write("a token", time.time() + 3600)

    assert TokenFile("a server and a product").read() == "a token"
    assert TokenFile("another").read() == ""


def test_without_credentials_it_says_which_there_are(publish, monkeypatch):
    monkeypatch.delenv("QUARTET_TOKEN")

    code, said = publish("status", "tide", "1.0.0")

    assert (code, "id-token: write" in said["error"]) == (4, True)


def test_a_pipelines_token_is_exchanged_once_for_all_commands(
    publish, edith, issuer, archive, settings, monkeypatch
):
    settings.UPDATES_PIPELINE_ISSUERS = (issuer.url,)
    monkeypatch.setattr(pipeline_tokens, "_key_sets", {})
    monkeypatch.setattr(pipeline_tokens, "_key_address", lambda address: f"{address}/.well-known/jwks.json")
    rule = {"pipelines": "gitlab", "issuer": issuer.url, "repository": "acme/tide"}
    edith.post(f"{API}/products/tide/publishers", {**rule, "workflow": ".gitlab-ci.yml"})
    now, host = int(time.time()), issuer.url.removeprefix("http://")
    claims = {
        "iss": issuer.url,
        "aud": settings.PUBLIC_URL,
        "sub": "project_path:acme/tide",
        "project_path": "acme/tide",
        "project_id": "7",
        "ci_config_ref_uri": f"{host}/acme/tide//.gitlab-ci.yml@refs/tags/v1.0.0",
        "ref_protected": "true",
        "jti": "job-1",
        "iat": now,
        "exp": now + 300,
    }
    monkeypatch.delenv("QUARTET_TOKEN")
    monkeypatch.setenv("QUARTET_ID_TOKEN", issuer.sign(claims))

    codes = [
        publish("create", "tide", "1.0.0")[0],
        publish("upload", "tide", "1.0.0", str(archive))[0],
        publish("submit", "tide", "1.0.0", "--publish")[0],
        publish("create", "ebb", "1.0.0")[0],
    ]

    assert codes == [0, 0, 0, 4]
    assert AuditEntry.objects.filter(action="publisher_let_in").count() == 1
    assert Release.objects.get().published_by.startswith("ci-")


def test_a_person_signs_in_with_the_browser_and_is_remembered(publish, issuer, monkeypatch, live_server):
    import urllib.request

    from quartet_publish import login

    endpoints = {
        "authorization_endpoint": "https://id.example/authorize",
        "token_endpoint": "https://id.example",
    }
    asked: dict[str, str] = {}

    def browse(address):
        asked.update(httpx.URL(address).params)
        answer = f"{asked['redirect_uri']}?code=abc&state={asked['state']}"
        threading.Thread(target=lambda: urllib.request.urlopen(answer).read()).start()

    def tokens(address, grant):
        asked.update(grant)
        return {"access_token": issuer.editor_token(), "expires_in": 3600}

    monkeypatch.delenv("QUARTET_TOKEN")
    monkeypatch.setattr(login, "_discover", lambda _: endpoints)
    monkeypatch.setattr(login, "_tokens", tokens)
    monkeypatch.setattr("quartet_publish.login.webbrowser.open", browse)
    login.sign_in(live_server.url, issuer="https://id.example", client_id="quartet-publish", port=0)

    code, found = publish("create", "tide", "1.0.0")

    assert (code, found["version"]) == (0, "1.0.0")
    assert (asked["code_challenge_method"], asked["code"]) == ("S256", "abc")
    assert login._file().stat().st_mode & 0o077 == 0


def test_it_runs_as_a_program():
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        [sys.executable, "-m", "quartet_publish", "--help"], env=environment, capture_output=True, text=True
    )

    assert done.returncode == 0
    assert "rollout" in done.stdout
