"""What the plan says of a log, and that the real edge then does just that."""

from __future__ import annotations

import gzip
import io
import json
import os

import pytest
from django.core.management import CommandError, call_command

from bench.legacy_app import StaticServer
from bench.release_flood import combined, files, flood, replay
from local.edge.nginx import find_nginx
from local.edge.offload import OffloadEdge
from updates.offload.paths import is_artifact

# `python -m bench plan` does the same with a million.
LINES = 3000
STAMP = "24/Nov/2026:10:00:00 +0000"


def plan(*logs, **options):
    """The command's document."""
    out = io.StringIO()
    arguments = [f"--log={log}" for log in logs]
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    call_command("updates", "offload", "plan", "--json", *arguments, *flags, stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


def line(target="/a-1.0.zip", *, status=200, sent=1000, stamp=STAMP, method="GET", client="192.0.2.1"):
    """Of nginx."""
    return f'{client} - - [{stamp}] "{method} {target} HTTP/1.1" {status} {sent} "-" "curl/8"\n'


@pytest.fixture
def log(tmp_path):
    """`log(line(), …)`: a file of these lines."""
    numbers = iter(range(100))

    def write(*lines, name=""):
        path = tmp_path / (name or f"access-{next(numbers)}.log")
        path.write_text("".join(lines))
        return path

    return write


@pytest.mark.slow
def test_the_plan_predicts_what_the_real_edge_then_measures(tmp_path):
    if find_nginx() is None:
        pytest.skip("there is no nginx here")
    sizes = files(20, bytes_=40_000)
    requests = list(flood(LINES, sizes))
    path = tmp_path / "access.log.gz"
    with gzip.open(path, "wt") as written:
        written.writelines(map(combined, requests))
    predicted = plan(path)

    with StaticServer(tmp_path / "origin") as origin:
        for name, size in sizes.items():
            origin.put(name, os.urandom(size))
        origin.put("/downloads/latest.yml", b"v" * 350)
        with OffloadEdge(tmp_path / "edge", origin=origin.url) as edge:
            assert replay(requests, edge.port) == LINES
            measured = origin.counted()

    assert predicted["requests"] == LINES
    assert predicted["origin_requests"] == pytest.approx(measured.requests, rel=0.05)
    assert predicted["origin_bytes"] == pytest.approx(measured.bytes, rel=0.05)


def test_one_fetch_of_a_file_is_left_whatever_was_asked_of_it(log):
    found = plan(
        log(
            line(sent=1000),
            line(status=206, sent=10),
            line(status=304, sent=0),
            line("/a-1.0.zip?noCache=77", sent=1000),
            line("/a%2D1.0.zip", sent=400),
            line("/page", sent=70),
        )
    )

    assert (found["requests"], found["bytes"]) == (6, 2480)
    assert (found["origin_requests"], found["origin_bytes"]) == (2, 1070)


def test_each_place_fetches_for_itself_unless_there_is_a_shield(log):
    path = log(*(line(client=f"192.0.2.{number}") for number in range(200)))

    alone = io.StringIO()
    call_command(
        "updates", "offload", "plan", f"--log={path}", "--places=5", "--no-shield", "--json", stdout=alone
    )

    assert json.loads(alone.getvalue())["origin_requests"] == 5
    assert plan(path, places=5)["origin_requests"] == 1


def test_a_name_without_version_is_asked_about_each_minute(log):
    stamps = [f"24/Nov/2026:10:{minute:02}:00 +0000" for minute in range(10)]

    found = plan(log(*(line("/app-latest.zip", stamp=stamp) for stamp in stamps)))

    assert (found["origin_requests"], found["origin_bytes"]) == (10, 1000)
    assert "no version" in " ".join(found["findings"])


def test_a_cache_that_is_too_small_fetches_again(log):
    path = log(*(line(f"/{name}-1.0.zip", sent=1_000_000) for name in "abab"))

    assert plan(path, cache_gb=0.0015)["origin_bytes"] == 4_000_000
    assert plan(path, cache_gb=0.003)["origin_bytes"] == 2_000_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "ALB",
            "https 2026-11-24T10:00:00.186641Z app/lb/50 192.0.2.1:2817 10.0.0.1:80 0.0 0.1 0.0 200 200 34 "
            '1000 "GET https://example.com:443/a-1.0.zip?x=1 HTTP/1.1" "curl/8" - - arn:aws "1" "-" "-" 0 '
            '2026-11-24T10:00:00.186Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"\n',
        ),
        (
            "S3",
            "79a59df900b949e55d96a1e698fbaced bucket [24/Nov/2026:10:00:00 +0000] "
            '192.0.2.1 - 3E57427 REST.GET.OBJECT a-1.0.zip "GET /a-1.0.zip HTTP/1.1" 200 - 1000 1000 '
            '7 6 "-" "S3Console/0.4" - id SigV4 ECDHE-RSA AuthHeader bucket.s3.amazonaws.com TLSV1.2\n',
        ),
        ("Apache with a host", f"www.example.com:443 {line()}"),
        (
            "Apache common",
            '192.0.2.1 - frank [24/Nov/2026:10:00:00 +0000] "GET /a-1.0.zip HTTP/1.0" 200 1000\n',
        ),
    ],
)
def test_each_format_is_known_by_its_lines(log, name, text):
    found = plan(log(text * 3))

    assert (found["requests"], found["bytes"], found["findings"][:-1]) == (3, 3000, [])
    assert (found["origin_requests"], found["origin_bytes"]) == (1, 1000)


