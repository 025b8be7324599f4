"""The demo world in accounts: profiles, and files that go the way of any upload."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from accounts import commands, queries
from accounts.errors import FileNotFound
from accounts.models import Profile
from local.demo.world import DemoFile
from local.identity.people import DemoPerson

_UPLOAD_SECONDS = 30

_ABOUT = {
    "Edith Evans": "Writes about boats, tides and the people who wait for them.",
    "Emil Ewald": "Photographs what others walk past.",
}


def is_empty() -> bool:
    """Whether nobody has a profile yet."""
    return not Profile.objects.exists()


def make_profiles(people: Iterable[DemoPerson]) -> int:
    """The name and address of everybody who has no name yet; editors are public, as authors are.

    Returns the number of profiles made.
    """
    nameless = [person for person in people if not _has_name(str(person.subject))]
    for person in nameless:
        subject = str(person.subject)
        commands.update_profile(
            subject=subject,
            if_versions=None,
            changes={
                "display_name": person.name,
                "bio": _ABOUT.get(person.name, ""),
                "is_public": "editors" in person.groups,
            },
        )
        commands.keep_email(subject=subject, email=person.email)
    return len(nameless)


def upload(subject: str, file: DemoFile) -> bool:
    """Put a file into somebody's folder by a presigned form, unless it is there; whether it was put.

    Raises:
        httpx.HTTPError: the object store refused it.
    """
    try:
        queries.get_file(subject=subject, key=file.key)
    except FileNotFound:
        form = commands.begin_upload(
            subject=subject, key=file.key, content_type=file.content_type, size=len(file.content)
        )
        answer = httpx.post(
            form.url,
            data=form.fields,
            files={"file": (file.key, file.content, file.content_type)},
            timeout=_UPLOAD_SECONDS,
        )
        answer.raise_for_status()
        return True
    return False


def count_folder(subject: str) -> None:
    """Have the usage of somebody's folder counted, as after an upload."""
    commands.recount_folder(subject=subject, is_forced=True)


def _has_name(subject: str) -> bool:
    profile = queries.find_profile(subject)
    return profile is not None and bool(profile.display_name)
