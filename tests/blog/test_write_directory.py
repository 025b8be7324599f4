"""`manage.py blog rebuild --to`: the whole blog as files, the same that the bucket has."""

from __future__ import annotations

from collections.abc import Callable
from errno import ENOSPC
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from blog.models import Post
from chassis.models import PublishedFile, PublishJob
from tests.api_client import ApiClient
from tests.blog.conftest import POSTS
from tests.blog.many_posts import make_many_posts
from tests.blog.post_rows import make_public_post
from tests.blog.public_files import read_public
from tests.blog.public_site import PublicSite

pytestmark = pytest.mark.django_db


def write(directory: Path) -> str:
    return call_command("blog", "rebuild", "--to", str(directory), "--processes", "1")


def files_in(directory: Path) -> set[str]:
    found = {str(one.relative_to(directory)) for one in directory.rglob("*") if one.is_file()}
    return {one for one in found if not one.startswith(".")}


def red_jpeg() -> bytes:
    content = BytesIO()
    Image.new("RGB", (400, 300), "red").save(content, "JPEG")
    return content.getvalue()


def test_a_directory_has_what_the_bucket_has_byte_for_byte(
    edith: ApiClient,
    publish: Callable[..., dict[str, Any]],
    upload_photo: Callable[..., dict[str, Any]],
    harbour: bytes,
    site: PublicSite,
    run_tasks: Callable[[], int],
    tmp_path: Path,
) -> None:
    site.empty()
    photo, unused = upload_photo(harbour), upload_photo(red_jpeg())
    run_tasks()
    first = publish("Tides", body=f"![The harbour.](photo:{photo['id']})", tags=["Sea"])
    publish("Boats", tags=["Sea"])
    edith.patch(f"{POSTS}/{first['id']}", {"slug": "ebb"})
    edith.post(f"{POSTS}/{first['id']}/publish")
    edith.post(POSTS, {"title": "A draft", "body": f"![Not yet.](photo:{unused['id']})"})
    run_tasks()
    rows = PublishedFile.objects.count(), PublishJob.objects.count()

    said = write(tmp_path / "site")

    page = site.read("blog/ebb/index.html")
    keys = {key for key in site.listed() if not key.startswith("media/") or key in page}
    assert "blog/tides/index.html" in keys
    assert any(key.startswith("media/") for key in keys)
    assert files_in(tmp_path / "site") == keys
    assert all((tmp_path / "site" / key).read_bytes() == read_public(key) for key in keys)
    assert said == f"{len(keys)} files are in {tmp_path / 'site'}: {len(keys)} written, 0 removed."
    assert (PublishedFile.objects.count(), PublishJob.objects.count()) == rows


def test_what_is_there_is_left_and_what_is_gone_is_removed(tmp_path: Path) -> None:
    make_many_posts(60)
    gone = make_public_post("Gone")
    write(tmp_path)
    (tmp_path / "blog" / "own.txt").write_text("Somebody's own.")
    before = (tmp_path / "blog" / "post-1" / "index.html").stat()
    Post.objects.filter(id=gone.id).update(live_revision=None)

    said = write(tmp_path)

    assert not (tmp_path / "blog" / "gone").exists()
    assert (tmp_path / "blog" / "own.txt").read_text() == "Somebody's own."
    now = (tmp_path / "blog" / "post-1" / "index.html").stat()
    assert (now.st_ino, now.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert said.endswith("3 removed.")


def test_one_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_many_posts(3)
    replace, done = Path.replace, iter(range(5))

    def replace_a_few(part: Path, whole: Path) -> Path:
        if next(done, None) is None:
            raise OSError(ENOSPC, "No space left on device")
        return replace(part, whole)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", replace_a_few)
        with pytest.raises(CommandError, match="No space left"):
            write(tmp_path / "site")
    left = files_in(tmp_path / "site")

    said = write(tmp_path / "site")
    write(tmp_path / "fresh")

    assert len(left) == 5
    assert files_in(tmp_path / "site") == files_in(tmp_path / "fresh")
    assert f"{len(files_in(tmp_path / 'site')) - 4} written" in said


def test_a_directory_of_others_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    make_public_post()
    (tmp_path / "letters.txt").write_text("Not of a blog.")

    with pytest.raises(CommandError, match="something else in it"):
        write(tmp_path)
    with pytest.raises(CommandError, match="something else in it"):
        write(tmp_path / "letters.txt")

    assert files_in(tmp_path) == {"letters.txt"}


def test_a_list_that_names_what_is_outside_removes_nothing_there(tmp_path: Path) -> None:
    make_public_post()
    site, letters = tmp_path / "site", tmp_path / "letters.txt"
    letters.write_text("Not of a blog.")
    site.mkdir()
    (site / ".quartet-files").write_text(f"../letters.txt\n{letters}\nblog\n")

    write(site)

    assert letters.read_text() == "Not of a blog."
    assert (site / "blog" / "index.html").is_file()


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    make_public_post()
    write(tmp_path)
    home = tmp_path / "blog" / "index.html"
    home.unlink()
    home.mkdir()

    with pytest.raises(CommandError, match=r"index\.html"):
        write(tmp_path)
