"""`manage.py demo`: a believable world for a fresh desk."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from local.demo.world import make_files, read_lists
from local.identity.people import DEMO_PEOPLE


class Command(BaseCommand):
    """Makes what is missing of the demo world; what is there stays as it is."""

    help = (
        "Make the demo world: three users and two editors with profiles, two hundred to-dos in ten lists, "
        "files in folders, twelve posts with photos, an application with three releases. "
        "Doing it again makes only what is missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--if-empty`."""
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="Do nothing when the database holds any profile, to-do, post or product.",
        )

    def handle(self, *args: Any, if_empty: bool, **options: Any) -> str:
        """One sentence with what was made."""
        if if_empty and not _is_empty():
            return "The database is not empty: nothing was made."
        made: list[str] = []
        if apps.is_installed("accounts"):
            made += _make_accounts()
        if apps.is_installed("todos"):
            made += _make_todos()
        if apps.is_installed("blog"):
            made += _make_blog()
        if apps.is_installed("updates"):
            made += _make_updates()
        return f"Made {', '.join(made)}." if made else "None of the demo world's services runs here."


def _is_empty() -> bool:
    empty = True
    if apps.is_installed("accounts"):
        from local.demo import accounts

        empty = empty and accounts.is_empty()
    if apps.is_installed("todos"):
        from local.demo import todos

        empty = empty and todos.is_empty()
    if apps.is_installed("blog"):
        from local.demo import blog

        empty = empty and blog.is_empty()
    if apps.is_installed("updates"):
        from local.demo import updates

        empty = empty and updates.is_empty()
    return empty


def _make_accounts() -> list[str]:
    from local.demo import accounts

    profiles = accounts.make_profiles(DEMO_PEOPLE)
    subjects = _subjects()
    files = [file for file in make_files() if accounts.upload(subjects[file.person], file)]
    for person in {file.person for file in files}:
        accounts.count_folder(subjects[person])
    return [f"{profiles} profiles", f"{len(files)} files"]


def _make_todos() -> list[str]:
    from local.demo import todos

    subjects = _subjects()
    count = 0
    for demo_list in read_lists():
        files = {file.key: file for file in make_files() if file.person == demo_list.person}
        count += todos.make_list(subjects[demo_list.person], demo_list, files=files)
    return [f"{count} to-dos"]


def _make_blog() -> list[str]:
    from local.demo import blog, blog_readers

    subjects = _subjects()
    posts = blog.read_posts()
    made = [blog.make_post(post, subjects=subjects, seed=seed) for seed, post in enumerate(posts, start=1)]
    return [f"{sum(made)} posts", f"{blog_readers.make_readers()} readers by mail"]


def _make_updates() -> list[str]:
    from local.demo import updates

    return [f"{updates.make_product(_subjects()['edith'])} releases"]


def _subjects() -> dict[str, str]:
    """The subjects of the demo's people by the first part of their e-mail address."""
    return {person.email.partition("@")[0]: str(person.subject) for person in DEMO_PEOPLE}
