"""Everything that changes something in accounts, one function a use case."""

from accounts.commands.credentials import FolderCredentials, issue_credentials
from accounts.commands.files import begin_upload, delete_files
from accounts.commands.multipart import abort_multipart, begin_multipart, complete_multipart, sign_parts
from accounts.commands.profiles import ensure_profile, keep_email, update_profile
from accounts.commands.usage import recount_folder

__all__ = [
    "FolderCredentials",
    "abort_multipart",
    "begin_multipart",
    "begin_upload",
    "complete_multipart",
    "delete_files",
    "ensure_profile",
    "issue_credentials",
    "keep_email",
    "recount_folder",
    "sign_parts",
    "update_profile",
]
