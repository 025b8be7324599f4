"""What can be wrong in accounts, beside the chassis's own errors."""

from chassis.errors import NotFound, QuotaExceeded


class FileNotFound(NotFound):
    """There is no such file in the subject's folder."""

    code = "file-not-found"
    title = "There is no such file in this folder."


class FolderFull(QuotaExceeded):
    """The folder has no room for this."""

    code = "quota-exceeded"
    title = "The folder is full. Delete files first."
