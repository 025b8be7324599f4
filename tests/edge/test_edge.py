"""The edge as two processes: what it is made of, and how it begins and ends."""

from __future__ import annotations

import httpx
import psutil
import pytest

from chassis.publishing.rules import viewer_headers
from local.edge import nginx, server
from local.edge.access_log import entries
from local.edge.configuration import Configuration
from local.edge.nginx import NoEdge, find_nginx
from local.edge.server import Edge
from local.loopback import HOST
from tests.local.programs import until

STORE = "http://127.0.0.1:9"


def edge_in(directory) -> Edge:
    return Edge(directory, store_url=STORE, bucket="bucket")


def listening(pids: list[int]) -> set[str]:
    connections = [found for pid in pids for found in psutil.Process(pid).net_connections("inet")]
    return {found.laddr.ip for found in connections if found.status == psutil.CONN_LISTEN}


def test_it_works_in_a_directory_with_any_name(tmp_path):
    with edge_in(tmp_path / 'a "b" $c; ü') as edge:
        answer = httpx.get(f"{edge.files_url}/")

    assert answer.status_code == 302


def test_it_listens_on_loopback_alone_and_leaves_nothing(tmp_path):
    edge = edge_in(tmp_path)
    with edge:
        leaders = [process.pid for process in edge._processes]
        below = [child.pid for pid in leaders for child in psutil.Process(pid).children(recursive=True)]
        heard = listening(leaders)

    assert heard == {HOST}
    assert len(below) >= 1
    assert not [pid for pid in (*leaders, *below) if psutil.pid_exists(pid)]


def test_its_ports_and_its_copies_survive_a_restart(tmp_path, store):
    store.answer("/bucket/a.html", b"kept", cache="public, s-maxage=60")
    first = Edge(tmp_path, store_url=store.url, bucket="bucket")
    with first:
        httpx.get(f"{first.files_url}/a.html")

    with Edge(tmp_path, store_url=store.url, bucket="bucket") as second:
        answer = httpx.get(f"{second.files_url}/a.html")

    assert second.environment() == first.environment()
    assert answer.headers["X-Cache"] == "HIT"


def test_where_there_is_no_nginx_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(nginx, "find_nginx", lambda: None)

    with pytest.raises(NoEdge, match="no nginx here"):
        edge_in(tmp_path).start()


def test_the_system_s_nginx_serves_where_there_is_no_wheel(tmp_path, monkeypatch):
    program = tmp_path / "nginx"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr("local.edge.nginx._packaged", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_nginx() == program


def test_a_port_that_is_taken_is_told_with_its_last_words(tmp_path):
    with edge_in(tmp_path / "first") as first:
        second = Edge(tmp_path / "second", store_url=STORE, bucket="bucket", files_port=first.files_port)

        with pytest.raises(RuntimeError, match=r"Address.* in use"):
            second.start()


def test_a_log_that_has_grown_is_put_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "_LOG_BYTES", 10)
    edge = edge_in(tmp_path)
    edge.access_log.write_text("x" * 11)
    edge.origin_log.write_text("x" * 9)

    edge.command()

    assert not edge.access_log.exists()
    assert (tmp_path / "access.log.1").read_text() == "x" * 11
    assert edge.origin_log.exists()


def test_every_rule_of_the_table_is_in_the_configuration():
    text = Configuration(store_url=STORE, bucket="bucket", files_port=1, origin_port=2).render()

    for origin, viewer in viewer_headers().items():
        assert f'"{origin}" "{viewer}";' in text
    assert "<<" not in text


def test_a_line_of_the_log_says_what_statistics_need(put, reader, edge):
    put("artifacts/app/logged.bin", b"0123456789")
    reader.get(
        "/artifacts/app/logged.bin?from=1.0", headers={"Range": "bytes=2-4", "User-Agent": "updater/1"}
    )

    def found():
        return [entry for entry in entries(edge.access_log) if "logged.bin" in entry["uri"]]

    until(found, what="the line of the log")
    (entry,) = found()
    assert entry.items() >= {
        "distribution": "files", "method": "GET", "uri": "/artifacts/app/logged.bin", "query": "from=1.0",
        "status": 206, "bytes": 3, "range": "bytes=2-4", "content_range": "bytes 2-4/10", "cache": "MISS",
        "user_agent": "updater/1", "referer": "", "client": HOST, "protocol": "HTTP/1.1",
    }.items()  # fmt: skip
    assert entry["seconds"] >= 0
    assert float(entry["upstream_seconds"]) >= 0


def test_a_line_that_is_no_text_or_only_half_written_spoils_no_other(tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(b'{"uri":"/\xff"}\n{"uri":"/b"}\n{"uri":"/c')

    assert [entry["uri"] for entry in entries(log)] == ["/\ufffd", "/b"]
