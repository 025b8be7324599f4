"""Temporary credentials: what the answer says, and the examples of docs/folder.md."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from chassis.storage import sts_client
from tests.accounts.conftest import FOLDER
from tests.api_client import ApiClient
from tests.issuer import Issuer

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "folder.md"


@pytest.mark.usefixtures("object_store", "db")
def test_the_answer_says_all_that_an_sdk_needs(client_of: Callable[..., ApiClient], settings: Any) -> None:
    answer = client_of("alice").post(f"{FOLDER}/credentials", {})

    found = answer.json()
    assert answer["Cache-Control"] == "no-store"
    assert (found["bucket"], found["prefix"]) == ("quartet-users", "users/alice/")
    assert (found["region"], found["endpoint_url"]) == (settings.AWS_REGION, settings.S3_ENDPOINT_URL)
    assert found["may_write"] is True


@pytest.mark.usefixtures("object_store", "db")
def test_they_live_as_long_as_the_setting_says(client_of: Callable[..., ApiClient], settings: Any) -> None:
    settings.ACCOUNTS_FOLDER_CREDENTIALS_SECONDS = 900

    found = client_of("alice").post(f"{FOLDER}/credentials", {}).json()

    expires_at = datetime.fromisoformat(found["expires_at"])
    assert timedelta(seconds=800) < expires_at - timezone.now() < timedelta(seconds=1000)
    assert expires_at - datetime.fromisoformat(found["renew_after"]) == timedelta(minutes=5)


@pytest.mark.usefixtures("object_store", "db")
@pytest.mark.parametrize("subject", ["a", "5b0c8f0e-7d2c-4b8e-9f43-0a2b3c4d5e6f", "s" * 128])
def test_every_subject_gets_credentials_for_a_policy_that_aws_accepts(
    client_of: Callable[..., ApiClient], subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    assume = sts_client().assume_role
    monkeypatch.setattr(sts_client(), "assume_role", lambda **given: asked.update(given) or assume(**given))

    answer = client_of(subject).post(f"{FOLDER}/credentials", {})

    assert answer.status_code == 201
    assert len(asked["Policy"]) <= 2048
    assert 2 <= len(asked["RoleSessionName"]) <= 64


@pytest.mark.usefixtures("object_store", "db")
@pytest.mark.parametrize("body", [{"subject": "mallory"}, {"seconds": 43200}, {"prefix": ""}, []])
def test_nobody_asks_for_more_than_their_own(client_of: Callable[..., ApiClient], body: Any) -> None:
    answer = client_of("alice").post(f"{FOLDER}/credentials", body)

    assert answer.status_code == 400


@pytest.mark.django_db(transaction=True)
def test_the_python_example_of_the_guide_works_and_renews_itself(
    object_store: Any, issuer: Issuer, live_server: Any, settings: Any, tmp_path: Path
) -> None:
    # So short a life is within the SDK's own margin: it asks again at every use.
    settings.ACCOUNTS_FOLDER_CREDENTIALS_SECONDS = 900
    example = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)[0]
    definitions = example.partition("\n\n\ns3, bucket")[0]
    names: dict[str, Any] = {}
    exec(definitions, names)
    asked: list[str] = []

    def token() -> str:
        asked.append("token")
        return issuer.token("alice")

    photo = tmp_path / "boat.jpg"
    photo.write_bytes(b"boat")
    s3, bucket, prefix = names["folder_client"](live_server.url, token)
    s3.upload_file(str(photo), bucket, f"{prefix}photos/boat.jpg")

    assert s3.get_object(Bucket=bucket, Key=f"{prefix}photos/boat.jpg")["Body"].read() == b"boat"
    assert len(asked) > 1
