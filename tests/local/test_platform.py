"""What a desk is made of: addresses, ports, secrets, variables, lines, watched files."""

from __future__ import annotations

import io
import os
import socket
import stat
from pathlib import Path

import pytest

from config import environment as config_environment
from local.platform.desk import Desk, DeskError, Port
from local.platform.environment import desk_environment, process_environment
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
    desk = desk_at(tmp_path, WEB_PORT="9000", S3_PORT="9333")

    assert desk.web_url == "http://127.0.0.1:9000"
    assert desk.identity_url == "http://127.0.0.1:8001"
    assert desk.todos_client_url == "http://127.0.0.1:9333/quartet-public/clients/todos/index.html"


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
    of_desk = desk_environment(desk_at(tmp_path), secrets={}, object_store={}, given=given)

    environment = process_environment(given, of_desk)

    assert environment["LANG"] == "de_DE"
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL"} & environment.keys()
    assert environment["AWS_ACCESS_KEY_ID"] == "desk"


def test_a_chosen_database_replaces_the_desk_s_own(tmp_path):
    given = {"DATABASE_URL": "postgres://alice@127.0.0.1:5432/quartet", "WEB_URL": "http://elsewhere"}

    chosen = desk_environment(desk_at(tmp_path), secrets={}, object_store={}, given=given)

    assert chosen["DATABASE_URL"] == "postgres://alice@127.0.0.1:5432/quartet"
    assert chosen["WEB_URL"] == "http://127.0.0.1:8000"


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
