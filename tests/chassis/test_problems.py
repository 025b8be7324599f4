"""Every error is a problem document (RFC 9457) with a stable type, whoever raises it."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from chassis.openapi import PROBLEM
from tests.api_client import ApiClient

pytestmark = [pytest.mark.urls("tests.chassis.urls"), pytest.mark.django_db]

MakeClient = Callable[..., ApiClient]
ECHO = "/api/test/echo"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("invalid-input", 400),
        ("refused", 403),
        ("quota-exceeded", 403),
        ("not-found", 404),
        ("example-not-found", 404),
        ("conflict", 409),
        ("id-taken", 409),
        ("version-mismatch", 412),
        ("body-too-large", 413),
        ("unprocessable", 422),
        ("unavailable", 503),
    ],
)
def test_a_domain_error_is_answered_by_its_nearest_ancestors_status(
    client_of: MakeClient, code: str, status: int
) -> None:
    response = client_of("alice").get(f"/api/test/raises/{code}")

    document = response.json()
    assert response.status_code == document["status"] == status
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    assert document["type"] == f"http://127.0.0.1:8000/problems/{code}"
    assert document["title"]
    assert document["detail"]
    assert set(PROBLEM["required"]) <= set(document)


def test_further_members_of_an_error_are_in_the_document(client_of: MakeClient) -> None:
    document = client_of("alice").get("/api/test/raises/quota-exceeded").json()

    assert document["used_bytes"] == 5
    assert document["quota_bytes"] == 4


def test_the_instance_is_the_requests_id(client_of: MakeClient) -> None:
    request_id = str(uuid.uuid4())

    response = client_of("alice").get("/api/test/raises/conflict", X_Request_Id=request_id)

    assert response.json()["instance"] == f"urn:uuid:{request_id}"
    assert response["X-Request-Id"] == request_id


def test_another_system_that_does_not_answer_says_when_to_come_again(client_of: MakeClient) -> None:
    response = client_of("alice").get("/api/test/raises/unavailable")

    assert response["Retry-After"] == "7"


def test_a_database_that_does_not_answer_is_503_without_its_words(client_of: MakeClient) -> None:
    response = client_of("alice").get("/api/test/raises/database")

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert b"secret-host" not in response.content


def test_a_bug_is_500_without_its_words_and_is_logged(
    client_of: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    alice = client_of("alice")
    alice._client.raise_request_exception = False

    with caplog.at_level(logging.ERROR, logger="django.request"):
        response = alice.get("/api/test/raises/bug")

    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["type"].endswith("/problems/internal-error")
    assert b"secret detail" not in response.content
    assert any("ZeroDivisionError" in (record.exc_text or repr(record.exc_info)) for record in caplog.records)


def test_validation_names_each_field_by_pointer(client_of: MakeClient) -> None:
    body = {"title": "t" * 51, "colour": "red", "count": 101, "tags": [{"name": "ok"}, {"name": "x" * 11}]}
    known_only = {name: value for name, value in body.items() if name != "colour"}

    unknown = client_of("alice").post(ECHO, body).json()["errors"]
    invalid = client_of("alice").post(ECHO, known_only).json()["errors"]

    assert [(found["pointer"], found["code"]) for found in unknown] == [("/colour", "unknown-field")]
    assert [(found["pointer"], found["code"]) for found in invalid] == [
        ("/title", "max-length"),
        ("/count", "max-value"),
        ("/tags/1/name", "max-length"),
    ]


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("title", 7, "/title"),
        ("title", True, "/title"),
        ("count", "7", "/count"),
        ("count", True, "/count"),
        ("tags", "a", "/tags"),
        ("tags", [{"name": 7}], "/tags/0/name"),
    ],
)
def test_a_value_of_another_json_type_is_refused(
    client_of: MakeClient, field: str, value: Any, pointer: str
) -> None:
    response = client_of("alice").post(ECHO, {"title": "t", field: value})

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == pointer


def test_a_missing_field_is_named(client_of: MakeClient) -> None:
    response = client_of("alice").post(ECHO, {})

    assert response.status_code == 400
    assert response.json()["errors"] == [
        {"pointer": "/title", "code": "required", "detail": "This field is required."}
    ]
    assert response.json()["detail"] == "/title: This field is required."


@pytest.mark.parametrize("name", ["a/b", "a~b", "", "é"])
def test_odd_names_are_escaped_in_pointers(client_of: MakeClient, name: str) -> None:
    response = client_of("alice").post(ECHO, {"title": "t", name: 1})

    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    assert [found["pointer"] for found in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize("body", [[], "text", 1, None, True, [{"title": "t"}]])
def test_a_body_that_is_no_object_is_400(client_of: MakeClient, body: Any) -> None:
    response = client_of("alice").post(ECHO, body=json.dumps(body).encode())

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == ""


def test_an_unknown_address_of_the_api_is_a_problem_document(anonymous: ApiClient) -> None:
    response = anonymous.get("/api/nowhere/v1/", Accept="text/html")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["type"].endswith("/problems/not-found")


def test_an_unknown_page_is_a_page_for_people(anonymous: ApiClient) -> None:
    response = anonymous.get("/nowhere", Accept="text/html")

    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_a_method_that_is_not_there_is_405_with_allow(client_of: MakeClient) -> None:
    response = client_of("alice").delete(ECHO)

    assert response.status_code == 405
    assert response["Allow"] == "POST, OPTIONS"
    assert response.json()["type"].endswith("/problems/method-not-allowed")


@pytest.mark.parametrize("path", ["/", "/health/live", "/health/ready", "/docs/", "/problems/"])
def test_pages_are_read_only(path: str) -> None:
    response = Client().post(path)

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert response.json()["type"].endswith("/problems/method-not-allowed")


def test_an_unacceptable_media_type_is_406(client_of: MakeClient) -> None:
    response = client_of("alice").get("/api/test/who", Accept="application/xml")

    assert response.status_code == 406
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["type"].endswith("/problems/not-acceptable")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "nonsense",
        "a/b; c",
    ],
)
def test_a_body_that_is_not_json_is_415(client_of: MakeClient, content_type: str) -> None:
    response = client_of("alice").post(ECHO, body=b"title=x", content_type=content_type)

    assert response.status_code == 415
    assert response.json()["type"].endswith("/problems/unsupported-media-type")


def test_a_body_over_the_limit_is_413_before_it_is_read(client_of: MakeClient, settings: Any) -> None:
    body = b'{"title": "' + b"x" * settings.API_BODY_BYTES + b'"}'

    response = client_of("alice").post(ECHO, body=body)

    assert response.status_code == 413
    assert response.json()["type"].endswith("/problems/body-too-large")
    assert response.json()["title"] == "The request is too large."
    assert str(settings.API_BODY_BYTES) in response.json()["detail"]


def test_a_body_of_exactly_the_limit_is_read(client_of: MakeClient, settings: Any) -> None:
    frame = len(b'{"title": ""}')

    response = client_of("alice").post(
        ECHO, body=b'{"title": "' + b"x" * (settings.API_BODY_BYTES - frame) + b'"}'
    )

    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "max-length"


@pytest.mark.parametrize("length", ["-1", "1e3", "٣", "²", "", "9" * 5000, "10, 10"])
def test_an_odd_content_length_is_never_500(issuer: Any, length: str) -> None:
    headers: dict[str, Any] = {
        "HTTP_AUTHORIZATION": f"Bearer {issuer.token('alice')}",
        "CONTENT_LENGTH": length,
    }

    response = Client().post(ECHO, {"title": "t"}, content_type="application/json", **headers)

    assert response.status_code in (400, 413)
    assert response["Content-Type"] == "application/problem+json"


def test_a_body_of_unknown_length_is_411(issuer: Any) -> None:
    headers: dict[str, Any] = {
        "HTTP_AUTHORIZATION": f"Bearer {issuer.token('alice')}",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_LENGTH": "",
    }

    response = Client().post(ECHO, {"title": "t"}, content_type="application/json", **headers)

    assert response.status_code == 411
    assert response.json()["type"].endswith("/problems/length-required")


@pytest.mark.parametrize("path", ["/api/test/who?q=%00", "/api/test/items?cursor=a%00b", "/problems/a%00b"])
def test_a_nul_byte_in_the_address_is_400(client_of: MakeClient, path: str) -> None:
    response = client_of("alice").get(path)

    assert response.status_code == 400
    assert response.json()["type"].endswith("/problems/bad-request")


def test_a_foreign_host_is_400(issuer: Any) -> None:
    response = Client().get("/api/test/who", headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert response.json()["type"].endswith("/problems/bad-request")


def test_an_error_seen_by_a_browser_is_a_page(client_of: MakeClient) -> None:
    response = client_of("alice").get("/api/test/raises/conflict", Accept="text/html")

    assert response.status_code == 409
    assert response["Content-Type"].startswith("text/html")
    assert b"/problems/conflict" in response.content


def test_every_type_has_a_page_that_its_address_leads_to(client_of: MakeClient) -> None:
    address = client_of("alice").get("/api/test/raises/example-not-found").json()["type"]

    response = Client().get(address.removeprefix("http://127.0.0.1:8000"))

    assert response.status_code == 200
    assert "There is no such example." in response.content.decode()


def test_an_unknown_type_has_no_page() -> None:
    assert Client().get("/problems/no-such-type").status_code == 404


def test_a_forms_missing_token_is_a_problem_document(admin_user: Any) -> None:
    browser = Client(enforce_csrf_checks=True)

    response = browser.post("/admin/login/", {"username": "a", "password": "b"})

    assert response.status_code == 403
    assert response.json()["type"].endswith("/problems/csrf-failed")
