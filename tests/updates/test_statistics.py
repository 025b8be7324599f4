"""Downloads are counted from the edge's logs: the truth exactly, once, in any order, and nobody's address."""

from __future__ import annotations

import gzip
import json
import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db.models import Sum

from updates import commands, tasks
from updates.models import (
    Artifact,
    ArtifactState,
    Delta,
    DeltaState,
    DownloadDay,
    DownloadTraces,
    EdgeLog,
    Product,
    Release,
    TraceSalt,
)
from updates.statistics.traces import unpacked

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)
SIZE = 10_000
PATH = "/artifacts/tide/tide-1.0.0.zip"


@pytest.fixture(autouse=True)
def artifacts():
    """A product with a whole application and a difference to an earlier one."""
    product = Product.objects.create(slug="tide", name="Tide")
    made = {}
    for name, kind in (("tide-1.0.0.zip", "full"), ("tide-1.0.0.delta", "delta")):
        made[name] = Artifact.objects.create(
            product=product,
            file_name=name,
            folded_name=name,
            operating_system="linux",
            architecture="x86_64",
            kind=kind,
            declared_size=SIZE,
            declared_sha256="0" * 64,
            size=SIZE,
            state=ArtifactState.VERIFIED,
            created_by="edith",
        )
    channel = product.channels.create(slug="stable", name="Stable")
    release = Release.objects.create(channel=channel, version="1.0.0", number=1, created_by="edith")
    release.artifacts.set(made.values())
    return made


