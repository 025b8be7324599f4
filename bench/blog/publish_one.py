"""From *Publish* until the edge serves the new files, in blogs of ever more posts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

ROUNDS = 5
# How many posts a peer has that publishes one.
PEERS_SIZE = 100


def measure(sizes: Sequence[int]) -> tuple[str, list[float]]:
    """A table: seconds for one post that changed, and for one that is new; each change in a blog of 100."""
    lines = [
        "| publish one, in a blog of | a change, s | a new post, s | files written | of one in 100 |",
        "|---:|---:|---:|---:|---:|",
    ]
    found: dict[int, list[float]] = {}
    for size in sizes:
        found[size], added, written = _publish(size)
        changed = statistics.median(found[size])
        ratio = f"{changed / statistics.median(found[PEERS_SIZE]):.2f}×" if PEERS_SIZE in found else "—"
        lines.append(f"| {size:,} | {changed:.3f} | {added:.3f} | {written} | {ratio} |")
    return "\n".join(lines), found[PEERS_SIZE]


def _publish(size: int) -> tuple[list[float], float, int]:
    """Each change, the median of a new post, and the files that a change wrote."""
    from blog import commands
    from blog.models import Post
    from blog.roles import editor
    from tests.blog.many_posts import make_many_posts

    author = commands.ensure_author("edith")
    make_many_posts(size - Post.objects.count(), paragraphs=6)
    post = commands.create_post(subject="edith", author=author, title=f"Of {size}", body="x", tags=["Sea"])
    _published(post.id)
    changed, added, written = [], [], 0
    for number in range(ROUNDS):
        other = {"title": f"Of {size}, {number}", "body": f"Text {number}.\n\n" * 6}
        commands.update_post(actor=editor("edith"), post_id=post.id, if_versions=None, changes=other)
        seconds, written = _published(post.id)
        changed.append(seconds)
        new = commands.create_post(
            subject="edith", author=author, title=f"New {size} {number}", body="A text.\n\n" * 6, tags=["Sea"]
        )
        added.append(_published(new.id)[0])
    return changed, statistics.median(added), written


def _published(post_id: object) -> tuple[float, int]:
    """Seconds from the request to the receipt, and the files written."""
    from blog import commands
    from blog.roles import editor
    from chassis.tasks import drain

    began = time.perf_counter()
    job = commands.publish_post(actor=editor("edith"), post_id=post_id)  # type: ignore[arg-type]
    drain(seconds=120)
    seconds = time.perf_counter() - began
    job.refresh_from_db()
    if job.state != "published":
        raise RuntimeError(f"{job.state}: {job.error}")
    return seconds, int(job.receipt["written"])
