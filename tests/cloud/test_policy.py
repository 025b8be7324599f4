"""The role's policy, by moto's IAM: what a function asks of AWS is allowed, and nothing beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import enable_iam_authentication
from moto.iam.access_control import IAMPolicy, PermissionResult

from deploy.place import ROOT

POLICY = json.loads((ROOT / "deploy" / "policy.json").read_text(encoding="utf-8"))
ROLE = "quartet-staging-ZappaLambdaExecutionRole"
HERE = "us-east-1:123456789012"
# As boto3's methods and SSM's are asked by the code, with the names that docs/operations.md gives.
ASKED = [
    ("logs:PutLogEvents", f"arn:aws:logs:{HERE}:log-group:/aws/lambda/quartet-staging:log-stream:x"),
    ("sqs:ReceiveMessage", f"arn:aws:sqs:{HERE}:quartet-staging-facts"),
    ("sqs:DeleteMessage", f"arn:aws:sqs:{HERE}:quartet-staging-todos-work"),
    ("sqs:GetQueueAttributes", f"arn:aws:sqs:{HERE}:quartet-staging-work"),
    ("sqs:SendMessage", f"arn:aws:sqs:{HERE}:quartet-production-work"),
    ("ssm:GetParametersByPath", f"arn:aws:ssm:{HERE}:parameter/quartet/staging"),
    ("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/quartet/staging/SECRET_KEY"),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:quartet/staging-a1b2c3"),
    ("s3:ListBucket", "arn:aws:s3:::quartet-public"),
    ("s3:GetObject", "arn:aws:s3:::quartet-users/users/alice/a.txt"),
    ("s3:PutObject", "arn:aws:s3:::quartet-public/blog/index.html"),
    ("s3:DeleteObject", "arn:aws:s3:::quartet-uploads/uploads/alice/a.jpg"),
    ("s3:AbortMultipartUpload", "arn:aws:s3:::quartet-users/users/alice/a.bin"),
    ("sts:AssumeRole", "arn:aws:iam::123456789012:role/quartet-folder"),
    ("ses:SendEmail", f"arn:aws:ses:{HERE}:identity/example.com"),
    ("cloudfront:CreateInvalidation", "arn:aws:cloudfront::123456789012:distribution/E1"),
]
NEVER = [
    ("sqs:SendMessage", f"arn:aws:sqs:{HERE}:somebody-elses"),
    ("sqs:DeleteQueue", f"arn:aws:sqs:{HERE}:quartet-staging-work"),
    ("ssm:GetParametersByPath", f"arn:aws:ssm:{HERE}:parameter/other"),
    ("ssm:PutParameter", f"arn:aws:ssm:{HERE}:parameter/quartet/staging/SECRET_KEY"),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:other"),
    ("s3:GetObject", "arn:aws:s3:::somebody-elses/a.txt"),
    ("s3:DeleteBucket", "arn:aws:s3:::quartet-public"),
    ("s3:PutBucketPolicy", "arn:aws:s3:::quartet-public"),
    ("sts:AssumeRole", "arn:aws:iam::123456789012:role/administrator"),
    ("iam:PassRole", f"arn:aws:iam::123456789012:role/{ROLE}"),
    ("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:quartet-staging"),
]


def is_allowed(action: str, resource: str) -> bool:
    found = IAMPolicy(json.dumps(POLICY)).is_action_permitted(action, resource)
    return found is PermissionResult.PERMITTED


@pytest.mark.parametrize(("action", "resource"), ASKED, ids=lambda value: value.rpartition(":::")[2])
def test_what_a_function_asks_is_allowed(action: str, resource: str) -> None:
    assert is_allowed(action, resource)


@pytest.mark.parametrize(("action", "resource"), NEVER, ids=lambda value: value.rpartition(":::")[2])
def test_what_a_function_never_asks_is_not_allowed(action: str, resource: str) -> None:
    assert not is_allowed(action, resource)


@pytest.fixture
def s3_of_the_role() -> Iterator[Any]:
    """A client with the role's temporary keys, where moto refuses what no policy allows."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    with mock_aws():
        iam: Any = boto3.client("iam", region_name="us-east-1")
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document)["Role"]
        iam.put_role_policy(RoleName=ROLE, PolicyName="zappa-permissions", PolicyDocument=json.dumps(POLICY))
        owner: Any = boto3.client("s3", region_name="us-east-1")
        for bucket in ("quartet-users", "somebody-elses"):
            owner.create_bucket(Bucket=bucket)
        sts: Any = boto3.client("sts", region_name="us-east-1")
        given = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="function")["Credentials"]
        session: Any = boto3.Session()
        client = session.client(
            "s3",
            region_name="us-east-1",
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )
        with enable_iam_authentication():
            yield client


def test_a_function_in_the_role_reads_and_writes_its_own_buckets_alone(s3_of_the_role: Any) -> None:
    s3_of_the_role.put_object(Bucket="quartet-users", Key="users/alice/a.txt", Body=b"a")
    assert s3_of_the_role.get_object(Bucket="quartet-users", Key="users/alice/a.txt")["Body"].read() == b"a"

    for refused in (
        lambda: s3_of_the_role.put_object(Bucket="somebody-elses", Key="a.txt", Body=b"a"),
        lambda: s3_of_the_role.delete_bucket(Bucket="quartet-users"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()
