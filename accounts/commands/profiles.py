"""Profiles: made at the first visit, changed by their owner."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Profile
from chassis.auth import validate_subject
from chassis.errors import VersionMismatch
from chassis.transactions import transactional


def ensure_profile(*, subject: str) -> Profile:
    """The subject's profile, made if it is not there yet."""
    found = Profile.objects.filter(subject=subject).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return Profile.objects.create(subject=validate_subject(subject))
    except IntegrityError:
        return Profile.objects.get(subject=subject)


@transactional
def keep_email(*, subject: str, email: str) -> Profile:
    """Remember the address that the identity provider verified."""
    profile = Profile.objects.select_for_update().get(subject=subject)
    if email and profile.email != email:
        profile.email = email[:254]
        profile.version += 1
        profile.save(update_fields=["email", "version", "updated_at"])
    return profile


@transactional
def update_profile(*, subject: str, if_versions: frozenset[int] | None, changes: dict[str, Any]) -> Profile:
    """Change name, text or visibility. What changes nothing keeps the version.

    Raises:
        VersionMismatch: `if_versions` is given and the profile has changed since.
    """
    ensure_profile(subject=subject)
    profile = Profile.objects.select_for_update().get(subject=subject)
    if if_versions is not None and profile.version not in if_versions:
        raise VersionMismatch
    changed = [name for name, value in changes.items() if getattr(profile, name) != value]
    if not changed:
        return profile
    for name in changed:
        setattr(profile, name, changes[name])
    profile.version += 1
    profile.save(update_fields=[*changed, "version", "updated_at"])
    return profile
