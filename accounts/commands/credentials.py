"""Temporary credentials for one folder: AssumeRole, always with a session policy for that folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts.commands.usage import has_room, recount_folder
from accounts.folder import prefix_of, session_policy
from chassis.storage import answering_store, sts_client

# A client renews this long before the end, so that an upload that is under way does not break.
RENEW_BEFORE = timedelta(minutes=5)


@dataclass(frozen=True)
class FolderCredentials:
    """What an S3 client needs to work directly in the folder."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires_at: datetime
    renew_after: datetime
    bucket: str
    prefix: str
    region: str
    endpoint_url: str
    may_write: bool


@answering_store()
def issue_credentials(*, subject: str) -> FolderCredentials:
    """Credentials for `users/<subject>/` and nothing else. Over quota they cannot write.

    Raises:
        InvalidInput: the subject cannot go into a policy.
        Unavailable: the store or STS does not answer.
    """
    prefix = prefix_of(subject)
    # Counted anew: these credentials write without asking for as long as they live.
    may_write = has_room(recount_folder(subject=subject, is_forced=True))
    policy = session_policy(subject, bucket=settings.S3_USERS_BUCKET, may_write=may_write)
    answer = sts_client().assume_role(
        RoleArn=settings.FOLDER_ROLE_ARN,
        # 2 to 64 characters (AWS STS: AssumeRole); it is shown in CloudTrail.
        RoleSessionName=f"user-{subject}"[:64],
        DurationSeconds=settings.ACCOUNTS_FOLDER_CREDENTIALS_SECONDS,
        Policy=json.dumps(policy, separators=(",", ":")),
    )["Credentials"]
    expires_at = answer["Expiration"]
    return FolderCredentials(
        access_key_id=answer["AccessKeyId"],
        secret_access_key=answer["SecretAccessKey"],
        session_token=answer["SessionToken"],
        expires_at=expires_at,
        renew_after=expires_at - RENEW_BEFORE,
        bucket=settings.S3_USERS_BUCKET,
        prefix=prefix,
        region=settings.AWS_REGION,
        endpoint_url=settings.S3_ENDPOINT_URL or f"https://s3.{settings.AWS_REGION}.amazonaws.com",
        may_write=may_write,
    )
