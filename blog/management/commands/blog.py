"""`manage.py blog …`: what is done to the whole blog at once, by whoever runs the service."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from blog import commands
from blog.refusals import sentence
from blog.roles import editor
from chassis.errors import DomainError

DIFFERENCES_SHOWN = 50


class Command(BaseCommand):
    """Work on the whole blog at once."""

    # What is deployed was checked before; to import the admin and the API for it was a tenth of a rebuild.
    requires_system_checks: list[str] = []
    help = "Rebuild files, photos or search of the blog, import or export a folder, roll a post back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One word says what to do."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        _add_rebuild(verbs)
        verbs.add_parser(
            "search", help="Write the words that readers search anew, as after a change of how they are read."
        )
        renditions = verbs.add_parser(
            "renditions",
            help="Make the files of photos that lack a width, or have one too many. Stopped, it goes on.",
        )
        renditions.add_argument(
            "--all", action="store_true", dest="every", help="Of every photo, as after a change of quality."
        )
        roll_back = verbs.add_parser("roll-back", help="Publish what a post said at an earlier revision.")
        roll_back.add_argument("post", type=UUID)
        roll_back.add_argument("revision", type=int)
        roll_back.add_argument("--by", default="command", help="Who is named as having saved it.")

        take_in = verbs.add_parser("import", help="Make posts of a folder of Markdown files and photos.")
        take_in.add_argument("folder", type=Path)
        take_in.add_argument("--author", required=True, help="The subject of whoever signs the posts.")
        take_in.add_argument("--language", default="en", help="Of files that name none. Default: en.")
        take_in.add_argument("--drafts", action="store_true", help="Publish nothing.")
        take_in.add_argument("--dry-run", action="store_true", help="Only say what is wrong.")
        give_out = verbs.add_parser("export", help="Write every post as Markdown, with its photos.")
        give_out.add_argument("folder", type=Path)

    def handle(self, *args: Any, verb: str, **options: Any) -> str | None:
        """Do what the word says."""
        try:
            if verb == "roll-back":
                return self._roll_back(options["post"], options["revision"], options["by"])
            if verb == "import":
                return self._import(**options)
            if verb == "search":
                count = commands.rebuild_search(tell=self._tell_what)
                self._end_of_line()
                return f"The words of {count} posts are written anew."
            if verb == "renditions":
                return self._renew(every=options["every"])
            if verb == "export":
                return self._export(options["folder"])
            if options["to"]:
                return self._write(options["to"], options["processes"])
            if options["check"]:
                return self._check(options["processes"])
            return self._rebuild(options["processes"], only_looks=options["changed_templates"])
        except (DomainError, RuntimeError) as error:
            raise CommandError(getattr(error, "detail", None) or str(error)) from error

    def _rebuild(self, processes: int, *, only_looks: bool) -> str:
        request = commands.request_looks if only_looks else commands.request_rebuild
        job_ids = request(requested_by="rebuild")
        done = commands.work_off(job_ids, processes=1 if only_looks else processes, tell=self._tell)
        self._end_of_line()
        return f"{done.written} files written, {done.removed} removed; all others were as they should be."

    def _write(self, directory: Path, processes: int) -> str:
        try:
            done = commands.write_directory(path=directory, processes=processes, tell=self._tell_what)
        except OSError as error:
            raise CommandError(f"{directory}: {error}") from error
        self._end_of_line()
        return f"{done.files} files are in {directory}: {done.written} written, {done.removed} removed."

    def _check(self, processes: int) -> str:
        count = 0
        for key, what in commands.find_drift(processes=processes, tell=self._tell):
            count += 1
            if count <= DIFFERENCES_SHOWN:
                self._end_of_line()
                self.stdout.write(f"{key}: {what}")
        self._end_of_line()
        if count:
            raise CommandError(f"{count} files differ. `manage.py blog rebuild` mends them.")
        return "Every public file is what the database says."

    def _roll_back(self, post_id: UUID, number: int, by: str) -> str:
        job = commands.roll_back(actor=editor(by), post_id=post_id, number=number)
        return f"Revision {number} is being published again (job {job.id})."

    def _import(
        self, *, folder: Path, author: str, language: str, drafts: bool, dry_run: bool, **_: Any
    ) -> str:
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        done = commands.import_folder(
            folder=folder,
            subject=author,
            publish=not drafts,
            language=language,
            tell=self._tell_what,
            dry_run=dry_run,
        )
        self._end_of_line()
        for name, why in done.errors:
            self.stderr.write(f"{name}: {why}")
        said = f"{done.made} made or changed, {done.unchanged} as they were, {done.published} public."
        if done.errors:
            raise CommandError(f"{said} {len(done.errors)} files were not taken as they are; see above.")
        return said

    def _renew(self, *, every: bool) -> str:
        done = commands.renew_all(every=every, tell=self._tell_what)
        self._end_of_line()
        for photo_id, reason in done.refused:
            self.stderr.write(f"{photo_id}: {sentence(reason)}")
        said = f"{done.renewed} photos have other files, {done.unchanged} had what they need."
        if done.refused:
            raise CommandError(f"{said} {len(done.refused)} keep the files that they have; see above.")
        return said

    def _export(self, folder: Path) -> str:
        done = commands.export_folder(folder=folder, tell=self._tell_what)
        self._end_of_line()
        return f"{done.posts} posts and {done.photos} photos are in {folder}."

    def _tell_what(self, what: str, done: int, count: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done} of {count} {what}   ", ending="")
            self.stderr.flush()

    def _tell(self, done: int, count: int, files: int) -> None:
        if not sys.stderr.isatty():
            return
        width = 30 * done // max(1, count)
        self.stderr.write(
            f"\r[{'#' * width}{'.' * (30 - width)}] {done}/{count} parts, {files} files", ending=""
        )
        self.stderr.flush()

    def _end_of_line(self) -> None:
        if sys.stderr.isatty():
            self.stderr.write("")


def _add_rebuild(verbs: Any) -> None:
    rebuild = verbs.add_parser(
        "rebuild", help="Make every file again; what is the same is not written. Stopped, it goes on."
    )
    rebuild.add_argument(
        "--check", action="store_true", help="Only say which public files are not what the database says."
    )
    rebuild.add_argument(
        "--changed-templates", action="store_true", help="Only what a changed template or theme shows in."
    )
    rebuild.add_argument(
        "--to",
        type=Path,
        metavar="DIRECTORY",
        help="Write all files into a directory, as for another web server, and leave the public ones.",
    )
    rebuild.add_argument(
        "--processes",
        type=int,
        default=os.cpu_count() or 1,
        help="How many make pages. Default: one for each processor.",
    )
