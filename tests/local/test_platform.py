"""What a desk is made of: addresses, ports, secrets, variables, lines, watched files."""

from __future__ import annotations

import io
import os
import socket
import stat
from pathlib import Path

import pytest
from django.conf import settings

from config import environment as config_environment
from local.platform.desk import Desk, DeskError, Port
from local.platform.environment import desk_environment, process_environment, write_environment_files
from local.platform.keys import environment_lines, keep_secrets, write_private
from local.platform.ports import describe_used
from local.platform.stamps import Stamps
from local.platform.terminal import Terminal
from local.platform.watch import Watch, fingerprint


class FakeTerminalStream(io.StringIO):
    def isatty(self) -> bool:
        return True


def desk_at(directory: Path, **ports: str) -> Desk:
    return Desk.from_environment({"LOCAL_DIR": str(directory), **ports})


@pytest.mark.parametrize("value", ["http", "80", "65536", "-1", "٨٠٠٠"])
def test_a_port_that_is_none_is_refused_with_its_variable(value):
    with pytest.raises(DeskError, match=f"^MAILBOX_PORT is {value!r}; expected a port from 1024 to 65535"):
        Desk.from_environment({"MAILBOX_PORT": value})


def test_two_parts_on_one_port_are_refused():
    with pytest.raises(DeskError, match="WEB_PORT and IDENTITY_PORT are both 9000"):
        Desk.from_environment({"WEB_PORT": "9000", "IDENTITY_PORT": "9000"})


def test_addresses_follow_from_the_ports(tmp_path):
    desk = desk_at(tmp_path, WEB_PORT="9000", EDGE_FILES_PORT="9080")

    assert desk.web_url == "http://127.0.0.1:9000"
    assert desk.identity_url == "http://127.0.0.1:8001"
    assert desk.todos_client_url == "http://127.0.0.1:9080/clients/todos/index.html"


def test_a_split_desk_has_a_site_for_each_service(tmp_path):
    desk = desk_at(tmp_path, SPLIT="1", WEB_PORT="9000", TODOS_PORT="9100")

    assert [site.name for site in desk.sites] == list(settings.KNOWN_SERVICES)
    assert [site.services for site in desk.sites] == [(name,) for name in settings.KNOWN_SERVICES]
    assert {site.name: site.url for site in desk.sites}["todos"] == "http://127.0.0.1:9100"
    assert desk.web_url == desk.sites[0].url == "http://127.0.0.1:9000"


def test_a_desk_that_is_not_split_has_one_site_for_all(tmp_path):
    desk = desk_at(tmp_path, SPLIT="")

    assert [(site.name, site.services) for site in desk.sites] == [("web", settings.KNOWN_SERVICES)]


def test_a_split_desk_can_run_some_of_the_services(tmp_path):
    desk = desk_at(tmp_path, SPLIT="1", SERVICES="updates, todos")

    assert [(site.name, site.port.variable) for site in desk.sites] == [
        ("todos", "WEB_PORT"),
        ("updates", "UPDATES_PORT"),
    ]


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"SPLIT": "maybe"}, "SPLIT is 'maybe'; expected 1 or nothing"),
        (
            {"SPLIT": "1", "DATABASE_URL": "sqlite:///x"},
            "DATABASE_URL is one database.*ACCOUNTS_DATABASE_URL",
        ),
        ({"SPLIT": "1", "TODOS_PORT": "8000"}, "WEB_PORT and TODOS_PORT are both 8000"),
        ({"EDGE_FILES_PORT": "8333"}, "EDGE_FILES_PORT and S3_PORT are both 8333"),
    ],
)
def test_a_shape_that_cannot_be_is_refused_with_its_variable(variables, problem):
    with pytest.raises(DeskError, match=problem):
        Desk.from_environment(variables)


def test_without_nginx_the_files_are_read_from_the_store(tmp_path, monkeypatch):
    monkeypatch.setattr("local.platform.desk.find_nginx", lambda: None)

    desk = desk_at(tmp_path, S3_PORT="9333")

    assert desk.public_url == "http://127.0.0.1:9333/quartet-public"
    assert desk.public_origin == "http://127.0.0.1:9333"
    assert "EDGE_FILES_PORT" not in {port.variable for port in desk.ports}


