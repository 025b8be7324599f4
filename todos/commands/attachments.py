"""Attachments: a file of one's own folder, checked with accounts by REST, then linked."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from chassis import services
from chassis.errors import FieldError, Unavailable
from chassis.transactions import transactional
from todos import queries
from todos.commands.versions import bump, lock_account
from todos.errors import AttachmentNotFound, FileMissing, TooManyAttachments
from todos.models import Attachment, Todo

ATTACHMENTS_MOST = 20


@dataclass(frozen=True)
class CheckedFile:
    """A file that accounts found in the subject's folder."""

    key: str
    size: int
    content_type: str


def check_file(*, subject: str, key: str) -> CheckedFile:
    """Ask accounts whether the file is there. Never inside a transaction.

    Raises:
        FileMissing: at `/key`: accounts knows no such file, or the key is none.
        Unavailable: accounts does not answer.
    """
    client = services.client("accounts", caller="todos")
    answer = client.post("internal/attachments", json={"subject": subject, "key": key})
    if answer.status_code in (400, 404):
        detail = answer.json().get("detail", FileMissing.title)
        raise FileMissing(detail, errors=[FieldError("/key", "file-missing", detail)])
    if answer.status_code != 200:
        raise Unavailable(f"The accounts service answered {answer.status_code}.")
    found = answer.json()
    return CheckedFile(key=key, size=found["size"], content_type=found["content_type"][:127])


@transactional
def attach_file(*, subject: str, todo_id: UUID, file: CheckedFile) -> tuple[Todo, Attachment]:
    """Link a checked file to a to-do. Attaching it twice is attaching it once.

    Raises:
        TodoNotFound, TooManyAttachments.
    """
    account = lock_account(subject)
    todo = queries.get_todo(subject=subject, todo_id=todo_id)
    attachments = list(Attachment.objects.filter(todo=todo))
    for attachment in attachments:
        if attachment.key == file.key:
            return todo, attachment
    if len(attachments) >= ATTACHMENTS_MOST:
        raise TooManyAttachments(f"A to-do holds at most {ATTACHMENTS_MOST} attachments.")
    attachment = Attachment.objects.create(
        todo=todo,
        key=file.key,
        name=file.key.rsplit("/", 1)[-1],
        size=file.size,
        content_type=file.content_type,
        created_at=timezone.now(),
    )
    _count(todo, len(attachments) + 1, bump(account, [Todo]))
    return todo, attachment


@transactional
def detach_file(*, subject: str, todo_id: UUID, attachment_id: UUID) -> Todo:
    """Take a file off a to-do. The file stays in the folder.

    Raises:
        TodoNotFound, AttachmentNotFound.
    """
    account = lock_account(subject)
    todo = queries.get_todo(subject=subject, todo_id=todo_id)
    deleted, _ = Attachment.objects.filter(todo=todo, id=attachment_id).delete()
    if not deleted:
        raise AttachmentNotFound
    _count(todo, todo.attachment_count - 1, bump(account, [Todo]))
    return todo


def _count(todo: Todo, attachments: int, version: int) -> None:
    todo.attachment_count = attachments
    todo.version = version
    todo.updated_at = timezone.now()
    todo.save(update_fields=["attachment_count", "version", "updated_at"])
