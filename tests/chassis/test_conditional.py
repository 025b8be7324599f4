"""Conditional requests (RFC 9110 §13): what is still true costs no body, what is not is not overwritten."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.api_client import ApiClient

pytestmark = [pytest.mark.urls("tests.chassis.urls"), pytest.mark.django_db]

MakeClient = Callable[..., ApiClient]
THING = "/api/test/version"  # at version 3


def test_a_read_has_a_strong_etag_and_belongs_to_its_reader(client_of: MakeClient) -> None:
    response = client_of("alice").get(THING)

    assert response["ETag"] == '"v3"'
    assert response["Cache-Control"] == "private, no-cache"
    assert "Authorization" in response["Vary"]


@pytest.mark.parametrize("header", ['"v3"', 'W/"v3"', '"v1", "v3"', '"v1",W/"v3"', "*", ' "v3" '])
def test_a_known_version_is_304_without_a_body(client_of: MakeClient, header: str) -> None:
    response = client_of("alice").get(THING, if_none_match=header)

    assert response.status_code == 304
    assert response.content == b""
    assert response["ETag"] == '"v3"'
    assert response["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("header", ['"v2"', "v3", '"V3"', '"v33"', '"v3', "", ",", '"*"', "é", "W/v3"])
def test_another_or_no_version_is_answered_in_full(client_of: MakeClient, header: str) -> None:
    response = client_of("alice").get(THING, if_none_match=header)

    assert response.status_code == 200
    assert response.json() == {"version": 3}


def test_head_is_304_as_get_is(client_of: MakeClient) -> None:
    assert client_of("alice").request("HEAD", THING, if_none_match='"v3"').status_code == 304


@pytest.mark.parametrize("header", ['"v3"', "*", " * ", '"v2", "v3"', '"v3", "v9"', ' "v3" '])
def test_a_write_that_saw_the_present_version_is_done(client_of: MakeClient, header: str) -> None:
    response = client_of("alice").patch(THING, {}, if_match=header)

    assert response.status_code == 200
    assert response["ETag"] == '"v4"'


@pytest.mark.parametrize(
    "header",
    ['"v2"', 'W/"v3"', "v3", '"v3', '"abc"', ",", "é", '"v-3"', '"v٣"', '"v' + "9" * 400 + '"', '"v3";q=1'],
)
def test_a_write_that_saw_another_version_is_412(client_of: MakeClient, header: str) -> None:
    response = client_of("alice").patch(THING, {}, if_match=header)

    assert response.status_code == 412
    assert response.json()["type"].endswith("/problems/version-mismatch")
    assert client_of("alice").patch(THING, {}, if_match='"v3"').status_code == 200


@pytest.mark.parametrize("header", ["", "   "])
def test_an_empty_if_match_is_400(client_of: MakeClient, header: str) -> None:
    response = client_of("alice").patch(THING, {}, if_match=header)

    assert response.status_code == 400


def test_a_write_without_if_match_is_done(client_of: MakeClient) -> None:
    assert client_of("alice").patch(THING, {}).status_code == 200
