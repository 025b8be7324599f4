"""What makes a package: the archive, the stages, what is taken and what is refused."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from config import lambda_events
from deploy.__main__ import main, stages
from deploy.archive import make_reproducible
from deploy.contents import BOTOCORE_DATA, LANGUAGES, NEEDED_BY
from deploy.kept import hash_of, kept
from deploy.libraries import PackagingError
from deploy.place import BUILD, ROOT, SHARED, Target
from deploy.project import copy_project
from deploy.report import describe, too_large

FILE: dict[str, Any] = json.loads((ROOT / "zappa_settings.json").read_text())


def a_zip(path: Path, names: list[str], *, at: tuple[int, int, int, int, int, int]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name, at), f"text of {name}")
    return path


def test_order_times_and_the_builder_leave_no_trace(tmp_path: Path) -> None:
    first = a_zip(tmp_path / "1.zip", ["b.py", "a.so", "package_info.json"], at=(2026, 1, 1, 0, 0, 0))
    second = a_zip(tmp_path / "2.zip", ["a.so", "package_info.json", "b.py"], at=(2001, 2, 3, 4, 5, 6))

    digests = {make_reproducible(first), make_reproducible(second)}

    with zipfile.ZipFile(first) as archive:
        names, modes = archive.namelist(), [entry.external_attr >> 16 for entry in archive.infolist()]
    assert len(digests) == 1
    assert names == ["a.so", "b.py"]
    assert modes == [0o100555, 0o100444]


def test_what_is_compressed_is_copied_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "1.zip"
    texts = {name: f"text of {name}, again and again. " * 50 for name in ("b.py", "a.so", "é/ü.txt")}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**texts, "empty.py": ""}.items():
            archive.writestr(name, text)
    compressed = path.stat().st_size

    make_reproducible(path)

    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name).decode() for name in texts} == texts
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist() == sorted([*texts, "empty.py"])
    assert path.stat().st_size <= compressed


def test_what_was_made_of_the_same_is_not_made_again(tmp_path: Path) -> None:
    made = []

    def make(directory: Path) -> None:
        made.append(directory)
        (directory / "file").write_text("made")

    first, second = kept(tmp_path / "key", make), kept(tmp_path / "key", make)

    assert first == second == tmp_path / "key"
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_what_failed_is_not_kept(tmp_path: Path) -> None:
    def fail(directory: Path) -> None:
        (directory / "half").write_text("half")
        raise PackagingError("As asked.")

    with pytest.raises(PackagingError):
        kept(tmp_path / "key", fail)

    whole = kept(tmp_path / "key", lambda directory: (directory / "whole").write_text("whole"))
    assert [path.name for path in whole.iterdir()] == ["whole"]


def test_of_many_the_oldest_go(tmp_path: Path) -> None:
    for number in range(14):
        os.utime(kept(tmp_path / f"{number}", Path.exists), (number, number))

    kept(tmp_path / "last", Path.exists)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("10", "11", "12", "13", "3", "4", "5", "6", "7", "8", "9", "last"),
    ]


def test_a_hash_depends_on_every_name_and_byte(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("1")
    first = hash_of("text", tmp_path)

    (tmp_path / "a" / "x").rename(tmp_path / "a" / "y")
    renamed = hash_of("text", tmp_path)
    (tmp_path / "a" / "y").write_text("2")
    changed = hash_of("text", tmp_path)

    assert len({first, renamed, changed, hash_of("tex", tmp_path), hash_of("text")}) == 5


@pytest.mark.parametrize(
    ("second", "code", "said"),
    [
        ({"staging": "a", "production": "b"}, 0, "2 packages were made twice, and have the same bytes."),
        ({"staging": "a", "production": "c"}, 1, "The same input made other packages: production."),
    ],
)
def test_packages_made_twice_are_compared(
    second: dict[str, str], code: int, said: str, monkeypatch: Any, capsys: Any
) -> None:
    def package(stage: str, path: Path, *, build: Path) -> str:
        return {"staging": "a", "production": "b"}[stage] if build == BUILD else second[stage]

    monkeypatch.setattr("deploy.__main__.package", package)

    assert main(["staging", "production", "--twice"]) == code
    assert said in capsys.readouterr().out


def test_the_report_names_what_weighs_and_what_is_missing(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "x.zip", ["django/a.py", "six.py"], at=(2026, 1, 1, 0, 0, 0))

    text = describe(path, digest="abc", is_compiled=False, python="3.13")

    assert "sha256 abc" in text
    assert "django (0.0 MB unpacked)" in text
    assert "Not compiled: there is no Python 3.13" in text


def test_a_package_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.zip"
    with path.open("wb") as file:
        file.truncate(46 * 1024 * 1024)

    assert too_large(path) == "large.zip has 46.0 MB; at most 45 MB are allowed."


def test_every_service_has_a_stage_for_each_environment() -> None:
    alone = {services[0] for services in stages().values() if len(services) == 1}
    together = {name: services for name, services in stages().items() if len(services) > 1}

    assert alone == set(settings.KNOWN_SERVICES)
    assert {f"{stage}_{name}" for stage in ("staging", "production") for name in alone} < set(stages())
    assert together == {
        "staging": tuple(settings.KNOWN_SERVICES),
        "production": tuple(settings.KNOWN_SERVICES),
    }


def test_the_file_of_stages_holds_no_secret_and_keeps_nothing_warm() -> None:
    variables = {name for stage in FILE.values() for name in stage.get("aws_environment_variables", {})}

    assert variables == {"DEPLOYMENT", "SERVICES", "PARAMETERS"}
    assert FILE["base"]["keep_warm"] is False
    assert FILE["base"]["debug"] is False


def test_the_functions_that_the_file_names_are_there() -> None:
    base = FILE["base"]
    schedules = [event["function"] for event in base["events"] if "expression" in event]

    assert {path.rpartition(".")[2] for path in schedules} == set(lambda_events._SCHEDULES)
    assert all(callable(import_string(event["function"])) for event in base["events"])
    assert (ROOT / base["attach_policy"]).is_file()
    assert base["lambda_handler"] == "config.lambda_entry.handle"


def test_subscriptions_stay_off_until_failures_are_answered_one_by_one() -> None:
    sources = [event["event_source"] for event in FILE["base"]["events"] if "event_source" in event]

    assert [source["enabled"] for source in sources] == [False, False]


def asked_services() -> set[str]:
    """Every service of AWS that deployed code makes a client of."""
    asked = set()
    for room in (*SHARED, *settings.KNOWN_SERVICES):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    if name in ("client", "_client", "aws_client", "resource") and isinstance(
                        node.args[0].value, str
                    ):
                        asked.add(node.args[0].value)
    return asked - set(settings.KNOWN_SERVICES)  # chassis.services.client


def test_the_package_knows_every_service_of_aws_that_is_asked() -> None:
    asked = asked_services()

    assert {"s3", "sts", "sqs"} <= asked
    assert asked <= BOTOCORE_DATA


def test_the_package_has_the_languages_of_the_settings() -> None:
    assert {code for code, _ in settings.LANGUAGES} == LANGUAGES


def test_only_known_services_need_a_library_alone() -> None:
    assert all(services <= set(settings.KNOWN_SERVICES) for services in NEEDED_BY.values())


def test_an_unknown_service_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match="SERVICES names nowhere; there is no such service"):
        copy_project(tmp_path, services=("nowhere",), interpreter=None)


def test_a_target_is_named_as_uv_names_it() -> None:
    assert Target.of_stage("python3.13", "arm64").platform == "aarch64-manylinux_2_34"
    with pytest.raises(ValueError, match=r"runtime is 'nodejs24\.x'"):
        Target.of_stage("nodejs24.x", "x86_64")


def test_make_package_names_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["nowhere"])

    assert code == 2
    assert "There is no nowhere; stages: staging, production," in capsys.readouterr().out


@pytest.mark.parametrize(
    ("stage", "said"), [("base", "base is no stage"), ("nowhere", "define stage 'nowhere'")]
)
def test_zappa_refuses_what_is_no_stage(stage: str, said: str, tmp_path: Path) -> None:
    zappa = Path(sys.executable).with_name("zappa")

    done = subprocess.run(
        [zappa, "package", stage, "-o", tmp_path / "x.zip"],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode != 0
    assert said in done.stdout + done.stderr
    assert not (tmp_path / "x.zip").exists()
