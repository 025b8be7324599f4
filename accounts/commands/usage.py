"""How full a folder is: counted by listing, kept for a short while."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts import queries
from accounts.commands.profiles import ensure_profile
from accounts.errors import FolderFull
from accounts.models import Profile

# Within this time a count is believed; listing a large folder costs a request a thousand files.
COUNT_SECONDS = 60


def recount_folder(*, subject: str, is_forced: bool = False) -> Profile:
    """The profile with the folder's bytes and files, counted again when the count is old."""
    profile = ensure_profile(subject=subject)
    oldest = timezone.now() - timedelta(seconds=COUNT_SECONDS)
    if not is_forced and profile.folder_counted_at is not None and profile.folder_counted_at > oldest:
        return profile
    profile.folder_bytes, profile.folder_files = queries.count_folder(subject)
    profile.folder_counted_at = timezone.now()
    profile.save(update_fields=["folder_bytes", "folder_files", "folder_counted_at"])
    return profile


def require_room(*, subject: str, size: int) -> None:
    """Refuse what would not fit. A count that is kept is counted anew before anybody is refused.

    Raises:
        FolderFull: with `quota_bytes` and `used_bytes`.
    """
    quota = settings.ACCOUNTS_FOLDER_QUOTA_BYTES
    profile = recount_folder(subject=subject)
    if profile.folder_bytes + size > quota:
        profile = recount_folder(subject=subject, is_forced=True)
    if profile.folder_bytes + size > quota:
        detail = f"The folder holds {profile.folder_bytes} of {quota} bytes; {size} more do not fit."
        raise FolderFull(detail, quota_bytes=quota, used_bytes=profile.folder_bytes)
