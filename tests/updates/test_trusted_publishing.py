"""A pipeline's token is exchanged for one that publishes one product, by the rule of the product's owner."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from tests.api_client import ApiClient
from tests.updates.conftest import API, declaration, send_parts, zip_of
from updates import pipeline_tokens
from updates.models import AuditEntry, Product, PublisherToken, Release, TrustedPublisher

pytestmark = pytest.mark.django_db
EXCHANGE = f"{API}/publishing/token"


@pytest.fixture
def pipelines(issuer, settings, monkeypatch):
    """`pipelines(**claims)`: a token as GitHub issues them, by the test's issuer; None leaves a claim out."""
    settings.UPDATES_PIPELINE_ISSUERS = (issuer.url,)
    monkeypatch.setattr(pipeline_tokens, "_key_sets", {})
    monkeypatch.setattr(pipeline_tokens, "_key_address", lambda address: f"{address}/.well-known/jwks.json")

    def token(*, key=None, algorithm="RS256", **changes):
        now = int(time.time())
        claims = {
            "iss": issuer.url,
            "aud": settings.PUBLIC_URL,
            "sub": "repo:acme/tide:environment:release",
            "repository": "acme/tide",
            "repository_id": "1234",
            "job_workflow_ref": "acme/tide/.github/workflows/release.yml@refs/tags/v1.0.0",
            "environment": "release",
            "run_id": "99",
            "sha": "c0ffee",
            "jti": str(uuid.uuid4()),
            "iat": now,
            "exp": now + 300,
            **changes,
        }
        return issuer.sign({n: v for n, v in claims.items() if v is not None}, key=key, algorithm=algorithm)

    return token


