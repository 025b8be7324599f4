"""How full a folder is: counted by listing, kept for a short while."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts import queries
from accounts.commands.profiles import ensure_profile
from accounts.errors import FolderFull
from accounts.models import Profile

# Within this time a count is believed; counting a large folder costs a request a thousand files.
COUNT_SECONDS = 60
# Older versions and unfinished uploads are no files that a user sees, so they have room of their own:
# together with the files at most so many times the quota. Else who overwrites one file for ever, or
# never completes an upload, would have a store without end.
STORED_QUOTAS_MOST = 2


def recount_folder(*, subject: str, is_forced: bool = False) -> Profile:
    """The profile with the folder's bytes and files, counted again when the count is old."""
    profile = ensure_profile(subject=subject)
    oldest = timezone.now() - timedelta(seconds=COUNT_SECONDS)
    if not is_forced and profile.folder_counted_at is not None and profile.folder_counted_at > oldest:
        return profile
    count = queries.count_folder(subject)
    profile.folder_files = count.files
    profile.folder_bytes = count.used_bytes
    profile.folder_stored_bytes = count.stored_bytes
    profile.folder_counted_at = timezone.now()
    profile.save(update_fields=["folder_files", "folder_bytes", "folder_stored_bytes", "folder_counted_at"])
    return profile


def has_room(profile: Profile, *, size: int = 1, is_stored: bool = False) -> bool:
    """Whether so many bytes more fit, by the last count. `is_stored`: they are there already, in parts."""
    quota = settings.ACCOUNTS_FOLDER_QUOTA_BYTES
    stored = profile.folder_stored_bytes + (0 if is_stored else size)
    return profile.folder_bytes + size <= quota and stored <= STORED_QUOTAS_MOST * quota


def require_room(*, subject: str, size: int, is_stored: bool = False) -> None:
    """Refuse what would not fit. A count that is kept is counted anew before anybody is refused.

    Bytes that are there in parts (`is_stored`) become a file now: no kept count is good enough for them.

    Raises:
        FolderFull: with `quota_bytes`, `used_bytes` and `stored_bytes`.
    """
    if not is_stored and has_room(recount_folder(subject=subject), size=size):
        return
    profile = recount_folder(subject=subject, is_forced=True)
    if has_room(profile, size=size, is_stored=is_stored):
        return
    quota, used, stored = (
        settings.ACCOUNTS_FOLDER_QUOTA_BYTES,
        profile.folder_bytes,
        profile.folder_stored_bytes,
    )
    full = f"The folder holds {used} of {quota} bytes"
    if used + size <= quota:
        full = f"Older versions and unfinished uploads hold {stored - used} bytes"
    raise FolderFull(
        f"{full}; {size} more do not fit.", quota_bytes=quota, used_bytes=used, stored_bytes=stored
    )
