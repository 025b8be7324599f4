"""What can be wrong in todos, beside the chassis's own errors."""

from chassis.errors import InvalidInput, NotFound, QuotaExceeded


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