@pytest.fixture
def rule(edith, product, issuer, pipelines):
    """The product trusts a workflow of acme/tide in its environment `release`."""
    body = {
        "pipelines": "github",
        "issuer": issuer.url,
        "repository": "acme/tide",
        "workflow": "release.yml",
        "environment": "release",
    }
    answer = edith.post(f"{API}/products/{product}/publishers", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


@pytest.fixture
def exchange(anonymous):
    """`exchange(token)`: the answer to an exchange for the product."""

    def send(token, product="tide"):
        return anonymous.post(EXCHANGE, {"product": product, "token": token})

    return send


@pytest.fixture
def robot(rule, pipelines, exchange):
    """A client with the token of a pipeline."""
    return ApiClient(exchange(pipelines()).json()["token"])


def test_a_pipeline_makes_uploads_and_publishes_a_release(
    object_store, robot, rule, run_tasks, empty_public_bucket
):
    body = zip_of("tide")
    release = robot.post(f"{API}/products/tide/releases", {"channel": "stable", "version": "1.0.0"}).json()
    address = f"{API}/releases/{release['id']}"
    artifact = robot.post(f"{address}/artifacts", declaration(body)).json()
    send_parts(robot, artifact["id"], body)
    robot.post(f"{API}/artifacts/{artifact['id']}/upload/completion", {})
    run_tasks()
    submitted = robot.post(f"{address}/submit", {"publish": True})
    run_tasks()

    assert submitted.status_code == 200
    assert robot.get(address).json()["state"] == "published"
    subject = TrustedPublisher.objects.get().subject
    assert Release.objects.get().published_by == subject
    let_in = AuditEntry.objects.get(action="publisher_let_in")
    assert (let_in.actor, let_in.details["commit"], let_in.details["run"]) == (subject, "c0ffee", "99")


def test_whoever_trusted_a_pipeline_approves_nothing_that_it_made(
    object_store, edith, issuer, robot, run_tasks
):
    Product.objects.update(needs_second_person=True)
    release = robot.post(f"{API}/products/tide/releases", {"channel": "stable", "version": "1.0.0"}).json()
    address, body = f"{API}/releases/{release['id']}", zip_of("tide")
    artifact = robot.post(f"{address}/artifacts", declaration(body)).json()
    send_parts(robot, artifact["id"], body)
    robot.post(f"{API}/artifacts/{artifact['id']}/upload/completion", {})
    run_tasks()
    robot.post(f"{address}/submit", {})

    refused = edith.post(f"{address}/approve", {})
    approved = ApiClient(issuer.editor_token("bob")).post(f"{address}/approve", {})

    assert refused.json()["type"].endswith("/approval-by-author")
    assert (refused.status_code, approved.status_code) == (403, 200)


def test_gitlabs_tokens_are_understood(edith, product, issuer, pipelines, exchange, settings):
    host = issuer.url.removeprefix("http://")
    rule = {"pipelines": "gitlab", "issuer": issuer.url, "repository": "acme/apps/tide"}
    edith.post(f"{API}/products/tide/publishers", {**rule, "workflow": ".gitlab-ci.yml"})
    github = dict.fromkeys(("repository", "repository_id", "job_workflow_ref", "run_id"))
    project = {"project_path": "acme/apps/tide", "project_id": "7", "environment": None}
    claims = {**github, **project, "ref_protected": "true"}

    right = exchange(
        pipelines(**claims, ci_config_ref_uri=f"{host}/acme/apps/tide//.gitlab-ci.yml@refs/heads/main")
    )
    wrong = exchange(
        pipelines(**claims, ci_config_ref_uri=f"{host}/mallory/x//.gitlab-ci.yml@refs/heads/main")
    )
    branch = f"{host}/acme/apps/tide//.gitlab-ci.yml@refs/heads/mine"
    unprotected = exchange(pipelines(**{**claims, "ref_protected": "false"}, ci_config_ref_uri=branch))

    assert (right.status_code, wrong.status_code) == (201, 403)
    assert (unprotected.status_code, "tag not protected" in unprotected.json()["detail"]) == (403, True)


@pytest.mark.parametrize(("ref_protected", "status"), [("true", 201), ("false", 403), (None, 403)])
def test_without_an_environment_githubs_branch_has_to_be_protected(
    edith, product, issuer, pipelines, exchange, ref_protected, status
):
    body = {"pipelines": "github", "issuer": issuer.url, "repository": "acme/tide", "workflow": "release.yml"}
    edith.post(f"{API}/products/{product}/publishers", body)

    # What a workflow names itself is no protection.
    answer = exchange(pipelines(ref_protected=ref_protected, environment="mine"))

    assert answer.status_code == status


@pytest.mark.parametrize("tag", ["tide@1.4.0", "@acme/tide@1.4.0"])
def test_a_tag_may_have_an_at_sign(rule, pipelines, exchange, tag):
    workflow = "acme/tide/.github/workflows/release.yml"

    right = exchange(pipelines(job_workflow_ref=f"{workflow}@refs/tags/{tag}"))
    wrong = exchange(pipelines(job_workflow_ref=f"{workflow}@refs/tags/a@refs/tags/{tag}"))
    other = exchange(pipelines(job_workflow_ref=f"acme/tide/x/release.yml@refs/tags/{tag}"))

    assert (right.status_code, wrong.status_code, other.status_code) == (201, 403, 403)


OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NOW = int(time.time())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"exp": NOW - 60, "iat": NOW - 400}, "expired"),
        ({"key": OTHER_KEY}, "signature"),
        ({"aud": "https://other.example"}, "another audience"),
        ({"aud": None}, "not valid"),
        ({"iss": "https://mallory.example"}, "does not trust"),
        ({"jti": None}, "not valid"),
        ({"exp": NOW + 90_000}, "more than a day"),
        ({"repository": "mallory/tide"}, "is not one of the repository"),
        (
            {
                "repository": "mallory/tide",
                "job_workflow_ref": "mallory/tide/.github/workflows/release.yml@refs/heads/main",
            },
            "mallory/tide",
        ),
        ({"job_workflow_ref": "acme/tide/.github/workflows/other.yml@refs/heads/main"}, "other.yml"),
        ({"job_workflow_ref": "acme/shared/.github/workflows/release.yml@main"}, "is not one of"),
        ({"environment": "staging"}, "staging"),
        ({"environment": None}, "environment none"),
        ({"repository": None}, "repository"),
    ],
)
def test_a_token_that_is_not_to_be_believed_is_refused_with_the_reason(
    rule, pipelines, exchange, changes, words
):
    refused = exchange(pipelines(**changes))
    taken = exchange(pipelines())

    assert refused.status_code == 403
    assert refused.json()["type"].endswith("/pipeline-token-refused")
    assert words in refused.json()["detail"]
    assert (taken.status_code, PublisherToken.objects.count()) == (201, 1)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é" * 50, "a" * 9000])
def test_what_is_no_token_is_refused(rule, exchange, token):
    assert exchange(token).status_code in (400, 403)
    assert PublisherToken.objects.count() == 0


def test_a_symmetric_signature_is_refused(rule, pipelines, exchange):
    assert exchange(pipelines(key="k" * 40, algorithm="HS256")).status_code == 403


def test_a_token_is_exchanged_once(rule, pipelines, exchange):
    token = pipelines()

    answers = [exchange(token), exchange(token)]

    assert [answer.status_code for answer in answers] == [201, 403]
    assert "exchanged before" in answers[1].json()["detail"]


