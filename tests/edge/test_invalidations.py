"""Invalidations by boto3, as the cloud takes them."""

from __future__ import annotations

import secrets
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from chassis.publishing.rules import CacheRule
from local.edge.copies import copies_in, copy_of, kept_key

TEXT = b"The garden gate wants oil. " * 100


@pytest.fixture
def cloudfront(edge) -> Any:
    """boto3 with nothing but another address."""
    return boto3.client(
        "cloudfront",
        endpoint_url=edge.invalidations_url,
        region_name="us-east-1",
        aws_access_key_id="desk",
        aws_secret_access_key="desk",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def invalidate(cloudfront):
    """`invalidate("/blog/")`: under a reference of its own."""

    def call(
        *paths: str, reference: str = "", distribution: str = "files", quantity: int | None = None
    ) -> Any:
        return cloudfront.create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={
                "Paths": {"Quantity": len(paths) if quantity is None else quantity, "Items": list(paths)},
                "CallerReference": reference or secrets.token_hex(8),
            },
        )

    return call


def refusal(call: Any) -> tuple[str, int]:
    """Code and status of an answer that must be a refusal."""
    with pytest.raises(ClientError) as refused:
        call()
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_an_invalidated_file_is_new_at_once_in_every_form(put, reader, invalidate):
    put("blog/changed/index.html", b"old" + TEXT)
    for way in ("identity", "gzip"):
        reader.get("/blog/changed/", headers={"Accept-Encoding": way})
    put("blog/changed/index.html", b"new" + TEXT)
    before = reader.get("/blog/changed/")

    answer = invalidate("/blog/changed/index.html")

    assert before.content.startswith(b"old")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    for way in ("identity", "gzip"):
        after = reader.get("/blog/changed/", headers={"Accept-Encoding": way})
        assert (after.content[:3], after.headers["X-Cache"]) == (b"new", "MISS")


@pytest.mark.parametrize(
    "path", ["/blog/ways/%C3%BC.html", "/blog/ways/*", "/blog/w*", "/*", "/blog/ways/%C3%BC.html?x=1"]
)
def test_a_path_is_named_in_the_ways_of_cloudfront(put, reader, invalidate, path):
    put("blog/ways/ü.html")
    reader.get("/blog/ways/ü.html")

    invalidate(path)

    assert reader.get("/blog/ways/ü.html").headers["X-Cache"] == "MISS"


@pytest.mark.parametrize("named", ["/blog/slash/", "/blog/slash/index.html"])
@pytest.mark.parametrize("read", ["/blog/slash/", "/blog/slash/index.html"])
def test_a_page_has_two_addresses_and_either_is_enough(put, reader, invalidate, named, read):
    put("blog/slash/index.html")
    reader.get(read)

    invalidate(named)

    assert reader.get(read).headers["X-Cache"] == "MISS"


def test_a_star_in_a_name_is_no_wildcard(put, reader, invalidate):
    for key in ("blog/star*", "blog/starling.html"):
        put(key)
        reader.get(f"/{key}")

    invalidate("/blog/star%2A")

    assert reader.get("/blog/star*").headers["X-Cache"] == "MISS"
    assert reader.get("/blog/starling.html").headers["X-Cache"] == "HIT"


def test_only_what_was_named_is_fetched_again(put, reader, invalidate):
    for key in ("blog/kept.html", "blog/keptother.html", "media/kept.html"):
        put(key)
        reader.get(f"/{key}")

    invalidate("/blog/kept", "/blog/other/*")

    for key in ("blog/kept.html", "blog/keptother.html", "media/kept.html"):
        assert reader.get(f"/{key}").headers["X-Cache"] == "HIT"


def test_a_page_that_was_missing_is_seen_once_it_is_there(put, reader, invalidate):
    missing = reader.get("/blog/soon/")
    put("blog/soon/index.html")
    still_missing = reader.get("/blog/soon/")

    invalidate("/blog/soon/")

    assert (missing.status_code, still_missing.status_code) == (404, 404)
    assert reader.get("/blog/soon/").status_code == 200


