"""Several at the same moment, and workers that die: a step is taken once, and nothing is lost."""

from __future__ import annotations

import threading
import time
import uuid

import pytest
from django.db import connection

from tests.updates.conftest import API, declaration, send_parts, zip_of
from updates import commands, pipeline_tokens, queries
from updates.models import Artifact, AuditEntry, Product, PublisherToken, Release
from updates.rollout import Step

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 4


def at_once(work):
    """`work()` in several threads at the same moment; what each returned, or the error that it met."""
    start, found = threading.Barrier(MANY), []

    def run():
        start.wait()
        try:
            found.append(work())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def verified(add_artifact, release):
    """A verified release."""
    add_artifact(zip_of("tide"))
    return uuid.UUID(release["id"])


def count(action):
    """How often the audit tells it."""
    return AuditEntry.objects.filter(action=action).count()


def test_a_release_that_four_publish_is_published_once(verified, empty_public_bucket):
    found = at_once(lambda: commands.publish_release(actor="edith", release_id=verified))

    assert {one.state for one in found} == {"publishing"}
    assert (count("release_approved"), count("release_publishing")) == (1, 1)
    assert queries.find_audit_break(Product.objects.get()) is None


def test_a_rollout_that_four_grow_grows_once_each_percentage(verified, run_tasks, empty_public_bucket):
    commands.plan_rollout(actor="edith", release_id=verified, steps=[Step(10)])
    commands.publish_release(actor="edith", release_id=verified)
    run_tasks()

    found = at_once(lambda: commands.plan_rollout(actor="edith", release_id=verified, steps=[Step(50)]))

    assert [one.rollout_percent for one in found] == [50] * MANY
    assert count("rollout_grown") == 1


def test_pause_and_grow_at_the_same_moment_leave_it_paused_or_refuse(
    verified, run_tasks, empty_public_bucket
):
    commands.plan_rollout(actor="edith", release_id=verified, steps=[Step(10)])
    commands.publish_release(actor="edith", release_id=verified)
    run_tasks()
    turns = iter((commands.pause_release, commands.release_to_everyone) * MANY)

    at_once(lambda: next(turns)(actor="edith", release_id=verified))
    run_tasks()

    assert Release.objects.get().state == "paused"
    assert queries.find_audit_break(Product.objects.get()) is None


def test_two_releases_of_one_version_are_one(product):
    found = at_once(
        lambda: commands.create_release(actor="edith", product=product, channel="stable", version="1.0.0")
    )

    assert sum(isinstance(one, Release) for one in found) == 1
    assert Release.objects.count() == 1


def test_a_pipelines_token_that_four_exchange_is_taken_once(edith, product, issuer, settings, monkeypatch):
    settings.UPDATES_PIPELINE_ISSUERS = (issuer.url,)
    monkeypatch.setattr(pipeline_tokens, "_key_sets", {})
    monkeypatch.setattr(pipeline_tokens, "_key_address", lambda address: f"{address}/.well-known/jwks.json")
    rule = {"pipelines": "github", "issuer": issuer.url, "repository": "acme/tide", "workflow": "release.yml"}
    edith.post(f"{API}/products/{product}/publishers", rule)
    now = int(time.time())
    claims = {
        "iss": issuer.url,
        "aud": settings.PUBLIC_URL,
        "sub": "repo:acme/tide",
        "repository": "acme/tide",
        "repository_id": "1",
        "job_workflow_ref": "acme/tide/.github/workflows/release.yml@main",
        "ref_protected": "true",
        "jti": "one",
        "iat": now,
        "exp": now + 60,
    }
    token = issuer.sign(claims)

    found = at_once(lambda: commands.exchange_pipeline_token(product=product, token=token))

    refused = [one for one in found if isinstance(one, pipeline_tokens.PipelineTokenRefused)]
    assert (len(refused), PublisherToken.objects.count()) == (MANY - 1, 1)


@pytest.mark.parametrize("step", ["read_contents", "_record"])
def test_a_verification_whose_worker_died_is_done_by_the_next(
    edith, release, object_store, run_tasks, let_time_pass, monkeypatch, step
):
    body = zip_of("tide")
    artifact = edith.post(f"{API}/releases/{release['id']}/artifacts", declaration(body)).json()
    send_parts(edith, artifact["id"], body)
    edith.post(f"{API}/artifacts/{artifact['id']}/upload/completion", {})

    def die(*args):
        raise SystemExit(137)

    with monkeypatch.context() as dying:
        dying.setattr(f"updates.commands.verification.{step}", die)
        run_tasks()
    before = Artifact.objects.get().state
    let_time_pass()
    run_tasks()

    assert (before, Artifact.objects.get().state) == ("uploaded", "verified")
    assert Release.objects.get().state == "verified"
    assert count("artifact_verified") == 1