def test_a_taken_port_is_described_with_its_variable_and_its_owner():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = listener.getsockname()[1]

        (sentence,) = describe_used([Port(number, "mailbox", "MAILBOX_PORT")])

    assert f"Port {number} is in use by process {os.getpid()}" in sentence
    assert "The mailbox needs it; choose another with MAILBOX_PORT=…" in sentence


def test_a_free_port_is_not_described():
    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        number = finder.getsockname()[1]

    assert describe_used([Port(number, "web", "WEB_PORT")]) == []


def test_secrets_are_made_once_and_for_the_owner_alone(tmp_path):
    first = keep_secrets(tmp_path)

    second = keep_secrets(tmp_path)

    assert first == second
    assert len(set(first.values())) == len(first)
    assert min(map(len, first.values())) >= 50
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_the_environment_file_is_read_back_as_it_was_written(tmp_path, monkeypatch):
    written = {"DESK_A": "x=y z;#$HOME", "DESK_B": "", "DESK_C": "words, and ü"}
    write_private(tmp_path / "environment", environment_lines(written))
    monkeypatch.setenv("DESK_B", "given")
    monkeypatch.delenv("DESK_A", raising=False)
    monkeypatch.delenv("DESK_C", raising=False)

    config_environment.load_environment_file(tmp_path / "environment")
    read = {name: os.environ.pop(name) for name in ("DESK_A", "DESK_C")}

    assert read == {"DESK_A": "x=y z;#$HOME", "DESK_C": "words, and ü"}
    assert os.environ["DESK_B"] == "given"
    assert stat.S_IMODE((tmp_path / "environment").stat().st_mode) == 0o600


def test_what_a_file_added_is_not_a_given_variable(tmp_path, monkeypatch):
    (tmp_path / "environment").write_text("DESK_ADDED='1'\nDESK_GIVEN='2'\n")
    monkeypatch.setenv("DESK_GIVEN", "mine")

    config_environment.load_environment_file(tmp_path / "environment")
    given = config_environment.given_environment()
    os.environ.pop("DESK_ADDED")

    assert "DESK_ADDED" not in given
    assert given["DESK_GIVEN"] == "mine"


@pytest.mark.parametrize("value", ["it's", "two\nlines"])
def test_a_value_that_could_not_be_read_back_is_not_written(value):
    with pytest.raises(ValueError, match="DESK_A"):
        environment_lines({"DESK_A": value})


def test_a_desk_is_not_led_out_by_the_variables_of_a_cloud(tmp_path):
    given = {"AWS_PROFILE": "work", "AWS_ENDPOINT_URL": "https://example.com", "LANG": "de_DE"}
    of_desk = desk_environment(desk_at(tmp_path), secrets={}, object_store={}, edge={}, given=given)

    environment = process_environment(given, of_desk)

    assert environment["LANG"] == "de_DE"
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL"} & environment.keys()
    assert environment["AWS_ACCESS_KEY_ID"] == "desk"


def test_a_chosen_database_replaces_the_desk_s_own(tmp_path):
    given = {"DATABASE_URL": "postgres://alice@127.0.0.1:5432/quartet", "WEB_URL": "http://elsewhere"}

    chosen = desk_environment(desk_at(tmp_path), secrets={}, object_store={}, edge={}, given=given)

    assert chosen["DATABASE_URL"] == "postgres://alice@127.0.0.1:5432/quartet"
    assert chosen["WEB_URL"] == "http://127.0.0.1:8000"


@pytest.fixture
def split_files(tmp_path):
    """The files of a split desk, read as a command reads them."""
    desk = desk_at(tmp_path, SPLIT="1")
    given = {"BLOG_DATABASE_URL": "postgres://alice@127.0.0.1:5432/blog"}
    secrets = keep_secrets(tmp_path)
    (tmp_path / "environment.leftover").write_text("")
    of_desk = desk_environment(desk, secrets=secrets, object_store={}, edge={}, given=given)
    write_environment_files(desk, of_desk)
    return {path.name: lines_of(path) for path in tmp_path.glob("environment*")}


def lines_of(path: Path) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in path.read_text().splitlines())
    return {name: value.strip("'") for name, value in pairs}