def line(*, client="192.0.2.1", sent=SIZE, status=200, day=DAY, cache="HIT", path=PATH, second=0, **more):
    """Of the desk's edge."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() + second
    entry = {
        "timestamp": at,
        "client": client,
        "method": "GET",
        "uri": path,
        "status": status,
        "bytes": sent,
        "cache": cache,
        "user_agent": "Updater/1",
        "a field of tomorrow": 1,
        **more,
    }
    return json.dumps(entry).encode() + b"\n"


def count(*lines, name="access.log"):
    """Count a log of these lines."""
    return commands.count_log(name=name, lines=lines)


def sums(**filters):
    """What all days have together."""
    names = ("requests", "bytes", "downloads", "resumed")
    return DownloadDay.objects.filter(**filters).aggregate(**{name: Sum(name) for name in names})


def test_ranges_of_one_download_are_one_download():
    count(*(line(sent=2_500, status=206, second=number) for number in range(4)))

    assert sums() == {"requests": 4, "bytes": SIZE, "downloads": 1, "resumed": 1}


def test_parts_of_different_clients_are_no_download():
    count(*(line(sent=5_000, status=206, client=f"192.0.2.{number}") for number in range(4)))

    assert sums()["downloads"] == 0


def test_a_download_that_was_broken_off_and_resumed_is_one():
    count(line(sent=4_000, second=1), line(sent=6_000, status=206, second=2))

    assert sums() == {"requests": 2, "bytes": SIZE, "downloads": 1, "resumed": 1}


def test_a_download_over_midnight_counts_on_the_day_on_which_it_ends():
    after = DAY + timedelta(days=1)

    # The later part comes first, as logs of several edges do.
    count(line(sent=5_000, status=206, day=after), name="b.log")
    count(line(sent=5_000, status=206, day=DAY), name="a.log")

    assert (sums(day=DAY)["downloads"], sums(day=after)["downloads"]) == (0, 1)


def test_a_log_that_comes_twice_or_under_another_name_counts_once():
    lines = [line(second=number, client=f"192.0.2.{number}") for number in range(5)]

    count(*lines)
    count(*lines)
    count(*lines, name="copy.log")

    assert sums()["downloads"] == 5
    assert EdgeLog.objects.get().lines == 5


def test_a_log_that_grows_is_counted_from_where_it_was_left():
    lines = [line(second=number, client=f"192.0.2.{number}") for number in range(5)]

    # The last line is being written.
    count(*lines[:3], lines[3][:20])
    count(*lines)

    assert sums()["downloads"] == 5


def test_lines_that_are_none_are_left_out_and_told():
    log = count(
        line(), b"half a li\n", b'{"uri": "/x"}\n', b"[]\n", b"\xff\xfe\n", b"\n", line(client="192.0.2.9")
    )

    assert sums()["downloads"] == 2
    assert (log.lines, log.skipped) == (7, 4)


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "HEAD", "sent": 0},
        {"status": 304, "sent": 0},
        {"status": 404, "sent": 300},
        {"path": "/artifacts/tide/unknown.zip"},
        {"path": "/blog/"},
    ],
)
def test_what_is_no_download_is_none(changes):
    count(line(**changes))

    assert DownloadDay.objects.count() == 0


def test_no_address_is_kept():
    count(line(client="198.51.100.77", sent=100, status=206))

    traces = unpacked(bytes(DownloadTraces.objects.get().parts))
    kept = json.dumps(
        [traces, list(EdgeLog.objects.values()), list(DownloadDay.objects.values())], default=str
    )
    assert "198.51.100.77" not in kept
    assert [len(digest) for digest in traces] == [32]


def test_traces_and_their_secrets_go(artifacts):
    old = date.today() - timedelta(days=60)
    count(line(sent=100, status=206, day=old), line(sent=100, status=206, day=date.today()))

    commands.prune_traces()

    assert DownloadTraces.objects.count() == TraceSalt.objects.count() == 1
    assert sums()["requests"] == 2


def test_cloudfronts_own_lines_are_counted():
    entry = {
        "date": DAY.isoformat(),
        "time": "12:00:00",
        "c-ip": "192.0.2.1",
        "cs-method": "GET",
        "cs-uri-stem": "/artifacts/tide/tide-1.0.0%2Ezip",
        "sc-status": "200",
        "sc-bytes": str(SIZE + 512),
        "sc-content-len": str(SIZE),
        "x-edge-result-type": "RefreshHit",
        "cs(User-Agent)": "curl/8",
        "c-country": "CH",
        "sc-range-start": "-",
    }

    count(json.dumps(entry).encode() + b"\n")

    row = DownloadDay.objects.get()
    assert (row.downloads, row.bytes, row.country, row.is_hit) == (1, SIZE, "CH", True)


def make_difference(artifacts):
    """One that was made here, and leads to the whole application; its path and size."""
    target = artifacts["tide-1.0.0.zip"]
    delta = Delta.objects.create(
        base=artifacts["tide-1.0.0.delta"],
        target=target,
        state=DeltaState.OFFERED,
        file_name="tide-1.0.0.zip.from-0123456789ab.zst",
        size=3_000,
    )
    return f"/artifacts/tide/{delta.file_name}", delta.size


def test_a_difference_that_was_made_here_counts_for_the_file_it_leads_to(artifacts):
    path, size = make_difference(artifacts)

    count(
        line(client="192.0.2.1"),
        line(client="192.0.2.2", path=path, sent=size),
        line(client="192.0.2.3", path=path, sent=1_000, status=206),
        line(client="192.0.2.3", path=path, sent=2_000, status=206, second=9),
    )

    rows = DownloadDay.objects.filter(artifact=artifacts["tide-1.0.0.zip"])
    assert list(rows.order_by("is_delta").values_list("is_delta", "downloads", "resumed", "bytes")) == [
        (False, 1, 0, SIZE),
        (True, 2, 1, 2 * size),
    ]


def test_charts_and_tables_tell_differences_that_were_made_here(artifacts, admin_client):
    path, size = make_difference(artifacts)
    today = date.today()
    count(line(day=today), line(day=today, client="192.0.2.2", path=path, sent=size))

    tables = {
        name: admin_client.get(f"/admin/updates/downloadday/charts/{name}.csv?product=tide&days=1")
        for name in ("downloads", "delta-share", "adoption", "rows")
    }

    found = {name: table.content.decode().splitlines() for name, table in tables.items()}
    assert found["downloads"][1] == f"{today},1.0,1.0"
    assert found["delta-share"][1] == f"{today},50.0"
    assert found["adoption"] == ["day,1.0.0", f"{today},2.0"]
    assert [row.split(",")[1:6] for row in found["rows"][1:]] == [
        ["1.0.0", "tide-1.0.0.zip", "linux", "x86_64", "full"],
        ["1.0.0", "tide-1.0.0.zip", "linux", "x86_64", "delta"],
    ]


def made_day(chance):
    """Downloads in shuffled lines, and how many there are of each file, whole and in parts."""
    lines: list[bytes] = []
    truth: dict[str, list[int]] = {}
    for number in range(400):
        client = f"10.{number // 200}.{number % 200}.{chance.randrange(256)}"
        name = chance.choice(["tide-1.0.0.zip", "tide-1.0.0.delta"])
        whole, parts, requests = truth.setdefault(name, [0, 0, 0])
        cuts = sorted({0, SIZE, *(chance.randrange(1, SIZE) for _ in range(chance.randrange(4)))})
        sizes = [last - first for first, last in pairwise(cuts)]
        given_up = chance.random() < 0.2 and len(sizes) > 1
        if given_up:
            sizes.pop()
        for size in sizes:
            status = 200 if len(sizes) == 1 and not given_up else 206
            lines.append(
                line(
                    client=client, sent=size, status=status, path=f"/artifacts/tide/{name}", second=len(lines)
                )
            )
        truth[name] = [
            whole + (not given_up),
            parts + (not given_up and len(sizes) > 1),
            requests + len(sizes),
        ]
    chance.shuffle(lines)
    return lines, truth


def test_the_statistics_are_the_truth_of_the_log_twice_and_out_of_order(tmp_path):
    lines, truth = made_day(random.Random(5))
    files = []
    for number in range(4):
        path = tmp_path / f"{number}.json.gz"
        path.write_bytes(gzip.compress(b"".join(lines[number::4])))
        files.append(str(path))

    for order in ([2, 0, 3, 1], [0, 1, 2, 3]):
        call_command("updates", "statistics", *(files[number] for number in order))

    for name, (downloads, resumed, requests) in truth.items():
        found = sums(artifact__file_name=name)
        assert (found["downloads"], found["resumed"], found["requests"]) == (downloads, resumed, requests)


def test_the_task_counts_what_the_setting_names_and_comes_again(tmp_path, settings, run_tasks):
    log = tmp_path / "access.log"
    log.write_bytes(line())
    (tmp_path / "access.log.1").write_bytes(line(client="192.0.2.7", second=-5))
    settings.UPDATES_EDGE_LOGS = str(log)

    tasks.count_edge_logs.enqueue()
    run_tasks()

    assert sums()["downloads"] == 2


def test_logs_in_a_bucket_are_read_once_each(object_store, settings, django_assert_num_queries):
    from chassis.storage import s3_client

    bucket = settings.S3_UPLOADS_BUCKET
    for number in range(2):
        body = gzip.compress(line(client=f"192.0.2.{number}").rstrip())
        s3_client().put_object(Bucket=bucket, Key=f"logs/{number}.gz", Body=body)
    # Two never had a line.
    for key, body in (("logs/2.gz", gzip.compress(b"")), ("logs/3", b"")):
        s3_client().put_object(Bucket=bucket, Key=key, Body=body)

    counted = commands.count_logs(f"s3://{bucket}/logs/")
    with django_assert_num_queries(1):
        again = commands.count_logs(f"s3://{bucket}/logs/")

    assert (counted, again) == (4, 0)
    assert sums()["downloads"] == 2


def test_a_log_that_somebody_else_is_counting_is_not_called_whole():
    lines = [line(client=f"192.0.2.{number}") for number in range(3)]

    def overtaken():
        yield lines[0]
        # Another worker has kept its first step, and is killed in its second.
        count(lines[0])
        yield from lines[1:]

    commands.count_log(name="s3://logs/1", lines=overtaken(), is_final=True)
    is_whole_then = EdgeLog.objects.get().is_whole
    commands.count_log(name="s3://logs/1", lines=lines, is_final=True)

    assert (is_whole_then, EdgeLog.objects.get().is_whole) == (False, True)
    assert sums()["downloads"] == 3


@pytest.fixture
def today_counted():
    """Some downloads of today."""
    today = date.today()
    count(
        line(day=today),
        line(day=today, client="192.0.2.2", cache="MISS"),
        line(day=today, client="192.0.2.3", path="/artifacts/tide/tide-1.0.0.delta"),
    )


def test_an_editor_sees_charts_and_their_tables(today_counted, admin_client):
    page = admin_client.get("/admin/updates/downloadday/charts/?product=tide&days=7")
    table = admin_client.get("/admin/updates/downloadday/charts/downloads.csv?product=tide&days=2")
    rows = admin_client.get("/admin/updates/downloadday/charts/rows.csv?product=tide")
    ratio = admin_client.get("/admin/updates/downloadday/charts/hit-ratio.csv?product=tide&days=1")
    adoption = admin_client.get("/admin/updates/downloadday/charts/adoption.csv?product=tide&days=1")

    assert page.content.decode().count("<figure><svg") == 4
    assert table.content.decode().splitlines()[0::2] == ["day,full,delta", f"{date.today()},2.0,1.0"]
    assert len(rows.content.decode().splitlines()) == 4
    assert ratio.content.decode().splitlines()[1] == f"{date.today()},66.67"
    assert adoption.content.decode().splitlines() == ["day,1.0.0", f"{date.today()},3.0"]


@pytest.mark.parametrize("name", ["charts/", "charts/rows.csv", "charts/downloads.csv"])
def test_mallory_sees_no_charts(today_counted, client, django_user_model, name):
    client.force_login(django_user_model.objects.create_user("mallory", is_staff=True))

    answer = client.get(f"/admin/updates/downloadday/{name}")

    assert answer.status_code in (302, 403)


def test_a_strange_question_is_answered_harmlessly(today_counted, admin_client):
    page = admin_client.get("/admin/updates/downloadday/charts/?product=%22%3E%3Cscript%3E&days=99999999999")

    assert page.status_code == 200
    assert b"<script>" not in page.content.split(b"<main", 1)[-1].split(b"<figure", 1)[0]
    assert admin_client.get("/admin/updates/downloadday/charts/none.csv").status_code == 404