def test_the_same_reference_is_the_same_invalidation(put, reader, invalidate, cloudfront):
    put("blog/once.html")
    first = invalidate("/blog/once.html", reference="publish-1")["Invalidation"]
    reader.get("/blog/once.html")

    again = invalidate("/blog/once.html", reference="publish-1")["Invalidation"]

    assert again == first
    assert reader.get("/blog/once.html").headers["X-Cache"] == "HIT"
    found = cloudfront.get_invalidation(DistributionId="files", Id=first["Id"])["Invalidation"]
    assert found == first
    assert found["Status"] == "Completed"
    listed = cloudfront.list_invalidations(DistributionId="files")["InvalidationList"]["Items"]
    assert [item["Id"] for item in listed].count(first["Id"]) == 1


def test_a_reference_is_not_used_for_something_else(invalidate):
    invalidate("/blog/a.html", reference="publish-2")

    assert refusal(lambda: invalidate("/blog/b.html", reference="publish-2")) == ("InvalidArgument", 400)


@pytest.mark.parametrize(
    "path", ["blog/", "", "/blog/ü.html", "/blog/a b.html", "/blog/*/a.html", "/" + "a" * 4000, "/a\nb"]
)
def test_a_path_that_would_invalidate_nothing_is_refused(invalidate, path):
    assert refusal(lambda: invalidate(path)) == ("InvalidArgument", 400)


def test_more_than_cloudfront_takes_is_refused(invalidate):
    assert refusal(lambda: invalidate(*(f"/{n}" for n in range(3001)))) == ("BatchTooLarge", 413)
    assert refusal(lambda: invalidate(*(f"/{n}/*" for n in range(16)))) == (
        "TooManyInvalidationsInProgress",
        400,
    )
    assert refusal(lambda: invalidate("/a", quantity=2)) == ("InconsistentQuantities", 400)
    assert invalidate(*(f"/{n}" for n in range(3000)))["Invalidation"]["Status"] == "Completed"


def test_what_is_not_there_is_said(invalidate, cloudfront):
    assert refusal(lambda: invalidate("/a", distribution="other")) == ("NoSuchDistribution", 404)
    assert refusal(lambda: cloudfront.get_invalidation(DistributionId="files", Id="I0")) == (
        "NoSuchInvalidation",
        404,
    )


@pytest.mark.parametrize("body", [b"", b"<a", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<a/>"])
def test_a_body_that_is_none_is_refused(edge, body):
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=desk"}

    answer = httpx.post(
        f"{edge.invalidations_url}/2020-05-31/distribution/files/invalidation", content=body, headers=signed
    )

    assert answer.status_code == 400
    assert "<ErrorResponse" in answer.text
    # The server ends the connection after a refusal; unless it says so, the next request may be lost in it.
    assert answer.headers["Connection"] == "close"


def test_a_page_in_a_browser_invalidates_nothing(edge):
    address = f"{edge.invalidations_url}/2020-05-31/distribution/files/invalidation"

    answer = httpx.post(address, content=b"<a/>", headers={"Origin": "https://example.org"})

    assert answer.status_code == 403


def test_an_answer_of_the_application_is_invalidated_with_its_host(edge, visitor, web_process, invalidate):
    for path in ("/api/blog/v1/search", "/api/blog/v1/other"):
        web_process.answer(path, cache=CacheRule.SHARED_ANSWER.origin)
    both = [visitor.get("/api/blog/v1/search?q=bench"), visitor.get("/api/blog/v1/other")]

    invalidate("/api/blog/v1/search*", distribution="app-web")

    assert [answer.headers["X-Cache"] for answer in both] == ["MISS", "MISS"]
    assert visitor.get("/api/blog/v1/search?q=bench").headers["X-Cache"] == "MISS"
    assert visitor.get("/api/blog/v1/other").headers["X-Cache"] == "HIT"


def test_nginx_keeps_a_copy_where_we_look_for_it(put, reader, edge):
    put("blog/where.html")
    reader.get("/blog/where.html")

    key = b"files:/blog/where.html"

    assert kept_key(copy_of(edge.directory / "cache" / "files", key)) == key
    assert key in {kept_key(copy) for copy in copies_in(edge.directory / "cache" / "files")}