def test_another_product_does_not_trust_it(edith, rule, pipelines, exchange):
    edith.post(f"{API}/products", {"slug": "ebb", "name": "Ebb"})

    assert exchange(pipelines(), "ebb").status_code == 403
    assert exchange(pipelines(), "none").status_code == 403


def test_a_repository_that_took_over_an_abandoned_name_is_refused(rule, pipelines, exchange):
    exchange(pipelines())

    refused = exchange(pipelines(repository_id="5678"))

    assert refused.status_code == 403


def test_its_token_opens_its_own_product_only(edith, robot):
    edith.post(f"{API}/products", {"slug": "ebb", "name": "Ebb"})
    other = edith.post(f"{API}/products/ebb/releases", {"channel": "stable", "version": "1.0.0"}).json()
    artifact = edith.post(
        f"{API}/releases/{other['id']}/artifacts", declaration(zip_of("e"), "ebb-1.0.0.zip")
    ).json()

    answers = [
        robot.get(f"{API}/products/ebb/releases"),
        robot.post(f"{API}/products/ebb/releases", {"channel": "stable", "version": "2.0.0"}),
        robot.get(f"{API}/releases/{other['id']}"),
        robot.post(f"{API}/releases/{other['id']}/publish", {}),
        robot.post(f"{API}/artifacts/{artifact['id']}/upload", {}),
        robot.get(f"{API}/releases/{uuid.uuid4()}"),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert "tide only" in answers[0].json()["detail"]


def test_its_token_is_no_editors(robot, rule, product):
    release = robot.post(f"{API}/products/tide/releases", {"channel": "stable", "version": "1.0.0"}).json()

    answers = [
        robot.post(f"{API}/releases/{release['id']}/approve", {}),
        robot.patch(f"{API}/products/tide", {"name": "Mine"}),
        robot.get(f"{API}/products/tide/audit"),
        robot.post(f"{API}/products/tide/publishers", {}),
        robot.get("/api/todos/v1/lists"),
    ]

    assert all(answer.status_code in (401, 403) for answer in answers)


def test_it_ends_with_its_hour_and_with_the_rule(edith, robot, rule, pipelines, exchange):
    later = ApiClient(exchange(pipelines()).json()["token"])
    PublisherToken.objects.order_by("created_at")[0].delete()
    first = robot.get(f"{API}/products/tide/releases")
    before = later.get(f"{API}/products/tide/releases")

    edith.delete(f"{API}/products/tide/publishers/{rule['id']}")

    after = later.get(f"{API}/products/tide/releases")
    assert (first.status_code, before.status_code, after.status_code) == (401, 200, 401)
    assert exchange(pipelines()).status_code == 403
    assert edith.get(f"{API}/products/tide/publishers").json()["items"] == []


def test_an_expired_token_is_refused(robot):
    PublisherToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert robot.get(f"{API}/products/tide/releases").status_code == 401


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"issuer": "https://mallory.example"}, "/issuer"),
        ({"repository": "tide"}, "/repository"),
        ({"repository": "acme/tide/../x"}, "/repository"),
        ({"workflow": "release"}, "/workflow"),
        ({"workflow": "../release.yml"}, "/workflow"),
        ({"pipelines": "jenkins"}, "/pipelines"),
    ],
)
def test_a_rule_that_is_none_is_refused_at_its_field(edith, rule, issuer, change, pointer):
    body = {
        "pipelines": "github",
        "issuer": issuer.url,
        "repository": "acme/other",
        "workflow": "release.yml",
        **change,
    }

    refused = edith.post(f"{API}/products/tide/publishers", body)

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert TrustedPublisher.objects.count() == 1


def test_the_same_rule_twice_is_refused(edith, rule, issuer):
    body = {name: rule[name] for name in ("pipelines", "issuer", "repository", "workflow", "environment")}

    assert edith.post(f"{API}/products/tide/publishers", body).status_code == 400


def test_where_a_second_person_approves_admins_trust_publishers(edith, rule, issuer):
    Product.objects.update(needs_second_person=True)
    body = {"pipelines": "github", "issuer": issuer.url, "repository": "a/b", "workflow": "c.yml"}

    assert edith.post(f"{API}/products/tide/publishers", body).status_code == 403


def test_mallory_trusts_nobody_here(client_of, product):
    mallory = client_of("mallory", scope="todos/write")

    assert mallory.post(f"{API}/products/{product}/publishers", {}).status_code == 403
