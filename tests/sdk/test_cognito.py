"""Cognito's own sign-in: a token of Amplify's SRP against moto's Cognito opens API and folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import jwt
import pytest
from django.conf import settings
from moto.server import ThreadedMotoServer

from tests.contracts.service_processes import ServiceProcess
from tests.sdk.node import run

pytestmark = [pytest.mark.sdk, pytest.mark.timeout(300)]

PROGRAM = Path(__file__).with_name("cognito.mts")
REGION = "eu-central-1"
EMAIL, PASSWORD = "nina@example.com", "Four-strings-0n-a-desk"


@pytest.fixture(scope="module")
def cognito() -> Iterator[dict[str, Any]]:
    """A user pool with a client for SRP, and one person in it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    client = boto3.client(
        "cognito-idp",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="moto",
        aws_secret_access_key="moto",
    )
    pool = client.create_user_pool(PoolName="quartet", UsernameAttributes=["email"])["UserPool"]["Id"]
    flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    app = client.create_user_pool_client(UserPoolId=pool, ClientName="todos", ExplicitAuthFlows=flows)
    client.admin_create_user(UserPoolId=pool, Username=EMAIL, MessageAction="SUPPRESS")
    client.admin_set_user_password(UserPoolId=pool, Username=EMAIL, Password=PASSWORD, Permanent=True)
    yield {"userPoolId": pool, "clientId": app["UserPoolClient"]["ClientId"], "endpoint": endpoint}
    server.stop()


@pytest.fixture
def services(cognito: dict[str, Any], object_store: Any, tmp_path: Path) -> Iterator[ServiceProcess]:
    """accounts and todos, which trust the pool: issuer and key set are at two addresses."""
    pool = cognito["userPoolId"]
    environment = {
        **object_store.environment(),
        "OIDC_ISSUER": f"https://cognito-idp.{REGION}.amazonaws.com/{pool}",
        "OIDC_JWKS_URL": f"{cognito['endpoint']}/{pool}/.well-known/jwks.json",
        "OIDC_USER_CLIENTS": f"{cognito['clientId']}={settings.USER_SCOPES}",
    }
    with ServiceProcess("accounts,todos", tmp_path, environment) as process:
        yield process


def test_a_token_of_an_srp_sign_in_opens_the_api_and_the_folder(typescript, cognito, services):
    found = run(
        PROGRAM,
        {
            "api": services.url,
            "pool": cognito,
            "email": EMAIL,
            "password": PASSWORD,
            "foreignKey": "users/somebody-else/diary.txt",
        },
    )

    claims = jwt.decode(found["token"], options={"verify_signature": False})
    assert claims["iss"].startswith("https://cognito-idp.")
    assert not {scope for scope in claims.get("scope", "").split() if scope.startswith("todos/")}
    assert found["status"] == 201
    assert found["titles"] == ["Made with a token of SRP"]
    assert found["names"] == ["notes/hello.txt"]
    assert found["text"] == "Hello from JavaScript"
    assert found["refused"] == "AccessDenied"
