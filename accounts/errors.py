"""What can be wrong in accounts, beside the chassis's own errors."""

from chassis.errors import Conflict, NotFound, QuotaExceeded


class FileNotFound(NotFound):
    """There is no such file in the subject's folder."""

    code = "file-not-found"
    title = "There is no such file in this folder."


class UploadNotFound(NotFound):
    """There is no such unfinished upload: it was completed, aborted, or never begun."""

    code = "upload-not-found"
    title = "There is no such unfinished upload. Begin a new one."


class UploadIncomplete(Conflict):
    """Parts of a multipart upload are missing."""

    code = "upload-incomplete"
    title = "Parts of this upload are missing."


class FolderFull(QuotaExceeded):
    """The folder has no room for this."""

    code = "quota-exceeded"
    title = "The folder is full. Delete files first."
