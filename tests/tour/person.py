"""Somebody who has signed in: a client of the APIs, and S3 with temporary credentials for one folder."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import boto3
import httpx
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.tour.system import System, expect


class Person:
    """Speaks to the services with an access token, and to the object store with credentials from them."""

    def __init__(self, system: System, tokens: dict[str, Any]) -> None:
        self.system = system
        self.http = httpx.Client(headers={"Authorization": f"Bearer {tokens['access_token']}"}, timeout=30)
        self.credentials: dict[str, Any] = {}

    def accounts(self, method: str, path: str, *, wanted: int, **options: Any) -> httpx.Response:
        """A request of the accounts service.

        Raises:
            WrongAnswer: another status than `wanted`.
        """
        return self._request(method, self.system.accounts_api + path, wanted, options)

    def todos(self, method: str, path: str, *, wanted: int, **options: Any) -> httpx.Response:
        """A request of the todos service.

        Raises:
            WrongAnswer: another status than `wanted`.
        """
        return self._request(method, self.system.todos_api + path, wanted, options)

    def blog(self, method: str, path: str, *, wanted: int, **options: Any) -> httpx.Response:
        """A request of the blog service.

        Raises:
            WrongAnswer: another status than `wanted`.
        """
        return self._request(method, self.system.blog_api + path, wanted, options)

    def updates(self, method: str, path: str, *, wanted: int, **options: Any) -> httpx.Response:
        """A request of the updates service.

        Raises:
            WrongAnswer: another status than `wanted`.
        """
        return self._request(method, self.system.updates_api + path, wanted, options)

    def get_credentials(self) -> None:
        """Ask for temporary credentials of one's own folder."""
        answer = self.accounts("POST", "/me/folder/credentials", json={}, wanted=201)
        self.credentials = answer.json()

    @property
    def bucket(self) -> str:
        """The bucket of the users' folders."""
        return str(self.credentials["bucket"])

    @property
    def prefix(self) -> str:
        """The beginning of all keys of one's own folder."""
        return str(self.credentials["prefix"])

    @cached_property
    def s3(self) -> Any:
        """The AWS SDK with the temporary credentials."""
        return boto3.client(
            "s3",
            endpoint_url=self.credentials["endpoint_url"],
            region_name=self.credentials["region"],
            aws_access_key_id=self.credentials["access_key_id"],
            aws_secret_access_key=self.credentials["secret_access_key"],
            aws_session_token=self.credentials["session_token"],
            config=Config(signature_version="s3v4", retries={"total_max_attempts": 2}),
        )

    def expect_refusal(self, operation: str, **parameters: Any) -> None:
        """An operation of S3 that must be refused.

        Raises:
            WrongAnswer: it is not, or for another reason.
        """
        what = f"{operation} in somebody else's folder"
        try:
            getattr(self.s3, operation)(Bucket=self.bucket, **parameters)
        except ClientError as error:
            expect(what, error.response["ResponseMetadata"]["HTTPStatusCode"], 403)
        else:
            expect(what, "it was allowed", 403)

    def _request(self, method: str, address: str, wanted: int, options: dict[str, Any]) -> httpx.Response:
        response = self.http.request(method, address, **options)
        if response.status_code != wanted:
            expect(f"{method} {address}", f"{response.status_code} {response.text[:500]}", wanted)
        return response
