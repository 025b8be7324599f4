"""The snapshot in the subject's own folder: written after changes, read without asking us."""

from __future__ import annotations

from django.conf import settings

from chassis.auth import validate_subject
from chassis.storage import answering_store, s3_client
from todos import queries
from todos.models import Account
from todos.snapshots import snapshot_file

# Whoever writes all the time gets a file with a gap, which the next one closes, rather than none.
READS_MOST = 3


def snapshot_key(subject: str) -> str:
    """Where the file is in the users' bucket."""
    return f"users/{validate_subject(subject)}/todos/snapshot.json.gz"


def _read_whole(subject: str) -> tuple[Account, bytes]:
    """The file, and the account that it shows; read again when a change came in between and left a gap."""
    for _ in range(READS_MOST):
        account = queries.read_account(subject)
        file = snapshot_file(account)
        if queries.read_version(subject) == account.version:
            break
    return account, file


@answering_store()
def write_snapshot(*, subject: str) -> int:
    """Put the account as it is into the subject's folder; the version that the file has in the end.

    Two that run at once may put an older file over a newer one; whoever put it sees that the account has
    moved on, and puts it again. So the last file is never older than the last change.

    Raises:
        Unavailable: the store does not answer.
    """
    while True:
        account, file = _read_whole(subject)
        s3_client().put_object(
            Bucket=settings.S3_USERS_BUCKET,
            Key=snapshot_key(subject),
            Body=file,
            ContentType="application/json",
            ContentEncoding="gzip",
            # A reader keeps it, and asks by its ETag before using it again.
            CacheControl="private, no-cache",
            Metadata={"version": str(account.version)},
        )
        if queries.read_version(subject) == account.version:
            return account.version
