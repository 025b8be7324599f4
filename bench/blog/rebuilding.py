"""A whole blog of so many posts from nothing: ours into the bucket and a directory, the peers into one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.blog.reading import Wagtail
from bench.peers.environments import PEERS
from bench.peers.node import NODE, packages_of
from bench.results import ROOT, Row, compare

ROUNDS = 3
ELEVENTY, BAKERY = "Eleventy", "wagtail-bakery"
BUCKET, FILES = "rebuild", "rebuild, into a directory"
PUBLISHED = "wagtail-bakery, put into the store"


def measure(directory: Path, *, posts: int) -> list[Row]:
    """Milliseconds a post, each round from nothing, each in processes of its own; after one to warm up."""
    ours = _ours(directory, posts)
    wagtail = _wagtail(directory, posts)
    folder = _eleventy(directory, posts)
    # Whatever this machine says of them, every Python keeps its bytecode, as where it is installed.
    environment = {**wagtail.environment, "PYTHONDONTWRITEBYTECODE": ""}
    baking = [str(wagtail.python), "-m", "django"]
    program = packages_of("eleventy") / "@11ty" / "eleventy" / "cmd.cjs"
    mine: dict[str, list[float]] = {BUCKET: [], FILES: []}
    found: dict[str, list[float]] = {BAKERY: [], PUBLISHED: [], ELEVENTY: []}
    for _ in range(1 + ROUNDS):
        _forget()
        _begin_anew(directory)
        rebuild = [sys.executable, "manage.py", "blog", "rebuild"]
        mine[BUCKET].append(_timed(rebuild, ours, posts))
        _begin_anew(directory)
        _put_by(directory / "files")
        mine[FILES].append(_timed([*rebuild, "--to", str(directory / "files")], ours, posts))
        _put_by(Path(environment["PEER_BUILD"]))
        built = _timed([*baking, "build", "--skip-static", "--skip-media"], environment, posts)
        found[BAKERY].append(built)
        _forget()
        found[PUBLISHED].append(built + _timed([*baking, "publish", "--force"], environment, posts))
        _require_files(posts)
        _put_by(folder / "_site")
        found[ELEVENTY].append(_timed([str(NODE), str(program), "--quiet"], dict(os.environ), posts, folder))
    _require(Path(environment["PEER_BUILD"]), posts)
    _require(folder / "_site", posts)
    _require(directory / "files", posts)
    pairs = [(BUCKET, peer) for peer in found] + [(FILES, BAKERY), (FILES, ELEVENTY)]
    return [
        compare(case, "ms/post", mine[case][1:], peer, found[peer][1:], more_is_better=False)
        for case, peer in pairs
    ]


def _ours(directory: Path, posts: int) -> dict[str, str]:
    """As many posts as the peers have, whose files were never made."""
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{directory / 'rebuild.sqlite3'}",
    }
    program = (
        "import django; django.setup(); from django.core.management import call_command; "
        "call_command('migrate', verbosity=0); from tests.blog.many_posts import make_many_posts; "
        f"make_many_posts({posts}, paragraphs=6, awaiting=True)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)
    shutil.copy(directory / "rebuild.sqlite3", directory / "rebuild.before")
    return {**environment, "PYTHONDONTWRITEBYTECODE": ""}


def _begin_anew(directory: Path) -> None:
    """The database as it was before a rebuild."""
    for suffix in ("-wal", "-shm"):
        (directory / f"rebuild.sqlite3{suffix}").unlink(missing_ok=True)
    shutil.copy(directory / "rebuild.before", directory / "rebuild.sqlite3")


def _put_by(folder: Path) -> None:
    """Begin with nothing, but delete nothing.

    At each new file ext4 goes through what was deleted in the last seconds (`recently_deleted` of its
    `ialloc.c`): the kernel's part of a round was five times as long.
    """
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}-{time.monotonic_ns()}"))


def _forget() -> None:
    """Take every file of the bucket away."""
    from chassis.objects import walk_objects
    from chassis.storage import s3_client
    from local.object_store import PUBLIC_BUCKET

    keys = [one.key for one in walk_objects(bucket=PUBLIC_BUCKET, prefix="")]
    for part in range(0, len(keys), 1000):
        objects: Any = {"Objects": [{"Key": key} for key in keys[part : part + 1000]]}
        s3_client().delete_objects(Bucket=PUBLIC_BUCKET, Delete=objects)


def _require_files(posts: int) -> None:
    """That the peer has put every page into the bucket."""
    from chassis.objects import walk_objects
    from local.object_store import PUBLIC_BUCKET

    made = sum(one.key.endswith("/index.html") for one in walk_objects(bucket=PUBLIC_BUCKET, prefix=""))
    if made < posts:
        raise RuntimeError(f"The bucket has {made} pages of {posts}")


def _wagtail(directory: Path, posts: int) -> Wagtail:
    return Wagtail(directory / "baked", posts=posts, text=directory / "text.html")


def _eleventy(directory: Path, posts: int) -> Path:
    """The same posts as Markdown files."""
    from tests.blog.many_posts import BODY

    peer = PEERS / "eleventy"
    folder = directory / "eleventy"
    (folder / "_includes").mkdir(parents=True)
    shutil.copy(peer / "post.njk", folder / "_includes" / "post.njk")
    shutil.copy(peer / "eleventy.config.js", folder / "eleventy.config.js")
    (folder / "package.json").write_text('{"type": "module"}')
    for number in range(posts):
        head = f"---\ntitle: Post {number}\nsummary: On tides.\ndate: 2025-01-02\nlayout: post.njk\n---\n"
        (folder / f"post-{number}.md").write_text(head + BODY * 6, encoding="utf-8")
    return folder


def _timed(command: list[str], environment: dict[str, str], posts: int, folder: Path = ROOT) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return (time.perf_counter() - began) * 1000 / posts


def _require(folder: Path, posts: int) -> None:
    made = len(list(folder.rglob("index.html")))
    if made < posts:
        raise RuntimeError(f"{folder.name} has {made} pages of {posts}")