def test_each_service_of_a_split_desk_has_a_file_of_its_own(split_files, tmp_path):
    todos, blog = split_files["environment.todos"], split_files["environment.blog"]

    assert set(split_files) == {"environment", *(f"environment.{name}" for name in settings.KNOWN_SERVICES)}
    assert (todos["SERVICES"], todos["WEB_URL"]) == ("todos", "http://127.0.0.1:8011")
    assert todos["DATABASE_URL"] == f"sqlite:///{tmp_path / 'todos.sqlite3'}"
    assert blog["DATABASE_URL"] == "postgres://alice@127.0.0.1:5432/blog"
    assert todos["ACCOUNTS_URL"] == "http://127.0.0.1:8000"
    assert split_files["environment"]["SERVICES"] == "accounts"


def test_no_service_of_a_split_desk_knows_the_secrets_of_another(split_files):
    todos, blog = split_files["environment.todos"], split_files["environment.blog"]

    assert "TODOS_CLIENT_SECRET" in todos
    assert not {"ACCOUNTS_CLIENT_SECRET", "BLOG_CLIENT_SECRET", "UPDATES_CLIENT_SECRET"} & todos.keys()
    assert todos["SECRET_KEY"] != blog["SECRET_KEY"]
    assert todos["OIDC_STAFF_CLIENT_SECRET"] == blog["OIDC_STAFF_CLIENT_SECRET"]
    # The identity provider registers them all.
    assert {"ACCOUNTS_CLIENT_SECRET", "TODOS_CLIENT_SECRET"} <= split_files["environment"].keys()


def test_a_command_finds_the_file_of_the_one_service_that_it_is_for(tmp_path):
    whole, own = tmp_path / "environment", tmp_path / "environment.todos"
    own.write_text("")

    assert config_environment.environment_file_of(whole, services="todos") == own
    assert config_environment.environment_file_of(whole, services="blog") == whole
    assert config_environment.environment_file_of(whole, services="") == whole
    assert config_environment.environment_file_of(whole, services="accounts,todos") == whole
    assert config_environment.environment_file_of(Path(""), services="todos") == Path("")


def test_addresses_of_an_earlier_split_desk_lead_nowhere(tmp_path):
    of_desk = desk_environment(desk_at(tmp_path), secrets={}, object_store={}, edge={}, given={})

    environment = process_environment({"TODOS_URL": "http://127.0.0.1:8011"}, of_desk)

    assert "TODOS_URL" not in environment


def test_each_process_has_its_own_colour_on_a_terminal(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = FakeTerminalStream()
    terminal = Terminal(stream)

    terminal.line("web", "hello")
    terminal.line("worker", "hello")

    first, second = stream.getvalue().splitlines()
    assert first == "\x1b[36mweb          |\x1b[0m hello"
    assert second == "\x1b[35mworker       |\x1b[0m hello"


def test_there_are_no_colours_without_a_terminal():
    stream = io.StringIO()

    Terminal(stream).problem("web", "ended")

    assert stream.getvalue() == "web          | ended\n"


def test_there_are_no_colours_where_nobody_wants_them(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    stream = FakeTerminalStream()

    Terminal(stream).problem("web", "ended")

    assert "\x1b" not in stream.getvalue()


def test_a_changed_added_or_removed_file_is_seen_once(tmp_path):
    code = tmp_path / "todos" / "commands.py"
    code.parent.mkdir()
    code.write_text("a = 1\n")
    watch = Watch([tmp_path])

    assert watch.changed() is None
    code.write_text("a = 22\n")
    assert watch.changed() == code
    assert watch.changed() is None
    code.unlink()
    assert watch.changed() == code


def test_data_and_caches_are_not_watched(tmp_path):
    watch = Watch([tmp_path])

    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "commands.py").write_text("")
    (tmp_path / "quartet.sqlite3").write_text("")

    assert watch.changed() is None


def test_a_step_is_done_again_only_when_its_sources_change(tmp_path):
    source = tmp_path / "source.css"
    source.write_text("a {}")
    stamps = Stamps(tmp_path / "desk")
    before = fingerprint([source], "fact")
    stamps.put("collectstatic", before)

    assert stamps.is_current("collectstatic", fingerprint([source], "fact"))
    source.write_text("b {}")
    assert not stamps.is_current("collectstatic", fingerprint([source], "fact"))
    assert not stamps.is_current("collectstatic", fingerprint([source], "other fact"))
    stamps.forget_all()
    assert not stamps.is_current("collectstatic", before)
