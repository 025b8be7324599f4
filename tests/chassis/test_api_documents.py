"""The OpenAPI document of a service: what is served, what is committed, and the check between them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.conf import settings as configured
from django.core.management.base import CommandError
from django.test import Client

from chassis.committed import Printed, write_or_check

SERVICE = configured.SERVICES[0]
SCHEMA = f"/api/{SERVICE}/v1/schema/"


def test_the_document_is_yaml_by_default_and_openapi_3_1() -> None:
    response = Client().get(SCHEMA)

    document = yaml.safe_load(response.content)
    assert response["Content-Type"] == "application/vnd.oai.openapi"
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == f"Quartet: {SERVICE}"
    assert all(path.startswith(f"/api/{SERVICE}/v1/") for path in document["paths"])


@pytest.mark.parametrize(
    ("address", "accept"),
    [
        (f"{SCHEMA}?format=json", "*/*"),
        (SCHEMA, "application/json"),
        (SCHEMA, "application/vnd.oai.openapi+json"),
    ],
)
def test_the_document_is_json_where_that_is_asked_for(address: str, accept: str) -> None:
    response = Client().get(address, headers={"Accept": accept})

    assert response["Content-Type"] == "application/vnd.oai.openapi+json"
    assert response.json()["openapi"].startswith("3.1")


@pytest.mark.parametrize("query", ["format=xml", "format=%0a", "lang=%0d%0aX: y", "version=a%0d%0ab"])
def test_odd_parameters_change_nothing(query: str) -> None:
    response = Client().get(f"{SCHEMA}?{query}")

    assert response.status_code == 200
    assert response.content == Client().get(SCHEMA).content


def test_the_document_is_not_sent_twice() -> None:
    etag = Client().get(SCHEMA)["ETag"]

    response = Client().get(SCHEMA, headers={"If-None-Match": etag})

    assert response.status_code == 304
    assert response.content == b""


def test_the_document_is_read_only() -> None:
    assert Client().post(SCHEMA).status_code == 405


def test_the_language_of_a_reader_does_not_change_the_document() -> None:
    response = Client().get(SCHEMA, headers={"Accept-Language": "de"})

    assert response.content == Client().get(SCHEMA).content


@pytest.mark.parametrize("service", configured.SERVICES)
def test_every_operation_names_its_scopes_and_its_problems(service: str) -> None:
    document = Client().get(f"/api/{service}/v1/schema/?format=json").json()

    operations = [operation for path in document["paths"].values() for operation in path.values()]
    closed = [operation for operation in operations if operation.get("security")]
    assert closed
    assert all(operation["security"][0]["bearer"] for operation in closed)
    assert all({"400", "401", "403"} <= set(operation["responses"]) for operation in closed)


def test_a_stale_file_fails_the_check_and_says_what_to_run(tmp_path: Path) -> None:
    page = Printed(tmp_path / "page.md", "new\n")
    page.path.write_text("old\n")

    with pytest.raises(CommandError, match=r"page\.md\. Run `python manage\.py openapi`"):
        write_or_check([page], root=tmp_path, check=True, command="openapi")

    assert page.path.read_text() == "old\n"


def test_a_missing_file_is_written_with_its_directory(tmp_path: Path) -> None:
    page = Printed(tmp_path / "docs" / "page.md", "new\n")

    said = write_or_check([page], root=tmp_path, check=False, command="openapi")

    assert said == "Wrote docs/page.md."
    assert page.path.read_text() == "new\n"
    assert write_or_check([page], root=tmp_path, check=True, command="openapi").startswith("All as")
