"""What is taken away after a withdrawal, and what has to stay: all that the published files name."""

from __future__ import annotations

import httpx
import pytest

from chassis.publishing import PublicFile
from tests.edge.conftest import edge, edge_server  # noqa: F401 - fixtures
from tests.updates.conftest import API, zip_of
from tests.updates.test_tuf import Installation, holders, rooted, tide  # noqa: F401 - fixtures
from updates import commands, plans
from updates.models import Release, SignedFile, SigningKey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("edge")]
NAME = "tide-1.0.0-linux.zip"


@pytest.fixture
def take_back(let_time_pass):
    """`take_back(publisher, release_id)`: withdrawn, and its files gone."""

    def withdraw(publisher, release_id):
        publisher.ask(release_id, "withdraw")
        let_time_pass()
        publisher.run_tasks()
        assert httpx.head(f"{publisher.files}/{NAME}").status_code == 404

    return withdraw


def test_the_public_key_stays(tide, take_back):  # noqa: F811
    before = httpx.get(f"{tide.base}/minisign.pub")

    take_back(tide, tide.publish("1.0.0", {NAME: zip_of("1.0.0")}))

    after = httpx.get(f"{tide.base}/minisign.pub")
    assert (before.status_code, after.status_code) == (200, 200)
    assert after.text == before.text


def test_manifests_that_signed_targets_name_stay(rooted, take_back, monkeypatch, tmp_path):  # noqa: F811
    # As where TUF's keys are in KMS, and there is none for plain manifests.
    monkeypatch.setattr("updates.commands.keys.can_make_keys", lambda: False)
    SigningKey.objects.filter(role="manifest").delete()
    SignedFile.objects.filter(role__startswith="manifest:").delete()

    take_back(rooted, rooted.publish("1.0.0", {NAME: zip_of("1.0.0")}))

    assert not SignedFile.objects.filter(role__startswith="manifest:").exists()
    assert Installation(tmp_path / "app", rooted).latest() is None


def test_files_of_a_release_that_is_withdrawn_meanwhile_are_copied(tide, monkeypatch):  # noqa: F811
    release = tide.draft("1.0.0", {NAME: zip_of("1.0.0")})
    tide.edith.post(f"{API}/releases/{release}/publish", {})
    sign = commands.sign_product

    def sign_and_withdraw(**product):
        signed = sign(**product)
        tide.edith.post(f"{API}/releases/{release}/withdraw", {})
        return signed

    monkeypatch.setattr(commands, "sign_product", sign_and_withdraw)
    plan = plans.plan_product(str(Release.objects.get().channel.product_id))

    assert Release.objects.get().state == "withdrawn"
    files = list(plan.files)
    manifest = next(file for file in files if file.key == f"updates/{tide.slug}/stable.json")
    assert isinstance(manifest, PublicFile)
    assert NAME.encode() in manifest.read()
    assert f"artifacts/{tide.slug}/{NAME}" in {file.key for file in files}
