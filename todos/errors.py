"""What can be wrong in todos, beside the chassis's own errors."""

from chassis.errors import Conflict, Gone, InvalidInput, NotFound, QuotaExceeded, UnprocessableRequest


class ListNotFound(NotFound):
    """The subject has no such list."""

    code = "list-not-found"
    title = "There is no such list."


class TodoNotFound(NotFound):
    """The subject has no such to-do."""

    code = "todo-not-found"
    title = "There is no such to-do."


class AttachmentNotFound(NotFound):
    """The to-do has no such attachment."""

    code = "attachment-not-found"
    title = "This to-do has no such attachment."


class FileMissing(InvalidInput):
    """The file that is to be attached is not in the subject's folder."""

    code = "file-missing"
    title = "There is no such file in your folder. Upload it first."


class TooManyAttachments(QuotaExceeded):
    """A to-do holds only so many attachments."""

    code = "too-many-attachments"
    title = "This to-do holds no more attachments."


class ConflictNotFound(NotFound):
    """The subject has no such conflict."""

    code = "conflict-not-found"
    title = "There is no such conflict."


class CursorExpired(Gone):
    """Tombstones that the client has not seen are gone."""

    code = "cursor-expired"
    title = "This cursor is too old. Take a snapshot, then send what is unsent again."


class UnknownKind(InvalidInput):
    """An operation of a kind that is not known here."""

    code = "unknown-kind"
    title = "Operations of this kind are not known here."


class VersionAhead(InvalidInput):
    """The client names a version that the account has not reached."""

    code = "version-ahead"
    title = "The account has not reached this version."


class ParentCycle(Conflict):
    """A to-do would belong to itself."""

    code = "parent-cycle"
    title = "A to-do cannot belong to itself, nor to one that belongs to it."


class OperationReused(UnprocessableRequest):
    """The id of an operation was used before with another one."""

    code = "operation-reused"
    title = "The id of this operation was used for another one. Make a new id."


class GroupRefused(Conflict):
    """Another operation of the same group was refused."""

    code = "group-refused"
    title = "Another operation of this group was refused, so none of them was carried out."


class CalendarNotFound(NotFound):
    """The secret of the address opens nothing."""

    code = "calendar-not-found"
    title = "There is no such calendar."
