"""The whole desk: one command, every address, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.local.fresh_desk import FreshDesk, free_ports
from tests.local.programs import CHECKOUT, Program, alive, outside_the_suite, until

# One desk for all of them, so in one worker of pytest-xdist; a first start takes its time.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("desk"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreshDesk]:
    """One desk for this file, with a first start behind it."""
    desk = FreshDesk(tmp_path_factory.mktemp("desk"))
    yield desk
    desk.stop()
    desk.program.close()


@pytest.fixture
def desk(shared_desk: FreshDesk) -> FreshDesk:
    """The desk, running, whatever the test before did to it."""
    if shared_desk.program.process.poll() is not None:
        shared_desk.launch()
    shared_desk.wait_until_ready()
    return shared_desk


def printed_addresses(desk: FreshDesk) -> dict[str, str]:
    """The names and addresses of the block that says: ready."""
    return dict(re.findall(r"^  ([A-Z][A-Za-z -]+?)  +(http://\S+)$", desk.program.output, re.MULTILINE))


def recorded_pid(desk: FreshDesk, name: str) -> int | None:
    """The process that the desk runs under a name; None while there is none."""
    records = json.loads((desk.directory / "processes.json").read_text())
    return next((record["pid"] for record in records if record["name"] == name), None)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=20).status_code == 200
    except httpx.TransportError:
        return False


def manage(desk: FreshDesk, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Django that knows of the desk only where its variables are."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env={
            **outside_the_suite(),
            "ENVIRONMENT_FILE": str(desk.directory / "environment"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_every_address_that_is_printed_answers(desk):
    statuses = {
        name: httpx.get(url, follow_redirects=True, timeout=60).status_code
        for name, url in printed_addresses(desk).items()
    }

    # Its root lists buckets, which is not for everybody.
    assert statuses.pop("Object store") == 403
    # Leads to the blog, whose first page is an editor's to make.
    assert statuses.pop("Files") in {200, 404}
    assert {"Start page", "Admin", "API docs", "Identity", "Mailbox"} <= statuses.keys()
    assert set(statuses.values()) == {200}
    assert answers(f"{desk.web_url}/health/ready")


def test_the_demo_accounts_are_printed_and_the_secrets_are_not(desk):
    secrets = json.loads((desk.directory / "secrets.json").read_text())

    assert re.search(r"alice@example\.com +\S+ +user", desk.program.output)
    assert re.search(r"edith@example\.com +\S+ +editors", desk.program.output)
    assert not [name for name, value in secrets.items() if value in desk.program.output]


def test_everything_listens_on_loopback_alone(desk):
    import psutil

    below = set(desk.program.descendants())
    listening = [
        connection.laddr.ip
        for connection in psutil.net_connections("tcp")
        if connection.pid in below and connection.status == psutil.CONN_LISTEN
    ]

    assert len(listening) >= 4
    assert set(listening) == {"127.0.0.1"}


def test_other_commands_speak_to_the_running_desk(desk):
    shell = "from django.conf import settings; print(settings.WEB_URL, settings.DATABASES['default']['NAME'])"

    outcome = manage(desk, "shell", "-v", "0", "-c", shell)

    assert outcome.stdout.split() == [desk.web_url, str(desk.directory / "quartet.sqlite3")]


def test_what_the_services_mail_lands_in_the_mailbox(desk):
    outcome = manage(desk, "sendtestemail", "desk-test@example.com")

    mailbox = f"http://127.0.0.1:{desk.environment['MAILBOX_PORT']}"
    mails = httpx.get(f"{mailbox}/api/mails", params={"to": "desk-test@example.com"}, timeout=60).json()[
        "items"
    ]
    assert outcome.returncode == 0, outcome.stderr
    assert len(mails) == 1


def test_files_are_served_while_every_django_process_stands_still(desk):
    of_django = [recorded_pid(desk, name) for name in ("web", "worker", "identity", "mailbox")]
    groups = [pid for pid in of_django if pid is not None]
    files = [f"{desk.files_url}/clients/todos/{name}" for name in ("", "config.json", "js/main.js")]

    for group in groups:
        os.killpg(group, signal.SIGSTOP)
    try:
        statuses = [httpx.get(url, timeout=20).status_code for url in files]
    finally:
        for group in groups:
            os.killpg(group, signal.SIGCONT)

    assert len(groups) == 4
    assert statuses == [200, 200, 200]


def test_a_killed_web_process_comes_back(desk):
    first = recorded_pid(desk, "web")
    assert first is not None

    os.kill(first, signal.SIGKILL)
    until(lambda: recorded_pid(desk, "web") not in {None, first}, what="another web process")

    until(lambda: answers(f"{desk.web_url}/health/live"), what="its answer")
    assert alive([first]) == []


def test_a_second_desk_in_the_same_directory_is_refused(desk):
    with_other_ports = FreshDesk(desk.directory)

    code = with_other_ports.program.wait()

    assert code == 1
    assert f"A desk is running in {desk.directory} already" in with_other_ports.program.output
    assert "choose another LOCAL_DIR" in with_other_ports.program.output


def test_a_used_port_stops_the_start_and_names_its_variable(desk, tmp_path):
    second = Program(
        *("manage.py", "platform"),
        environment={**desk.environment, "LOCAL_DIR": str(tmp_path), "IDENTITY_PORT": str(free_ports(1)[0])},
    )

    code = second.wait()

    assert code == 1
    assert f"Port {desk.environment['WEB_PORT']} is in use" in second.output
    assert "The web needs it; choose another with WEB_PORT=…" in second.output
    assert "The object store needs it; choose another with S3_PORT=…" in second.output
    assert "IDENTITY_PORT" not in second.output
    assert not (tmp_path / "quartet.sqlite3").exists()


def test_two_desks_run_side_by_side(desk, tmp_path):
    second = FreshDesk(tmp_path)

    second.wait_until_ready()

    both = [answers(f"{each.web_url}/health/ready") for each in (desk, second)]
    code = second.stop()
    assert both == [True, True]
    assert code == 0


def test_nothing_is_left_of_a_desk_that_was_killed(desk):
    below = desk.program.descendants()

    desk.program.send(signal.SIGKILL)

    until(lambda: not alive(below), what="the end of every process")
    # Seven processes, three of them with a worker, nginx with three or four, and the guard.
    assert len(below) >= 13


def test_nothing_is_left_after_ctrl_c_and_the_next_start_keeps_the_data(desk):
    below = desk.program.descendants()
    style = re.search(r"http://\S+/static/\S+\.css", httpx.get(f"{desk.web_url}/", timeout=60).text)
    assert style is not None

    code = desk.stop()
    left = alive(below)
    desk.launch()
    desk.wait_until_ready()

    assert code == 0
    assert left == []
    assert answers(style.group(0))