def test_times_of_another_zone_are_the_same_moments(log):
    here = log(line(stamp="24/Nov/2026:23:30:00 +0000"), line(stamp="25/Nov/2026:00:30:00 +0100"))

    assert plan(here)["seconds"] == 1


def test_a_log_of_another_format_is_told_with_its_first_line(log):
    with pytest.raises(CommandError, match=r"none of the formats.*first line: \{\"a\": 1\}"):
        plan(log('{"a": 1}\n'))


def test_half_a_line_and_rubbish_are_told_and_the_rest_counts(log):
    found = plan(log(line(), "rubbish \x00\x1b[31m\n", line(), line()[:40]))

    assert found["requests"] == 2
    assert "2 of 4 lines are no combined line" in found["findings"][0]
    assert "line 2: rubbish ··[31m" in found["findings"][0]


def test_a_packed_log_that_is_cut_short_counts_to_there(tmp_path):
    path = tmp_path / "access.log.gz"
    whole = gzip.compress("".join(line(f"/{number}.zip") for number in range(20_000)).encode())
    path.write_bytes(whole[: len(whole) // 2])

    found = plan(path)

    assert 0 < found["requests"] < 20_000
    assert any("cut short after line" in finding for finding in found["findings"])


def test_a_time_that_does_not_exist_is_left_out(log):
    found = plan(log(line(), line(stamp="31/Feb/2026:10:00:00 +0000")))

    assert found["requests"] == 1
    assert "1 lines have a time" in " ".join(found["findings"])


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_log_says_nothing(log, text):
    path = log(text)

    if text:
        with pytest.raises(CommandError, match="none of the formats"):
            plan(path)
    else:
        assert plan(path)["verdict"] == "The log has no request, so nothing can be said."


def test_a_log_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        plan(tmp_path / "none.log")


def test_it_says_plainly_when_an_edge_would_save_little(log):
    found = plan(log(*(line(f"/page/{number}", sent=5000) for number in range(50)), line(sent=1000)))

    assert found["verdict"].startswith("An edge would save little here")


def test_prices_are_dated_and_can_be_replaced(log, tmp_path):
    own = tmp_path / "prices.json"
    own.write_text('{"origin_out": {"free_gb": 0, "tiers": [[null, 1.0]]}}')
    path = log(*(line(sent=10**9) for _ in range(10)))

    found = plan(path, days=30, prices=own)

    assert found["month"]["without an edge"]["cost"] == 10.0
    own.write_text('{"orgin_out": {}}')
    with pytest.raises(CommandError, match="unknown: orgin_out"):
        plan(path, prices=own)


def test_the_report_has_a_table_a_chart_and_the_stacks_values(log, tmp_path):
    out = io.StringIO()
    chart, values = tmp_path / "chart.svg", tmp_path / "values.json"
    path = log(*(line() for _ in range(100)), line("/b-1.0.dmg", sent=9))

    call_command(
        *("updates", "offload", "plan", f"--log={path}", f"--chart={chart}", f"--parameters={values}"),
        "--origin=downloads.example.com",
        stdout=out,
    )

    assert "| requests at the origin   |            101 |              2 |   98.02% |" in out.getvalue()
    assert chart.read_text().startswith("<svg")
    written = {one["ParameterKey"]: one["ParameterValue"] for one in json.loads(values.read_text())}
    assert written["OriginDomain"] == "downloads.example.com"
    assert (written["ArtifactPattern1"], written["ArtifactPattern2"]) == ("*.zip", "*.dmg")


def stack_values(log, tmp_path, *options):
    """What the plan writes for the stack."""
    path = tmp_path / "values.json"
    arguments = ("updates", "offload", "plan", f"--log={log}", f"--parameters={path}", *options)
    call_command(*arguments, stdout=io.StringIO())
    return {one["ParameterKey"]: one["ParameterValue"] for one in json.loads(path.read_text())}


def test_the_stack_is_the_edge_that_was_planned(log, tmp_path):
    path = log(line())

    usual = stack_values(path, tmp_path)
    other = stack_values(path, tmp_path, "--query=keep", "--no-shield", "--seconds=60", "--path=/get/*")

    assert (usual["QueryInKey"], usual["OriginShieldRegion"]) == ("no", "us-east-1")
    assert (other["QueryInKey"], other["OriginShieldRegion"], other["ArtifactSeconds"]) == ("yes", "", "60")
    # Nothing in this log is below it, and yet it is what was asked for; the others are taken away.
    assert (other["ArtifactPattern1"], other["ArtifactPattern2"]) == ("/get/*", "")
    assert usual["ArtifactPattern2"] == ""


def test_only_artifacts_without_a_version_in_their_names_live_a_minute_in_the_stack(log, tmp_path):
    path = log(
        line("/app-latest.zip", sent=9),
        line("/get/Nightly-app.msi", sent=8),
        line("/get/app-1.0.tar", sent=7),
        line("/account/latest-orders"),
    )
    options = ("--path=*.zip", "--path=/get/*", "--path=/once/app-*.bin")

    values = stack_values(path, tmp_path, *options)

    narrow = [values[f"MutablePattern{number}"] for number in range(1, 5)]
    assert narrow == ["*latest*.zip", "/get/*Nightly*", "/get/*latest*", ""]
    assert not is_artifact("/account/latest-orders", tuple(filter(None, narrow)))


def test_names_without_a_version_that_find_no_room_are_told(log):
    words = ["latest", "current", "nightly", "snapshot", "Latest"]
    found = plan(log(*(line(f"/app-{word}.zip", sent=100 - number) for number, word in enumerate(words))))

    assert "copies of these would live 86400 s: *Latest*.zip." in " ".join(found["findings"])


def test_patterns_that_the_stack_has_no_room_for_are_told(log, tmp_path):
    endings = ["exe", "msi", "dmg", "pkg", "zip", "7z", "tgz", "deb", "rpm", "snap", "apk", "iso"]
    path = log(*(line(f"/a-1.0.{end}", sent=1000 - number) for number, end in enumerate(endings)))

    found, values = plan(path), stack_values(path, tmp_path)

    assert "10 patterns, so these would pass: *.apk, *.iso." in " ".join(found["findings"])
    assert values["ArtifactPattern10"] == "*.snap"
    assert found["patterns"] == [f"*.{end}" for end in endings]
